"""Pure arithmetic of points. Rates and thresholds are the shop's own choice, not the law's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Tier(StrEnum):
    """How far a regular customer has come; by name Perunggu, Perak, Emas."""

    BRONZE = "bronze"
    SILVER = "silver"
    GOLD = "gold"


@dataclass(frozen=True, slots=True)
class Terms:
    """The programme as the shop set it; ``per_idr`` 0 means that there is none.

    One point for every full ``per_idr`` rupiah of goods paid; a point is worth ``value_idr``
    rupiah; silver and gold are points of the last twelve months.
    """

    per_idr: int = 10_000
    value_idr: int = 100
    silver: int = 100
    gold: int = 500


_FACTS = {
    "points_per_idr": "per_idr",
    "point_value_idr": "value_idr",
    "points_silver": "silver",
    "points_gold": "gold",
}


def terms_of(facts: Mapping[str, str]) -> Terms:
    """The terms in the shop's facts; what is missing or no whole number is as by default."""
    said = {
        field: int(facts[key])
        for key, field in _FACTS.items()
        if facts.get(key, "").isascii() and facts.get(key, "").isdigit()
    }
    return Terms(**said)


def earned(paid_idr: int, terms: Terms) -> int:
    """Points for goods of ``paid_idr`` rupiah: only full steps count."""
    return max(paid_idr, 0) // terms.per_idr if terms.per_idr else 0


def to_reverse(points: int, paid_idr: int, back_idr: int, reversed_before: int) -> int:
    """Points to take back when of ``paid_idr`` rupiah ``back_idr`` in all have been returned.

    In proportion, in the customer's favour never more than is left, so that many small returns
    take exactly what one large one takes.
    """
    back = min(max(back_idr, 0), paid_idr)
    due = points if back >= paid_idr else points * back // paid_idr
    return max(due - reversed_before, 0)


def change(balance: int, owed: int, points: int) -> tuple[int, int]:
    """What ``points`` (signed) do to a balance and to what is owed; neither goes below zero."""
    net = balance - owed + points
    return max(net, 0) - balance, max(-net, 0) - owed


def tier(points: int, terms: Terms) -> Tier:
    """The tier that so many points of a year reach."""
    if points >= terms.gold:
        return Tier.GOLD
    return Tier.SILVER if points >= terms.silver else Tier.BRONZE


def next_step(points: int, terms: Terms) -> tuple[Tier, int] | None:
    """The next tier and the points still missing for it; None at the top."""
    at = tier(points, terms)
    if at == Tier.GOLD:
        return None
    if at == Tier.SILVER or terms.silver >= terms.gold:
        return Tier.GOLD, terms.gold - points
    return Tier.SILVER, terms.silver - points
