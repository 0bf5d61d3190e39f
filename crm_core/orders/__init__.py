"""Orders: placed at the prices of the moment, paid, packed, sent, and sometimes ended early."""

from crm_core.orders.models import Order, OrderLine
from crm_core.orders.queries import (
    OrderLineView,
    OrderView,
    by_code,
    counts,
    listing,
    of_customer,
    view,
)
from crm_core.orders.rules import ENDED_UNPAID, OPEN, STATES, UNPAID_HOURS, OrderState
from crm_core.orders.service import (
    Delivery,
    cancel,
    complete,
    deliver,
    due_for_expiry,
    expire,
    lock,
    mark_paid,
    pack,
    place,
    placed_before,
    return_,
    ship,
)

__all__ = [
    "ENDED_UNPAID",
    "OPEN",
    "STATES",
    "UNPAID_HOURS",
    "Delivery",
    "Order",
    "OrderLine",
    "OrderLineView",
    "OrderState",
    "OrderView",
    "by_code",
    "cancel",
    "complete",
    "counts",
    "deliver",
    "due_for_expiry",
    "expire",
    "listing",
    "lock",
    "mark_paid",
    "of_customer",
    "pack",
    "place",
    "placed_before",
    "return_",
    "ship",
    "view",
]
