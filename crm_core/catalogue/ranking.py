"""How well groups of parts answer a question, and when an answer is settled. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from crm_core.catalogue import variants
from crm_core.catalogue.bikes import BikeTable
from crm_core.catalogue.clauses import Clause
from crm_core.catalogue.lexicon import OPPOSITE, POSITIONS
from crm_core.catalogue.segments import Array, Segment, bits
from crm_core.catalogue.types import Missing

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
_CONTRARY_COLOUR, _SILENT_COLOUR, _OTHER_FINISH = 0.65, 0.9, 0.95
_FINISH = "doff"

SETTLED = 0.75
"""A first hit below this likeness is never sure."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked for, as masks: ``rows`` 0 = no bike named, ``garage`` the asker's own bikes."""

    clause: Clause
    rows: int
    other_generations: int
    garage: Sequence[int]
    colours: Sequence[str]


def factors(segment: Segment, profiles: Array, asked: Asked) -> Array:
    """What bike, platform, position, size, version, colour and kit take off ``profiles``."""
    out = bike_factors(segment, profiles, asked)
    clause = asked.clause
    if clause.platform is not None:
        other = segment.platform[profiles] != clause.platform.encode()
        out[other] *= _OTHER_PLATFORM if asked.rows else 0.0
    out *= _position_factors(clause)[segment.positions[profiles]]
    out *= _size_factors(segment, clause)[segment.sizes[profiles]]
    if clause.variants:
        out *= variants.factors(clause.variants)[segment.variants[profiles]]
    kit = segment.kit[profiles]
    out[kit != clause.kit] *= _PIECE_FOR_KIT if clause.kit else _KIT_FOR_PIECE
    if clause.colours:
        out *= _colour_factors(segment.colours[profiles], asked)
    return out


def _colour_factors(held: Array, asked: Asked) -> Array:
    """What other colours take off; "merah doff" is red before it is matt."""
    out = np.ones(len(held))
    coloured = held & ~np.uint32(_bit_of(_FINISH, asked)) != 0
    for colour in dict.fromkeys(asked.clause.colours):
        without = held & np.uint32(_bit_of(colour, asked)) == 0
        if colour == _FINISH and len(set(asked.clause.colours)) > 1:
            out[without] *= _OTHER_FINISH
        else:
            out[without] *= np.where(coloured, _CONTRARY_COLOUR, _SILENT_COLOUR)[without]
    if _FINISH not in asked.clause.colours:
        out[held & np.uint32(_bit_of(_FINISH, asked)) != 0] *= _OTHER_FINISH
    return np.maximum(out, _CONTRARY_COLOUR)


def _bit_of(colour: str, asked: Asked) -> int:
    return 1 << asked.colours.index(colour)


def possible(segment: Segment, profiles: Array, asked: Asked) -> Array:
    """Those of ``profiles`` that are for the bike asked about, or for no bike in particular."""
    held = segment.rows[profiles]
    wanted = bits(asked.rows, held.shape[1])
    return np.flatnonzero(_meets(held, wanted) | ~_meets(held, held))


def bike_factors(segment: Segment, profiles: Array, asked: Asked) -> Array:
    """What the bikes of :func:`possible` profiles take off."""
    held = segment.rows[profiles]
    out = np.ones(len(profiles))
    if not asked.rows:
        if asked.garage:
            own = _meets(held, bits(sum_of(asked.garage), held.shape[1]))
            out[own] = _OWN_BIKE
            out[~own & _meets(held, held)] = _NOT_OWN_BIKE
        return out
    wanted = bits(asked.rows, held.shape[1])
    platform = segment.platform_rows[profiles]
    # The name says the model at large, and the part number another generation of it.
    known = _meets(platform, held) & ~_meets(platform, wanted)
    other = _meets(platform, bits(asked.other_generations, held.shape[1]))
    more, less = _meets(held, ~wanted), _meets(~held, wanted)
    out[more & ~less] = _BROADER
    out[known] = np.where(other, _OTHER_GENERATION, _BROADER)[known]
    out[segment.inferred[profiles]] = _INFERRED
    out[~_meets(held, held)] = _NO_BIKE_STATED
    return out


def sum_of(masks: Sequence[int]) -> int:
    """All bikes of several masks."""
    rows = 0
    for mask in masks:
        rows |= mask
    return rows


def _meets(held: Array, others: Array) -> Array:
    """Whether masks have a bike in common, row by row or with one mask."""
    met: Array = held[:, 0] & others[..., 0] != 0
    for column in range(1, held.shape[1]):
        met |= held[:, column] & others[..., column] != 0
    return met


def _position_factors(clause: Clause) -> Array:
    """The factor of every set of positions, by its bits."""
    every = np.arange(1 << len(POSITIONS))
    out = np.ones(len(every))
    asked = set(clause.positions.values())
    for where, bit in POSITIONS.items():
        has = every & bit != 0
        if where in asked:
            contrary = every & POSITIONS[OPPOSITE[where]] != 0
            out[~has] *= np.where(contrary, _CONTRARY_SIDE, _SILENT_SIDE)[~has]
        else:
            out[has] *= _SIDE_NOT_ASKED
    return out


def _size_factors(segment: Segment, clause: Clause) -> Array:
    """The factor of every set of sizes; set 0 is the empty one."""
    if not clause.sizes:
        out = np.where(segment.size_standard, 1.0, _OVERSIZE_NOT_ASKED)
        out[0] = 1.0
        return out
    out = np.full(len(segment.size_standard), _CONTRARY_SIZE)
    out[0] = _SILENT_SIZE
    for size in clause.sizes:
        out[segment.with_size(size)] = 1.0
    return out


@dataclass(slots=True)
class Top:
    """What the equally good first parts of an answer have among them; at most a few of each."""

    rows: set[int] = field(default_factory=set)
    positions: set[int] = field(default_factory=set)
    names: set[tuple[str, ...]] = field(default_factory=set)
    variants: set[int] = field(default_factory=set)
    parts: int = 0


def settled(
    bikes: BikeTable, top: Top, first: int, best: float, rows: int
) -> tuple[bool, Missing | None]:
    """Whether the equally good first hits are one answer, or the one fact that would tell.

    ``first`` is the mask of the first part's bikes, ``best`` its score, ``rows`` the bike asked
    about.
    """
    if not top.parts:
        return False, None
    several = len(top.rows) > 1
    if not rows and (several or len(bikes.spans(first)) == 0 < top.parts - 1):
        return False, "bike"
    if len(top.positions) > 1:
        return False, "position"
    if several and len(bikes.named(rows)) > 1:
        return False, "bike"
    alike = len(top.names) == 1 and not variants.apart(top.variants)
    return (top.parts == 1 or alike) and best >= SETTLED, None
