"""Whether this customer may pay this order at the door: the shop's rule and their own past."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm_core import shipping
from crm_core.errors import Conflict
from crm_core.orders.models import Order
from crm_core.orders.rules import PAID_AT_DOOR, OrderState


def refusal(session: Session, customer_id: int, *, total_idr: int, method: str) -> str | None:
    """Why an order of ``total_idr`` rupiah must be paid beforehand, None if it may be paid at the
    door; the reasons are those of ``shipping.cod_refusal``.
    """
    terms = shipping.cod_terms(session)
    mine = select(func.count()).select_from(Order).where(Order.customer_id == customer_id)
    completed = mine.where(
        Order.state.in_([OrderState.DELIVERED, OrderState.COMPLETED]), Order.paid_at.is_not(None)
    )
    still_open = mine.where(
        Order.pay_on_delivery, Order.paid_at.is_(None), Order.state.in_(PAID_AT_DOOR)
    )
    return shipping.cod_refusal(
        terms,
        total_idr=total_idr,
        method=method,
        completed=session.scalar(completed) or 0,
        open_cod=session.scalar(still_open) or 0,
    )


def refuse_unless_allowed(session: Session, order: Order) -> None:
    """Raises Conflict ("cod_not_allowed", reason) for a new order that must be paid beforehand.

    The customer's row is held while an order is placed, so two at once are counted one by one.
    """
    reason = refusal(
        session,
        order.customer_id,
        total_idr=int(order.total_idr),
        method=order.shipping_method,
    )
    if reason is not None:
        raise Conflict("cod_not_allowed", reason=reason)
