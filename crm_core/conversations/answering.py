"""The usual turn in few statements: begun for messages that await the bot, answered by one message.

Turns that are taken up again, answers in several parts and answers that may not be said any more
are left to :mod:`crm_core.conversations.turns`, which does the same step by step. A worker does
this for each message of a customer, so what it costs is what a worker can carry.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy.orm import Session

from crm_core import clock
from crm_core.conversations.models import Conversation, Message, Turn
from crm_core.conversations.rules import READ, clean, cuts_burst, pick_choice
from crm_core.conversations.turns import OFFER_LASTS, spoken, was_offered
from crm_core.conversations.values import Choice, Draft, Work
from crm_core.db import Event, announce

MINUTE = timedelta(minutes=1)

_HOLD = """
SELECT c.public_id, c.channel, c.handler, c.epoch, c.choices, c.minute_began_at, c.minute_count,
       u.public_id
  FROM conversations c JOIN customers u ON u.id = c.customer_id
 WHERE c.id = %(id)s
   FOR NO KEY UPDATE OF c
"""
_AWAITING = """
SELECT f.unfinished, m.id, m.text, m.kind, m.tapped_payload, m.created_at, q.direction, q.choices,
       EXISTS (SELECT 1 FROM media d WHERE d.message_id = m.id),
       ARRAY(SELECT d.id FROM media d WHERE d.message_id = m.id AND d.state <> 'refused'
              ORDER BY d.position),
       (SELECT s.created_at FROM messages s
         WHERE s.conversation_id = %(id)s AND s.direction = 'outbound' AND s.id < m.id
         ORDER BY s.id DESC LIMIT 1)
  FROM (SELECT EXISTS (
           SELECT 1 FROM turns t
            WHERE t.conversation_id = %(id)s AND t.state IN ('pending', 'running')
       ) AS unfinished) f
  LEFT JOIN messages m ON m.conversation_id = %(id)s AND m.awaits_bot
  LEFT JOIN messages q ON q.id = m.in_reply_to
 ORDER BY m.id
"""
_BEGIN = """
WITH begun AS (
    INSERT INTO turns (conversation_id, kind, epoch, state, attempts, request_id, created_at,
                       started_at)
    VALUES (%(id)s, 'message', %(epoch)s, 'running', 1, %(request_id)s::uuid, %(now)s, %(now)s)
    RETURNING id
), taken AS (
    UPDATE messages SET turn_id = begun.id, awaits_bot = false FROM begun
     WHERE messages.id = ANY(%(ids)s)
)
SELECT id FROM begun
"""
_HOLD_TURN = """
SELECT t.state, t.epoch = c.epoch OR (c.epoch_turn_id = t.id AND c.epoch = t.epoch + 1),
       c.id, c.public_id, c.epoch, c.provider
  FROM turns t JOIN conversations c ON c.id = t.conversation_id
 WHERE t.id = %(turn_id)s
   FOR NO KEY UPDATE OF c, t
"""
_ANSWER = """
WITH said AS (
    INSERT INTO messages (conversation_id, direction, author, kind, text, choices, provider,
                          status, epoch, turn_id, awaits_bot, attempts, created_at)
    VALUES (%(id)s, 'outbound', 'bot', 'text', %(text)s, %(stored)s::jsonb, %(provider)s,
            'queued', %(epoch)s, %(turn_id)s, false, 0, %(now)s)
    RETURNING id
), talk AS (
    UPDATE conversations
       SET choices = %(offered)s::jsonb, bot_failures = 0, last_message_at = %(now)s,
           waiting_since = NULL, updated_at = %(now)s
     WHERE id = %(id)s
), done AS (
    UPDATE turns SET state = 'answered', finished_at = %(now)s WHERE id = %(turn_id)s
)
SELECT said.id, EXISTS (
           SELECT 1 FROM effects e WHERE e.turn_id = %(turn_id)s AND e.result IS NOT NULL)
  FROM said
"""


@dataclass(frozen=True, slots=True)
class Answered:
    """The one message of an answer, queued; ``acted``: the turn has changed something besides."""

    message_id: int
    acted: bool


@dataclass(frozen=True, slots=True)
class _Awaiting:
    """One message that no turn has taken."""

    id: int
    text: str
    kind: str
    tapped_payload: str | None
    created_at: datetime
    quoted_direction: str | None
    quoted_choices: list[dict[str, Any]] | None
    pictured: bool
    media_ids: list[int]
    said_before: datetime | None


class UnusualError(Exception):
    """Left to the general way; nothing has changed."""


def begin_due(
    session: Session, conversation_id: int, burst: timedelta, most_per_min: int
) -> Work | None:
    """The turn that is due now, begun; None if none is (see ``turn_is_due``, ``begin_turn``).

    Raises UnusualError where a turn has been begun before. The caller holds
    :func:`lock_conversation` from here to the turn's end.
    """
    session.flush()
    execute = session.connection().exec_driver_sql
    given = {"id": conversation_id}
    public_id, channel, handler, epoch, stored, began, counted, customer = execute(
        _HOLD, given
    ).one()
    rows = execute(_AWAITING, given).all()
    if rows[0][0]:
        raise UnusualError
    waiting = [_Awaiting(*row[1:]) for row in rows if row[1] is not None]
    now = clock.now()
    floods = began is not None and counted > most_per_min and now - began < MINUTE
    if not waiting or floods or handler != "bot":
        return None
    on_offer = tuple(Choice.read(one) for one in stored or ())
    if now - waiting[-1].created_at < burst and not _ends_burst(waiting[-1], on_offer):
        return None
    ids, request_id = [one.id for one in waiting], str(uuid4())
    begun = {**given, "epoch": epoch, "request_id": request_id, "now": now, "ids": ids}
    turn_id: int = execute(_BEGIN, begun).scalar_one()
    _forget(session, (Message, ids))
    first, last = waiting[0], waiting[-1]
    meant = first.said_before is None or first.created_at - first.said_before <= OFFER_LASTS
    tapped = last.tapped_payload
    if tapped and not was_offered(session, conversation_id, tapped):
        tapped = None
    return Work(
        turn_id=turn_id,
        conversation_id=conversation_id,
        conversation_public_id=str(public_id),
        customer_public_id=str(customer),
        channel=channel,
        epoch=epoch,
        text=spoken([one.text for one in waiting]),
        message_ids=tuple(ids),
        media_ids=tuple(n for one in waiting if one.kind in READ for n in one.media_ids),
        tapped_payload=tapped or None,
        internal_payload=None,
        choices=on_offer if meant else (),
        attempt=1,
        resumed=False,
        request_id=request_id,
        kinds=tuple(one.kind for one in waiting),
        quoted_choices=_quoted(last),
    )


def answer(session: Session, turn_id: int, drafts: Sequence[Draft]) -> Answered:
    """Save the bot's answer, which is queued, and what it offers, as ``finish_turn`` does.

    Raises UnusualError for an answer of several messages or none, and where the turn is over or
    somebody else has taken the word.
    """
    said = [(clean(draft.text).strip(), draft.choices) for draft in drafts]
    said = [(words, choices) for words, choices in said if words]
    if len(said) != 1:
        raise UnusualError
    session.flush()
    execute = session.connection().exec_driver_sql
    held = execute(_HOLD_TURN, {"turn_id": turn_id}).one_or_none()
    if held is None or held[0] not in {"pending", "running"} or not held[1]:
        raise UnusualError
    _, _, conversation_id, public_id, epoch, provider = held
    words, choices = said[0]
    stored = json.dumps([choice.stored() for choice in choices])
    given = {
        "id": conversation_id,
        "turn_id": turn_id,
        "epoch": epoch,
        "provider": provider,
        "text": words,
        "stored": stored,
        "offered": stored if choices else None,
        "now": clock.now(),
    }
    message_id, acted = execute(_ANSWER, given).one()
    _forget(session, (Turn, [turn_id]), (Conversation, [conversation_id]))
    data = {"message_id": message_id, "conversation_id": str(public_id)}
    announce(session, Event("message_queued", data))
    return Answered(message_id, acted)


def _ends_burst(newest: _Awaiting, on_offer: tuple[Choice, ...]) -> bool:
    tapped = newest.tapped_payload is not None
    if cuts_burst(newest.text, tapped=tapped, pictured=newest.pictured):
        return True
    return pick_choice(newest.text, on_offer) is not None


def _quoted(last: _Awaiting) -> tuple[Choice, ...]:
    if last.quoted_direction != "outbound":
        return ()
    return tuple(Choice.read(stored) for stored in last.quoted_choices or ())


def _forget(session: Session, *changed: tuple[type[Any], list[int]]) -> None:
    """What the session has read of rows that it has changed behind its own back."""
    for kind, ids in changed:
        for number in ids:
            known = session.identity_map.get(session.identity_key(kind, number))
            if known is not None:
                session.expire(known)
