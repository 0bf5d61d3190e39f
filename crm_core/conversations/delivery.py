"""The way out: one worker at a time hands a message to its provider, in order per customer."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, false, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session, aliased, object_session

from crm_core import clock, customers
from crm_core.conversations.models import Conversation, Message, StatusCallback
from crm_core.conversations.rules import clean_json, joined_status, known_status
from crm_core.conversations.values import Choice, Delivery
from crm_core.db import Event, announce
from crm_core.errors import Conflict, NotFound
from crm_core.timeline import Actor

_ON_THE_WAY = ("queued", "sending")
QUIET = "quiet_hours"
"""The code of what waits for the morning; others of the conversation may leave before it."""
NOT_SHOWN = frozenset({"63005", "63013", "63021", "63024", "63027", "63028"})
"""Codes by which WhatsApp refuses what is in a message, not whom it is for."""


def claim_delivery(session: Session, message_id: int) -> Delivery | None:
    """Take a queued message for sending, or None if it is not this worker's to send now.

    Not its turn: somebody else has it, it is not due yet, or an older message of the conversation
    is still queued or being sent (so order per customer is kept).
    """
    moment = clock.now()
    older = aliased(Message)
    overtakes = exists().where(
        older.conversation_id == Message.conversation_id,
        older.id < Message.id,
        older.status.in_(_ON_THE_WAY),
        ~_rests(older, moment),
    )
    query = (
        update(Message)
        .where(
            Message.id == message_id,
            Message.status == "queued",
            or_(Message.due_at.is_(None), Message.due_at <= moment),
            ~overtakes,
        )
        .values(status="sending", claimed_at=moment, attempts=Message.attempts + 1)
        .returning(Message.id)
        .execution_options(synchronize_session=False)
    )
    if session.execute(query).first() is None:
        return None
    message = session.get_one(Message, message_id, populate_existing=True)
    return delivery_of(message)


def mark_sent(
    session: Session,
    message_id: int,
    provider_id: str,
    provider_status: str | None = None,
    provider: str | None = None,
) -> Message:
    """The provider has it under ``provider_id``; reports that came before this one count too.

    ``provider`` names who took it, if not the one that carries the conversation in.
    """
    message = _locked(session, message_id)
    message.provider = provider or message.provider
    message.provider_id = provider_id
    _apply(message, known_status(provider_status or "sent") or "sent", None)
    query = select(StatusCallback).where(
        StatusCallback.provider == message.provider, StatusCallback.provider_id == provider_id
    )
    for callback in session.scalars(query.order_by(StatusCallback.id)):
        _apply(message, known_status(callback.status), callback.error_code)
    return _changed(session, message) if not _shown_badly(message) else _as_text(session, message)


def mark_failed(session: Session, message_id: int, code: str, reason: str) -> Message:
    """The message will not reach the customer: refused by the gate or by the provider."""
    message = _locked(session, message_id)
    _apply(message, "failed", code)
    if message.status == "failed":
        message.error_code, message.error = code, reason[:500]
    return _changed(session, message)


def mark_unknown(session: Session, message_id: int, reason: str) -> Message:
    """Nobody can tell whether the provider took it; sending again could say it twice."""
    message = _locked(session, message_id)
    if message.status == "sending":
        message.status, message.error = "unknown", reason[:500]
    return _changed(session, message)


def requeue(
    session: Session, message_id: int, *, after_s: float = 0, code: str | None = None
) -> Message:
    """Send it again, not before ``after_s`` seconds from now; ``code`` says what it waits for.

    For a message being sent that surely did not go, one whose fate is unknown, and one that
    failed. Raises Conflict("illegal_transition") for any other.
    """
    message = _locked(session, message_id)
    if message.status not in {"queued", "sending", "unknown", "failed"}:
        raise Conflict("illegal_transition", subject="message", old=message.status, new="queued")
    message.status, message.claimed_at, message.provider_id = "queued", None, None
    message.error_code, message.error = code, None
    message.due_at = clock.now() + timedelta(seconds=after_s) if after_s else None
    session.flush()
    _announce(session, "message_queued", message)
    return message


def record_status(
    session: Session,
    provider: str,
    provider_id: str,
    status: str,
    *,
    message_id: int | None = None,
    error_code: str | None = None,
    raw: dict[str, Any] | None = None,
) -> Message | None:
    """Keep a provider's report and let the message's status follow it, forward only.

    ``message_id`` is our own id as it came back in the callback's address: it finds a message whose
    provider id is not stored yet. Returns the message, or None if it is not known (yet: then
    :func:`mark_sent` will find the report).
    """
    values = {
        "provider": provider,
        "provider_id": provider_id[:200],
        "status": status.strip().lower()[:50],
        "error_code": error_code,
        "raw": clean_json(raw or {}),
        "received_at": clock.now(),
    }
    session.execute(insert(StatusCallback).values(values).on_conflict_do_nothing())
    message = _reported(session, provider, provider_id, message_id)
    if message is None:
        return None
    reported = known_status(status)
    if reported is None:
        return message
    message.provider, message.provider_id = provider, provider_id
    _apply(message, reported, error_code)
    return _changed(session, message) if not _shown_badly(message) else _as_text(session, message)


def note_carriage(session: Session, message_id: int, carried_as: str) -> None:
    """The provider is given the message as "text", as choices to tap ("taps") or a "template"."""
    _locked(session, message_id).carried_as = carried_as
    session.flush()


def due_deliveries(
    session: Session, conversation_id: int | None = None, limit: int = 500
) -> list[int]:
    """Ids of messages that can be claimed now: the oldest of each conversation, if it is due."""
    moment = clock.now()
    heads = select(func.min(Message.id).label("id")).where(
        Message.status.in_(_ON_THE_WAY), ~_rests(Message, moment)
    )
    if conversation_id is not None:
        heads = heads.where(Message.conversation_id == conversation_id)
    first = heads.group_by(Message.conversation_id).subquery()
    query = (
        select(Message.id)
        .join(first, first.c.id == Message.id)
        .where(
            Message.status == "queued",
            or_(Message.due_at.is_(None), Message.due_at <= moment),
        )
    )
    return list(session.scalars(query.order_by(Message.id).limit(limit)))


def stale_sending(session: Session, older_than_s: float = 30) -> list[int]:
    """Ids of messages claimed so long ago that their worker must have died: to be reconciled."""
    limit = clock.now() - timedelta(seconds=older_than_s)
    query = select(Message.id).where(Message.status == "sending", Message.claimed_at < limit)
    return list(session.scalars(query.order_by(Message.id)))


def next_delivery(session: Session, message_id: int) -> int | None:
    """The id of the message that can be claimed next in the conversation of ``message_id``."""
    message = session.get(Message, message_id)
    due = due_deliveries(session, message.conversation_id) if message is not None else []
    return due[0] if due else None


def note_opt_out(session: Session, message_id: int) -> None:
    """The provider says that the recipient wants nothing there: their address is stopped."""
    address = _locked(session, message_id).conversation.address
    customers.stop_address(session, address, actor=Actor.system("provider"))


def delivery_of(message: Message) -> Delivery:
    """``message`` as a sender needs it."""
    conversation, session = message.conversation, object_session(message)
    answered = (
        session.get(Message, message.in_reply_to)
        if session is not None and message.in_reply_to is not None
        else None
    )
    return Delivery(
        message_id=message.id,
        conversation_id=conversation.id,
        conversation_public_id=conversation.public_id,
        channel=conversation.channel,
        address=conversation.address.address,
        provider=message.provider,
        author=message.author,
        text=message.text,
        choices=tuple(Choice.read(stored) for stored in message.choices),
        in_reply_to_provider_id=answered.provider_id if answered is not None else None,
        attempt=message.attempts,
        last_inbound_at=conversation.last_inbound_at,
        stopped_at=conversation.address.stopped_at,
        claimed_at=message.claimed_at,
        language=conversation.customer.language,
        carried_as=message.carried_as,
        notice=message.notice,
        facts=message.facts or {},
    )


def _locked(session: Session, message_id: int) -> Message:
    message = session.get(
        Message, message_id, with_for_update={"key_share": True}, populate_existing=True
    )
    if message is None or message.direction != "outbound":
        raise NotFound("message_not_found")
    return message


def _reported(
    session: Session, provider: str, provider_id: str, message_id: int | None
) -> Message | None:
    known = select(Message.id).where(
        Message.provider == provider,
        Message.provider_id == provider_id,
        Message.direction == "outbound",
    )
    found = session.scalars(known).first()
    if found is not None:
        return _locked(session, found)
    if message_id is None:
        return None
    try:
        message = _locked(session, message_id)
    except NotFound:
        return None
    # A report on an earlier attempt says nothing about the one that is known under another id. Our
    # own note of this id may have been written while we waited for the row.
    if message.provider_id is not None:
        return message if message.provider_id == provider_id else None
    return None if message.status in {"queued", "dropped"} else message


def _apply(message: Message, reported: str | None, error_code: str | None) -> None:
    if reported is None:
        return
    before = message.status
    message.status = joined_status(before, reported)
    if before != "dropped":
        _note_time(message, reported)
    if message.status == before:
        return
    if message.status in {"sent", "delivered", "read"}:
        message.error_code = message.error = None
    if reported == "failed":
        message.error_code = error_code


def _note_time(message: Message, reported: str) -> None:
    """When it was first known; what was read has been delivered, whichever is told first."""
    moment = clock.now()
    if reported in {"sent", "delivered", "read"}:
        message.sent_at = message.sent_at or moment
    if reported in {"delivered", "read"}:
        message.delivered_at = message.delivered_at or moment
    if reported == "read":
        message.read_at = message.read_at or moment


def _rests(message: Any, moment: datetime) -> ColumnElement[bool]:
    """Whether a queued row waits for the end of the quiet hours (never NULL)."""
    waits = and_(message.error_code == QUIET, message.due_at > moment)
    return func.coalesce(and_(message.status == "queued", waits), false())


def _shown_badly(message: Message) -> bool:
    """Whether WhatsApp would not show the choices: then the same is said with numbers."""
    failed = message.status == "failed" and message.carried_as == "taps"
    return failed and message.error_code in NOT_SHOWN


def _as_text(session: Session, message: Message) -> Message:
    message.carried_as = "text"
    return requeue(session, message.id)


def _changed(session: Session, message: Message) -> Message:
    session.flush()
    _announce(session, "message_changed", message)
    return message


def _announce(session: Session, kind: str, message: Message) -> None:
    public_id = session.scalars(
        select(Conversation.public_id).where(Conversation.id == message.conversation_id)
    ).one()
    announce(session, Event(kind, {"message_id": message.id, "conversation_id": public_id}))
