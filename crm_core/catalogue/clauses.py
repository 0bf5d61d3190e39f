"""What the clauses of a message say, and how several of them are one question. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from crm_core.catalogue import variants as versions
from crm_core.catalogue.bikes import BikeTable, Mention
from crm_core.catalogue.types import Understood

# Alone these name no part: half the catalogue is "baut" or "cover" of something.
GENERIC = frozenset(
    "baut mur ring bosh seal karet cover tutup plat clip klem dudukan per pen as gear bearing "
    "kabel paking soket rumah mika sticker emblem selang pipa oli spacer label stopper guide "
    "adjuster joint hook stud kit box penahan tahanan pelindung setelan sarung tempat".split()
)


@dataclass(slots=True)
class Clause:
    """What one clause of a message says; ``alien`` of its strange words are other goods.

    ``telling``: a word of it is said of parts alone.
    """

    words: tuple[str, ...] = ()
    telling: bool = False
    strange: tuple[str, ...] = ()
    alien: int = 0
    mention: Mention | None = None
    positions: dict[str, str] = field(default_factory=dict)
    colours: tuple[str, ...] = ()
    sizes: tuple[str, ...] = ()
    kit: bool = False
    variants: int = 0
    """The versions of a bike that it names: a mask."""
    goods: tuple[tuple[str, ...], ...] = ()
    """What it asks for before any part that others sell or do."""
    platform: str | None = None
    corrects: bool = False


@dataclass(slots=True)
class Reading:
    """All clauses of a message and what disqualifies it."""

    clauses: tuple[Clause, ...]
    quantity: int | None = None
    foreign: bool = False
    not_sold: bool = False
    other_make: bool = False


def one_bike(mentions: Sequence[Mention]) -> Mention:
    """A code beside a model narrows it ("scoopy k2f"); of two models the last one is meant."""
    last = mentions[-1]
    for mention in mentions[:-1]:
        if mention.rows & last.rows and (mention.by_code or last.by_code):
            year = last.year or mention.year
            return Mention(mention.start, last.end, mention.rows & last.rows, year)
    return last


def summary(reading: Reading, clause: Clause, bikes: BikeTable, codes: Sequence[str]) -> Understood:
    """What is told to the outside about a message."""
    return Understood(
        part_terms=clause.words,
        telling=clause.telling,
        codes=tuple(codes),
        bike=bikes.ref(clause.mention) if clause.mention else None,
        positions=tuple(clause.positions.values()),
        colour=clause.colours[0] if clause.colours else None,
        sizes=clause.sizes,
        variants=versions.named(clause.variants),
        quantity=reading.quantity,
        leftover=clause.strange,
    )


def corrections(words: Sequence[str], markers: frozenset[str]) -> list[tuple[list[str], bool]]:
    """Cut at "eh", "maksudnya" …: what follows "eh" (or precedes "maksudnya") corrects."""
    pieces: list[tuple[list[str], bool]] = []
    here: list[str] = []
    corrects = False
    for word in words:
        if word not in markers:
            here.append(word)
            continue
        if word.startswith(("maksud", "mks")) and here:
            pieces.append((here, True))
            here, corrects = [], True
            continue
        if here:
            pieces.append((here, corrects))
        here, corrects = [], True
    if here:
        pieces.append((here, corrects))
    return pieces


def merged(clauses: Sequence[Clause], main: int) -> Clause:
    """Clause ``main`` with what the others add: a bike, a position, a colour; corrections win."""
    chosen = clauses[main]
    out = replace(chosen, positions=dict(chosen.positions), corrects=False)
    for at, clause in enumerate(clauses):
        if at == main:
            continue
        corrects = clause.corrects and at > main
        if clause.mention and (out.mention is None or corrects):
            out.mention = clause.mention
        if clause.variants:
            out.variants = clause.variants if corrects else out.variants | clause.variants
        if corrects or not clause.words:
            for axis, position in clause.positions.items():
                if corrects or axis not in out.positions:
                    out.positions[axis] = position
            out.colours = (
                clause.colours if corrects and clause.colours else out.colours or clause.colours
            )
            out.sizes = clause.sizes if corrects and clause.sizes else out.sizes or clause.sizes
    return out


def joined(clauses: Sequence[Clause]) -> tuple[Clause, ...]:
    """Clauses as they belong together: a word that names no part alone waits for the next clause.

    So "Laher, Bearing Nap Gear" is one thing, as price lists write it.
    """
    out: list[Clause] = []
    for clause in clauses:
        before = out[-1] if out else None
        waits = before is not None and before.words and GENERIC.issuperset(before.words)
        if (
            before is None
            or not waits
            or clause.corrects
            or before.mention
            or not clause.words
            or before.goods
        ):
            out.append(clause)
            continue
        clause.variants |= before.variants
        words = tuple(dict.fromkeys((*before.words, *clause.words)))
        positions = before.positions | clause.positions
        sizes = (*before.sizes, *clause.sizes)
        telling = before.telling or clause.telling
        out[-1] = replace(clause, words=words, telling=telling, positions=positions, sizes=sizes)
    return tuple(out)


def names_part(said: Understood) -> bool:
    """Whether a message names a part or a code at all.

    "Nomor", "dalam", "paket" are words of part names too; alone they name nothing, unless a bike
    stands beside them.
    """
    return bool(said.codes or (said.part_terms and (said.telling or said.bike)))
