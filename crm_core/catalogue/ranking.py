"""How well a part answers a question, and when an answer is settled. Pure."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from crm_core.catalogue.bikes import BikeTable
from crm_core.catalogue.documents import Document
from crm_core.catalogue.lexicon import OPPOSITE
from crm_core.catalogue.types import Missing
from crm_core.catalogue.understanding import Clause

# All factors were chosen on the development questions of the search evaluation.
_INFERRED = 0.93
_BROADER = 0.99
_OTHER_GENERATION = 0.85
_NO_BIKE_STATED = 0.7
_OTHER_PLATFORM = 0.9
_OWN_BIKE, _NOT_OWN_BIKE = 1.05, 0.7
_CONTRARY_SIDE, _SILENT_SIDE, _SIDE_NOT_ASKED = 0.28, 0.88, 0.985
_CONTRARY_SIZE, _SILENT_SIZE, _OVERSIZE_NOT_ASKED = 0.55, 0.85, 0.99
_PIECE_FOR_KIT, _KIT_FOR_PIECE = 0.985, 0.995
_CONTRARY_COLOUR, _SILENT_COLOUR = 0.6, 0.9

SETTLED = 0.6
"""A first hit below this likeness is never sure."""


def bike_factor(bikes: BikeTable, doc: Document, rows: int, garage: Sequence[int]) -> float:
    """0 where the part is for other bikes than the one asked about; ``rows`` 0 = none named."""
    if not rows:
        if any(doc.rows & mask for mask in garage):
            return _OWN_BIKE
        return _NOT_OWN_BIKE if garage and doc.rows else 1.0
    if not doc.rows:
        return _NO_BIKE_STATED
    if not doc.rows & rows:
        return 0.0
    if doc.inferred:
        return _INFERRED
    if doc.platform & rows or not doc.platform & doc.rows:
        return 1.0 if rows & ~doc.rows or doc.rows & ~rows == 0 else _BROADER
    # The name says the model at large, the part number another generation of it.
    other = bikes.whole_model(rows) & ~rows & doc.platform
    return _OTHER_GENERATION if other else _BROADER


def platform_factor(doc: Document, platform: str | None, rows: int) -> float:
    """Workshop shorthand ("kampas kopling kph") means the code inside the part number."""
    if platform is None or doc.part.part_code[5:8].lower() == platform:
        return 1.0
    return _OTHER_PLATFORM if rows else 0.0


def detail_factor(doc: Document, clause: Clause) -> float:
    """What position, size and colour take off."""
    factor = 1.0
    asked = clause.positions.values()
    for position in asked:
        if position not in doc.positions:
            contrary = OPPOSITE[position] in doc.positions
            factor *= _CONTRARY_SIDE if contrary else _SILENT_SIDE
    for position in doc.positions:
        if position not in asked:
            factor *= _SIDE_NOT_ASKED
    factor *= _agreement(clause.sizes, doc.sizes, _CONTRARY_SIZE, _SILENT_SIZE)
    if not clause.sizes and doc.sizes and "std" not in doc.sizes:
        factor *= _OVERSIZE_NOT_ASKED
    if clause.kit != doc.kit:
        factor *= _PIECE_FOR_KIT if clause.kit else _KIT_FOR_PIECE
    colours = (clause.colour,) if clause.colour else ()
    return factor * _agreement(colours, doc.colours, _CONTRARY_COLOUR, _SILENT_COLOUR)


def _agreement(
    asked: Collection[str], held: frozenset[str], contrary: float, silent: float
) -> float:
    if not asked or not held.isdisjoint(asked):
        return 1.0
    return contrary if held else silent


def settled(
    bikes: BikeTable, top: Sequence[Document], best: float, rows: int
) -> tuple[bool, Missing | None]:
    """Whether the equally good first hits are one answer, or the one fact that would tell.

    ``top`` are the documents of the best score, ``best`` that score, ``rows`` the bike asked about.
    """
    if not top:
        return False, None
    several = len({doc.rows for doc in top}) > 1
    if not rows and (several or len(bikes.spans(top[0].rows)) == 0 < len(top) - 1):
        return False, "bike"
    if len({doc.positions for doc in top}) > 1:
        return False, "position"
    if several and len(bikes.named(rows)) > 1:
        return False, "bike"
    same = len({doc.phrases[0][0] for doc in top if doc.phrases}) == 1
    return (len(top) == 1 or same) and best >= SETTLED, None
