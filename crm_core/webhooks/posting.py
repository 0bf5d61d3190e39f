"""The outbox from the worker's side: one worker for a receiver, one event after the other.

An attempt is written down before it is made. Whoever dies after the receiver took an event and
before that is written leaves it pending: it is sent again under the same id. At least once, always.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import ColumnElement, Select, delete, or_, select, update
from sqlalchemy.orm import Session, aliased

from crm_core import clock, sealing, timeline
from crm_core.errors import Conflict
from crm_core.timeline import Actor
from crm_core.webhooks import rules
from crm_core.webhooks.models import WebhookDelivery, WebhookEndpoint, WebhookEvent
from crm_core.webhooks.rules import DeliveryState, EndpointState

LEASE = timedelta(seconds=30)
"""Longer than one attempt can last; after it another worker may go on."""
KEPT = timedelta(days=30)
"""Events are kept for so long after the last change of their deliveries."""


@dataclass(frozen=True, slots=True)
class Post:
    """One event to be posted now; ``secrets`` are one or, after a change, two."""

    delivery_id: int
    event_id: str
    type: str
    url: str
    secrets: tuple[str, ...]
    body: str
    attempt: int


def begin(session: Session, endpoint_id: int) -> bool:
    """Take a receiver for this worker; False if another has it, or it is to be left alone."""
    now = clock.now()
    taken = (
        update(WebhookEndpoint)
        .where(WebhookEndpoint.id == endpoint_id, *_open(), _free())
        .values(held_until=now + LEASE, updated_at=WebhookEndpoint.updated_at)
        .returning(WebhookEndpoint.id)
    )
    return session.execute(taken).first() is not None


def next_post(session: Session, endpoint_id: int) -> Post | None:
    """The next event for a receiver that this worker holds, its attempt counted; None: no more.

    Of the events about one thing only the oldest that is not delivered may go.
    """
    endpoint = session.get(WebhookEndpoint, endpoint_id, with_for_update={"key_share": True})
    now = clock.now()
    if endpoint is None or endpoint.state != EndpointState.ACTIVE:
        return None
    row = session.execute(_next(endpoint_id)).first()
    if row is None:
        return None
    keys = _secrets(endpoint)
    if not keys:
        _pause(session, endpoint, "sealed")
        return None
    delivery, event = row
    delivery.attempts += 1
    delivery.tried_at, delivery.due_at = now, now + LEASE
    endpoint.held_until = now + LEASE
    session.flush()
    return Post(
        delivery.id, f"msg_{event.public_id}", event.type, endpoint.url,
        keys, event.body, delivery.attempts,
    )  # fmt: skip


def _secrets(endpoint: WebhookEndpoint) -> tuple[str, ...]:
    """What signs now, the former secret too for a day; none if no key of ours opens the present."""
    sealed = [endpoint.sealed_secret]
    if endpoint.sealed_former and endpoint.former_until and clock.now() < endpoint.former_until:
        sealed.append(endpoint.sealed_former)
    found = []
    for one in sealed:
        try:
            found.append(sealing.opened(one))
        except Conflict:
            if one == endpoint.sealed_secret:
                return ()
    return tuple(found)


def _next(endpoint_id: int) -> Select[WebhookDelivery, WebhookEvent]:
    earlier = aliased(WebhookDelivery)
    before = select(earlier.id).where(
        earlier.endpoint_id == endpoint_id,
        earlier.state == DeliveryState.PENDING,
        earlier.subject == WebhookDelivery.subject,
        earlier.id < WebhookDelivery.id,
    )
    return (
        select(WebhookDelivery, WebhookEvent)
        .join(WebhookEvent, WebhookEvent.id == WebhookDelivery.event_id)
        .where(
            WebhookDelivery.endpoint_id == endpoint_id,
            WebhookDelivery.state == DeliveryState.PENDING,
            WebhookDelivery.due_at <= clock.now(),
            ~before.exists(),
        )
        .order_by(WebhookDelivery.id)
        .limit(1)
        .with_for_update(of=WebhookDelivery)
    )


def delivered(session: Session, delivery_id: int, status: int) -> None:
    """The receiver has it: ``status`` is its answer, 200 to 299."""
    delivery, endpoint = _held(session, delivery_id)
    now = clock.now()
    if delivery.state == DeliveryState.PENDING:
        delivery.state, delivery.delivered_at = DeliveryState.DELIVERED, now
        delivery.status, delivery.error = status, None
    endpoint.failures, endpoint.failing_since, endpoint.quiet_until = 0, None, None
    endpoint.delivered_at = now
    session.flush()


def failed(
    session: Session, delivery_id: int, reason: str, *, status: int | None = None
) -> DeliveryState:
    """The receiver has not taken it: again after a growing pause, dead after the last one.

    The receiver is left alone for a while; after a day of nothing but failures, or when it answers
    410 (gone), it is paused and managers are told. Returns what the delivery is now.
    """
    delivery, endpoint = _held(session, delivery_id)
    now = clock.now()
    if delivery.state == DeliveryState.PENDING:
        pause = rules.pause_after(delivery.attempts)
        delivery.status, delivery.error = status, reason[:200]
        if pause is None:
            delivery.state = DeliveryState.DEAD
        else:
            delivery.due_at = now + pause
    endpoint.failures += 1
    endpoint.failing_since = endpoint.failing_since or now
    endpoint.quiet_until = now + rules.quiet_after(endpoint.failures)
    gone = status == 410
    if endpoint.state == EndpointState.ACTIVE and (
        gone or now - endpoint.failing_since >= rules.GIVE_UP
    ):
        _pause(session, endpoint, "gone" if gone else "failing")
    session.flush()
    return delivery.state


def _pause(session: Session, endpoint: WebhookEndpoint, why: str) -> None:
    """Post nothing there until somebody has looked; managers are told on their first page."""
    endpoint.state, endpoint.why_paused = EndpointState.PAUSED, why
    session.flush()
    timeline.record(
        session, subject="webhook", subject_id=endpoint.id, action="paused",
        actor=Actor.system("webhooks"), facts={"why": why},
    )  # fmt: skip


def end(session: Session, endpoint_id: int) -> None:
    """This worker lets go of a receiver."""
    free = update(WebhookEndpoint).where(WebhookEndpoint.id == endpoint_id)
    session.execute(free.values(held_until=None, updated_at=WebhookEndpoint.updated_at))


def due(session: Session) -> list[int]:
    """Receivers for which something is to be posted now, and that nobody is posting to."""
    now = clock.now()
    waits = select(WebhookDelivery.endpoint_id).where(
        WebhookDelivery.state == DeliveryState.PENDING, WebhookDelivery.due_at <= now
    )
    query = select(WebhookEndpoint.id).where(*_open(), _free(), WebhookEndpoint.id.in_(waits))
    return list(session.scalars(query.order_by(WebhookEndpoint.id)))


def tidy(session: Session) -> int:
    """Forget events that are over for all receivers since a month; returns how many."""
    busy = select(WebhookDelivery.event_id).where(
        WebhookDelivery.event_id == WebhookEvent.id,
        or_(
            WebhookDelivery.state == DeliveryState.PENDING,
            WebhookDelivery.updated_at > clock.now() - KEPT,
        ),
    )
    old = delete(WebhookEvent).where(WebhookEvent.created_at < clock.now() - KEPT, ~busy.exists())
    return len(session.execute(old.returning(WebhookEvent.id)).all())


def _open() -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    now = clock.now()
    rested = or_(WebhookEndpoint.quiet_until.is_(None), WebhookEndpoint.quiet_until <= now)
    return WebhookEndpoint.state == EndpointState.ACTIVE, rested


def _free() -> ColumnElement[bool]:
    now = clock.now()
    return or_(WebhookEndpoint.held_until.is_(None), WebhookEndpoint.held_until <= now)


def _held(session: Session, delivery_id: int) -> tuple[WebhookDelivery, WebhookEndpoint]:
    found = session.get_one(WebhookDelivery, delivery_id)
    endpoint = session.get_one(
        WebhookEndpoint, found.endpoint_id, with_for_update={"key_share": True}
    )
    delivery = session.get_one(WebhookDelivery, delivery_id, with_for_update=True)
    return delivery, endpoint
