"""A part as the search sees it: phrases, bikes, positions, colours and sizes. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import chain
from operator import or_

from crm_core.catalogue import variants
from crm_core.catalogue.bikes import BikeTable, Mention
from crm_core.catalogue.clauses import GENERIC, Clause
from crm_core.catalogue.lexicon import OPPOSITE, Function, Lexicon
from crm_core.catalogue.naming import kind_rows, take
from crm_core.catalogue.partcodes import PLATFORM
from crm_core.catalogue.text import clauses as text_clauses
from crm_core.catalogue.understanding import Reader

Phrase = tuple[str, ...]

_WHOLE, _FUNCTION, _CLAUSE = 1.0, 0.97, 0.96
"""What a likeness is worth by where the phrase comes from: name, part number, piece of the name."""


@dataclass(frozen=True, slots=True)
class IndexedPart:
    """What the index needs to know of a part; fitments as (model, generation, from, to)."""

    part_id: int
    part_code: str
    name: str
    fitments: tuple[tuple[str, str | None, int | None, int | None], ...] = ()


@dataclass(frozen=True, slots=True)
class Document:
    """A part read: ``rows`` is the mask of its bikes, ``inferred`` if only its number says so."""

    part: IndexedPart
    rows: int
    inferred: bool
    platform_code: str
    positions: frozenset[str]
    colours: frozenset[str]
    sizes: frozenset[str]
    kit: bool
    phrases: tuple[tuple[Phrase, float], ...]
    spelled: tuple[str, ...] = ()
    variants: int = 0


Words = tuple[str, ...]

_GLUED = re.compile(r"\b(honda)(?=[a-z]{3})", re.IGNORECASE)  # "HondaTiger", as lists have it
_MOST_KEPT = 100_000


class PartReader:
    """Reads parts with one lexicon and one table of bikes; remembers clauses that come again."""

    def __init__(self, lexicon: Lexicon, bikes: BikeTable, reader: Reader) -> None:
        """``reader`` reads the clauses of names."""
        self._lexicon = lexicon
        self._bikes = bikes
        self._reader = reader
        self._functions = {self._plain(function) for function in lexicon.functions.values()}
        self._clauses: dict[Words, tuple[list[Mention], Words, Clause]] = {}
        self._stated_rows: dict[tuple[str, str | None, int | None, int | None], int] = {}

    def read(self, part: IndexedPart) -> Document:
        """The part's document."""
        said = text_clauses(_GLUED.sub(r"\1 ", part.name))
        clauses, named = self._read_name(said)
        rows = self._stated(part) or named
        code = platform_code(part.part_code)
        function = self._lexicon.functions.get(part.part_code[:5])
        positions = {where for clause in clauses for where in clause.positions.values()}
        sizes = {size for clause in clauses for size in clause.sizes}
        if function is not None:
            meant = function.positions | (set(function.phrase) & self._lexicon.positions)
            positions.update(where for where in meant if OPPOSITE[where] not in positions)
            if function.size and not sizes:
                sizes.add(function.size)
        return Document(
            part=part,
            rows=rows or self._bikes.platforms.get(code, 0),
            inferred=not rows,
            platform_code=code,
            positions=frozenset(positions),
            colours=frozenset(chain.from_iterable(clause.colours for clause in clauses)),
            sizes=frozenset(sizes),
            kit=any(clause.kit for clause in clauses),
            phrases=self._phrases(clauses, function),
            spelled=tuple(chain.from_iterable(said)),
            variants=reduce(or_, (clause.variants for clause in clauses), 0),
        )

    def _plain(self, function: Function) -> Phrase:
        return tuple(word for word in function.phrase if word not in self._lexicon.positions)

    def _read_name(self, said: Sequence[Words]) -> tuple[list[Clause], int]:
        """The clauses of a name without the bikes in it, and the mask of those bikes."""
        masks: list[int] = []
        rest: list[Words] = []
        clauses: list[Clause] = []
        for words in said:
            mentions, without, clause = self._clause(words)
            for mention in mentions:
                take(masks, mention.rows, by_code=mention.by_code)
            rest.append(without)
            if (
                clause.words
                or clause.positions
                or clause.sizes
                or clause.colours
                or clause.variants
            ):
                clauses.append(clause)
        rows = 0
        for mask in masks:
            rows |= mask
        if not rows:
            rows = kind_rows(self._bikes, self._lexicon.kinds, chain.from_iterable(rest))
        return clauses, rows

    def _clause(self, words: Words) -> tuple[list[Mention], Words, Clause]:
        """The bikes that a clause names, its words without them, and those words read."""
        known = self._clauses.get(words)
        if known is None:
            said = variants.joined(words)
            mentions = self._bikes.mentions(said)
            taken = {at for mention in mentions for at in range(mention.start, mention.end)}
            rest = tuple(word for at, word in enumerate(said) if at not in taken)
            clause = self._reader.name_clause(rest)
            if taken:
                clause.variants |= variants.bits(said[at] for at in taken)
            known = mentions, rest, clause
            if len(self._clauses) >= _MOST_KEPT:
                self._clauses.clear()
            self._clauses[words] = known
        return known

    def _stated(self, part: IndexedPart) -> int:
        rows = 0
        for fitment in part.fitments:
            if fitment not in self._stated_rows:
                model, generation, year_from, year_to = fitment
                stated = self._bikes.mask(model, generation)
                if len(self._stated_rows) >= _MOST_KEPT:
                    self._stated_rows.clear()
                self._stated_rows[fitment] = self._bikes.between(stated, year_from, year_to)
            rows |= self._stated_rows[fitment]
        return rows

    @staticmethod
    def _piece_of(clauses: Sequence[Clause]) -> bool:
        """Does the first clause only say what piece of the following thing this is?"""
        first, second = clauses[0].words, clauses[1].words
        piece = bool(first) and GENERIC.issuperset(first)
        return piece and bool(second) and second[0] not in first

    def _phrases(
        self, clauses: Sequence[Clause], function: Function | None
    ) -> tuple[tuple[Phrase, float], ...]:
        """The whole name, the pieces of it that can stand alone, and the number's function."""
        out: dict[Phrase, float] = {}
        whole = tuple(dict.fromkeys(word for clause in clauses for word in clause.words))
        if whole:
            out[whole] = _WHOLE
        plain = self._plain(function) if function else ()
        for clause in clauses[:3] if len(clauses) > 1 else ():
            # "Kampas Rem (Disk) Cakram" is no brake disc: the part number knows better.
            contrary = plain and clause.words != plain and clause.words in self._functions
            # "Cap,Master Cylinder" is a cap; "Laher,Bearing Roda" says the same thing twice.
            if clause is not clauses[0] and clause.words != plain and self._piece_of(clauses):
                continue
            if not contrary and (len(clause.words) > 1 or GENERIC.isdisjoint(clause.words)):
                out.setdefault(clause.words, _CLAUSE)
        if plain:
            out.setdefault(plain, _FUNCTION)
        out.pop((), None)
        return tuple(out.items())


def platform_code(part_code: str) -> str:
    """The platform code inside a part number ("kvb"); "" if there is none."""
    code = part_code[5:8].lower()
    return code if PLATFORM.fullmatch(code) else ""
