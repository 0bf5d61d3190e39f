"""The one way in: a message is stored and committed, then whoever has to look is woken."""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import structlog
from sqlalchemy.exc import IntegrityError

from channels import context, moving, tasks
from channels.context import LOCK_WAIT_MS
from crm_core import conversations, db, handoffs
from crm_core.conversations import Heard, Unheard
from crm_core.db import Event

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sqlalchemy import Connection
    from sqlalchemy.orm import Session

    from channels.twilio.payloads import StatusReport
    from crm_core.conversations import Inbound, MessageView, Received

log = structlog.get_logger(__name__)

# A webhook that waits longer for another transaction is answered with 503: the provider keeps the
# message and brings it again, where waiting on would run into its own patience. It waits twice at
# most, for its conversation and for the table.
WITHIN_MS = 2_000
"""For a connection and both locks together: what the wait for a connection took is left out of the
others, so that the answer comes within three seconds."""
LEAST_WAIT_MS = 50


@dataclass(frozen=True, slots=True)
class Stored:
    """A message that is safe in the database; ``first`` is False for a repeated one."""

    message: MessageView
    conversation_id: str
    conversation_row_id: int
    first: bool


def in_time(session: Session) -> None:
    """Wait for a connection, then let the transaction wait for locks only in the time that is left;
    the first thing to be done in a webhook's transaction."""
    begun = time.monotonic()
    session.connection()
    db.hurry(session, _lock_wait_ms(begun))


def _lock_wait_ms(begun: float) -> int:
    left_ms = WITHIN_MS - (time.monotonic() - begun) * 1000
    return int(max(LEAST_WAIT_MS, min(LOCK_WAIT_MS, left_ms / 2)))


def hear(inbound: Inbound) -> None:
    """As :func:`take_in`, for a webhook: the usual message needs one statement, and a few more
    if it is somebody's first."""
    heard: Heard | Unheard | None = Unheard() if moving.is_code(inbound) else _heard(inbound)
    if isinstance(heard, Unheard):
        heard = _met(inbound) if heard.unknown else None
    if heard is None:
        take_in(inbound)
        return
    log.info(
        "message_taken_in",
        provider_id=inbound.provider_id,
        message_id=heard.message_id,
        conversation=heard.conversation_public_id,
        first=True,
    )


def _heard(inbound: Inbound) -> Heard | Unheard:
    heard = db.again(lambda: _at_the_door(inbound))
    if isinstance(heard, Heard):
        at_once = heard.alone and context.current().settings.burst_window_ms
        told = {**heard.event.data, "cuts_burst": True} if at_once else heard.event.data
        db.tell([Event(heard.event.kind, told)])
    return heard


def _at_the_door(inbound: Inbound) -> Heard | Unheard:
    most = context.current().settings.sender_per_min
    with _door() as connection:
        return conversations.hear(connection, inbound, most)


@contextmanager
def _door() -> Iterator[Connection]:
    """A connection for one statement of a webhook, which waits no longer than it may."""
    begun = time.monotonic()
    with context.current().door.connect() as connection:
        wait_ms = _lock_wait_ms(begun)
        if wait_ms == LOCK_WAIT_MS:  # as every connection of the door begins
            yield connection
            return
        try:
            connection.exec_driver_sql(f"SET lock_timeout = {wait_ms}")
            yield connection
        finally:
            connection.exec_driver_sql(f"SET lock_timeout = {LOCK_WAIT_MS}")


def note(provider: str, report: StatusReport) -> None:
    """Keep what became of a message: the usual report by one statement."""
    event = db.again(lambda: _followed(provider, report))
    if event is not None:
        db.tell([event])
        return
    with context.current().unit_of_work() as session:
        in_time(session)
        conversations.record_status(
            session,
            provider,
            report.provider_id,
            report.status,
            message_id=report.message_id,
            error_code=report.error_code,
            raw=report.raw,
        )


def _followed(provider: str, report: StatusReport) -> Event | None:
    with _door() as connection:
        return conversations.follow(
            connection,
            provider,
            report.provider_id,
            report.status,
            error_code=report.error_code,
            raw=report.raw,
        )


def _met(inbound: Inbound) -> Heard | None:
    def meet() -> Heard | None:
        with context.current().unit_of_work() as session:
            in_time(session)
            return conversations.meet(session, inbound)

    try:
        return db.again(meet)
    except IntegrityError:  # a message that is known, whose customer has changed the address
        return None


def take_in(inbound: Inbound, also: Callable[[Session, Received], None] | None = None) -> Stored:
    """Store ``inbound`` (``also`` within the same transaction); raises as ``receive`` does.

    A wake-up that fails costs time only: the sweep finds the rows.
    """

    most = context.current().settings.sender_per_min

    def store() -> tuple[Stored, bool, bool]:
        with context.current().unit_of_work() as session:
            in_time(session)
            received = conversations.receive(session, inbound)
            if also is not None:
                also(session, received)
            moving.hear(session, received)
            message = conversations.message_view(session, received.message.id)
            ends = received.first and conversations.ends_burst(received.message)
            if received.first and received.conversation.handler == "queue":
                handoffs.tell_place(session, received.conversation)
            floods = received.first and conversations.slow_down(
                session, received.conversation, most
            )
            talk = received.conversation
            return Stored(message, talk.public_id, talk.id, received.first), ends, floods

    stored, at_once, floods = db.again(store)
    log.info(
        "message_taken_in",
        provider_id=inbound.provider_id,
        message_id=stored.message.id,
        conversation=stored.conversation_id,
        first=stored.first,
    )
    if stored.first:
        pending = [media.id for media in stored.message.media if media.state == "pending"]
        tasks.wake_all(tasks.fetch_media, pending)
    # Nothing more is to be expected: do not wait for the end of the burst window, if there is one.
    if at_once and context.current().settings.burst_window_ms:
        tasks.wake(tasks.take_turn, stored.conversation_row_id)
    if floods:
        log.warning("sender_floods", conversation=stored.conversation_id)
        tasks.wake(tasks.take_turn, stored.conversation_row_id, after_s=61.0)
    return stored
