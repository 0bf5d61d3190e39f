"""The verbs of orders. Each locks the order first, checks the move, and records who made it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm_core import clock, codes, conversations, phone, shipping, stock, timeline
from crm_core.catalogue.models import Part
from crm_core.customers.models import Customer
from crm_core.db import Event, announce
from crm_core.errors import Conflict, InvalidInput, NotAllowed, NotFound
from crm_core.money import Rupiah
from crm_core.orders import rules
from crm_core.orders.models import Order, OrderLine
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


@dataclass(frozen=True, slots=True)
class Delivery:
    """Who receives the parcel and where; ``phone`` as typed, or None for the customer's own."""

    recipient_name: str
    phone: str | None
    address: str
    district_id: int


def place(
    session: Session,
    customer: Customer,
    *,
    lines: Sequence[tuple[str, int]],
    delivery: Delivery,
    actor: Actor,
    idempotency_key: str | None = None,
    conversation_id: int | None = None,
    note: str | None = None,
    pay_within: timedelta = timedelta(hours=rules.UNPAID_HOURS),
) -> Order:
    """Make an order of ``lines`` (part code, quantity) at the prices of now and hold the stock.

    The same ``idempotency_key`` gives back the first order, also under parallel calls. On a
    refusal nothing remains. Raises InvalidInput ("order_empty", "quantity_invalid",
    "delivery_incomplete" with ``missing``, "phone_invalid"), NotFound ("part_not_found",
    "district_not_found", "shipping_rate_not_found"), NotAllowed ("customer_inactive"), Conflict
    ("price_on_request", "stock_short", "idempotency_key_reused").
    """
    wanted = rules.merge_lines(lines)
    with session.begin_nested():
        first = placed_before(session, customer, idempotency_key)
        if first is not None:
            return first
        parts = _parts(session, wanted)
        order = _new_order(session, customer, parts, wanted, delivery)
        order.conversation_id = conversation_id
        order.idempotency_key = idempotency_key
        order.note = (note or "").strip()[:500] or None
        order.expires_at = order.created_at + pay_within
        session.add(order)
        session.flush()
        held = sorted((part.id, wanted[part.part_code]) for part in parts)
        stock.reserve(session, order.id, held, actor)
        _record(session, order, "placed", actor, {"total_idr": int(order.total_idr)})
    announce(session, Event("order_changed", {"order_code": order.order_code}))
    return order


def lock(session: Session, order: Order) -> Order:
    """``order`` read anew and locked until the transaction ends."""
    return session.scalars(
        select(Order)
        .where(Order.id == order.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()


def mark_paid(session: Session, order: Order, actor: Actor) -> Order:
    """The money is there. Only ``payments.accept`` calls this."""
    return _move(session, order, OrderState.PAID, actor)


def pack(session: Session, order: Order, actor: Actor) -> Order:
    """The parts lie in the parcel; the customer is told."""
    _move(session, order, OrderState.PACKED, actor)
    _tell(session, order, "order_packed")
    return order


def ship(
    session: Session, order: Order, actor: Actor, courier: str, tracking_number: str | None = None
) -> Order:
    """The parcel has left; the pieces leave the stock and the customer is told how to follow it.

    Raises InvalidInput ("courier_missing") and Conflict ("illegal_transition"), so nothing leaves
    unpaid or cancelled.
    """
    courier = courier.strip()[:60]
    if not courier:
        raise InvalidInput("courier_missing")
    number = (tracking_number or "").strip()[:60] or None
    _move(session, order, OrderState.SHIPPED, actor, {"courier": courier, "tracking": number})
    order.courier, order.tracking_number = courier, number
    stock.ship(session, order.id, actor)
    if number:
        _tell(session, order, "order_shipped", courier=courier, tracking_number=number)
    else:
        _tell(session, order, "order_shipped_by_driver", courier=courier)
    return order


def deliver(session: Session, order: Order, actor: Actor) -> Order:
    """The parcel has arrived. The customer is asked whether all is well, unless they said it."""
    _move(session, order, OrderState.DELIVERED, actor)
    if actor.kind in {"staff", "system"}:
        _tell(session, order, "order_delivered")
    return order


def complete(session: Session, order: Order, actor: Actor) -> Order:
    """Nothing is open any more."""
    return _move(session, order, OrderState.COMPLETED, actor)


def cancel(session: Session, order: Order, actor: Actor, reason: str) -> Order:
    """End an order before it is shipped and give its stock free, once.

    Its payment is not looked at: use ``checkout.cancel``. Raises InvalidInput ("reason_missing").
    """
    reason = reason.strip()[:500]
    if not reason:
        raise InvalidInput("reason_missing")
    _move(session, order, OrderState.CANCELLED, actor)
    order.end_reason = reason
    stock.release(session, order.id, actor)
    if actor.kind == "staff":
        _tell(session, order, "order_cancelled_by_shop", reason=reason)
    return order


def expire(session: Session, order: Order) -> Order:
    """End an unpaid order whose time is up: stock free, customer told. See checkout.expire_due.

    Raises Conflict ("order_not_due", order_code) before its time.
    """
    actor = Actor.system("expiry")
    lock(session, order)
    if order.state == OrderState.AWAITING_PAYMENT and order.expires_at > clock.now():
        raise Conflict("order_not_due", order_code=order.order_code)
    _move(session, order, OrderState.EXPIRED, actor)
    order.end_reason = "not_paid_in_time"
    stock.release(session, order.id, actor)
    _tell(session, order, "order_expired")
    return order


def return_(session: Session, order: Order, actor: Actor, reason: str) -> Order:
    """The customer sent the goods back. Stock rises only when staff receives them again."""
    reason = reason.strip()[:500]
    if not reason:
        raise InvalidInput("reason_missing")
    _move(session, order, OrderState.RETURNED, actor)
    order.end_reason = reason
    return order


def due_for_expiry(session: Session, at: datetime) -> Sequence[int]:
    """Ids of unpaid orders whose time was up at ``at``, the oldest deadline first."""
    return session.scalars(
        select(Order.id)
        .where(Order.state == OrderState.AWAITING_PAYMENT, Order.expires_at <= at)
        .order_by(Order.expires_at, Order.id)
    ).all()


def placed_before(
    session: Session, customer: Customer, idempotency_key: str | None
) -> Order | None:
    """The order already placed under the key, or None; holds the customer until the end.

    So a customer's orders are placed one after the other. Raises NotAllowed ("customer_inactive"),
    Conflict ("idempotency_key_reused") for a key of somebody else.
    """
    # Rows that only point to the customer (a message coming in) need not wait.
    locked = select(Customer.active).where(Customer.id == customer.id)
    if not session.execute(locked.with_for_update(key_share=True)).scalar_one():
        raise NotAllowed("customer_inactive")
    if idempotency_key is None:
        return None
    known = select(Order).where(Order.idempotency_key == idempotency_key)
    order = session.scalars(known).one_or_none()
    if order is not None and order.customer_id != customer.id:
        raise Conflict("idempotency_key_reused")
    return order


def _parts(session: Session, wanted: dict[str, int]) -> list[Part]:
    query = select(Part).where(Part.part_code.in_(wanted), Part.active)
    # Read anew: the price that counts is the one of this moment.
    found = session.scalars(query.execution_options(populate_existing=True)).all()
    by_code = {part.part_code: part for part in found}
    for code in wanted:
        if code not in by_code:
            raise NotFound("part_not_found", part_code=code[:32])
        if by_code[code].price_idr is None:
            raise Conflict("price_on_request", part_code=code, name=by_code[code].name)
    return [by_code[code] for code in wanted]


def _new_order(
    session: Session,
    customer: Customer,
    parts: Sequence[Part],
    wanted: dict[str, int],
    delivery: Delivery,
) -> Order:
    lines = [_line(part, wanted[part.part_code]) for part in parts]
    items = sum((line.subtotal_idr for line in lines), Rupiah(0))
    weight_g = sum(line.weight_g * line.quantity for line in lines)
    name, address = _read(delivery)
    quote = shipping.quote(session, delivery.district_id, weight_g)
    return Order(
        order_code=_free_code(session),
        customer_id=customer.id,
        state=STATES.start,
        recipient_name=name,
        recipient_phone=phone.to_e164(delivery.phone) if delivery.phone else customer.phone,
        address=address,
        district_id=delivery.district_id,
        district_label=shipping.district(session, delivery.district_id).label,
        shipping_method=quote.method,
        items_idr=items,
        shipping_idr=quote.cost,
        discount_idr=Rupiah(0),
        total_idr=items + quote.cost,
        weight_g=weight_g,
        created_at=clock.now(),
        lines=lines,
    )


def _line(part: Part, quantity: int) -> OrderLine:
    price = part.price_idr
    assert price is not None, "parts without a price are refused before"  # noqa: S101 - for mypy
    return OrderLine(
        part_id=part.id,
        part_code=part.part_code,
        name=part.name,
        quantity=quantity,
        unit_price_idr=price,
        subtotal_idr=price * quantity,
        weight_g=part.weight_g,
    )


def _read(delivery: Delivery) -> tuple[str, str]:
    name, address = delivery.recipient_name.strip(), delivery.address.strip()
    fields = {"recipient_name": name, "address": address}
    missing = [field for field, value in fields.items() if not value]
    if missing:
        raise InvalidInput("delivery_incomplete", missing=missing)
    return name[:120], address[:500]


def _free_code(session: Session) -> str:
    """A code no order has. Two parallel orders with one new code fail at the unique index."""
    while True:
        code = codes.new_code(codes.ORDER)
        if session.execute(select(Order.id).where(Order.order_code == code)).first() is None:
            return code


def _move(
    session: Session,
    order: Order,
    new: OrderState,
    actor: Actor,
    facts: dict[str, object] | None = None,
) -> Order:
    lock(session, order)
    move = STATES.check(order.state, new, actor.kind)
    order.state = new
    setattr(order, _TIMES[new], clock.now())
    session.flush()
    _record(session, order, move.name, actor, facts or {})
    announce(session, Event("order_changed", {"order_code": order.order_code}))
    return order


def _record(
    session: Session, order: Order, action: str, actor: Actor, facts: dict[str, object]
) -> None:
    timeline.record(
        session,
        subject="order",
        subject_id=order.id,
        action=action,
        actor=actor,
        customer_id=order.customer_id,
        facts={"order_code": order.order_code, **facts},
    )


def _tell(session: Session, order: Order, notice: str, **facts: str) -> None:
    customer = session.get_one(Customer, order.customer_id)
    conversations.notify(session, customer, notice, order_code=order.order_code, **facts)
