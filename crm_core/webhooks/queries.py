"""What screens and programs read about receivers and deliveries."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from crm_core.cursors import Slice
from crm_core.errors import InvalidInput, NotFound
from crm_core.listing import Window
from crm_core.webhooks.models import WebhookDelivery, WebhookEndpoint, WebhookEvent
from crm_core.webhooks.rules import DeliveryState, EndpointState


@dataclass(frozen=True, slots=True)
class EndpointView:
    """A receiver as people see it: never with its secret. ``pending`` and ``dead`` are counts."""

    id: str
    url: str
    note: str
    types: tuple[str, ...]
    state: EndpointState
    why_paused: str | None
    failing_since: datetime | None
    delivered_at: datetime | None
    former_until: datetime | None
    pending: int
    dead: int
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class DeliveryView:
    """One event for one receiver; ``endpoint_id`` is the receiver's public id."""

    id: int
    endpoint_id: str
    event_id: str
    type: str
    state: DeliveryState
    attempts: int
    status: int | None
    error: str | None
    body: str
    due_at: datetime
    tried_at: datetime | None
    delivered_at: datetime | None
    created_at: datetime
    updated_at: datetime


def by_public_id(session: Session, public_id: str) -> WebhookEndpoint:
    """One receiver, also a removed one. NotFound ("webhook_not_found")."""
    try:
        wanted = str(UUID(public_id))
    except ValueError:
        raise NotFound("webhook_not_found") from None
    found = session.scalars(
        select(WebhookEndpoint).where(WebhookEndpoint.public_id == wanted)
    ).one_or_none()
    if found is None:
        raise NotFound("webhook_not_found")
    return found


def endpoints(session: Session) -> list[EndpointView]:
    """All receivers but removed ones, the oldest first."""
    query = select(WebhookEndpoint).where(WebhookEndpoint.state != EndpointState.REMOVED)
    return _views(session, list(session.scalars(query.order_by(WebhookEndpoint.id))))


def view(session: Session, endpoint: WebhookEndpoint) -> EndpointView:
    """``endpoint`` as people see it."""
    return _views(session, [endpoint])[0]


def troubled(session: Session) -> list[EndpointView]:
    """Receivers that were paused by rule or have dead events: somebody has to look at them."""
    dead = select(WebhookDelivery.endpoint_id).where(WebhookDelivery.state == DeliveryState.DEAD)
    query = select(WebhookEndpoint).where(
        WebhookEndpoint.state != EndpointState.REMOVED,
        or_(WebhookEndpoint.why_paused.is_not(None), WebhookEndpoint.id.in_(dead)),
    )
    return _views(session, list(session.scalars(query.order_by(WebhookEndpoint.id))))


def deliveries(
    session: Session,
    *,
    endpoint_id: str | None = None,
    state: str | None = None,
    updated_since: datetime | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> Slice[DeliveryView]:
    """Deliveries as :class:`crm_core.listing.Window` orders them.

    Raises InvalidInput ("state_unknown"), NotFound ("webhook_not_found").
    """
    if state is not None and state not in list(DeliveryState):
        raise InvalidInput("state_unknown")
    query = (
        select(WebhookDelivery, WebhookEvent, WebhookEndpoint.public_id)
        .join(WebhookEvent, WebhookEvent.id == WebhookDelivery.event_id)
        .join(WebhookEndpoint, WebhookEndpoint.id == WebhookDelivery.endpoint_id)
    )
    if endpoint_id is not None:
        endpoint = by_public_id(session, endpoint_id)
        query = query.where(WebhookDelivery.endpoint_id == endpoint.id)
    if state is not None:
        query = query.where(WebhookDelivery.state == DeliveryState(state))
    window = Window(updated_since, cursor, limit)
    query = window.cut(
        query, WebhookDelivery.id, WebhookDelivery.created_at, WebhookDelivery.updated_at
    )
    rows = session.execute(query).all()
    return window.slice(
        [
            (_delivery(one, event, public_id), one.id, one.created_at, one.updated_at)
            for one, event, public_id in rows
        ]
    )


def _delivery(one: WebhookDelivery, event: WebhookEvent, public_id: str) -> DeliveryView:
    return DeliveryView(
        id=one.id, endpoint_id=public_id, event_id=f"msg_{event.public_id}", type=event.type,
        state=one.state, attempts=one.attempts, status=one.status, error=one.error,
        body=event.body, due_at=one.due_at, tried_at=one.tried_at,
        delivered_at=one.delivered_at, created_at=one.created_at, updated_at=one.updated_at,
    )  # fmt: skip


def _views(session: Session, rows: list[WebhookEndpoint]) -> list[EndpointView]:
    counted = (
        select(WebhookDelivery.endpoint_id, WebhookDelivery.state, func.count())
        .where(
            WebhookDelivery.endpoint_id.in_([row.id for row in rows]),
            WebhookDelivery.state != DeliveryState.DELIVERED,
        )
        .group_by(WebhookDelivery.endpoint_id, WebhookDelivery.state)
    )
    counts = {(row[0], row[1]): row[2] for row in session.execute(counted)}
    return [
        EndpointView(
            id=row.public_id,
            url=row.url,
            note=row.note,
            types=tuple(row.types),
            state=row.state,
            why_paused=row.why_paused,
            failing_since=row.failing_since,
            delivered_at=row.delivered_at,
            former_until=row.former_until,
            pending=counts.get((row.id, DeliveryState.PENDING), 0),
            dead=counts.get((row.id, DeliveryState.DEAD), 0),
            created_at=row.created_at,
            updated_at=row.updated_at,
        )
        for row in rows
    ]
