"""A parcel to be paid at the door that nobody took: the goods are here again, nothing is owed."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm_core import conversations, loyalty, orders, payments, stock
from crm_core.customers.models import Customer
from crm_core.errors import Conflict, InvalidInput
from crm_core.orders import Order, OrderState
from crm_core.returns import rules
from crm_core.returns.models import Return
from crm_core.returns.service import checked_reason
from crm_core.timeline import Actor


def refused_at_door(
    session: Session, order: Order, *, actor: Actor, reason: str, damaged: Collection[str] = ()
) -> Order:
    """Take a sent order that was not paid at the door back whole: it is returned, its payment ends.

    Every piece goes back on the shelf but those of the part codes in ``damaged``. Locks: order →
    payment → stock → points. Raises InvalidInput ("reason_missing"), ("not_in_order", part_code),
    Conflict ("not_refusable", order_code, state) for what is not on its way unpaid, ("return_open",
    return_code) where some of it is being returned, ("illegal_transition") for anybody but staff.
    """
    why = checked_reason(reason)
    with session.begin_nested():
        orders.lock(session, order)
        _refuse_unfit(session, order)
        broken = set(damaged)
        for code in sorted(broken - {line.part_code for line in order.lines}):
            raise InvalidInput("not_in_order", part_code=code[:32])
        payment = payments.for_order_locked(session, order)
        orders.return_(session, order, actor, why)
        if payment is not None:
            payments.close(session, payment)
        back = {line.part_id: line.quantity for line in order.lines if line.part_code not in broken}
        if back:
            stock.take_back(session, order.id, back, actor, why)
        loyalty.order_ended(session, order, actor)
        customer = session.get_one(Customer, order.customer_id)
        conversations.notify(
            session, customer, "order_refused_at_door", order_code=order.order_code
        )
    return order


def _refuse_unfit(session: Session, order: Order) -> None:
    if order.state != OrderState.SHIPPED or not orders.owes_cash(order):
        raise Conflict("not_refusable", order_code=order.order_code, state=str(order.state))
    going = select(Return.return_code).where(
        Return.order_id == order.id, Return.state.in_(rules.COUNTED)
    )
    code = session.scalars(going.limit(1)).first()
    if code is not None:
        raise Conflict("return_open", return_code=code)
