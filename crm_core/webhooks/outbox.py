"""How a change becomes an event: whatever writes history or moves stock writes it with that.

The verbs know nothing of webhooks. Each of them records a timeline entry or a stock movement in
its own transaction; when such a row is written, the event is, over the same connection. A change
that is rolled back takes its event along, and no door can change something silently.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from uuid import uuid4

from sqlalchemy import Connection, event, insert, select
from sqlalchemy.orm import Mapper, object_session

from crm_core import clock
from crm_core.catalogue.models import Part, StockLevel, StockMovement
from crm_core.customers.models import Customer
from crm_core.db import Event, announce
from crm_core.recalling import recall
from crm_core.timeline import Entry
from crm_core.webhooks import rules
from crm_core.webhooks.models import WebhookDelivery, WebhookEndpoint, WebhookEvent
from crm_core.webhooks.rules import DeliveryState, EndpointState


@event.listens_for(Entry, "after_insert")
def _entry_written(_: Mapper[Entry], connection: Connection, entry: Entry) -> None:
    kind = rules.type_of(entry.subject, entry.action)
    hearers = _hearers(entry, connection, kind)
    if kind is None or not hearers:
        return
    facts = dict(entry.facts)
    if entry.subject == "difference":
        facts["difference_id"] = entry.subject_id
    if entry.subject == "customer":
        facts["into_customer_id"] = facts.get("customer")
    told = rules.only(kind, facts)
    if entry.customer_id is not None:
        public = select(Customer.public_id).where(Customer.id == entry.customer_id)
        told["customer_id"] = connection.execute(public).scalar_one_or_none()
    subject = f"{entry.subject}:{entry.subject_id}"
    _announce(entry, write(connection, hearers, kind, subject, entry.at, told))


@event.listens_for(StockMovement, "after_insert")
def _stock_moved(_: Mapper[StockMovement], connection: Connection, moved: StockMovement) -> None:
    kind = "stock.changed"
    hearers = _hearers(moved, connection, kind)
    if not hearers:
        return
    levels = select(Part.part_code, StockLevel.on_hand, StockLevel.reserved)
    found = levels.join(StockLevel, StockLevel.part_id == Part.id).where(Part.id == moved.part_id)
    row = connection.execute(found).one_or_none()
    if row is None:
        return
    told = {
        "part_code": row.part_code,
        "on_hand": row.on_hand,
        "reserved": row.reserved,
        "available": row.on_hand - row.reserved,
        "kind": moved.kind,
        "quantity": moved.quantity,
    }
    subject = f"part:{moved.part_id}"
    _announce(moved, write(connection, hearers, kind, subject, moved.at, told))


def write(
    connection: Connection,
    hearers: list[int],
    kind: str,
    subject: str,
    at: datetime,
    facts: Mapping[str, object],
) -> list[int]:
    """One event for each of ``hearers`` (ids of endpoints), in the connection's transaction."""
    row = {
        "public_id": str(uuid4()),
        "type": kind,
        "subject": subject,
        "body": rules.body(kind, at, facts),
        "created_at": clock.now(),
    }
    made = connection.execute(insert(WebhookEvent).values(row).returning(WebhookEvent.id))
    event_id = made.scalar_one()
    now = clock.now()
    each = {
        "event_id": event_id, "subject": subject, "state": DeliveryState.PENDING, "attempts": 0,
        "due_at": now, "created_at": now, "updated_at": now,
    }  # fmt: skip
    connection.execute(
        insert(WebhookDelivery), [each | {"endpoint_id": endpoint_id} for endpoint_id in hearers]
    )
    return hearers


_ENDPOINTS = (
    select(WebhookEndpoint.id, WebhookEndpoint.types)
    .where(WebhookEndpoint.state != EndpointState.REMOVED)
    .order_by(WebhookEndpoint.id)
)


def _hearers(row: Entry | StockMovement, connection: Connection, kind: str | None) -> list[int]:
    """Receivers of a type. A paused one hears of it later: nothing is lost meanwhile."""
    if kind is None:
        return []

    def read() -> tuple[tuple[int, tuple[str, ...]], ...]:
        return tuple((number, tuple(types)) for number, types in connection.execute(_ENDPOINTS))

    session, tables = object_session(row), (WebhookEndpoint.__tablename__,)
    known = recall(session, tables, tables, read, flushing=True) if session else read()
    return [number for number, types in known if kind in types]


def _announce(row: Entry | StockMovement, hearers: list[int]) -> None:
    session = object_session(row)
    if session is None:
        return
    for endpoint_id in hearers:
        announce(session, Event("webhook_queued", {"endpoint_id": endpoint_id}))
