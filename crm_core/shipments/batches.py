"""The batches of a day: gathered, packed, closed, handed to the driver or the courier.

Locks in the order batch → order. Each order of a batch is packed and sent in a transaction of its
own, so that one that was cancelled meanwhile stops nothing and stock rows are never held crosswise;
what was interrupted is simply gone on with.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from crm_core import clock, orders, shipping, timeline
from crm_core.db import Event, announce
from crm_core.errors import Conflict, InvalidInput, NotFound
from crm_core.orders import ENDED_UNPAID, Order, OrderState
from crm_core.shipments.models import BatchOrder, ShipmentBatch
from crm_core.shipments.rules import BATCH_STATES, BatchState
from crm_core.timeline import Actor


def open_batch(
    session: Session, *, day: date, method: str, courier: str, actor: Actor
) -> ShipmentBatch:
    """The batch of ``day`` that ``courier`` (a company or the driver's name) takes, still open.

    Beginning it again gives the same one. Raises InvalidInput ("courier_missing",
    "shipping_method_unknown"): what is fetched at the counter needs no batch.
    """
    name = " ".join(courier.split())[:60]
    if not name:
        raise InvalidInput("courier_missing")
    if method not in shipping.RATED:
        raise InvalidInput("shipping_method_unknown")
    same = select(ShipmentBatch).where(
        ShipmentBatch.day == day,
        ShipmentBatch.method == method,
        ShipmentBatch.courier == name,
        ShipmentBatch.state == BatchState.OPEN,
    )
    made = session.execute(
        insert(ShipmentBatch)
        .values(day=day, method=method, courier=name, state=BatchState.OPEN, created_at=clock.now())
        .on_conflict_do_nothing()
        .returning(ShipmentBatch.id)
    ).scalar_one_or_none()
    found = session.scalars(same).one()
    if made is not None:
        _record(session, found, "opened", actor)
    return found


def add_orders(
    session: Session, batch_id: int, order_codes: Sequence[str], *, actor: Actor
) -> ShipmentBatch:
    """Put orders into an open batch: paid or packed ones, or such as are paid at the door.

    All of them or none. Raises NotFound ("batch_not_found", "order_not_found"), Conflict
    ("batch_not_open"), ("order_not_ready", order_code, state), ("order_other_method", order_code),
    ("order_in_batch", order_code).
    """
    batch = _open(session, batch_id)
    with session.begin_nested():
        for order in _locked(session, order_codes):
            _refuse_unready(batch, order)
            added = session.execute(
                insert(BatchOrder)
                .values(order_id=order.id, batch_id=batch.id, added_at=clock.now())
                .on_conflict_do_nothing()
                .returning(BatchOrder.order_id)
            ).first()
            kept = session.scalars(
                select(BatchOrder.batch_id).where(BatchOrder.order_id == order.id)
            ).one()
            if added is None and kept != batch.id:
                raise Conflict("order_in_batch", order_code=order.order_code)
    _record(session, batch, "orders_added", actor, orders=len(order_codes))
    return batch


def take_out(session: Session, batch_id: int, order_code: str, *, actor: Actor) -> None:
    """This order does not leave with this batch. Raises as :func:`add_orders`."""
    batch = _open(session, batch_id)
    order = orders.by_code(session, order_code)
    gone = session.execute(
        delete(BatchOrder)
        .where(BatchOrder.batch_id == batch.id, BatchOrder.order_id == order.id)
        .returning(BatchOrder.order_id)
    ).first()
    if gone is None:
        raise NotFound("order_not_found", order_code=order.order_code)
    _record(session, batch, "order_taken_out", actor, order_code=order.order_code)


def pack_order(session: Session, batch_id: int, order_id: int, *, actor: Actor) -> bool:
    """Pack one order of an open batch; False if it is packed already or was ended meanwhile."""
    _open(session, batch_id)
    order = _of_batch(session, batch_id, order_id)
    ready = order.state == OrderState.PAID or (
        order.state == OrderState.AWAITING_PAYMENT and orders.owes_cash(order)
    )
    if not ready:
        return False
    orders.pack(session, order, actor)
    return True


def close_batch(session: Session, batch_id: int, *, actor: Actor) -> ShipmentBatch:
    """Nothing more comes in: the manifest can be printed. Orders that have ended fall out.

    Raises Conflict ("batch_not_open"), ("batch_empty"), ("batch_not_packed", order_codes).
    """
    batch = _open(session, batch_id)
    held = _orders(session, batch)
    for order in held:
        if order.state in ENDED_UNPAID:
            session.execute(delete(BatchOrder).where(BatchOrder.order_id == order.id))
    left = [order for order in held if order.state not in ENDED_UNPAID]
    if not left:
        raise Conflict("batch_empty")
    unpacked = [one.order_code for one in left if one.state != OrderState.PACKED]
    if unpacked:
        raise Conflict("batch_not_packed", order_codes=", ".join(unpacked))
    batch.closed_at = clock.now()
    return _move(session, batch, BatchState.CLOSED, actor, orders=len(left))


def reopen_batch(session: Session, batch_id: int, *, actor: Actor) -> ShipmentBatch:
    """Something is to be changed before it leaves. Raises Conflict ("illegal_transition")."""
    batch = _lock(session, batch_id)
    batch.closed_at = None
    return _move(session, batch, BatchState.OPEN, actor)


def hand_over_batch(session: Session, batch_id: int, *, actor: Actor) -> ShipmentBatch:
    """The driver or courier has the parcels; now :func:`ship_order` each of them.

    Raises Conflict ("illegal_transition") unless it is closed.
    """
    batch = _lock(session, batch_id)
    batch.handed_over_at, batch.handed_over_by = clock.now(), actor.id
    return _move(session, batch, BatchState.HANDED_OVER, actor)


def ship_order(session: Session, batch_id: int, order_id: int, *, actor: Actor) -> bool:
    """Send one order of a batch that was handed over.

    False if it has left already, or if it was ended meanwhile: then it falls out of the batch and
    nothing leaves the stock. Raises Conflict ("batch_not_handed_over").
    """
    batch = _lock(session, batch_id)
    if batch.state != BatchState.HANDED_OVER:
        raise Conflict("batch_not_handed_over")
    order = _of_batch(session, batch_id, order_id)
    if order.state == OrderState.PACKED:
        orders.ship(session, order, actor, batch.courier)
        return True
    if order.state in ENDED_UNPAID:
        session.execute(delete(BatchOrder).where(BatchOrder.order_id == order.id))
        _record(session, batch, "order_taken_out", actor, order_code=order.order_code)
    return False


def _refuse_unready(batch: ShipmentBatch, order: Order) -> None:
    in_time = order.state in {OrderState.PAID, OrderState.PACKED}
    at_door = order.state == OrderState.AWAITING_PAYMENT and orders.owes_cash(order)
    if not (in_time or at_door):
        raise Conflict("order_not_ready", order_code=order.order_code, state=str(order.state))
    if order.shipping_method != batch.method:
        raise Conflict("order_other_method", order_code=order.order_code)


def _lock(session: Session, batch_id: int) -> ShipmentBatch:
    batch = session.get(ShipmentBatch, batch_id, with_for_update=True, populate_existing=True)
    if batch is None:
        raise NotFound("batch_not_found")
    return batch


def _open(session: Session, batch_id: int) -> ShipmentBatch:
    batch = _lock(session, batch_id)
    if batch.state != BatchState.OPEN:
        raise Conflict("batch_not_open")
    return batch


def _locked(session: Session, order_codes: Sequence[str]) -> list[Order]:
    found = [orders.by_code(session, code) for code in order_codes]
    return [orders.lock(session, one) for one in sorted(set(found), key=lambda one: one.id)]


def _of_batch(session: Session, batch_id: int, order_id: int) -> Order:
    found = session.scalars(
        select(Order)
        .join(BatchOrder, BatchOrder.order_id == Order.id)
        .where(BatchOrder.batch_id == batch_id, Order.id == order_id)
    ).one_or_none()
    if found is None:
        raise NotFound("order_not_found", order_code="")
    return orders.lock(session, found)


def _orders(session: Session, batch: ShipmentBatch) -> Sequence[Order]:
    return session.scalars(
        select(Order)
        .join(BatchOrder, BatchOrder.order_id == Order.id)
        .where(BatchOrder.batch_id == batch.id)
        .order_by(Order.id)
        .with_for_update(of=Order)
        .execution_options(populate_existing=True)
    ).all()


def _move(
    session: Session, batch: ShipmentBatch, new: BatchState, actor: Actor, **facts: object
) -> ShipmentBatch:
    step = BATCH_STATES.check(BatchState(batch.state), new, actor.kind)
    batch.state = new
    session.flush()
    _record(session, batch, step.name, actor, **facts)
    return batch


def _record(
    session: Session, batch: ShipmentBatch, action: str, actor: Actor, **facts: object
) -> None:
    timeline.record(
        session,
        subject="batch",
        subject_id=batch.id,
        action=action,
        actor=actor,
        facts={"courier": batch.courier, **facts},
    )
    announce(session, Event("order_changed", {"batch_id": batch.id}))
