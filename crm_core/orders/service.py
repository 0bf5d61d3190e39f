"""The verbs of orders. Each locks the order first, checks the move, and records who made it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from crm_core import clock, codes, phone, pricing, shipping, stock
from crm_core.carts.rules import LINE_NOTE, NOTE, plain_note
from crm_core.catalogue.models import Part
from crm_core.customers.models import Customer
from crm_core.db import Event, announce
from crm_core.errors import Conflict, InvalidInput, NotAllowed, NotFound
from crm_core.orders import cod, rules
from crm_core.orders.models import Order, OrderDiscount, OrderLine
from crm_core.orders.moving import lock, move, record, tell
from crm_core.orders.rules import STATES, OrderState
from crm_core.pricing import GOODS_COLUMNS, CartQuote, Goods, PricedLine, Wanted
from crm_core.timeline import Actor


@dataclass(frozen=True, slots=True)
class Delivery:
    """Who receives the parcel and where; ``phone`` as typed, or None for the customer's own.

    ``method`` is the way it takes, None for the cheapest delivery; who fetches it at the counter
    ("pickup") needs neither address nor district.
    """

    recipient_name: str
    phone: str | None
    address: str = ""
    district_id: int | None = None
    method: str | None = None
    pay_on_delivery: bool = False


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
    line_notes: Mapping[str, str] | None = None,
    voucher: str | None = None,
    bargains: Mapping[str, int] | None = None,
    pay_within: timedelta = timedelta(hours=rules.UNPAID_HOURS),
    held: bool = False,
) -> Order:
    """Make an order of ``lines`` (part code, quantity) at the prices of now and hold the stock.

    ``bargains`` names the price agreed for a part (part code to bargain id); one that is over
    takes nothing off, a ``voucher`` that takes nothing off is refused (``pricing.refuse_problem``).
    ``line_notes`` are the notes to its parts by part code. ``held``: the caller has asked
    :func:`placed_before` already, and lets nothing of a refusal remain.
    The same ``idempotency_key`` gives back the first order, also under parallel calls. On a
    refusal nothing remains. Raises InvalidInput ("order_empty", "quantity_invalid",
    "delivery_incomplete" with ``missing``, "phone_invalid"), NotFound ("part_not_found",
    "district_not_found", "shipping_rate_not_found", "shipping_method_not_offered"), NotAllowed
    ("customer_inactive"), Conflict ("price_on_request", "stock_short", "idempotency_key_reused",
    "cod_not_allowed" with ``reason``, "promotion_used_up", "bargain_over").
    """
    wanted = rules.merge_lines(lines)
    if customer.active:
        _refuse_late(session, wanted, idempotency_key)
    with nullcontext() if held else session.begin_nested():
        first = None if held else placed_before(session, customer, idempotency_key)
        if first is not None:
            return first
        parts = _parts(session, wanted)
        pieces = sorted((part.goods.id, wanted[code]) for code, part in parts.items())
        quote = _priced(session, customer, parts, wanted, bargains or {}, voucher)
        order = _new_order(session, customer, parts, quote, delivery)
        order.conversation_id, order.idempotency_key = conversation_id, idempotency_key
        _keep_notes(order, note, line_notes or {})
        order.expires_at = order.created_at + _time_to_pay(session, order, pay_within)
        session.add(order)
        session.flush()
        pricing.hold_promotions(session, customer, order.id, quote)
        stock.reserve(session, order.id, pieces, actor)
        record(session, order, "placed", actor, {"total_idr": int(order.total_idr)})
    announce(session, Event("order_changed", {"order_code": order.order_code}))
    return order


def _priced(
    session: Session,
    customer: Customer,
    parts: Mapping[str, _Sold],
    wanted: Mapping[str, int],
    bargains: Mapping[str, int],
    voucher: str | None,
) -> CartQuote:
    asked = [Wanted(code, count, bargains.get(code)) for code, count in wanted.items()]
    known = {code: part.goods for code, part in parts.items()}
    quote = pricing.quote(session, customer, asked, voucher, known=known)
    pricing.refuse_problem(quote.voucher)
    return quote


def _keep_notes(order: Order, note: str | None, line_notes: Mapping[str, str]) -> None:
    order.note = plain_note(note, NOTE)
    for line in order.lines:
        line.note = plain_note(line_notes.get(line.part_code), LINE_NOTE)


def _time_to_pay(session: Session, order: Order, in_advance: timedelta) -> timedelta:
    """How long the order waits for its money; at the door only who may pay there."""
    if not order.pay_on_delivery:
        return in_advance
    cod.refuse_unless_allowed(session, order)
    return timedelta(days=rules.ON_DELIVERY_DAYS)


def complete(session: Session, order: Order, actor: Actor) -> Order:
    """Nothing is open any more."""
    return move(session, order, OrderState.COMPLETED, actor)


def cancel(
    session: Session, order: Order, actor: Actor, reason: str, *, with_return: bool = False
) -> Order:
    """End an order before it is shipped and give its stock free, once.

    Its payment is not looked at: use ``checkout.cancel``. What was paid with goods ends only
    ``with_return``, which then is to be made good otherwise (``returns.reopen``). Raises
    InvalidInput ("reason_missing"), Conflict ("paid_with_goods", order_code, return_code).
    """
    reason = reason.strip()[:500]
    if not reason:
        raise InvalidInput("reason_missing")
    given = next((one.label for one in order.discounts if one.kind == "exchange"), None)
    if given is not None and not with_return:
        raise Conflict("paid_with_goods", order_code=order.order_code, return_code=given)
    move(session, order, OrderState.CANCELLED, actor)
    order.end_reason = reason
    pricing.release_promotions(session, [order.id])
    stock.release(session, order.id, actor)
    if actor.kind in {"staff", "system"}:
        tell(session, order, "order_cancelled_by_shop", reason=reason)
    return order


def expire(session: Session, order: Order) -> Order:
    """End an unpaid order whose time is up: stock free, customer told. See checkout.expire_due.

    Raises Conflict ("order_not_due", order_code) before its time.
    """
    actor = Actor.system("expiry")
    lock(session, order)
    if order.state == OrderState.AWAITING_PAYMENT and order.expires_at > clock.now():
        raise Conflict("order_not_due", order_code=order.order_code)
    move(session, order, OrderState.EXPIRED, actor)
    order.end_reason = "not_paid_in_time"
    pricing.release_promotions(session, [order.id])
    stock.release(session, order.id, actor)
    tell(session, order, "order_expired")
    return order


def return_(session: Session, order: Order, actor: Actor, reason: str) -> Order:
    """The customer sent the goods back. Stock rises only when staff receives them again."""
    reason = reason.strip()[:500]
    if not reason:
        raise InvalidInput("reason_missing")
    move(session, order, OrderState.RETURNED, actor)
    order.end_reason = reason
    return order


def due_for_expiry(session: Session, at: datetime) -> Sequence[int]:
    """Ids of unpaid orders whose time was up at ``at``, the oldest deadline first.

    Orders paid at the door have no deadline that a clock decides.
    """
    return session.scalars(
        select(Order.id)
        .where(
            Order.state == OrderState.AWAITING_PAYMENT,
            Order.expires_at <= at,
            ~Order.pay_on_delivery,
        )
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


def _refuse_late(session: Session, wanted: Mapping[str, int], idempotency_key: str | None) -> None:
    """Who comes too late is told so before waiting for anybody's lock."""
    try:
        stock.refuse_if_short(session, wanted)
    except Conflict:
        # Looked up after the shelf: the same order in another process is seen with its pieces gone.
        known = select(Order.id).where(Order.idempotency_key == idempotency_key)
        if idempotency_key is None or session.execute(known).first() is None:
            raise


class _Sold(NamedTuple):
    """A part as an order takes it."""

    goods: Goods
    weight_g: int
    volume_mm3: int


_SOLD = select(
    *GOODS_COLUMNS,
    Part.weight_g,
    func.coalesce(Part.length_mm * Part.width_mm * Part.height_mm, 0),
).where(Part.part_code.in_(bindparam("codes", expanding=True)), Part.active)


def _parts(session: Session, wanted: Mapping[str, int]) -> dict[str, _Sold]:
    """The parts by code in the order of ``wanted``, as they are and cost at this moment."""
    found = {}
    for row in session.execute(_SOLD, {"codes": list(wanted)}):
        sold = _Sold(Goods.read(row[:-2]), *row[-2:])
        found[sold.goods.part_code] = sold
    for code in wanted:
        if code not in found:
            raise NotFound("part_not_found", part_code=code[:32])
        if found[code].goods.price_idr is None:
            raise Conflict("price_on_request", part_code=code, name=found[code].goods.name)
    return {code: found[code] for code in wanted}


def _new_order(
    session: Session,
    customer: Customer,
    parts: Mapping[str, _Sold],
    priced: CartQuote,
    delivery: Delivery,
) -> Order:
    wanted = {line.part_code: line for line in priced.lines}
    lines = [_line(part, wanted[code]) for code, part in parts.items()]
    weight_g = sum(line.weight_g * line.quantity for line in lines)
    volume = sum(part.volume_mm3 * wanted[code].quantity for code, part in parts.items())
    name, address = _read(delivery)
    to = None if delivery.method == shipping.PICKUP else delivery.district_id
    quote = shipping.quote(session, to, weight_g, delivery.method, volume)
    return Order(
        order_code=_free_code(session),
        customer_id=customer.id,
        state=STATES.start,
        recipient_name=name,
        recipient_phone=phone.to_e164(delivery.phone) if delivery.phone else customer.phone,
        address=address,
        district_id=to,
        district_label=shipping.district(session, to).label if to else "",
        shipping_method=quote.method,
        days_min=quote.days_min,
        days_max=quote.days_max,
        charged_g=quote.weight_g,
        pay_on_delivery=delivery.pay_on_delivery,
        items_idr=priced.items,
        shipping_idr=quote.cost,
        discount_idr=priced.discount,
        total_idr=priced.total + quote.cost,
        weight_g=weight_g,
        created_at=clock.now(),
        lines=lines,
        discounts=[
            OrderDiscount(
                kind=one.kind,
                label=one.label,
                amount_idr=one.amount,
                promotion_id=one.promotion_id,
            )
            for one in priced.discounts
        ],
    )


def _line(part: _Sold, priced: PricedLine) -> OrderLine:
    price = priced.unit
    assert price is not None, "parts without a price are refused before"  # noqa: S101 - for mypy
    return OrderLine(
        part_id=part.goods.id,
        part_code=part.goods.part_code,
        name=part.goods.name,
        quantity=priced.quantity,
        unit_price_idr=price,
        subtotal_idr=priced.subtotal,
        weight_g=part.weight_g,
    )


def _read(delivery: Delivery) -> tuple[str, str]:
    name, address = delivery.recipient_name.strip(), delivery.address.strip()
    fields = {"recipient_name": name}
    if delivery.method != shipping.PICKUP:
        fields["address"] = address
    else:
        address = ""
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
