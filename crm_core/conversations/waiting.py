"""Work that must wait a while: bursts of messages, turns that failed, deliveries in doubt."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta

from sqlalchemy import Connection, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from crm_core import clock
from crm_core.conversations.delivery import delivery_of
from crm_core.conversations.models import Conversation, Message, Turn
from crm_core.conversations.rules import cuts_burst, pick_choice
from crm_core.conversations.service import MINUTE, append, locked, say_once
from crm_core.conversations.turns import UNFINISHED, newest_awaiting, release, take
from crm_core.conversations.values import Choice, Delivery
from crm_core.errors import NotFound

FIRST_PAUSE_S = 5
TOLD_EVERY = timedelta(minutes=10)


def postpone_turn(session: Session, turn_id: int, reason: str) -> None:
    """The assistant is away: the turn stays unfinished and is due again after a pause.

    The pause counts from the attempt's start: 5 s after the first, doubled each time.
    """
    turn = session.get(Turn, turn_id, with_for_update=True)
    if turn is None:
        raise NotFound("turn_not_found")
    if turn.state in UNFINISHED:
        turn.error = reason[:500]
    session.flush()


def turn_is_due(
    session: Session, conversation_id: int, burst: timedelta, most_per_min: int | None = None
) -> bool:
    """Whether a turn may begin now: no failed one is pausing, no burst of messages is going on,
    and fewer than ``most_per_min`` have come within the minute (else all of them are one turn when
    it is over)."""
    now = clock.now()
    unfinished = select(Turn).where(
        Turn.conversation_id == conversation_id, Turn.state.in_(UNFINISHED)
    )
    turn = session.scalars(unfinished.order_by(Turn.id).limit(1)).first()
    if turn is not None:
        # A turn without an error was left behind by a crash and is taken up at once.
        paused = turn.error is not None and turn.started_at is not None
        return not paused or now >= _pause_ends(turn)
    newest = newest_awaiting(session, conversation_id)
    if newest is None or _floods(newest.conversation, most_per_min, now):
        return False
    return now - newest.created_at >= burst or ends_burst(newest)


def slow_down(session: Session, conversation: Conversation, most_per_min: int) -> bool:
    """Whether the message just stored is the first too many of its minute; the customer is told
    once in ten that all of them will be read together."""
    if conversation.minute_count != most_per_min + 1:
        return False
    if conversation.handler == "bot":
        say_once(session, conversation, "too_fast", TOLD_EVERY)
    return True


def _floods(conversation: Conversation, most: int | None, now: datetime) -> bool:
    began = conversation.minute_began_at
    if most is None or began is None or conversation.minute_count <= most:
        return False
    return now - began < MINUTE


def ends_burst(message: Message) -> bool:
    """Whether nothing more is to be expected after it: a photo, a tap, an answer on offer."""
    tapped, pictured = message.tapped_payload is not None, bool(message.media)
    if cuts_burst(message.text, tapped=tapped, pictured=pictured):
        return True
    offered = tuple(Choice.read(stored) for stored in message.conversation.choices or ())
    return pick_choice(message.text, offered) is not None


def in_doubt(session: Session, *, settled_s: float, given_up_s: float) -> list[int]:
    """Ids of messages that the provider may or may not have taken, old enough to be looked up
    and young enough to be worth it (both in seconds since the claim)."""
    now = clock.now()
    query = select(Message.id).where(
        Message.status == "unknown",
        Message.claimed_at < now - timedelta(seconds=settled_s),
        Message.claimed_at > now - timedelta(seconds=given_up_s),
    )
    return list(session.scalars(query.order_by(Message.id)))


def doubtful_delivery(session: Session, message_id: int) -> Delivery | None:
    """What was being sent, if its fate is still open; None once it has been decided."""
    message = session.get(Message, message_id)
    if message is None or message.status not in {"sending", "unknown"}:
        return None
    return delivery_of(message)


@contextmanager
def lock_delivery(connection: Connection, message_id: int) -> Iterator[bool]:
    """Hold a message while it is handed to its provider, however long that takes.

    Yields False if another worker has it. The lock ends with the block, or with the connection if
    the process dies: so what is being sent by nobody is known without waiting for a lease.
    """
    key = f"delivery:{message_id}"
    held = take(connection, key)
    try:
        yield held
    finally:
        if held:
            with suppress(DBAPIError):  # the server is gone, and the lock with it
                release(connection, key)


def known_provider_ids(session: Session, provider: str, ids: Sequence[str]) -> set[str]:
    """Those of ``ids`` under which a message is stored already."""
    query = select(Message.provider_id).where(
        Message.provider == provider, Message.provider_id.in_(ids)
    )
    return {found for found in session.scalars(query) if found is not None}


def divide(session: Session, message_id: int, parts: Sequence[str]) -> None:
    """Give a message that is being sent only the first of ``parts``; the rest follows it.

    The choices go with the last part.
    """
    message = session.get_one(Message, message_id)
    conversation = locked(session, message.conversation_id)
    choices = tuple(Choice.read(stored) for stored in message.choices)
    message.text, message.choices = parts[0], []
    for number, part in enumerate(parts[1:], start=2):
        append(
            session,
            conversation,
            part,
            author=message.author,
            staff=message.staff,
            choices=choices if number == len(parts) else (),
            turn_id=message.turn_id,
        )
    session.flush()


def conversation_of(session: Session, message_id: int) -> int:
    """The internal id of a message's conversation; NotFound("message_not_found")."""
    message = session.get(Message, message_id)
    if message is None:
        raise NotFound("message_not_found")
    return message.conversation_id


def conversation_id_of(session: Session, public_id: str) -> int:
    """The internal id of a conversation; NotFound("conversation_not_found")."""
    query = select(Conversation.id).where(Conversation.public_id == public_id)
    found = session.scalars(query).first()
    if found is None:
        raise NotFound("conversation_not_found")
    return found


def _pause_ends(turn: Turn) -> datetime:
    assert turn.started_at is not None  # noqa: S101 - the caller has looked
    return turn.started_at + timedelta(seconds=FIRST_PAUSE_S * 2 ** (turn.attempts - 1))
