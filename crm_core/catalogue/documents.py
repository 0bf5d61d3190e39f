"""A part as the search sees it: phrases, bikes, positions, colours and sizes. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

from crm_core.catalogue.bikes import BikeTable
from crm_core.catalogue.lexicon import OPPOSITE, Function, Lexicon
from crm_core.catalogue.naming import kind_rows, named_rows
from crm_core.catalogue.understanding import Clause, Reader

Phrase = tuple[str, ...]

_WHOLE, _FUNCTION, _CLAUSE = 1.0, 0.97, 0.96
"""What a likeness is worth by where the phrase comes from: name, part number, piece of the name."""

# Alone these name no part: half the catalogue is "baut" or "cover" of something.
GENERIC = frozenset(
    "baut mur ring bosh seal karet cover tutup plat clip klem dudukan per pen as gear bearing "
    "kabel paking soket rumah mika sticker emblem selang pipa".split()
)


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
    platform: int
    positions: frozenset[str]
    colours: frozenset[str]
    sizes: frozenset[str]
    kit: bool
    phrases: tuple[tuple[Phrase, float], ...]


class PartReader:
    """Reads parts with one lexicon and one table of bikes."""

    def __init__(self, lexicon: Lexicon, bikes: BikeTable, reader: Reader) -> None:
        """``reader`` reads the clauses of names."""
        self._lexicon = lexicon
        self._bikes = bikes
        self._reader = reader
        self._functions = {self._plain(function) for function in lexicon.functions.values()}

    def read(self, part: IndexedPart) -> Document:
        """The part's document."""
        clauses, named = self._read_name(part.name)
        rows = self._stated(part) or named
        platform = self._bikes.platforms.get(part.part_code[5:8].lower(), 0)
        function = self._lexicon.functions.get(part.part_code[:5])
        positions = {where for clause in clauses for where in clause.positions.values()}
        sizes = {size for clause in clauses for size in clause.sizes}
        if function is not None:
            said = function.positions | (set(function.phrase) & self._lexicon.positions)
            positions.update(where for where in said if OPPOSITE[where] not in positions)
            if function.size and not sizes:
                sizes.add(function.size)
        return Document(
            part=part,
            rows=rows or platform,
            inferred=not rows,
            platform=platform,
            positions=frozenset(positions),
            colours=frozenset(clause.colour for clause in clauses if clause.colour),
            sizes=frozenset(sizes),
            kit=any(clause.kit for clause in clauses),
            phrases=self._phrases(clauses, function),
        )

    def _plain(self, function: Function) -> Phrase:
        return tuple(word for word in function.phrase if word not in self._lexicon.positions)

    def _read_name(self, name: str) -> tuple[list[Clause], int]:
        """The clauses of a name without the bikes in it, and the mask of those bikes."""
        rows, rest = named_rows(self._bikes, name)
        if not rows:
            rows = kind_rows(self._bikes, self._lexicon.kinds, chain.from_iterable(rest))
        clauses = [self._reader.name_clause(words) for words in rest]
        return [c for c in clauses if c.words or c.positions or c.sizes or c.colour], rows

    def _stated(self, part: IndexedPart) -> int:
        rows = 0
        for model, generation, year_from, year_to in part.fitments:
            stated = self._bikes.mask(model, generation)
            rows |= self._bikes.between(stated, year_from, year_to)
        return rows

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
            if not contrary and (len(clause.words) > 1 or GENERIC.isdisjoint(clause.words)):
                out.setdefault(clause.words, _CLAUSE)
        if plain:
            out.setdefault(plain, _FUNCTION)
        out.pop((), None)
        return tuple(out.items())
