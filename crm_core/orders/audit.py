"""Whether stock holds exactly what orders say it does: the last equations of invariant I4."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm_core import stock
from crm_core.orders.models import Order, OrderLine
from crm_core.orders.rules import ENDED_UNPAID, HOLDS_STOCK, OrderState
from crm_core.stock import Reservation, StockFault


def audit_stock(session: Session) -> list[StockFault]:
    """All equations of I4: those of ``stock.audit``, and each order against its reservations.

    An order that waits, is paid or packed holds every piece of its lines; one that was cancelled
    or expired holds none; of any other every piece was shipped.
    """
    return [*stock.audit(session), *_of_orders(session)]


def _of_orders(session: Session) -> Sequence[StockFault]:
    query = (
        select(
            Order.order_code, Order.state, OrderLine.part_code, OrderLine.quantity,
            func.coalesce(Reservation.state, "none"), func.coalesce(Reservation.quantity, 0),
        )
        .join(OrderLine, OrderLine.order_id == Order.id)
        .outerjoin(
            Reservation,
            (Reservation.order_id == Order.id) & (Reservation.part_id == OrderLine.part_id),
        )
        .order_by(Order.id, OrderLine.id)
    )  # fmt: skip
    faults = []
    for code, state, part_code, wanted, kept_as, kept in session.execute(query):
        right = kept if kept_as == _kept_as(state) else 0
        if right != wanted:
            faults.append(StockFault(part_code, "order_holds", wanted, right, code))
    return faults


def _kept_as(state: OrderState) -> str:
    """The state of the reservations of an order in ``state``."""
    if state in HOLDS_STOCK:
        return "held"
    return "released" if state in ENDED_UNPAID else "shipped"
