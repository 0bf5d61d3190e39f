"""Orders: placed at the prices of the moment, paid, packed, sent, and sometimes ended early."""

from crm_core.orders.adding import take_off, write_note
from crm_core.orders.audit import audit_stock
from crm_core.orders.changing import begin_change, change_lines, wanted_quantities
from crm_core.orders.cod import refusal as cod_refusal
from crm_core.orders.exchanging import exchange
from crm_core.orders.models import Order, OrderDiscount, OrderLine
from crm_core.orders.moving import lock
from crm_core.orders.queries import (
    OrderDiscountView,
    OrderLineView,
    OrderView,
    by_code,
    by_tracking,
    counts,
    facts_of,
    listing,
    moves,
    of_customer,
    owes_cash,
    view,
)
from crm_core.orders.rules import (
    ENDED_UNPAID,
    NOTED,
    OPEN,
    STATES,
    UNPAID_HOURS,
    OrderState,
    plain_tracking,
)
from crm_core.orders.sending import deliver, hand_over, mark_paid, pack, set_tracking, ship
from crm_core.orders.service import (
    Delivery,
    cancel,
    complete,
    due_for_expiry,
    expire,
    place,
    placed_before,
    return_,
)

__all__ = [
    "ENDED_UNPAID",
    "NOTED",
    "OPEN",
    "STATES",
    "UNPAID_HOURS",
    "Delivery",
    "Order",
    "OrderDiscount",
    "OrderDiscountView",
    "OrderLine",
    "OrderLineView",
    "OrderState",
    "OrderView",
    "audit_stock",
    "begin_change",
    "by_code",
    "by_tracking",
    "cancel",
    "change_lines",
    "cod_refusal",
    "complete",
    "counts",
    "deliver",
    "due_for_expiry",
    "exchange",
    "expire",
    "facts_of",
    "hand_over",
    "listing",
    "lock",
    "mark_paid",
    "moves",
    "of_customer",
    "owes_cash",
    "pack",
    "place",
    "placed_before",
    "plain_tracking",
    "return_",
    "set_tracking",
    "ship",
    "take_off",
    "view",
    "wanted_quantities",
    "write_note",
]
