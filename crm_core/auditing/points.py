"""Points: a customer has what their entries add up to, and earned only with orders that live."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from crm_core.auditing.columns import total
from crm_core.auditing.values import Finding
from crm_core.loyalty import PointsAccount, PointsEntry
from crm_core.orders import ENDED_UNPAID, Order


def ledgers(session: Session) -> Iterator[Finding]:
    """Balance and debt of each account are the sums of its entries."""
    entries = (
        select(
            PointsEntry.customer_id.label("customer_id"),
            total(PointsEntry.points).label("points"),
            total(PointsEntry.owed).label("owed"),
        )
        .group_by(PointsEntry.customer_id)
        .subquery()
    )
    query = (
        select(
            PointsAccount.customer_id, PointsAccount.balance, PointsAccount.owed,
            entries.c.points, entries.c.owed,
        )
        .outerjoin(entries, entries.c.customer_id == PointsAccount.customer_id)
        .order_by(PointsAccount.customer_id)
    )  # fmt: skip
    for customer_id, balance, owed, points, debt in session.execute(query):
        if (balance, owed) != (points or 0, debt or 0):
            said = f"has {balance:,} and owes {owed:,}; entries say {points or 0:,}, {debt or 0:,}"
            yield Finding("points", f"points of customer id {customer_id}", said)


def of_ended_orders(session: Session) -> Iterator[Finding]:
    """An order that ended unsent leaves no points behind, and holds none."""
    query = (
        select(Order.order_code, total(PointsEntry.points), total(PointsEntry.owed))
        .join(PointsEntry, PointsEntry.order_id == Order.id)
        .where(Order.state.in_(ENDED_UNPAID))
        .group_by(Order.order_code)
        .having(or_(total(PointsEntry.points) - total(PointsEntry.owed) != 0))
    )
    for code, points, owed in session.execute(query):
        said = f"has ended, but {points - owed:,} points of it are left"
        yield Finding("points", f"order {code}", said)
