"""Tracking numbers and news of parcels, from people, files and programs alike."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from crm_core import clock, conversations, orders
from crm_core.customers.models import Customer
from crm_core.db import Event, announce
from crm_core.errors import Conflict, InvalidInput
from crm_core.orders import Order, OrderState
from crm_core.shipments import rules
from crm_core.shipments.models import ShipmentEvent
from crm_core.shipments.rules import EventKind
from crm_core.timeline import Actor

_MOST_TEXT, _MOST_PLACE = 300, 120


def take_number(
    session: Session, row: Mapping[str, Any], *, actor: Actor, ship: bool = False
) -> str:
    """Take in one row of a file: order_code, tracking_number and, if there is one, courier.

    ``ship``: a packed order leaves with it. Returns "sent", "noted" or "unchanged". Raises
    InvalidInput ("column_invalid", column; "tracking_invalid"; "courier_missing"), NotFound
    ("order_not_found"), Conflict as ``orders.set_tracking`` and ``orders.ship``.
    """
    code, number = (_cell(row, name) for name in ("order_code", "tracking_number"))
    for column, value in (("order_code", code), ("tracking_number", number)):
        if not value:
            raise InvalidInput("column_invalid", column=column)
    order = orders.lock(session, orders.by_code(session, code))
    courier = _cell(row, "courier")
    if ship and order.state != OrderState.SHIPPED:
        orders.set_tracking(session, order, actor, number, courier)
        orders.ship(session, order, actor, order.courier or "", number)
        return "sent"
    before = (order.tracking_number, order.courier)
    orders.set_tracking(session, order, actor, number, courier)
    return "unchanged" if before == (order.tracking_number, order.courier) else "noted"


def add_event(
    session: Session,
    order: Order,
    *,
    kind: str,
    at: datetime,
    source: str,
    actor: Actor,
    text: str = "",
    place: str | None = None,
) -> bool:
    """Keep a piece of news about an order's parcel; False if it was known.

    "picked_up" sends a packed order whose courier is known, "delivered" delivers a sent one;
    fresh news that concerns the customer is told. Raises InvalidInput ("event_kind_unknown",
    "event_time_invalid"), Conflict ("shipment_not_sent", order_code, state) for a parcel that has
    not left.
    """
    if kind not in set(EventKind):
        raise InvalidInput("event_kind_unknown")
    orders.lock(session, order)
    moment = rules.checked_time(at, order.created_at, clock.now())
    if kind == EventKind.PICKED_UP and order.state == OrderState.PACKED and order.courier:
        orders.ship(session, order, actor, order.courier)
    if order.state not in rules.SENT:
        raise Conflict("shipment_not_sent", order_code=order.order_code, state=str(order.state))
    said = " ".join(text.split())[:_MOST_TEXT]
    where = " ".join((place or "").split())[:_MOST_PLACE] or None
    values = {
        "order_id": order.id, "at": moment, "kind": kind, "text": said, "place": where,
        "source": source[:60], "created_at": clock.now(),
    }  # fmt: skip
    new = session.execute(
        insert(ShipmentEvent).values(**values).on_conflict_do_nothing().returning(ShipmentEvent.id)
    ).first()
    if new is None:
        return False
    order.updated_at = clock.now()
    announce(session, Event("order_changed", {"order_code": order.order_code}))
    if kind == EventKind.DELIVERED and order.state == OrderState.SHIPPED:
        orders.deliver(session, order, actor)
    else:
        _tell(session, order, EventKind(kind), moment)
    return True


def _tell(session: Session, order: Order, kind: EventKind, at: datetime) -> None:
    notice = rules.TOLD.get(kind)
    fresh = clock.now() - at <= rules.FRESH
    if notice is None or not fresh or order.state != OrderState.SHIPPED:
        return
    customer = session.get_one(Customer, order.customer_id)
    conversations.notify(session, customer, notice, order_code=order.order_code)


def _cell(row: Mapping[str, Any], name: str) -> str:
    """A cell's words without the guard that ``spreadsheet.safe`` may have put before them."""
    return " ".join(str(row.get(name) or "").split()).lstrip("'")
