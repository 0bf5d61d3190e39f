"""The verbs of people and programs: whom to tell what, pausing, secrets, sending again.

Locks: one endpoint. A change in the shop only reads endpoints, so it never waits for these.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm_core import clock, sealing, timeline
from crm_core.db import Event, announce
from crm_core.errors import Conflict, InvalidInput, NotFound
from crm_core.timeline import Actor
from crm_core.webhooks import outbox, rules
from crm_core.webhooks.models import WebhookDelivery, WebhookEndpoint
from crm_core.webhooks.rules import DeliveryState, EndpointState

BOTH_SECRETS = timedelta(hours=24)
"""After a new secret the former one signs too for so long."""
MOST_ENDPOINTS = 20
MOST_NOTE = 120


def add(
    session: Session,
    url: str,
    types: Collection[str],
    *,
    actor: Actor,
    loopback: bool = False,
    note: str = "",
) -> WebhookEndpoint:
    """Tell ``url`` of ``types`` from here on, signed with a new secret.

    ``loopback``: this shop is one for trying out; http to this machine is fine. Raises
    InvalidInput as ``rules.checked_url`` and ``rules.checked_types`` do, ("note_too_long"),
    Conflict ("webhooks_too_many", most).
    """
    made = WebhookEndpoint(
        url=rules.checked_url(url, loopback=loopback),
        types=rules.checked_types(types),
        note=_note(note),
        sealed_secret=sealing.seal(rules.new_secret()),
    )
    live = select(WebhookEndpoint.id).where(WebhookEndpoint.state != EndpointState.REMOVED)
    if len(session.scalars(live).all()) >= MOST_ENDPOINTS:
        raise Conflict("webhooks_too_many", most=MOST_ENDPOINTS)
    session.add(made)
    session.flush()
    _record(session, made, "added", actor)
    return made


def change(
    session: Session,
    endpoint: WebhookEndpoint,
    *,
    actor: Actor,
    loopback: bool = False,
    url: str | None = None,
    types: Collection[str] | None = None,
    note: str | None = None,
) -> WebhookEndpoint:
    """Set what is given; what waits for the receiver goes to the new address.

    Raises as :func:`add`, and Conflict ("webhook_removed").
    """
    lock(session, endpoint)
    if url is not None:
        endpoint.url = rules.checked_url(url, loopback=loopback)
        endpoint.quiet_until = None
    if types is not None:
        endpoint.types = rules.checked_types(types)
    if note is not None:
        endpoint.note = _note(note)
    _record(session, endpoint, "changed", actor)
    return endpoint


def pause(session: Session, endpoint: WebhookEndpoint, *, actor: Actor) -> WebhookEndpoint:
    """Post nothing there until :func:`resume`; what happens meanwhile waits."""
    lock(session, endpoint)
    if endpoint.state == EndpointState.ACTIVE:
        endpoint.state, endpoint.why_paused = EndpointState.PAUSED, None
        _record(session, endpoint, "paused", actor)
    return endpoint


def resume(session: Session, endpoint: WebhookEndpoint, *, actor: Actor) -> WebhookEndpoint:
    """Post there again, at once and with all that has waited."""
    lock(session, endpoint)
    endpoint.state, endpoint.why_paused = EndpointState.ACTIVE, None
    endpoint.failures, endpoint.failing_since, endpoint.quiet_until = 0, None, None
    waiting = select(WebhookDelivery).where(
        WebhookDelivery.endpoint_id == endpoint.id, WebhookDelivery.state == DeliveryState.PENDING
    )
    for delivery in session.scalars(waiting.with_for_update()):
        delivery.due_at = clock.now()
    _record(session, endpoint, "resumed", actor)
    announce(session, Event("webhook_queued", {"endpoint_id": endpoint.id}))
    return endpoint


def remove(session: Session, endpoint: WebhookEndpoint, *, actor: Actor) -> WebhookEndpoint:
    """Tell it nothing more, also not what waits; its history stays."""
    lock(session, endpoint)
    endpoint.state = EndpointState.REMOVED
    waiting = select(WebhookDelivery).where(
        WebhookDelivery.endpoint_id == endpoint.id, WebhookDelivery.state == DeliveryState.PENDING
    )
    for delivery in session.scalars(waiting.with_for_update()):
        delivery.state, delivery.error = DeliveryState.DEAD, "removed"
    _record(session, endpoint, "removed", actor)
    return endpoint


def new_secret(session: Session, endpoint: WebhookEndpoint, *, actor: Actor) -> WebhookEndpoint:
    """Sign with another secret; for a day with the former one too, so that none is refused."""
    lock(session, endpoint)
    endpoint.sealed_former = endpoint.sealed_secret
    endpoint.former_until = clock.now() + BOTH_SECRETS
    endpoint.sealed_secret = sealing.seal(rules.new_secret())
    _record(session, endpoint, "secret_renewed", actor)
    return endpoint


def secret_of(session: Session, endpoint: WebhookEndpoint, *, actor: Actor) -> str:
    """The secret that signs, for somebody who has to type it in; that it was shown is recorded.

    Raises Conflict ("webhook_removed", "seal_broken").
    """
    _live(endpoint)
    secret = endpoint.secret
    _record(session, endpoint, "secret_shown", actor)
    return secret


def seal_anew(session: Session) -> tuple[int, list[WebhookEndpoint]]:
    """Seal all secrets with the present key; how many, and the receivers that no key opens."""
    done, shut = 0, []
    query = select(WebhookEndpoint).where(WebhookEndpoint.state != EndpointState.REMOVED)
    locked = query.order_by(WebhookEndpoint.id).with_for_update(key_share=True)
    for endpoint in session.scalars(locked.execution_options(populate_existing=True)):
        try:
            endpoint.sealed_secret = sealing.sealed_anew(endpoint.sealed_secret)
            done += 1
        except Conflict:
            shut.append(endpoint)
            continue
        try:
            former = endpoint.sealed_former
            endpoint.sealed_former = sealing.sealed_anew(former) if former else None
        except Conflict:
            endpoint.sealed_former = None
    session.flush()
    return done, shut


def ping(session: Session, endpoint: WebhookEndpoint) -> None:
    """Send one event of the type ``sapa.test``, to this receiver alone."""
    _live(endpoint)
    subject = f"test:{endpoint.id}"
    connection = session.connection()
    outbox.write(connection, [endpoint.id], rules.TEST, subject, clock.now(), {})
    announce(session, Event("webhook_queued", {"endpoint_id": endpoint.id}))


def resend(session: Session, endpoint: WebhookEndpoint, delivery_id: int) -> WebhookDelivery:
    """Send an event again that is dead or was taken already, under the same id.

    Raises NotFound ("delivery_not_found"), Conflict ("webhook_removed"), and
    ("delivery_pending") for one that is still being tried.
    """
    lock(session, endpoint)
    query = select(WebhookDelivery).where(
        WebhookDelivery.id == delivery_id, WebhookDelivery.endpoint_id == endpoint.id
    )
    delivery = session.scalars(
        query.with_for_update().execution_options(populate_existing=True)
    ).one_or_none()
    if delivery is None:
        raise NotFound("delivery_not_found")
    if delivery.state == DeliveryState.PENDING:
        raise Conflict("delivery_pending")
    delivery.state, delivery.attempts, delivery.due_at = DeliveryState.PENDING, 0, clock.now()
    session.flush()
    announce(session, Event("webhook_queued", {"endpoint_id": endpoint.id}))
    return delivery


def lock(session: Session, endpoint: WebhookEndpoint) -> None:
    """Read ``endpoint`` anew and hold it. Raises Conflict ("webhook_removed")."""
    query = select(WebhookEndpoint).where(WebhookEndpoint.id == endpoint.id)
    # KEY SHARE, which a new delivery takes, must not wait for this.
    locked = query.with_for_update(key_share=True).execution_options(populate_existing=True)
    _live(session.scalars(locked).one())


def _live(endpoint: WebhookEndpoint) -> None:
    if endpoint.state == EndpointState.REMOVED:
        raise Conflict("webhook_removed")


def _note(text: str) -> str:
    note = " ".join(text.split())
    if len(note) > MOST_NOTE:
        raise InvalidInput("note_too_long", most=MOST_NOTE)
    return note


def _record(session: Session, endpoint: WebhookEndpoint, action: str, actor: Actor) -> None:
    session.flush()
    timeline.record(
        session,
        subject="webhook",
        subject_id=endpoint.id,
        action=action,
        actor=actor,
        facts={"types": list(endpoint.types)},
    )
