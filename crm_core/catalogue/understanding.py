"""A whole chat message read into what it asks for. Pure: no catalogue, no database."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from itertools import groupby

from crm_core import numberwords
from crm_core.catalogue import bikes as bike_reference
from crm_core.catalogue import goods, variants
from crm_core.catalogue import lexicon as words_reference
from crm_core.catalogue.bikes import BikeTable
from crm_core.catalogue.clauses import (
    Clause,
    Reading,
    corrections,
    merged,
    names_part,
    one_bike,
    summary,
)
from crm_core.catalogue.details import OVERSIZED, is_counted, measure, numbered
from crm_core.catalogue.lexicon import Lexicon, Speller, axis_of
from crm_core.catalogue.quantity import find_quantity
from crm_core.catalogue.text import (
    asks_a_piece_of,
    dotted,
    size,
    stems,
    tokens,
    unglue,
    without_symptom_words,
    without_symptoms,
)
from crm_core.catalogue.types import Understood

__all__ = ["Clause", "Reader", "Reading", "merged", "names_part", "summary", "understand"]

# "Bos" calls the shopkeeper at the end of words and before several; else it is a bushing.
_VOCATIVE = frozenset({"bos", "boss"})
_WHEELS = frozenset({"ban", "velg"})
# Single letters that tell parts apart ("kabel gas A"); others are units and stray signs.
_VARIANTS = frozenset("abcd")
_TWICE = re.compile(r"[a-z]{3,}2")  # "jari2" is "jari jari"
_KIT = frozenset({"set", "kit", "komplit", "fullset", "lengkap"})


class Reader:
    """Reads messages with one vocabulary: lexicon, bikes and the words of a catalogue."""

    def __init__(self, lexicon: Lexicon, bikes: BikeTable, catalogue_words: Iterable[str] = ()):
        """``catalogue_words`` are known spellings that need no repair."""
        self.lexicon = lexicon
        self.bikes = bikes
        self.platforms: set[str] = {code for code in bikes.codes if len(code) == 3}
        weights: dict[str, float] = dict.fromkeys(catalogue_words, 1.0)
        self._catalogue_words = frozenset(weights)
        talk = lexicon.chatter | lexicon.foreign | lexicon.light | lexicon.ordinary
        talk = talk.union(lexicon.markers)
        weights.update(dict.fromkeys(talk, 1.5))
        weights.update(dict.fromkeys(lexicon.vocabulary - lexicon.chatter - lexicon.foreign, 2.0))
        weights.update(dict.fromkeys(bikes.vocabulary | set(lexicon.bike_words), 2.5))
        for word in lexicon.elsewhere_words:
            weights.setdefault(word, 1.0)
        self._speller = Speller(weights)
        self._learned: frozenset[str] = frozenset()
        self._is_held: Callable[[str], bool] = self._learned.__contains__

    def learn(
        self, words: Iterable[str], platforms: Iterable[str], is_held: Callable[[str], bool]
    ) -> None:
        """Know the words and platform codes of parts that came later, without repairing to them.

        ``is_held`` tells of any word whether a part is called so, if only one.
        """
        self._learned = frozenset(words)
        self._is_held = is_held
        self.platforms |= set(platforms)

    def read(self, text: str) -> Reading:
        """``text`` clause by clause; later clauses that correct earlier ones say so."""
        said = without_symptoms(tokens(text))
        spelled = [(word, token.clause) for token in said for word in self._spell(token.text)]
        reading = Reading((), quantity=find_quantity(text))
        clauses: list[Clause] = []
        after_dots = dotted(text)
        taken_back = False
        before: list[str] = []
        written = {
            number: [token.text for token in group]
            for number, group in groupby(said, key=lambda token: token.clause)
        }
        for number, group in groupby(spelled, key=lambda pair: pair[1]):
            words = variants.joined([word for word, _ in group])
            if clauses and asks_a_piece_of(written.get(number - 1, ()), written[number]):
                clauses.pop()
                words += without_symptom_words(before)
            before = list(words)
            for piece, corrects in corrections(words, self.lexicon.markers):
                for at, wanted in enumerate(self._wishes(piece)):
                    clause = self._clause(wanted, reading)
                    clause.corrects = not at and (corrects or taken_back or number in after_dots)
                    clauses.append(clause)
                taken_back = False
            taken_back = words[-1] in self.lexicon.markers  # "…, eh salah, spion kanan"
        reading.clauses = tuple(clauses)
        return reading

    def _spell(self, word: str) -> Sequence[str]:
        if word in self.lexicon.vocabulary or not word.isalnum():
            return (word,)
        if word in self.bikes.vocabulary or word in self.bikes.codes or word in self._learned:
            return (word,)
        if _TWICE.fullmatch(word):
            return [self._repair(word[:-1])] * 2
        return [self._repair(part) for part in unglue(word)]

    def _repair(self, word: str) -> str:
        whole = [left for left in stems(word) if left in self.lexicon.vocabulary]
        if whole:  # "plugs" is no slip of "plus"
            return whole[0]
        candidates = map(self._speller.repair, (word, *stems(word)))
        return next(filter(None, candidates), word)

    def _wishes(self, words: list[str]) -> list[list[str]]:
        """Cut between two things that are asked for in one breath: "busi 2 filter udara 1"."""
        out: list[list[str]] = [[]]
        bikes = self.bikes.mentions(words)
        taken = {at for mention in bikes for at in range(mention.start, mention.end)}
        passed = self.lexicon.light | self.lexicon.chatter
        telling = [
            at
            for at, word in enumerate(words)
            if at not in taken and word not in passed and not word.isdigit()
        ]
        for at, word in enumerate(words):
            before = max((i for i in telling if i < at), default=-1)
            after = min((i for i in telling if i > at), default=-1)
            between = before >= 0 and after >= 0 and at not in taken
            between = between and self._names(words[before], words[after])
            parts = word in goods.AND or (word.isdigit() and len(word) <= 2)
            if between and parts and not self._in_phrase(words, at):
                out.append([])
            else:
                out[-1].append(word)
        return out

    def _names(self, *words: str) -> bool:
        """Are these all words for things, and none that tells side, size or make-up?"""
        lexicon = self.lexicon
        return all(
            word in lexicon.words
            and lexicon.words[word] not in lexicon.positions
            and word not in lexicon.light
            for word in words
        )

    def _clause(self, words: list[str], reading: Reading) -> Clause:
        clause = Clause()
        taken: set[int] = set()
        mentions = self.bikes.mentions(words)
        for mention in mentions:
            taken.update(range(mention.start, mention.end))
            if mention.by_code and words[mention.start] in self.platforms:
                clause.platform = words[mention.start]
        if mentions:
            clause.mention = one_bike(mentions)
        clause.variants = variants.bits(words[at] for at in taken)
        kept, strange = self._part_words(words, taken, clause, reading)
        at_home = kept[-1:] == ["rumah"] and not mentions
        kept = [] if at_home and len(kept) == 1 else kept
        others = goods.asked(words, kept, self.lexicon)
        clause.goods = others.heads
        kept = [word for word in kept if word not in others.beside]
        reading.not_sold |= bool(others.beside) or at_home
        names = self.lexicon.foreign_names
        reading.foreign |= any(tuple(words[at : at + 2]) in names for at in range(len(words)))
        spare = [word for at, word in enumerate(words) if at not in taken]
        clause.sizes = (*clause.sizes, *numbered(kept, spare))
        self._rewrite(kept, clause)
        clause.strange = tuple(dict.fromkeys(strange))
        clause.alien = len(self.lexicon.ordinary.intersection(strange))
        return clause

    def _part_words(
        self, words: Sequence[str], taken: set[int], clause: Clause, reading: Reading
    ) -> tuple[list[str], list[str]]:
        """The canonical part words of a clause, and the unknown words that stand beside them."""
        kept: list[str] = []
        strange: list[str] = []
        beside = named = False
        before: str | None = None
        for at, word in enumerate(words):
            known: str | None = ""
            if at not in taken:
                known = self._known(words, at, clause, reading)
            if known in _VARIANTS and not named and not self._in_phrase(words, at):
                known = ""  # "find me a headlight", "a plug for a Beat"
            if known:
                strange += [before] if before else []
                kept.append(known)
            elif known is None and beside:
                strange.append(word)
            beside, before = bool(known), word if known is None else None
            named = beside and known not in self.lexicon.light
            if named and self.lexicon.everyday.isdisjoint((word, known)):
                clause.telling = True
        return kept, strange

    def _place(self, words: Sequence[str], clause: Clause) -> list[str]:
        """Note the positions among ``words`` and give back the others."""
        known = self.lexicon.positions
        if known.isdisjoint(words):
            return list(words)
        for word in words:
            if word in known:
                axis = axis_of(word)
                # Both ends asked for in one breath: neither may be left out.
                both = clause.positions.get(axis, word) != word
                clause.positions[axis] = "" if both else word
        return [word for word in words if word not in known]

    def _known(self, words: Sequence[str], at: int, clause: Clause, reading: Reading) -> str | None:
        """The part word at a place; "" if it is something else that is known; None if unknown."""
        if self._in_phrase(words, at):
            return self.lexicon.canonical(words[at])
        return self._sort(words[at], at, len(words), clause, reading)

    def _in_phrase(self, words: Sequence[str], at: int) -> bool:
        """Does this word stand beside one that makes a phrase of the trade with it?"""
        canonical = self.lexicon.canonical
        here = canonical(words[at])
        before = at > 0 and (canonical(words[at - 1]), here) in self.lexicon.neighbours
        return before or (
            at + 1 < len(words) and (here, canonical(words[at + 1])) in self.lexicon.neighbours
        )

    def name_clause(self, words: Sequence[str]) -> Clause:
        """A clause of a part's own name: taken as written, no repair, no chat, no bikes."""
        clause = Clause()
        kept = []
        lexicon = self.lexicon
        for at, word in enumerate(words):
            measured = size(word) if word[0].isdigit() else None
            if measured:
                clause.sizes = (*clause.sizes, measured)
            elif word in variants.BITS and not self._in_phrase(words, at):
                clause.variants |= variants.BITS[word]
            elif word in lexicon.colours:
                clause.colours = (*clause.colours, lexicon.colours[word])
            elif word in lexicon.words:
                kept.append(lexicon.words[word])
            elif not word.isalpha() and any(sign.isdigit() for sign in word):
                clause.sizes = (*clause.sizes, word)
            elif word != "honda" and (
                len(word) > 1 or word in _VARIANTS or self._in_phrase(words, at)
            ):
                kept.append(word)
        self._rewrite(kept, clause)
        return clause

    def _sort(self, word: str, at: int, count: int, clause: Clause, reading: Reading) -> str | None:
        """As :meth:`_known`, for a word that makes no phrase with its neighbours."""
        lexicon = self.lexicon
        if word in lexicon.foreign:
            reading.foreign = True
            return ""
        if word in lexicon.brands and not self._is_held(word):
            reading.other_make = True
            return ""
        if self._is_detail(word, clause):
            return ""
        called = word in _VOCATIVE and (0 < at == count - 1 or (at == 0 and count > 2))
        if word in lexicon.chatter or called:
            return ""
        if word == "std":
            return "std"
        known = lexicon.canonical(word)
        if known != word or word in lexicon.words or word in lexicon.positions:
            return known
        if (
            word in numberwords.WORDS
            or word.isdigit()
            or (len(word) == 1 and (word not in _VARIANTS or not at))
        ):
            return ""
        if word in lexicon.vocabulary or word in self._catalogue_words or word in self._learned:
            return word
        # A bike's nickname that names no bike here is chat all the same.
        if word in self.bikes.vocabulary and word not in lexicon.ordinary:
            return ""
        return word if self._is_held(word) else None

    def _is_detail(self, word: str, clause: Clause) -> bool:
        """Note a version, platform code, size or colour; sums of money are none, but no part."""
        lexicon = self.lexicon
        if version := variants.BITS.get(word):
            clause.variants |= version
            return True
        if word in self.platforms and word not in lexicon.vocabulary:
            clause.platform = word
            return True
        if word in lexicon.colours:
            clause.colours = (*clause.colours, lexicon.colours[word])
            return True
        if word in lexicon.words or word in lexicon.chatter:
            return False
        if is_counted(word):
            return True
        measured = measure(word)
        if measured:
            clause.sizes = (*clause.sizes, measured)
        return measured is not None

    def _rewrite(self, kept: Sequence[str], clause: Clause) -> None:
        """Put part words into the trade's own phrases; positions, sizes and kits out of them.

        Phrases of several words go first and also across a position ("kampas rem depan cakram").
        """
        lexicon = self.lexicon
        words = self._place(rewritten := lexicon.rewrite(kept, 2), clause)
        if len(words) < len(rewritten):
            words = lexicon.rewrite(words, 2)
        if "std" in words or (OVERSIZED & set(words) and "standar" in words):
            clause.sizes = (*clause.sizes, "std")
            words = [word for word in words if word not in {"std", "standar"}]
        if "ring" in words and not _WHEELS.isdisjoint(words):
            words = [word for word in words if word != "ring"]  # the rim's size, no washer
        clause.kit = not _KIT.isdisjoint(kept)
        heavy = [word for word in words if word not in lexicon.light]
        words = self._place(lexicon.rewrite(heavy), clause)
        clause.words = tuple(dict.fromkeys(words))
        clause.positions = {axis: where for axis, where in clause.positions.items() if where}
        if {"handle", "rem"} <= set(clause.words) and (where := clause.positions.pop("depan", "")):
            # The front brake's lever is the right one, the rear brake's the left one.
            clause.positions.setdefault("kiri", "kanan" if where == "depan" else "kiri")


@cache
def _own_bikes() -> BikeTable:
    return BikeTable(bike_reference.reference(), words_reference.load().bike_words)


@cache
def _own_reader() -> Reader:
    return Reader(words_reference.load(), _own_bikes())


def understand(text: str, lexicon: Lexicon | None = None) -> Understood:
    """What ``text`` asks for, by the words of the trade alone."""
    reader = Reader(lexicon, _own_bikes()) if lexicon else _own_reader()
    reading = reader.read(text)
    worded = [at for at, clause in enumerate(reading.clauses) if clause.words]
    if not reading.clauses:
        return Understood(quantity=reading.quantity)
    main = worded[0] if worded else 0
    return summary(reading, merged(reading.clauses, main), reader.bikes, ())
