"""A customer changes an order that nobody has paid: the order and its payment, or neither."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from sqlalchemy.orm import Session

from crm_core import clock, orders, payments
from crm_core.errors import Conflict
from crm_core.orders import Order
from crm_core.timeline import Actor


class _HasState(Protocol):
    @property
    def state(self) -> str: ...


def may_change(order: _HasState, payment: _HasState | None) -> bool:
    """Whether its customer may still change or cancel the order alone: nobody has paid, and nothing
    says that money is coming. One that is paid at the door may be changed until it is prepared."""
    if order.state != orders.OrderState.AWAITING_PAYMENT:
        return False
    return payment is None or payment.state in payments.EXPIRABLE


def change_quantities(
    session: Session, order: Order, quantities: Mapping[str, int], *, actor: Actor
) -> bool:
    """Other quantities by part code (0 takes a part out); returns whether anything changed.

    The order keeps its code, its deadline and its history; all of it is priced anew, and the
    amount to pay follows. Refused as soon as anything says that money is on its way. On a refusal
    nothing has changed. Raises Conflict ("illegal_transition", "order_overdue", "payment_reported",
    "price_agreed", and as ``orders.change_lines``), InvalidInput ("quantity_invalid",
    "order_empty"), NotFound ("part_not_found").
    """
    if not _differs(order, orders.wanted_quantities(order, quantities)):
        return False
    with session.begin_nested():
        orders.begin_change(session, order)
        if order.expires_at <= clock.now() and not order.pay_on_delivery:
            raise Conflict("order_overdue", order_code=order.order_code)
        payment = payments.for_order_locked(session, order)
        if payment is not None and payment.state not in payments.EXPIRABLE:
            state = str(payment.state)
            raise Conflict("payment_reported", order_code=order.order_code, state=state)
        after = orders.wanted_quantities(order, quantities)  # as it stands under the lock
        orders.change_lines(session, order, after, actor)
        if payment is not None:
            payments.adjust(session, order, payment, actor)
    return True


def _differs(order: Order, after: Mapping[str, int]) -> bool:
    return after != {line.part_code: line.quantity for line in order.lines}
