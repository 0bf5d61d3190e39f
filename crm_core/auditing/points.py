"""Points: a customer has what their entries add up to, and earned only with orders that live."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from crm_core.auditing.columns import total
from crm_core.auditing.values import Finding
from crm_core.loyalty import PointsAccount, PointsEntry
from crm_core.orders import ENDED_UNPAID, Order, OrderDiscount


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


def of_discounts(session: Session) -> Iterator[Finding]:
    """What points took off an order was redeemed for it, and nothing was redeemed for nothing."""
    taken = (
        select(OrderDiscount.order_id, total(OrderDiscount.amount_idr).label("off"))
        .where(OrderDiscount.kind == "points")
        .group_by(OrderDiscount.order_id)
        .subquery()
    )
    redeemed = (
        select(PointsEntry.order_id, total(PointsEntry.points).label("points"))
        .where(PointsEntry.kind == "redeemed")
        .group_by(PointsEntry.order_id)
        .subquery()
    )
    off, points = func.coalesce(taken.c.off, 0), func.coalesce(-redeemed.c.points, 0)
    query = (
        select(Order.order_code, off, points)
        .outerjoin(taken, taken.c.order_id == Order.id)
        .outerjoin(redeemed, redeemed.c.order_id == Order.id)
        # The worth of a point may change, but a whole number of rupiah it always was.
        .where(or_(off != 0, points != 0), or_(points <= 0, off <= 0, off % points != 0))
    )
    for code, amount, spent in session.execute(query):
        said = f"points took Rp {amount:,} off, {spent:,} were redeemed"
        yield Finding("points", f"order {code}", said)
