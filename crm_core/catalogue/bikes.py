"""Honda bikes read out of words: aliases, platform codes, generations and years.

Every mention is a set of rows of ``bikes.csv`` (one row per generation), kept as a bit mask:
"vario" is all Varios, "vario 125 esp k60r" one row. Two mentions agree when their masks meet.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from crm_core.catalogue.lexicon import REFERENCE
from crm_core.catalogue.types import BikeRef

# Said of many bikes alike: they belong to a mention but choose nothing.
_IDLE = frozenset(
    "abs cbs iss new all type cw sw std honda street fire r s ring old lama baru terbaru "
    "th thn tahun keluaran".split()
)
_LEADING = frozenset("yg yang tipe type versi model mesin from dari".split())
_CODE = re.compile(r"(?=.*\d|[a-z]{3}$)[a-z0-9]{3,5}")
_GLUED = re.compile(r"^([a-z]{3,})(\d{2,3})$")
_NUMBERED = re.compile(r"(\d{2,4})[a-z]{1,2}")
_WORD = re.compile(r"[a-z0-9]+")
_KEPT_WHOLE = 4


@dataclass(frozen=True, slots=True)
class BikeRow:
    """One generation of a model."""

    model: str
    generation: str
    year_from: int
    year_to: int | None
    codes: tuple[str, ...]
    aliases: tuple[str, ...]
    engine_cc: int | None = None

    def built_in(self, year: int) -> bool:
        """Was it built in ``year``?"""
        return self.year_from <= year <= (self.year_to or 9999)


@dataclass(frozen=True, slots=True)
class Mention:
    """Bikes named by the words from ``start`` up to ``end``; ``rows`` is a bit mask."""

    start: int
    end: int
    rows: int
    year: int | None = None
    by_code: bool = False


class BikeTable:
    """All bikes, ready to be looked up by what people write."""

    def __init__(self, rows: Iterable[BikeRow], synonyms: Mapping[str, str] | None = None) -> None:
        """``synonyms``: other spellings → the word used in the rows ("skupi" → "scoopy")."""
        self.rows = tuple(rows)
        self._synonyms = synonyms or {}
        self._aliases: dict[tuple[str, ...], int] = {}
        self._written: dict[tuple[str, ...], int] = {}
        self._in_any_order: dict[frozenset[str], int] = {}
        self._words: list[frozenset[str]] = []
        self.codes: dict[str, int] = {}
        self.platforms: dict[str, int] = {}
        for index, row in enumerate(self.rows):
            self._learn(1 << index, row)
        self.vocabulary = frozenset(w for words in self._words for w in words if len(w) > 2)
        self._add_families()
        self._longest = max((len(alias) for alias in self._aliases), default=1)
        self._firsts = {alias[0] for alias in self._aliases if alias}
        told = {*self._firsts, *self._synonyms}
        self._openers = {word for word in told if self._synonyms.get(word, word) in self._firsts}
        self._openers |= {code for code in self.codes if self._is_code(code)}

    def _add_families(self) -> None:
        """A first word that several models share ("vario") names them all, unless an alias."""
        families: dict[tuple[str, ...], int] = {}
        for index, row in enumerate(self.rows):
            first = _words(row.model)[:1]
            if first not in self._aliases and first[0].isalpha():
                families[first] = families.get(first, 0) | 1 << index
        for first, rows in families.items():
            if len({row.model for row in self.named(rows)}) > 1:
                self._aliases[first] = rows

    def _learn(self, bit: int, row: BikeRow) -> None:
        names = {*row.aliases, row.model.lower()}
        words: set[str] = set()
        for name in names:
            split = _words(name)
            if split:
                usual = self._usual(split)
                self._written[split] = self._written.get(split, 0) | bit
                self._aliases[usual] = self._aliases.get(usual, 0) | bit
                unordered = frozenset(usual)
                self._in_any_order[unordered] = self._in_any_order.get(unordered, 0) | bit
                words.update(split, usual)
        generation = _words(row.generation.lower())
        codes = [code.lower() for code in row.codes]
        for place, code in enumerate(codes):
            self.codes[code] = self.codes.get(code, 0) | bit
            if place == 0:
                self.platforms[code[:3]] = self.platforms.get(code[:3], 0) | bit
        words.update(generation, codes[:1])
        self._words.append(frozenset(words))

    def _usual(self, words: Sequence[str]) -> tuple[str, ...]:
        return tuple(self._synonyms.get(word, word) for word in words)

    def mentions(self, words: Sequence[str]) -> list[Mention]:
        """Every bike named in ``words`` (lower case, spelling repaired), from left to right."""
        found: list[Mention] = []
        if self._openers.isdisjoint(words):
            return found
        at = 0
        while at < len(words):
            mention = self._mention(words, at) if words[at] in self._openers else None
            if mention is None:
                at += 1
            else:
                found.append(mention)
                at = mention.end
        return found

    def _mention(self, words: Sequence[str], at: int) -> Mention | None:
        rows, length = self._named(words, at)
        if not rows:
            code = words[at]
            if self._is_code(code):
                return Mention(at, at + 1, self.codes[code], by_code=True)
            return None
        end = at + length
        while end < len(words):
            # "Supra x 125 yg injeksi", "beat tipe esp"
            step = 2 if words[end] in _LEADING and end + 1 < len(words) else 1
            if not self._belongs(words[end + step - 1], rows):
                break
            if words[end] == "in" and words[end - 1] != "helm":
                break  # "helm in" is a generation, "vario in stock" is English
            end += step
        if not any(_year(word) for word in words[at:end]):
            at = self._year_before(words, at)
        return self._narrow(words, at, end, rows)

    def _is_code(self, word: str) -> bool:
        return word in self.codes and not word.isdigit() and _CODE.fullmatch(word) is not None

    @staticmethod
    def _year_before(words: Sequence[str], at: int) -> int:
        """Where a bike begins when its year is said first, as in English ("2019 Honda Beat")."""
        first = at - 1
        while first >= 0 and words[first] == "honda":
            first -= 1
        return first if first >= 0 and _year(words[first]) is not None else at

    def _named(self, words: Sequence[str], at: int) -> tuple[int, int]:
        """Rows of every alias that starts here, and the shortest one's length in words."""
        rows, shortest = 0, 0
        if self._synonyms.get(words[at], words[at]) not in self._firsts:
            return rows, shortest
        for length in range(1, min(self._longest, len(words) - at) + 1):
            named = self._aliases.get(self._usual(words[at : at + length]), 0)
            if named and not shortest:
                shortest = length
            rows |= named
        return rows, shortest

    def _belongs(self, word: str, rows: int) -> bool:
        if word in _IDLE or _year(word) is not None:
            return True
        usual = self._synonyms.get(word, word)
        numbered = _NUMBERED.fullmatch(word)
        if numbered:
            usual = numbered.group(1)
        return any(
            word in self._words[i] or usual in self._words[i] or word == str(self.rows[i].engine_cc)
            for i in self._each(rows)
        )

    def _narrow(self, words: Sequence[str], at: int, end: int, rows: int) -> Mention:
        said = words[at:end]
        year = next((y for y in map(_year, said) if y is not None), None)
        exact = (
            self._written.get(tuple(said), 0)
            or self._aliases.get(self._usual(said), 0)
            or self._in_any_order.get(frozenset(self._usual(_apart(said))), 0)
        )
        coded = [self.codes[word] & rows for word in said if word in self.codes]
        kept = 0
        for mask in filter(None, coded):
            kept |= self._worthiest(said, mask)  # a code is surer than any nickname beside it
        if not kept:
            kept = self._worthiest(said, rows)
            if kept & exact:
                kept = self._as_exact(kept, kept & exact, said)
        if year is not None:
            kept = self._built_in(kept, year) or self._built_in(rows, year) or kept
        return Mention(at, end, kept, year)

    def _worthiest(self, said: Sequence[str], rows: int) -> int:
        """Those of ``rows`` that most of the words speak for."""
        worths = {index: self._worth(said, index) for index in self._each(rows)}
        best = max(worths.values(), default=0.0)
        return sum(1 << index for index, worth in worths.items() if worth == best)

    def _as_exact(self, kept: int, exact: int, said: Sequence[str]) -> int:
        """Where an alias is said in full: its rows if it names a generation, else its models."""
        models = {row.model for row in self.named(exact)}
        plain = {word for model in models for word in _words(model)}
        if any(word.isalpha() and word not in plain and len(said) > 1 for word in said):
            return exact
        return sum(1 << i for i in self._each(kept) if self.rows[i].model in models)

    def _worth(self, said: Sequence[str], index: int) -> float:
        worth = 0.0
        for word in said:
            if word not in self._words[index]:
                worth += self._nearly_worth(word, index)
            elif word in self.codes:
                worth += 3
            else:
                worth += 2 if word.isdigit() else (0.5 if word in _IDLE else 1)
        return worth

    def only(self, rows: int, wanted: Callable[[BikeRow], bool]) -> int:
        """The rows of a mask that are ``wanted``."""
        return sum(1 << i for i in self._each(rows) if wanted(self.rows[i]))

    def _nearly_worth(self, word: str, index: int) -> float:
        numbered = _NUMBERED.fullmatch(word)
        if word == str(self.rows[index].engine_cc):
            return 1.5
        if numbered:
            return self._worth([numbered.group(1)], index)
        return 0.9 if self._synonyms.get(word) in self._words[index] else 0.0

    def between(self, rows: int, year_from: int | None, year_to: int | None) -> int:
        """The rows of a mask that were built at some time in these years; None = no limit."""
        if year_from is None and year_to is None:
            return rows
        low, high = year_from or 0, year_to or 9999
        return self.only(rows, lambda row: row.year_from <= high and (row.year_to or 9999) >= low)

    def _built_in(self, rows: int, year: int) -> int:
        return self.only(rows, lambda row: row.built_in(year))

    def _each(self, rows: int) -> Iterable[int]:
        index = 0
        while rows:
            if rows & 1:
                yield index
            rows >>= 1
            index += 1

    def named(self, rows: int) -> list[BikeRow]:
        """The rows of a mask."""
        return [self.rows[index] for index in self._each(rows)]

    def mask(self, model: str, generation: str | None = None, year: int | None = None) -> int:
        """The mask of a stated model (as written in the table), generation and year."""
        model, said = model.lower(), (generation or "").lower()
        rows = sum(
            1 << i
            for i, row in enumerate(self.rows)
            if row.model.lower() == model and (not said or row.generation.lower() == said)
        )
        if not rows:
            found = self.mentions(_words(f"{model} {said}"))
            rows = found[0].rows if found else 0
        return (self._built_in(rows, year) or rows) if year else rows

    def titled(self, text: str) -> int:
        """The rows whose model, or model and generation, is exactly ``text``; 0 if none."""
        wanted = _words(text)
        every = (1 << len(self.rows)) - 1
        return self.only(every, lambda row: _words(f"{row.model} {row.generation}") == wanted) or (
            self.only(every, lambda row: _words(row.model) == wanted)
        )

    def whole_model(self, rows: int) -> int:
        """All generations of the models in a mask."""
        models = {row.model for row in self.named(rows)}
        return self.only((1 << len(self.rows)) - 1, lambda row: row.model in models)

    def spans(self, rows: int) -> list[tuple[str, str | None]]:
        """A mask as (model, generation) pairs; a model as a whole as (model, None)."""
        named = self.named(rows)
        out: list[tuple[str, str | None]] = []
        for model in dict.fromkeys(row.model for row in named):
            here = [row.generation for row in named if row.model == model]
            every = sum(row.model == model for row in self.rows)
            if len(here) == every:
                out.append((model, None))
            else:
                out.extend((model, generation) for generation in here)
        return out

    def ref(self, mention: Mention) -> BikeRef:
        """The most that the mention says for certain."""
        named = self.named(mention.rows)
        models = {row.model for row in named}
        if len(models) > 1:
            family = {row.model.split()[0] for row in named}
            model = family.pop() if len(family) == 1 else named[0].model
            return BikeRef(model, None, mention.year)
        generation = named[0].generation if len(named) == 1 else None
        return BikeRef(named[0].model, generation or None, mention.year)


def _apart(words: Iterable[str]) -> list[str]:
    """Words with a name glued to its number taken apart ("vario125")."""
    return [piece for word in words for piece in _GLUED.sub(r"\1 \2", word).split()]


def _words(text: str) -> tuple[str, ...]:
    return tuple(_WORD.findall(text.lower()))


def _year(word: str) -> int | None:
    if len(word) == _KEPT_WHOLE and word.isdigit() and 1975 <= int(word) <= 2035:
        return int(word)
    return None


def parse(lines: Iterable[str]) -> list[BikeRow]:
    """Rows of ``bikes.csv``; codes and aliases are separated by semicolons."""
    return [
        BikeRow(
            model=row["model"],
            generation=row["generation"] or "",
            year_from=int(row["year_from"]),
            year_to=int(row["year_to"]) if row["year_to"] else None,
            codes=tuple(filter(None, row["codes"].split(";"))),
            aliases=tuple(filter(None, row["aliases"].lower().split(";"))),
            engine_cc=int(row["engine_cc"]) if row["engine_cc"] else None,
        )
        for row in csv.DictReader(lines)
    ]


@cache
def reference() -> tuple[BikeRow, ...]:
    """The project's own list of Honda bikes."""
    with (REFERENCE / "bikes.csv").open(encoding="utf-8", newline="") as lines:
        return tuple(parse(lines))
