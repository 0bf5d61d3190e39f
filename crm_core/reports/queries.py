"""Read models that join several concepts. A day is the date in Pontianak."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Literal

from sqlalchemy import BigInteger, case, cast, func, or_, select
from sqlalchemy.orm import Session

from crm_core import catalogue, clock
from crm_core.catalogue.models import Part, StockLevel, Wish
from crm_core.catalogue.types import PartView
from crm_core.conversations.models import Conversation, Message
from crm_core.customers import Customer
from crm_core.handoffs.models import Handoff
from crm_core.handoffs.rules import HandoffState
from crm_core.money import Rupiah
from crm_core.orders import Order, OrderLine, OrderState

AT_RISK = timedelta(minutes=5)
"""A promise that ends sooner than this needs somebody now."""


@dataclass(frozen=True, slots=True)
class WishRow:
    """Something asked for in vain within the span that was asked about.

    ``times`` it was asked for (once per customer and day), by how many ``customers``, for how many
    ``pieces`` (one where none was said), worth ``value_idr`` at today's price; None without one.
    ``to_tell`` of them wait to be told.
    """

    query: str
    reason: str
    part_code: str | None
    part_name: str | None
    times: int
    last_at: datetime
    customers: int = 0
    pieces: int = 0
    value_idr: Rupiah | None = None
    to_tell: int = 0


@dataclass(frozen=True, slots=True)
class Bought:
    """What a customer has bought so far: orders paid for and not cancelled or sent back whole."""

    orders: int
    pieces: int
    total_idr: Rupiah
    last_at: datetime | None


@dataclass(frozen=True, slots=True)
class Today:
    """The day so far. ``sales_idr`` are the totals of the orders whose payment was accepted today.

    ``promises_at_risk`` counts waiting customers who were promised an answer within five minutes,
    ``promises_broken`` those whose promised time has passed.
    """

    sales_idr: Rupiah
    orders_paid: int
    orders_placed: int
    conversations: int
    customers_new: int
    promises_at_risk: int
    promises_broken: int
    wishes: tuple[WishRow, ...]


def today(session: Session, now: datetime | None = None) -> Today:
    """The day of ``now`` (default: the present) up to it."""
    now = now or clock.now()
    begin = datetime.combine(clock.local_date(now), time.min, clock.ZONE)
    sold = session.execute(
        select(cast(func.coalesce(func.sum(Order.total_idr), 0), BigInteger), func.count()).where(
            Order.paid_at >= begin
        )
    ).one()
    waits = Handoff.state == HandoffState.WAITING
    return Today(
        sales_idr=Rupiah(int(sold[0])),
        orders_paid=sold[1],
        orders_placed=_count(session, Order.id, Order.created_at >= begin),
        conversations=session.scalar(
            select(func.count(Message.conversation_id.distinct())).where(
                Message.created_at >= begin, Message.direction == "inbound"
            )
        )
        or 0,
        customers_new=_count(session, Conversation.id, Conversation.created_at >= begin),
        promises_at_risk=_count(
            session, Handoff.id, waits, Handoff.promised_at.between(now, now + AT_RISK)
        ),
        promises_broken=_count(
            session, Handoff.id, waits, or_(Handoff.promised_at < now, Handoff.repairs > 0)
        ),
        wishes=tuple(wishes(session, since=now - timedelta(days=7), limit=6)),
    )


def bought(session: Session, customer: Customer) -> Bought:
    """What ``customer`` has bought so far."""
    kept = (
        Order.customer_id == customer.id,
        Order.paid_at.is_not(None),
        Order.state.not_in([OrderState.CANCELLED, OrderState.RETURNED]),
    )
    total = cast(func.coalesce(func.sum(Order.total_idr), 0), BigInteger)
    orders, idr, last = session.execute(
        select(func.count(), total, func.max(Order.paid_at)).where(*kept)
    ).one()
    pieces = cast(func.coalesce(func.sum(OrderLine.quantity), 0), BigInteger)
    count = session.scalar(select(pieces).join(Order, Order.id == OrderLine.order_id).where(*kept))
    return Bought(orders, int(count or 0), Rupiah(int(idr)), last)


def wishes(
    session: Session,
    *,
    since: datetime,
    limit: int = 50,
    by: Literal["times", "value"] = "times",
) -> list[WishRow]:
    """What was asked for in vain since then: the most frequent first, or the most rupiah first.

    Wishes without a part are counted by their words, whatever their case.
    """
    said = func.lower(func.btrim(Wish.query))
    thing = case((Wish.part_id.is_(None), said), else_="")
    times, last = func.count(), func.max(Wish.created_at)
    pieces = cast(func.sum(func.coalesce(Wish.quantity, 1)), BigInteger)
    value = cast(pieces * Part.price_idr, BigInteger)
    waiting = func.count().filter(Wish.notify, Wish.told_at.is_(None))
    asked = func.count(Wish.customer_id.distinct())
    first = (times.desc(), value.desc().nulls_last())
    query = (
        select(
            func.min(Wish.query), Wish.reason, Part.part_code, Part.name, times, last, asked,
            pieces, value, waiting,
        )
        .outerjoin(Part, Part.id == Wish.part_id)
        .where(Wish.created_at >= since)
        .group_by(thing, Wish.reason, Part.part_code, Part.name, Part.price_idr)
        .order_by(*(first if by == "times" else reversed(first)), last.desc())
        .limit(limit)
    )  # fmt: skip
    found: list[WishRow] = []
    for row in session.execute(query):
        query_, reason, code, name, often, last_at, people, count, worth, to_tell = row
        found.append(
            WishRow(
                query_, reason, code, name, often, last_at, people, count, _money(worth), to_tell
            )
        )
    return found


def _money(amount: int | None) -> Rupiah | None:
    return None if amount is None else Rupiah(int(amount))


def popular(session: Session, limit: int = 8) -> list[PartView]:
    """Parts to show first: in stock, priced, the best sold of each category before the second."""
    sold = (
        select(OrderLine.part_id, func.sum(OrderLine.quantity).label("pieces"))
        .group_by(OrderLine.part_id)
        .subquery()
    )
    left = StockLevel.on_hand - StockLevel.reserved
    best = (func.coalesce(sold.c.pieces, 0).desc(), left.desc(), Part.id)
    rank = func.row_number().over(partition_by=Part.category_id, order_by=best)
    query = (
        select(Part.id)
        .join(StockLevel, StockLevel.part_id == Part.id)
        .outerjoin(sold, sold.c.part_id == Part.id)
        .where(Part.active, Part.price_idr.is_not(None), left > 0)
        .order_by(rank, *best)
        .limit(limit)
    )
    return catalogue.by_ids(session, session.scalars(query).all())


def _count(session: Session, column: object, *conditions: object) -> int:
    query = select(func.count(column)).where(*conditions)  # type: ignore[arg-type]
    return session.scalar(query) or 0
