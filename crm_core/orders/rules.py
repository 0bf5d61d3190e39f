"""Pure decisions about orders: the states, who may change them, and what an order is worth."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from crm_core.carts.rules import checked_quantity
from crm_core.catalogue.text import plain_code
from crm_core.errors import InvalidInput
from crm_core.shipping.parcels import PICKUP
from crm_core.states import StateTable, Transition


class OrderState(StrEnum):
    """States of an order as people and programs outside see them."""

    AWAITING_PAYMENT = "awaiting_payment"
    PAID = "paid"
    PACKED = "packed"
    SHIPPED = "shipped"
    DELIVERED = "delivered"
    COMPLETED = "completed"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    RETURNED = "returned"


_STAFF = frozenset({"staff"})
_BUYER_OR_STAFF = frozenset({"customer", "bot", "staff"})
_ARRIVED = frozenset({"customer", "bot", "staff", "system"})
_CLOCK = frozenset({"system"})
_ERP_OR_STAFF = frozenset({"staff", "system"})

ON_DELIVERY, BEFORE, PAID_FOR = "pay_on_delivery", "pay_before", "paid_for"
PARCEL, COUNTER = "parcel", "counter"
"""Facts of an order that some moves need."""


def facts_of(*, pay_on_delivery: bool, paid: bool, method: str) -> frozenset[str]:
    """What holds of an order, for the guards of its moves."""
    facts = {
        ON_DELIVERY if pay_on_delivery else BEFORE,
        COUNTER if method == PICKUP else PARCEL,
    }
    return frozenset(facts | {PAID_FOR} if paid else facts)


STATES = StateTable(
    "order",
    OrderState.AWAITING_PAYMENT,
    {
        # Only accepting a payment pays an order; a person accepts, or the bank's statement.
        (OrderState.AWAITING_PAYMENT, OrderState.PAID): Transition("paid", _STAFF | _CLOCK),
        (OrderState.PAID, OrderState.PACKED): Transition("packed", _ERP_OR_STAFF),
        # The only way past the payment, and only for an order that the shop's rules let pay cash.
        (OrderState.AWAITING_PAYMENT, OrderState.PACKED): Transition(
            "packed", _ERP_OR_STAFF, ON_DELIVERY
        ),
        (OrderState.PACKED, OrderState.SHIPPED): Transition("shipped", _STAFF | _CLOCK, PARCEL),
        (OrderState.PACKED, OrderState.DELIVERED): Transition("handed_over", _STAFF, COUNTER),
        (OrderState.SHIPPED, OrderState.DELIVERED): Transition("delivered", _ARRIVED),
        (OrderState.DELIVERED, OrderState.COMPLETED): Transition("completed", _ARRIVED, PAID_FOR),
        (OrderState.AWAITING_PAYMENT, OrderState.CANCELLED): Transition(
            "cancelled", _BUYER_OR_STAFF | _ERP_OR_STAFF
        ),
        (OrderState.PAID, OrderState.CANCELLED): Transition("cancelled", _ERP_OR_STAFF),
        (OrderState.PACKED, OrderState.CANCELLED): Transition("cancelled", _ERP_OR_STAFF),
        (OrderState.AWAITING_PAYMENT, OrderState.EXPIRED): Transition("expired", _CLOCK, BEFORE),
        (OrderState.SHIPPED, OrderState.RETURNED): Transition("returned", _STAFF),
        (OrderState.DELIVERED, OrderState.RETURNED): Transition("returned", _STAFF),
        (OrderState.COMPLETED, OrderState.RETURNED): Transition("returned", _STAFF),
    },
)
"""Every move of an order; there is no other way to change one."""

HOLDS_STOCK = frozenset({OrderState.AWAITING_PAYMENT, OrderState.PAID, OrderState.PACKED})
"""States in which the ordered pieces lie on the shelf, reserved."""

NOTED = frozenset({OrderState.AWAITING_PAYMENT, OrderState.PAID})
"""States in which a note is still read by whoever packs."""

OPEN = HOLDS_STOCK | {OrderState.SHIPPED}
"""States in which a customer still waits for something."""

ENDED_UNPAID = frozenset({OrderState.CANCELLED, OrderState.EXPIRED})
"""States in which nothing will be sent any more."""

PAID_AT_DOOR = frozenset(
    {OrderState.AWAITING_PAYMENT, OrderState.PACKED, OrderState.SHIPPED, OrderState.DELIVERED}
)
"""States in which an order to be paid on delivery may still owe its money."""

ON_DELIVERY_DAYS = 30
"""How long an order that is paid at the door waits for it. Our choice; staff ends it, no clock."""

UNPAID_HOURS = 72
"""An unpaid order ends after three days (document 004, payment rule; decided as 72 hours)."""


def plain_tracking(number: str) -> str:
    """A tracking number as it is kept: capitals and digits, no spaces or dashes."""
    return "".join(sign for sign in number.upper() if sign.isalnum() and sign.isascii())[:60]


def merge_lines(lines: Sequence[tuple[str, int]]) -> dict[str, int]:
    """Pieces per part code, in the order the parts were first named.

    Raises InvalidInput: "order_empty" without lines, "quantity_invalid" for a bad quantity, also
    of the sum.
    """
    if not lines:
        raise InvalidInput("order_empty")
    merged: dict[str, int] = {}
    for part_code, quantity in lines:
        code = plain_code(part_code)
        merged[code] = checked_quantity(merged.get(code, 0) + checked_quantity(quantity))
    return merged
