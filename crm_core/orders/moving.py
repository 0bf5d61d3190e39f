"""One move of an order: locked, checked against the table of states, on the record, announced."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm_core import clock, conversations, timeline
from crm_core.customers.models import Customer
from crm_core.db import Event, announce
from crm_core.orders.models import Order
from crm_core.orders.queries import facts_of
from crm_core.orders.rules import STATES, OrderState
from crm_core.timeline import Actor

_TIMES = {
    OrderState.PAID: "paid_at",
    OrderState.PACKED: "packed_at",
    OrderState.SHIPPED: "shipped_at",
    OrderState.DELIVERED: "delivered_at",
    OrderState.COMPLETED: "ended_at",
    OrderState.CANCELLED: "ended_at",
    OrderState.EXPIRED: "ended_at",
    OrderState.RETURNED: "ended_at",
}


def lock(session: Session, order: Order) -> Order:
    """``order`` read anew and locked until the transaction ends."""
    return session.scalars(
        select(Order)
        .where(Order.id == order.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()


def move(
    session: Session,
    order: Order,
    new: OrderState,
    actor: Actor,
    facts: dict[str, object] | None = None,
) -> Order:
    """Change the state as the table allows; raises Conflict ("illegal_transition")."""
    lock(session, order)
    step = STATES.check(order.state, new, actor.kind, facts_of(order))
    order.state = new
    setattr(order, _TIMES[new], clock.now())
    session.flush()
    record(session, order, step.name, actor, facts or {})
    announce(session, Event("order_changed", {"order_code": order.order_code}))
    return order


def record(
    session: Session, order: Order, action: str, actor: Actor, facts: dict[str, object]
) -> None:
    """One timeline entry about ``order``."""
    timeline.record(
        session,
        subject="order",
        subject_id=order.id,
        action=action,
        actor=actor,
        customer_id=order.customer_id,
        facts={"order_code": order.order_code, **facts},
    )


def tell(session: Session, order: Order, notice: str, **facts: str) -> None:
    """A notice about ``order`` to its customer."""
    customer = session.get_one(Customer, order.customer_id)
    conversations.notify(session, customer, notice, order_code=order.order_code, **facts)
