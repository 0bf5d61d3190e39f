"""Pure decisions about returns: the states, how long one may ask, and what goods are worth back."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from crm_core.errors import Conflict, InvalidInput
from crm_core.states import StateTable, Transition


class ReturnKind(StrEnum):
    """What the customer asks for."""

    RETURN = "return"
    EXCHANGE = "exchange"
    WARRANTY = "warranty"


class ReturnState(StrEnum):
    """States of a return as people and programs outside see them."""

    ASKED = "asked"
    APPROVED = "approved"
    REFUSED = "refused"
    RECEIVED = "received"
    SETTLED = "settled"
    WITHDRAWN = "withdrawn"


class Condition(StrEnum):
    """What somebody found when the goods were on the counter again."""

    UNOPENED = "unopened"
    OPENED = "opened"
    DEFECTIVE = "defective"


class Outcome(StrEnum):
    """How a return was made good."""

    REFUND = "refund"
    CREDIT = "credit"
    EXCHANGE = "exchange"
    NOTHING = "nothing"


_S = ReturnState
_STAFF = frozenset({"staff"})
_BUYER_OR_STAFF = frozenset({"customer", "bot", "staff"})

STATES = StateTable(
    "return",
    _S.ASKED,
    {
        (_S.ASKED, _S.APPROVED): Transition("approved", _STAFF),
        (_S.ASKED, _S.REFUSED): Transition("refused", _STAFF),
        (_S.ASKED, _S.WITHDRAWN): Transition("withdrawn", _BUYER_OR_STAFF),
        (_S.APPROVED, _S.WITHDRAWN): Transition("withdrawn", _BUYER_OR_STAFF),
        (_S.APPROVED, _S.RECEIVED): Transition("received", _STAFF),
        (_S.RECEIVED, _S.SETTLED): Transition("settled", _STAFF),
        # Only from an exchange whose new order has not been sent.
        (_S.SETTLED, _S.RECEIVED): Transition("reopened", _STAFF),
    },
)
"""Every move of a return; people of the shop decide, the customer may only think better of it."""

OPEN = frozenset({_S.ASKED, _S.APPROVED, _S.RECEIVED})
"""Somebody still has to do something."""

COUNTED = OPEN | {_S.SETTLED}
"""These pieces cannot be returned a second time."""

BACK = frozenset({_S.RECEIVED, _S.SETTLED})
"""The goods are here."""

RETURN_DAYS = 7
"""So long after arrival goods may be returned or exchanged (shop fact ``return_days``)."""


def last_day(kind: ReturnKind, arrived: date, return_days: int, warranty_days: int) -> date | None:
    """The last day on which ``kind`` may be asked for; None where there is no warranty at all."""
    if kind == ReturnKind.WARRANTY:
        return arrived + timedelta(days=warranty_days) if warranty_days else None
    return arrived + timedelta(days=return_days)


@dataclass(frozen=True, slots=True)
class Sold:
    """One line of a sent order: pieces sent, pieces in other returns, days of warranty."""

    part_code: str
    name: str
    quantity: int
    returning: int
    warranty_days: int

    @property
    def left(self) -> int:
        """Pieces that can still be returned."""
        return self.quantity - self.returning


def wanted_lines(sold: Sequence[Sold], wanted: Mapping[str, int]) -> dict[str, int]:
    """``wanted`` (part code → pieces), checked against what was sent and not returned yet.

    Raises InvalidInput ("return_empty", "quantity_invalid"), Conflict ("not_in_order", part_code)
    and ("return_too_many", part_code, name, left).
    """
    if not wanted:
        raise InvalidInput("return_empty")
    by_code = {line.part_code: line for line in sold}
    for code, quantity in wanted.items():
        if isinstance(quantity, bool) or quantity < 1:
            raise InvalidInput(
                "quantity_invalid", most=by_code[code].left if code in by_code else 1
            )
        if code not in by_code:
            raise Conflict("not_in_order", part_code=code[:32])
        line = by_code[code]
        if quantity > line.left:
            raise Conflict("return_too_many", part_code=code, name=line.name, left=line.left)
    return dict(wanted)


def refuse_too_late(
    kind: ReturnKind, lines: Sequence[Sold], arrived: date | None, today: date, return_days: int
) -> None:
    """Refuse what comes after its time. A parcel not known to have arrived is never too late.

    Raises Conflict ("return_too_late", name, last_day ISO) or ("no_warranty", name).
    """
    if arrived is None:
        return
    for line in lines:
        until = last_day(kind, arrived, return_days, line.warranty_days)
        if until is None:
            raise Conflict("no_warranty", name=line.name)
        if today > until:
            raise Conflict("return_too_late", name=line.name, last_day=until.isoformat())


def best_kind(
    asked: ReturnKind, line: Sold, arrived: date | None, today: date, return_days: int
) -> ReturnKind:
    """What a request counts as: the warranty helps whoever comes too late for a return."""
    if arrived is None or asked == ReturnKind.WARRANTY:
        return asked
    late = today > arrived + timedelta(days=return_days)
    covered = line.warranty_days and today <= arrived + timedelta(days=line.warranty_days)
    return ReturnKind.WARRANTY if late and covered else asked


def worth(returned: int, before: int, items: int, discount: int) -> int:
    """What goods of ``returned`` rupiah (at order prices) are worth back, after ``before`` of them.

    A discount is spread over the whole order, so all of it together is worth items less discount,
    whatever the steps.
    """
    taken_off = min(discount, items)

    def paid_for(goods: int) -> int:
        return goods - taken_off * goods // items if items else 0

    return paid_for(before + returned) - paid_for(before)


def spread(amount: int, left: Sequence[int]) -> list[int]:
    """``amount`` over payments that have so much ``left`` each, the first ones first.

    Raises Conflict ("refund_too_high", most) beyond all of it.
    """
    if amount > sum(left):
        raise Conflict("refund_too_high", most=sum(left))
    shares = []
    for one in left:
        shares.append(min(amount, one))
        amount -= shares[-1]
    return shares


_WARRANTY = re.compile(r"\b(?:garansi\w*|klaim|claim|warranty|guarantee)\b", re.IGNORECASE)
_EXCHANGE = re.compile(
    r"\b(?:tukar\w*|ditukar\w*|nukar|tuker\w*|ganti\w*|diganti\w*|exchange\w*|replace\w*|swap)\b",
    re.IGNORECASE,
)


def asked_kind(text: str) -> ReturnKind:
    """What a customer's words ask for: warranty, another piece, else their money."""
    if _WARRANTY.search(text):
        return ReturnKind.WARRANTY
    if _EXCHANGE.search(text) and not re.search(r"\b(?:refund|uang|duit|money)\b", text, re.I):
        return ReturnKind.EXCHANGE
    return ReturnKind.RETURN
