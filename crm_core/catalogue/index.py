"""All parts in memory, by what they are called, what they fit and what their numbers say.

Many parts share one phrase ("kampas rem depan"), so a question is scored against the few thousand
distinct phrases first, and only the parts of the best ones are looked at. Built from rows, knows
no database; prices and stock are not here, they are read live for the few hits.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from crm_core.catalogue.bikes import BikeTable
from crm_core.catalogue.lexicon import OPPOSITE, Lexicon, load
from crm_core.catalogue.naming import named_rows
from crm_core.catalogue.partcodes import CodeBook
from crm_core.catalogue.text import size, tokens
from crm_core.catalogue.types import Fit, Missing, Understood
from crm_core.catalogue.understanding import Clause, Reader, Reading, merged, summary

_HEADLESS = 0.82
_STRANGE_WEIGHT = 5.0
_RESIDUAL = 0.55
_LEAST_SIMILAR = 0.42
_LEAST_COVERED = 0.62
_DROP = 0.62
_TIE = 0.97

Phrase = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class IndexedPart:
    """What the index needs to know of a part."""

    part_id: int
    part_code: str
    name: str
    fitments: tuple[tuple[str, str | None, int | None, int | None], ...] = ()


@dataclass(slots=True)
class _Doc:
    part: IndexedPart
    rows: int
    inferred: bool
    positions: frozenset[str]
    colours: frozenset[str]
    sizes: frozenset[str]
    phrases: tuple[tuple[Phrase, float], ...]


@dataclass(frozen=True, slots=True)
class Found:
    """One part of an answer, best first."""

    part_id: int
    score: float
    fit: Fit
    phrase: Phrase = ()


@dataclass(slots=True)
class Answer:
    """What the index makes of a message."""

    understood: Understood
    found: list[Found] = field(default_factory=list)
    sure: bool = False
    missing: Missing | None = None


class CatalogueIndex:
    """Search over parts; ``add`` replaces a part of the same id, ``remove`` forgets it."""

    def __init__(
        self, parts: Iterable[IndexedPart], bikes: BikeTable, lexicon: Lexicon | None = None
    ) -> None:
        """Read every part once (about 0.1 ms each)."""
        self.lexicon = lexicon or load()
        self.bikes = bikes
        self.codes = CodeBook()
        self._docs: dict[int, _Doc] = {}
        self._phrases: dict[Phrase, dict[int, float]] = {}
        self._by_word: dict[str, set[Phrase]] = defaultdict(set)
        self._weights: dict[str, float] = {}
        self._spelled: Counter[str] = Counter()
        parts = list(parts)
        self._spelled.update(t.text for part in parts for t in tokens(part.name))
        self.reader = self._new_reader()
        for part in parts:
            self.add(part)

    def __len__(self) -> int:
        return len(self._docs)

    def _new_reader(self) -> Reader:
        known = (word for word, times in self._spelled.items() if times >= 2)
        return Reader(self.lexicon, self.bikes, known)

    # Building

    def add(self, part: IndexedPart) -> None:
        """Put ``part`` in, in place of what was there under its id."""
        self.remove(part.part_id)
        doc = self._read_part(part)
        self._docs[part.part_id] = doc
        self.codes.add(part.part_code, part.part_id)
        for phrase, worth in doc.phrases:
            if phrase not in self._phrases:
                self._phrases[phrase] = {}
                for word in phrase:
                    self._by_word[word].add(phrase)
            held = self._phrases[phrase]
            held[part.part_id] = max(worth, held.get(part.part_id, 0.0))
        self._weights.clear()

    def remove(self, part_id: int) -> None:
        """Forget the part, if it is here."""
        doc = self._docs.pop(part_id, None)
        if doc is None:
            return
        self.codes.remove(doc.part.part_code)
        for phrase, _ in doc.phrases:
            held = self._phrases.get(phrase, {})
            held.pop(part_id, None)
            if not held and phrase in self._phrases:
                del self._phrases[phrase]
                for word in phrase:
                    self._by_word[word].discard(phrase)

    def _read_part(self, part: IndexedPart) -> _Doc:
        clauses, rows = self._read_name(part.name)
        inferred = False
        if part.fitments:
            rows = 0
            for model, generation, year_from, year_to in part.fitments:
                rows |= self._stated(model, generation, year_from, year_to)
        if not rows:
            rows = self.bikes.platforms.get(part.part_code[5:8].lower(), 0)
            inferred = True
        positions, colours, sizes = set(), set(), set()
        for clause in clauses:
            positions.update(clause.positions.values())
            sizes.update(clause.sizes)
            if clause.colour:
                colours.add(clause.colour)
        phrases = _name_phrases(clauses)
        function = self.lexicon.functions.get(part.part_code[:5])
        if function is not None:
            plain = tuple(w for w in function.phrase if w not in self.lexicon.positions)
            phrases.append((plain, 0.97))
            said = set(function.phrase) & self.lexicon.positions
            for position in function.positions | said:
                if OPPOSITE[position] not in positions:
                    positions.add(position)
            if function.size and not sizes:
                sizes.add(function.size)
        return _Doc(
            part,
            rows,
            inferred,
            frozenset(positions),
            frozenset(colours),
            frozenset(sizes),
            tuple(phrases),
        )

    def _stated(
        self, model: str, generation: str | None, year_from: int | None, year_to: int | None
    ) -> int:
        rows = self.bikes.mask(model, generation)
        if year_from is None and year_to is None:
            return rows
        low, high = year_from or 0, year_to or 9999
        return self.bikes.only(
            rows, lambda row: row.year_from <= high and (row.year_to or 9999) >= low
        )

    def _read_name(self, name: str) -> tuple[list[Clause], int]:
        """The clauses of a part's name without the bikes in it, and the mask of those bikes."""
        rows, rest = named_rows(self.bikes, name)
        clauses = []
        for words in rest:
            clause = self.reader.name_clause(words)
            if clause.words or clause.positions or clause.sizes or clause.colour:
                clauses.append(clause)
        return clauses, rows

    # Asking

    def search(self, text: str, garage: Sequence[int] = (), limit: int = 10) -> Answer:
        """The parts that ``text`` asks for; ``garage`` are masks of bikes the asker owns."""
        codes, rest = self.codes.read(text)
        if codes.part_ids:
            understood = Understood(codes=codes.said)
            found = [Found(i, s, "unknown") for i, s in codes.part_ids[:limit]]
            sure = len(found) == 1 or codes.exact
            return Answer(understood, found, sure)
        reading = self.reader.read(rest)
        main, ranked = self._best_clause(reading)
        if main is None:
            clause = Clause(mention=_last_mention(reading), strange=_strange(reading))
            return Answer(summary(reading, clause, self.bikes, codes.said))
        clause = merged(reading.clauses, main)
        understood = summary(reading, clause, self.bikes, codes.said)
        if self._refused(reading, clause, ranked):
            return Answer(understood)
        rows = clause.mention.rows if clause.mention else 0
        platform = rows == 0 and codes.platform or None
        hits = self._collect(clause, ranked, rows, garage, platform)
        hits = hits[:limit]
        sure, missing = self._settled(hits, clause, rows)
        return Answer(understood, hits, sure, missing)

    def _refused(
        self, reading: Reading, clause: Clause, ranked: Sequence[tuple[Phrase, float]]
    ) -> bool:
        if reading.foreign and clause.mention is None:
            return True
        best = ranked[0][1] if ranked else 0.0
        return reading.not_sold and best < 0.97

    def _best_clause(self, reading: Reading) -> tuple[int | None, list[tuple[Phrase, float]]]:
        """The clause that names the part: the first good one, unless a later one corrects it."""
        best: tuple[int | None, list[tuple[Phrase, float]]] = (None, [])
        best_score = 0.0
        for at, clause in enumerate(reading.clauses):
            if not clause.words:
                continue
            ranked = self._similar(clause)
            score = ranked[0][1] if ranked else 0.0
            if clause.mention:
                score *= 1.1
            if score > best_score * (0.8 if clause.corrects else 1.15):
                best, best_score = (at, ranked), score
        return best

    def weight(self, word: str) -> float:
        """How much a word tells: rare words of the catalogue more than common ones."""
        known = self._weights.get(word)
        if known is None:
            phrases = len(self._by_word.get(word, ()))
            known = math.log(1 + (1 + len(self._phrases)) / (1 + phrases))
            self._weights[word] = known
        return known

    def _similar(self, clause: Clause) -> list[tuple[Phrase, float]]:
        """Phrases like the clause's words, best first, with their likeness 0..1."""
        asked = {word: self.weight(word) for word in clause.words}
        total = sum(asked.values()) + _STRANGE_WEIGHT * len(clause.strange)
        shared: dict[Phrase, float] = defaultdict(float)
        for word, weight in asked.items():
            for phrase in self._by_word.get(word, ()):
                shared[phrase] += weight
        out = []
        for phrase, common in shared.items():
            covered = common / total
            if covered < _LEAST_COVERED:
                continue
            besides = sum(self.weight(word) for word in phrase if word not in asked)
            likeness = covered**1.3 * (common / (common + _RESIDUAL * besides)) ** 0.8
            if phrase[0] not in asked or clause.words[0] not in phrase:
                likeness *= _HEADLESS
            if likeness >= _LEAST_SIMILAR:
                out.append((phrase, likeness))
        out.sort(key=lambda pair: -pair[1])
        return out[:400]

    def _collect(
        self,
        clause: Clause,
        ranked: Sequence[tuple[Phrase, float]],
        rows: int,
        garage: Sequence[int],
        platform: str | None,
    ) -> list[Found]:
        best: dict[int, Found] = {}
        for phrase, likeness in ranked:
            for part_id, worth in self._phrases[phrase].items():
                doc = self._docs[part_id]
                score = likeness * worth
                if part_id in best and best[part_id].score >= score:
                    continue
                score, fit = self._judge(doc, clause, rows, score)
                if platform and doc.part.part_code[5:8] != platform:
                    continue
                if score <= 0:
                    continue
                if not rows and any(doc.rows & mask for mask in garage):
                    score *= 1.05
                    fit = "unknown" if doc.inferred else "fits"
                elif not rows and garage and doc.rows:
                    score *= 0.7
                if part_id not in best or score > best[part_id].score:
                    best[part_id] = Found(part_id, min(score, 1.0), fit, phrase)
        out = sorted(
            best.values(), key=lambda hit: (-hit.score, self._docs[hit.part_id].part.part_code)
        )
        if not out:
            return out
        least = max(out[0].score * _DROP, 0.3)
        return [hit for hit in out if hit.score >= least]

    def _judge(self, doc: _Doc, clause: Clause, rows: int, score: float) -> tuple[float, Fit]:
        fit: Fit = "unknown"
        if rows:
            if doc.rows & rows:
                score *= 0.93 if doc.inferred else self._nearness(doc, rows)
                fit = "unknown" if doc.inferred or rows & ~doc.rows else "fits"
            elif doc.rows:
                return 0.0, "no"
            else:
                score *= 0.7
        for position in clause.positions.values():
            if position in doc.positions:
                continue
            score *= 0.45 if OPPOSITE[position] in doc.positions else 0.88
        for position in doc.positions:
            if position not in clause.positions.values():
                score *= 0.985
        score *= _agreement(clause.sizes, doc.sizes, 0.55, 0.85)
        if not clause.sizes and doc.sizes and "std" not in doc.sizes:
            score *= 0.99
        score *= _agreement([clause.colour] if clause.colour else [], doc.colours, 0.6, 0.9)
        return score, fit

    def _nearness(self, doc: _Doc, rows: int) -> float:
        """Below 1 where the name says a model at large and the part number another generation."""
        platform = self.bikes.platforms.get(doc.part.part_code[5:8].lower(), 0)
        if platform & rows or not platform & doc.rows:
            return 1.0 if rows & ~doc.rows or doc.rows & ~rows == 0 else 0.99
        return 0.85 if self.bikes.whole_model(rows) & ~rows & platform else 0.99

    def _settled(
        self, hits: Sequence[Found], clause: Clause, rows: int
    ) -> tuple[bool, Missing | None]:
        if not hits:
            return False, None
        top = [hit for hit in hits if hit.score >= hits[0].score * _TIE]
        docs = [self._docs[hit.part_id] for hit in top]
        models = {doc.rows for doc in docs}
        if not rows and (len(models) > 1):
            return False, "bike"
        sides = {doc.positions for doc in docs}
        if len(docs) > 1 and len(sides) > 1:
            return False, "position"
        if rows and len(docs) > 1 and len(self.bikes.spans(rows)) > 1 and len(models) > 1:
            return False, "bike"
        same = len({doc.phrases[0][0] for doc in docs if doc.phrases}) == 1
        return (len(docs) == 1 or same) and hits[0].score >= 0.6, None


def _agreement(asked: Sequence[str], held: frozenset[str], against: float, silent: float) -> float:
    if not asked:
        return 1.0
    if any(value in held for value in asked):
        return 1.0
    return against if held else silent


def _last_mention(reading: Reading):  # type: ignore[no-untyped-def]
    return next((c.mention for c in reversed(reading.clauses) if c.mention), None)


def _strange(reading: Reading) -> tuple[str, ...]:
    return tuple(word for clause in reading.clauses for word in clause.strange)


def _name_phrases(clauses: Sequence[Clause]) -> list[tuple[Phrase, float]]:
    """The whole name as one phrase, and each of its clauses that can stand alone."""
    whole = tuple(dict.fromkeys(word for clause in clauses for word in clause.words))
    if not whole:
        return []
    out = [(whole, 1.0)]
    if len(clauses) > 1:
        for clause in clauses[:3]:
            if clause.words and clause.words != whole and _tells(clause.words):
                out.append((clause.words, 0.96))
    return out


_GENERIC = frozenset(
    "baut mur ring bosh seal karet cover tutup plat clip klem dudukan per pen as gear bearing "
    "kabel paking soket rumah mika sticker emblem selang pipa o".split()
)


def _tells(words: Phrase) -> bool:
    return len(words) > 1 or words[0] not in _GENERIC
