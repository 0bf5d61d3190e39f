"""What screens, sentences and programs read about parcels."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session, selectinload

from crm_core import orders
from crm_core.cursors import Slice
from crm_core.customers.models import Customer
from crm_core.errors import NotFound
from crm_core.listing import Window
from crm_core.money import Rupiah
from crm_core.orders import Order, OrderState, OrderView
from crm_core.shipments.models import BatchOrder, ShipmentBatch, ShipmentEvent
from crm_core.shipments.rules import SENT, BatchState

_FOLLOWED = (OrderState.PACKED, *SENT)


@dataclass(frozen=True, slots=True)
class EventView:
    """One piece of news about a parcel."""

    at: datetime
    kind: str
    text: str
    place: str | None
    source: str


@dataclass(frozen=True, slots=True)
class ShipmentView:
    """An order's parcel: how it goes, where it is; ``cash_due_idr`` is to be collected."""

    order_code: str
    customer_id: str
    state: str
    method: str
    courier: str | None
    tracking_number: str | None
    cash_due_idr: Rupiah
    packed_at: datetime | None
    shipped_at: datetime | None
    delivered_at: datetime | None
    updated_at: datetime
    events: tuple[EventView, ...]


@dataclass(frozen=True, slots=True)
class Pick:
    """Pieces of one part that a batch needs from the shelf."""

    part_code: str
    name: str
    quantity: int


@dataclass(frozen=True, slots=True)
class BatchView:
    """A batch with its orders in the order they came in."""

    id: int
    day: date
    method: str
    courier: str
    state: BatchState
    orders: tuple[OrderView, ...]
    picks: tuple[Pick, ...]
    weight_g: int
    cash_idr: Rupiah
    closed_at: datetime | None
    handed_over_at: datetime | None

    @property
    def unpacked(self) -> int:
        """Orders that still lie on the shelf."""
        return sum(one.state in {"paid", "awaiting_payment"} for one in self.orders)

    @property
    def unsent(self) -> int:
        """Orders that are packed and have not left."""
        return sum(one.state == "packed" for one in self.orders)


def view(session: Session, order: Order) -> ShipmentView:
    """The parcel of ``order`` with its news."""
    customer = session.get_one(Customer, order.customer_id)
    return _view(order, customer, events(session, order))


def events(session: Session, order: Order) -> tuple[EventView, ...]:
    """News of the order's parcel, the newest first."""
    return _events(session, [order.id])[order.id]


def listing(
    session: Session,
    *,
    states: Collection[str] = (),
    order_code: str | None = None,
    tracking_number: str | None = None,
    updated_since: datetime | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> Slice[ShipmentView]:
    """Parcels that are packed or have left, as :class:`crm_core.listing.Window` orders them."""
    wanted = [one for one in _FOLLOWED if not states or one in states]
    found = (
        select(Order, Customer)
        .join(Customer, Customer.id == Order.customer_id)
        .where(Order.state.in_(wanted))
    )
    if order_code:
        found = found.where(Order.order_code == order_code.strip().upper())
    if tracking_number:
        plain = orders.plain_tracking(tracking_number)
        found = found.where(Order.tracking_number == plain)
    window = Window(updated_since, cursor, limit)
    found = window.cut(found, Order.id, Order.created_at, Order.updated_at)
    rows = session.execute(found).all()
    news = _events(session, [order.id for order, _ in rows])
    return window.slice(
        [
            (_view(order, customer, news[order.id]), order.id, order.created_at, order.updated_at)
            for order, customer in rows
        ]
    )


def ready(session: Session, limit: int = 300) -> list[OrderView]:
    """Orders that can be packed or sent and are in no batch yet, the longest waiting first."""
    in_time = Order.state.in_([OrderState.PAID, OrderState.PACKED])
    at_door = (Order.state == OrderState.AWAITING_PAYMENT) & Order.pay_on_delivery
    found = session.scalars(
        select(Order)
        .outerjoin(BatchOrder, BatchOrder.order_id == Order.id)
        .where(in_time | at_door, BatchOrder.order_id.is_(None))
        .options(selectinload(Order.lines))
        .order_by(func.coalesce(Order.paid_at, Order.created_at), Order.id)
        .limit(limit)
    )
    return [orders.view(session, order) for order in found]


def batches(
    session: Session, *, since: date | None = None, unfinished: bool = False, limit: int = 60
) -> list[BatchView]:
    """Batches, the latest day first; ``unfinished``: only those that have not been handed over."""
    found = select(ShipmentBatch).order_by(ShipmentBatch.day.desc(), ShipmentBatch.id.desc())
    if since is not None:
        found = found.where(ShipmentBatch.day >= since)
    if unfinished:
        found = found.where(ShipmentBatch.state != BatchState.HANDED_OVER)
    return [_batch(session, one) for one in session.scalars(found.limit(limit))]


def batch(session: Session, batch_id: int) -> BatchView:
    """One batch. Raises NotFound ("batch_not_found")."""
    found = session.get(ShipmentBatch, batch_id, populate_existing=True)
    if found is None:
        raise NotFound("batch_not_found")
    return _batch(session, found)


def batch_of(session: Session, order: Order) -> int | None:
    """The id of the batch that the order is in."""
    query = select(BatchOrder.batch_id).where(BatchOrder.order_id == order.id)
    return session.scalars(query).one_or_none()


def _batch(session: Session, found: ShipmentBatch) -> BatchView:
    rows = session.scalars(
        select(Order)
        .join(BatchOrder, BatchOrder.order_id == Order.id)
        .where(BatchOrder.batch_id == found.id)
        .options(selectinload(Order.lines))
        .order_by(BatchOrder.added_at, Order.id)
        .execution_options(populate_existing=True)
    ).all()
    return BatchView(
        id=found.id,
        day=found.day,
        method=found.method,
        courier=found.courier,
        state=BatchState(found.state),
        orders=tuple(orders.view(session, order) for order in rows),
        picks=_picks(rows),
        weight_g=sum(order.weight_g for order in rows),
        cash_idr=sum((o.total_idr for o in rows if orders.owes_cash(o)), Rupiah(0)),
        closed_at=found.closed_at,
        handed_over_at=found.handed_over_at,
    )


def _picks(rows: Sequence[Order]) -> tuple[Pick, ...]:
    counts: dict[tuple[str, str], int] = defaultdict(int)
    for order in rows:
        for line in order.lines:
            counts[line.part_code, line.name] += line.quantity
    return tuple(Pick(code, name, count) for (code, name), count in sorted(counts.items()))


def _view(order: Order, customer: Customer, news: tuple[EventView, ...]) -> ShipmentView:
    return ShipmentView(
        order_code=order.order_code,
        customer_id=customer.public_id,
        state=str(order.state),
        method=order.shipping_method,
        courier=order.courier,
        tracking_number=order.tracking_number,
        cash_due_idr=order.total_idr if orders.owes_cash(order) else Rupiah(0),
        packed_at=order.packed_at,
        shipped_at=order.shipped_at,
        delivered_at=order.delivered_at,
        updated_at=order.updated_at,
        events=news,
    )


def _events(session: Session, ids: Sequence[int]) -> dict[int, tuple[EventView, ...]]:
    found: dict[int, list[EventView]] = {order_id: [] for order_id in ids}
    query = (
        select(ShipmentEvent)
        .where(ShipmentEvent.order_id.in_(ids))
        .order_by(ShipmentEvent.at.desc(), ShipmentEvent.id.desc())
    )
    for one in session.scalars(query):
        event = EventView(one.at, one.kind, one.text, one.place, one.source)
        found[one.order_id].append(event)
    return {order_id: tuple(news) for order_id, news in found.items()}
