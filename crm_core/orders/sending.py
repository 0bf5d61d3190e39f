"""From the shelf to the customer: packed, sent or handed over, followed, arrived, paid for."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm_core import clock, shipping, shop, stock
from crm_core.db import Event, announce
from crm_core.errors import Conflict, InvalidInput
from crm_core.money import format_rupiah
from crm_core.orders import rules
from crm_core.orders.models import Order
from crm_core.orders.moving import lock, move, record, tell
from crm_core.orders.queries import owes_cash
from crm_core.orders.rules import OrderState
from crm_core.timeline import Actor


def mark_paid(session: Session, order: Order, actor: Actor) -> Order:
    """The money is there. Only ``payments.accept`` calls this.

    An order that is paid at the door keeps the state it has come to by then.
    """
    lock(session, order)
    if not owes_cash(order) or order.state == OrderState.AWAITING_PAYMENT:
        return move(session, order, OrderState.PAID, actor)
    order.paid_at = clock.now()
    session.flush()
    record(session, order, "paid", actor, {"state": str(order.state)})
    announce(session, Event("order_changed", {"order_code": order.order_code}))
    return order


def pack(session: Session, order: Order, actor: Actor) -> Order:
    """The parts lie in the parcel; the customer is told."""
    move(session, order, OrderState.PACKED, actor)
    if order.shipping_method == shipping.PICKUP:
        address = shop.facts(session).get("address", "")
        tell(session, order, "order_ready_at_counter", address=address)
    else:
        tell(session, order, "order_packed")
    return order


def hand_over(session: Session, order: Order, actor: Actor) -> Order:
    """The customer has fetched the parts at the counter; the pieces leave the stock.

    Raises Conflict ("illegal_transition") unless the order was to be fetched and is packed, and
    ("cash_missing", order_code) while money is still owed.
    """
    lock(session, order)
    if owes_cash(order) and order.state == OrderState.PACKED:
        raise Conflict("cash_missing", order_code=order.order_code)
    move(session, order, OrderState.DELIVERED, actor)
    stock.ship(session, order.id, actor)
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
    number = rules.plain_tracking(tracking_number or "") or order.tracking_number
    move(session, order, OrderState.SHIPPED, actor, {"courier": courier, "tracking": number})
    order.courier, order.tracking_number = courier, number
    stock.ship(session, order.id, actor)
    if owes_cash(order):
        amount = format_rupiah(order.total_idr)
        tell(session, order, "order_shipped_for_cash", courier=courier, amount=amount)
    elif number:
        tell(session, order, "order_shipped", courier=courier, tracking_number=number)
    elif order.shipping_method == shipping.DRIVER:
        tell(session, order, "order_shipped_by_driver", courier=courier)
    else:
        tell(session, order, "order_shipped_number_follows", courier=courier)
    return order


def set_tracking(
    session: Session, order: Order, actor: Actor, tracking_number: str, courier: str | None = None
) -> Order:
    """Note the parcel's number; once the parcel has left, the customer is told.

    The same number again changes nothing. Raises InvalidInput ("tracking_invalid") unless it is 5
    to 60 letters and digits, Conflict ("tracking_not_possible", order_code, state) before packing
    or after arrival, ("tracking_used", order_code) if another parcel has it.
    """
    number = rules.plain_tracking(tracking_number)
    if not 5 <= len(number) <= 60 or not any(sign.isdigit() for sign in number):
        raise InvalidInput("tracking_invalid")
    lock(session, order)
    by = (courier or "").strip()[:60] or order.courier
    if (order.tracking_number, order.courier) == (number, by):
        return order
    tracked = order.state in {OrderState.PACKED, OrderState.SHIPPED}
    if not tracked or order.shipping_method == shipping.PICKUP:
        raise Conflict("tracking_not_possible", order_code=order.order_code, state=str(order.state))
    same = select(Order.order_code).where(Order.tracking_number == number, Order.id != order.id)
    other = session.scalars(same.limit(1)).one_or_none()
    if other is not None:
        raise Conflict("tracking_used", order_code=other)
    order.tracking_number, order.courier = number, by
    session.flush()
    record(session, order, "tracking_set", actor, {"courier": by, "tracking": number})
    announce(session, Event("order_changed", {"order_code": order.order_code}))
    if order.state == OrderState.SHIPPED:
        tell(session, order, "order_shipped", courier=by or "-", tracking_number=number)
    return order


def deliver(session: Session, order: Order, actor: Actor) -> Order:
    """The parcel has arrived. The customer is asked whether all is well, unless they said it."""
    move(session, order, OrderState.DELIVERED, actor)
    if actor.kind in {"staff", "system"}:
        tell(session, order, "order_delivered")
    return order
