"""Pure decisions about prices: what a piece costs, what is taken off, how low a bargain may go.

All amounts are whole rupiah. What is rounded is rounded in the shop's favour, to the rupiah.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Literal

from crm_core.money import Rupiah
from crm_core.states import StateTable, Transition

Reason = Literal["list", "class", "break"]
EVERYBODY = "walk_in"
OFFER_HOURS = 24
"""How long an offered or agreed price holds (shop fact ``bargain_hours`` overrules it)."""
MAX_MARGIN_PERCENT = 50


@dataclass(frozen=True, slots=True)
class Tier:
    """What a piece costs a class from ``min_quantity`` pieces on."""

    price_class: str
    min_quantity: int
    price: Rupiah


def unit_price(
    list_price: Rupiah, tiers: Iterable[Tier], price_class: str, quantity: int
) -> tuple[Rupiah, Reason]:
    """The lowest price that applies, and why: never above ``list_price``.

    Of the customer's own class and of everybody's quantity breaks, those that ``quantity`` reaches.
    """
    best = list_price
    reason: Reason = "list"
    for tier in tiers:
        if tier.price_class not in {price_class, EVERYBODY} or quantity < tier.min_quantity:
            continue
        if tier.price < best:
            best, reason = tier.price, "break" if tier.min_quantity > 1 else "class"
    return best, reason


def breaks(
    list_price: Rupiah, tiers: Sequence[Tier], price_class: str, above: int
) -> tuple[tuple[int, Rupiah], ...]:
    """(from how many pieces, price of one) for each further step down beyond ``above`` pieces."""
    price, _ = unit_price(list_price, tiers, price_class, above)
    found: list[tuple[int, Rupiah]] = []
    for count in sorted({tier.min_quantity for tier in tiers if tier.min_quantity > above}):
        lower, _ = unit_price(list_price, tiers, price_class, count)
        if lower < price:
            found.append((count, lower))
            price = lower
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Agreed:
    """An agreed price for one piece of a line, for so many pieces."""

    bargain_id: int
    quantity: int
    unit: Rupiah


@dataclass(frozen=True, slots=True)
class PricedLine:
    """A line with its price; ``unit`` None is a price on request, worth nothing in a sum."""

    part_id: int
    part_code: str
    name: str
    category_id: int | None
    quantity: int
    list_price: Rupiah | None
    unit: Rupiah | None
    reason: Reason
    agreed: Agreed | None = None

    @property
    def subtotal(self) -> Rupiah:
        """What the line costs before anything is taken off."""
        return (self.unit or Rupiah(0)) * self.quantity

    @property
    def agreed_off(self) -> Rupiah:
        """What the agreed price takes off; nothing while fewer pieces are wanted than agreed."""
        deal, unit = self.agreed, self.unit
        if deal is None or unit is None or self.quantity < deal.quantity or deal.unit >= unit:
            return Rupiah(0)
        return (unit - deal.unit) * deal.quantity


@dataclass(frozen=True, slots=True)
class Offer:
    """A promotion as a decision sees it; ``used_by_customer`` counts this customer's own uses."""

    id: int
    code: str | None
    name_id: str
    name_en: str
    kind: str
    value: int
    most: Rupiah | None
    scope: str
    category_id: int | None
    part_id: int | None
    min_items: Rupiah
    price_class: str | None
    starts_at: datetime
    ends_at: datetime
    limit_total: int | None
    limit_per_customer: int | None
    used: int
    active: bool = True
    used_by_customer: int = 0

    def name(self, language: str) -> str:
        """How it is called in a language."""
        return self.name_en if language == "en" else self.name_id


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a promotion does not apply: the code of a refusal with its facts."""

    code: str
    facts: dict[str, Any] = field(default_factory=dict)


def no_longer(offer: Offer, price_class: str, at: datetime) -> Problem | None:
    """Why this customer cannot use the promotion now, whatever is in the cart."""
    if not offer.active or at >= offer.ends_at:
        return Problem("voucher_expired")
    if at < offer.starts_at:
        return Problem("voucher_not_yet", {"starts": offer.starts_at.isoformat()})
    if offer.price_class is not None and offer.price_class != price_class:
        return Problem("voucher_not_for_you")
    own = offer.limit_per_customer
    if own is not None and offer.used_by_customer >= own:
        return Problem("voucher_used_by_you", {"limit": own})
    if offer.limit_total is not None and offer.used >= offer.limit_total:
        return Problem("promotion_used_up")
    return None


def why_not(
    offer: Offer, lines: Sequence[PricedLine], price_class: str, at: datetime
) -> Problem | None:
    """Why the promotion takes nothing off these lines; None when it does."""
    lasting = no_longer(offer, price_class, at)
    if lasting is not None:
        return lasting
    items = sum((line.subtotal for line in lines), Rupiah(0))
    if items < offer.min_items:
        missing = offer.min_items - items
        return Problem("voucher_below_minimum", {"minimum": offer.min_items, "missing": missing})
    return None if amount_off(offer, lines) else Problem("voucher_not_for_these")


def amount_off(offer: Offer, lines: Iterable[PricedLine]) -> Rupiah:
    """What the promotion takes off: of lines in its scope, not of those with an agreed price."""
    base = sum(
        (line.subtotal for line in lines if _in_scope(offer, line) and not line.agreed_off),
        Rupiah(0),
    )
    off = Rupiah(base * offer.value // 100) if offer.kind == "percent" else Rupiah(offer.value)
    return min(off, base, offer.most or base)


def _in_scope(offer: Offer, line: PricedLine) -> bool:
    if offer.scope == "category":
        return line.category_id == offer.category_id
    return offer.scope == "all" or line.part_id == offer.part_id


@dataclass(frozen=True, slots=True)
class Discount:
    """Something taken off, under the name that the customer reads."""

    kind: Literal["promotion", "voucher", "points", "bargain"]
    label: str
    amount: Rupiah
    promotion_id: int | None = None
    bargain_id: int | None = None


@dataclass(frozen=True, slots=True)
class Voucher:
    """The code in the cart: its name when it is known, and why it takes nothing off, if so."""

    code: str
    name: str | None = None
    problem: Problem | None = None


@dataclass(frozen=True, slots=True)
class CartQuote:
    """What lines cost: ``total`` = ``items`` - ``discount``, shipping not included."""

    lines: tuple[PricedLine, ...]
    discounts: tuple[Discount, ...] = ()
    voucher: Voucher | None = None

    @property
    def items(self) -> Rupiah:
        """All lines at their prices."""
        return sum((line.subtotal for line in self.lines), Rupiah(0))

    @property
    def discount(self) -> Rupiah:
        """Everything taken off together; never more than ``items``."""
        return sum((one.amount for one in self.discounts), Rupiah(0))

    @property
    def total(self) -> Rupiah:
        """What is left to pay for the parts."""
        return self.items - self.discount


def quote(
    lines: Sequence[PricedLine],
    automatic: Iterable[Offer],
    *,
    price_class: str,
    at: datetime,
    voucher: Offer | None = None,
    voucher_code: str | None = None,
    language: str = "id",
) -> CartQuote:
    """Prices with all that is taken off (decision 0027).

    First the agreed prices, then the one automatic promotion that is worth most, then the voucher;
    together never more than the lines cost. A ``voucher_code`` without ``voucher`` is unknown.
    """
    found = [
        Discount("bargain", line.name, line.agreed_off, bargain_id=line.agreed.bargain_id)
        for line in lines
        if line.agreed is not None and line.agreed_off
    ]
    usable = [one for one in automatic if why_not(one, lines, price_class, at) is None]
    best = max(usable, key=lambda one: (amount_off(one, lines), -one.id), default=None)
    if best is not None:
        off = amount_off(best, lines)
        found.append(Discount("promotion", best.name(language), off, promotion_id=best.id))
    told: Voucher | None = None
    if voucher is not None:
        problem = why_not(voucher, lines, price_class, at)
        told = Voucher(voucher.code or "", voucher.name(language), problem)
        if problem is None:
            off = amount_off(voucher, lines)
            found.append(Discount("voucher", voucher.code or "", off, promotion_id=voucher.id))
    elif voucher_code:
        told = Voucher(voucher_code, None, Problem("voucher_unknown"))
    return CartQuote(tuple(lines), _within(found, lines), told)


def _within(found: Iterable[Discount], lines: Iterable[PricedLine]) -> tuple[Discount, ...]:
    """The discounts in order, each cut to what the ones before it have left."""
    left = sum((line.subtotal for line in lines), Rupiah(0))
    kept: list[Discount] = []
    for one in found:
        amount = min(one.amount, left)
        left = left - amount
        if amount:
            kept.append(Discount(one.kind, one.label, amount, one.promotion_id, one.bargain_id))
    return tuple(kept)


class BargainState(StrEnum):
    """States of a bargain."""

    ASKED = "asked"
    OFFERED = "offered"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    USED = "used"
    EXPIRED = "expired"


_SHOP = frozenset({"bot", "staff", "system"})
_BUYER = frozenset({"customer", "staff"})

BARGAIN_STATES = StateTable(
    "bargain",
    BargainState.ASKED,
    {
        (BargainState.ASKED, BargainState.OFFERED): Transition("offered", _SHOP),
        (BargainState.ASKED, BargainState.REFUSED): Transition("refused", _SHOP),
        (BargainState.OFFERED, BargainState.ACCEPTED): Transition("accepted", _BUYER),
        (BargainState.OFFERED, BargainState.REFUSED): Transition("declined", _BUYER),
        (BargainState.OFFERED, BargainState.EXPIRED): Transition("expired", _SHOP),
        (BargainState.ACCEPTED, BargainState.EXPIRED): Transition("expired", _SHOP),
        (BargainState.ACCEPTED, BargainState.USED): Transition("used"),
    },
)
"""Every move of a bargain; an offer by the margin rule is made by the bot, others by staff."""


def floor(price: Rupiah, max_percent: int) -> Rupiah:
    """The lowest price of one piece that ``max_percent`` off allows, rounded up to the rupiah."""
    return Rupiah(-(-int(price) * (100 - max_percent) // 100))


def judge(
    price: Rupiah, lowest: Rupiah, asked: Rupiah
) -> Literal["needless", "agree", "refuse", "person"]:
    """What to do with a price asked for one piece.

    At or above ``price`` there is nothing to agree; down to ``lowest`` the rule agrees; below half
    of the price no person needs to be asked; between them a person decides.
    """
    if asked >= price:
        return "needless"
    if asked >= lowest:
        return "agree"
    return "refuse" if asked * 2 < price else "person"


def expiry(at: datetime, hours: int) -> datetime:
    """Until when an offer made at ``at`` holds."""
    return at + timedelta(hours=hours)
