"""What is added to a placed order without moving it on: something taken off, and notes."""

from __future__ import annotations

from sqlalchemy.orm import Session

from crm_core.carts.rules import LINE_NOTE, NOTE, plain_note
from crm_core.db import Event, announce
from crm_core.errors import Conflict, NotFound
from crm_core.money import Rupiah
from crm_core.orders.models import Order, OrderDiscount
from crm_core.orders.moving import lock, record
from crm_core.orders.rules import NOTED
from crm_core.timeline import Actor


def take_off(session: Session, order: Order, kind: str, label: str, amount: Rupiah) -> None:
    """Take ``amount`` rupiah more off an order that the caller holds; its total follows.

    Only before a payment was asked for.
    """
    order.discounts.append(OrderDiscount(kind=kind, label=label, amount_idr=amount))
    order.discount_idr = order.discount_idr + amount
    order.total_idr = order.total_idr - amount
    session.flush()


def write_note(
    session: Session, order: Order, note: str, *, actor: Actor, part_code: str | None = None
) -> bool:
    """What people who pack and bring the order are to know; about one part with ``part_code``.

    An empty note takes it away. Returns whether anything changed. Raises Conflict ("order_packed",
    order_code) once it is packed or over, NotFound ("part_not_found").
    """
    lock(session, order)
    if order.state not in NOTED:
        raise Conflict("order_packed", order_code=order.order_code, state=str(order.state))
    said = plain_note(note, LINE_NOTE if part_code else NOTE)
    line = next((one for one in order.lines if one.part_code == part_code), None)
    if part_code and line is None:
        raise NotFound("part_not_found", part_code=part_code[:32])
    noted = line or order
    if noted.note == said:
        return False
    noted.note = said
    session.flush()
    facts: dict[str, object] = {"note": said or ""}
    if line is not None:
        facts["part_code"] = line.part_code
    record(session, order, "noted", actor, facts)
    announce(session, Event("order_changed", {"order_code": order.order_code}))
    return True
