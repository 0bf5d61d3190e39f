"""Pure arithmetic of points. Rates and thresholds are the shop's own choice, not the law's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from crm_core.money import Rupiah


class Tier(StrEnum):
    """How far a regular customer has come; by name Perunggu, Perak, Emas."""

    BRONZE = "bronze"
    SILVER = "silver"
    GOLD = "gold"


@dataclass(frozen=True, slots=True)
class Terms:
    """The programme as the shop set it; ``per_idr`` 0 means that there is none.

    One point for every full ``per_idr`` rupiah of goods paid; a point is worth ``value_idr``
    rupiah; silver and gold are points of the last twelve months. At least ``least`` points are
    used at once, and they pay for at most ``most_percent`` of an order's goods.
    """

    per_idr: int = 10_000
    value_idr: int = 100
    silver: int = 100
    gold: int = 500
    least: int = 10
    most_percent: int = 50


_FACTS = {
    "points_per_idr": "per_idr",
    "point_value_idr": "value_idr",
    "points_silver": "silver",
    "points_gold": "gold",
    "points_least": "least",
    "points_most_percent": "most_percent",
}
MOST_PERCENT = 90
"""Something is always left to pay: a transfer is what pays an order, whatever the shop sets."""
MOST_STEP_IDR, MOST_POINTS = 10_000_000, 1_000_000
"""Above these a number of the terms was mistyped: rupiah for one point, and points."""
_NOTHING = Rupiah(0)
_LABEL = {"id": "{points} poin", "en": "{points} points"}


@dataclass(frozen=True, slots=True)
class Redemption:
    """Points that pay, and what they take off; none are worth nothing."""

    points: int = 0
    amount: Rupiah = _NOTHING

    def label(self, language: str) -> str:
        """What stands beside the amount on orders and invoices."""
        mark = "," if language == "en" else "."
        said = f"{self.points:,}".replace(",", mark)
        return _LABEL.get(language, _LABEL["id"]).format(points=said)


def terms_of(facts: Mapping[str, str]) -> Terms:
    """The terms in the shop's facts; what is missing or no whole number is as by default."""
    said = {
        field: int(facts[key])
        for key, field in _FACTS.items()
        if facts.get(key, "").isascii() and facts.get(key, "").isdigit()
    }
    return Terms(**said)


def facts_of(terms: Terms) -> dict[str, str]:
    """The shop's facts that say these terms."""
    return {key: str(getattr(terms, field)) for key, field in _FACTS.items()}


def faults(terms: Terms) -> list[str]:
    """The facts that no shop could mean, in their order; none for terms that can be.

    A point worth as much as what earns it would give all goods away.
    """
    wrong = {
        "points_per_idr": not 0 <= terms.per_idr <= MOST_STEP_IDR,
        "point_value_idr": terms.value_idr < 0
        or (terms.per_idr > 0 and terms.value_idr >= terms.per_idr),
        "points_silver": not 1 <= terms.silver <= MOST_POINTS,
        "points_gold": not terms.silver < terms.gold <= MOST_POINTS,
        "points_least": not 1 <= terms.least <= MOST_POINTS,
        "points_most_percent": not 1 <= terms.most_percent <= MOST_PERCENT,
    }
    return [key for key, is_wrong in wrong.items() if is_wrong]


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


def redeemable(balance: int, goods_idr: int, terms: Terms) -> Redemption:
    """What a balance can pay of goods that cost ``goods_idr`` rupiah after all else taken off.

    Whole points only, never more than there are, never more than the shop's share of the goods.
    """
    if not (terms.per_idr and terms.value_idr):
        return Redemption()
    share = max(goods_idr, 0) * min(terms.most_percent, MOST_PERCENT) // 100
    points = min(balance, share // terms.value_idr)
    if points < max(terms.least, 1):
        return Redemption()
    return Redemption(points, Rupiah(points * terms.value_idr))


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
