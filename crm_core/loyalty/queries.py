"""What a customer has collected, what it is worth, and what comes next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm_core import clock, shop
from crm_core.cursors import Slice
from crm_core.listing import Window
from crm_core.loyalty import rules
from crm_core.loyalty.models import PointsAccount, PointsEntry
from crm_core.loyalty.rules import Redemption, Terms, Tier
from crm_core.money import Rupiah
from crm_core.orders import Order

YEAR = timedelta(days=365)
"""Points of so long count for the tier."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a customer stands; ``next_tier`` and ``missing`` points to it are None, 0 at the top.

    ``of_year`` are the points of the last twelve months, spent or not.
    """

    balance: int
    owed: int
    worth: Rupiah
    of_year: int
    tier: Tier
    next_tier: Tier | None
    missing: int
    terms: Terms


def terms(session: Session) -> Terms:
    """The programme as the shop set it."""
    return rules.terms_of(shop.facts(session))


NOTHING = Redemption()


def redeemable(session: Session, customer_id: int, goods_idr: int) -> Redemption:
    """What the customer's points could pay now of goods worth ``goods_idr`` rupiah."""
    held = select(PointsAccount.balance).where(PointsAccount.customer_id == customer_id)
    balance = session.scalar(held) or 0
    return rules.redeemable(balance, goods_idr, terms(session)) if balance else NOTHING


def standing(session: Session, customer_id: int) -> Standing | None:
    """Balance, worth and tier of a customer; None where the shop has no programme."""
    at = terms(session)
    if not at.per_idr:
        return None
    account = select(PointsAccount.balance, PointsAccount.owed)
    row = session.execute(account.where(PointsAccount.customer_id == customer_id)).first()
    balance, owed = row if row else (0, 0)
    of_year = select(func.coalesce(func.sum(PointsEntry.points - PointsEntry.owed), 0)).where(
        PointsEntry.customer_id == customer_id,
        PointsEntry.kind.in_(["earned", "reversed"]),
        PointsEntry.created_at > clock.now() - YEAR,
    )
    points = max(int(session.scalar(of_year) or 0), 0)
    further = rules.next_step(points, at)
    return Standing(
        balance=balance,
        owed=owed,
        worth=Rupiah(balance * at.value_idr),
        of_year=points,
        tier=rules.tier(points, at),
        next_tier=further[0] if further else None,
        missing=further[1] if further else 0,
        terms=at,
    )


def entries(session: Session, customer_id: int, limit: int = 20) -> Sequence[PointsEntry]:
    """The newest changes of a customer's points first."""
    query = select(PointsEntry).where(PointsEntry.customer_id == customer_id)
    return session.scalars(query.order_by(PointsEntry.id.desc()).limit(limit)).all()


def ledger(
    session: Session,
    customer_id: int,
    *,
    updated_since: datetime | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> Slice[tuple[PointsEntry, str | None]]:
    """Changes of a customer's points with the orders' codes, in slices like every list."""
    window = Window(updated_since, cursor, limit)
    query = (
        select(PointsEntry, Order.order_code)
        .outerjoin(Order, Order.id == PointsEntry.order_id)
        .where(PointsEntry.customer_id == customer_id)
    )
    made = PointsEntry.created_at
    rows = session.execute(window.cut(query, PointsEntry.id, made, made)).all()
    return window.slice(
        [((one, code), one.id, one.created_at, one.created_at) for one, code in rows]
    )
