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

from sqlalchemy import Connection

from crm_core import clock
from crm_core.conversations.rules import READ, clean, cuts_burst, pick_choice
from crm_core.conversations.turns import OFFER_LASTS, spoken
from crm_core.conversations.values import Choice, Draft, Work
from crm_core.db import Event

MINUTE = timedelta(minutes=1)

_AWAITING = """
SELECT c.public_id, c.channel, c.handler, c.epoch, c.choices, c.minute_began_at, c.minute_count,
       u.public_id,
       EXISTS (SELECT 1 FROM turns t
                WHERE t.conversation_id = c.id AND t.state IN ('pending', 'running')),
       m.id, m.text, m.kind, m.tapped_payload, m.created_at, q.direction, q.choices,
       EXISTS (SELECT 1 FROM media d WHERE d.message_id = m.id),
       ARRAY(SELECT d.id FROM media d WHERE d.message_id = m.id AND d.state <> 'refused'
              ORDER BY d.position),
       (SELECT s.created_at FROM messages s
         WHERE s.conversation_id = c.id AND s.direction = 'outbound' AND s.id < m.id
         ORDER BY s.id DESC LIMIT 1)
  FROM conversations c
  JOIN customers u ON u.id = c.customer_id
  LEFT JOIN messages m ON m.conversation_id = c.id AND m.awaits_bot
  LEFT JOIN messages q ON q.id = m.in_reply_to
 WHERE c.id = %(id)s
 ORDER BY m.id
"""
_OFFERED = """
SELECT EXISTS (SELECT 1 FROM messages
                WHERE conversation_id = %(id)s AND direction = 'outbound'
                  AND choices @> %(offered)s::jsonb)
"""
# Whoever changes the speaker holds the conversation, raises the epoch and takes the messages away
# from the bot: then nothing is begun here.
_BEGIN = """
WITH here AS MATERIALIZED (
    SELECT id FROM conversations
     WHERE id = %(id)s AND epoch = %(epoch)s AND handler = 'bot'
       FOR NO KEY UPDATE
), begun AS (
    INSERT INTO turns (conversation_id, kind, epoch, state, attempts, request_id, created_at,
                       started_at)
    SELECT id, 'message', %(epoch)s, 'running', 1, %(request_id)s::uuid, %(now)s, %(now)s FROM here
    RETURNING id
), taken AS (
    UPDATE messages SET turn_id = begun.id, awaits_bot = false FROM begun
     WHERE messages.id = ANY(%(ids)s)
)
SELECT id FROM begun
"""
_ANSWER = """
WITH here AS MATERIALIZED (
    SELECT c.id, c.public_id, c.epoch, c.provider
      FROM turns t JOIN conversations c ON c.id = t.conversation_id
     WHERE t.id = %(turn_id)s AND t.state IN ('pending', 'running')
       AND (t.epoch = c.epoch OR (c.epoch_turn_id = t.id AND c.epoch = t.epoch + 1))
       FOR NO KEY UPDATE OF c, t
), said AS (
    INSERT INTO messages (conversation_id, direction, author, kind, text, choices, provider,
                          status, epoch, turn_id, awaits_bot, attempts, created_at)
    SELECT id, 'outbound', 'bot', 'text', %(text)s, %(stored)s::jsonb, provider, 'queued', epoch,
           %(turn_id)s, false, 0, %(now)s
      FROM here
    RETURNING id
), talk AS (
    UPDATE conversations c
       SET choices = %(offered)s::jsonb, bot_failures = 0, last_message_at = %(now)s,
           waiting_since = NULL, updated_at = %(now)s
      FROM here WHERE c.id = here.id
), done AS (
    UPDATE turns t SET state = 'answered', finished_at = %(now)s
      FROM here WHERE t.id = %(turn_id)s
)
SELECT said.id, here.public_id, EXISTS (
           SELECT 1 FROM effects e WHERE e.turn_id = %(turn_id)s AND e.result IS NOT NULL)
  FROM said, here
"""


@dataclass(frozen=True, slots=True)
class Answered:
    """The one message of an answer, queued, which is to be told; ``acted``: the turn has changed
    something besides."""

    message_id: int
    acted: bool
    event: Event


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
    connection: Connection, conversation_id: int, burst: timedelta, most_per_min: int
) -> Work | None:
    """The turn that is due now, begun; None if none is (see ``turn_is_due``, ``begin_turn``).

    Raises UnusualError where a turn has been begun before, or another speaks meanwhile. The caller
    holds :func:`lock_conversation` from here to the turn's end; ``connection`` commits by itself.
    """
    rows = connection.exec_driver_sql(_AWAITING, {"id": conversation_id}).all()
    if not rows or rows[0][8]:
        raise UnusualError
    public_id, channel, handler, epoch, stored, began, counted, customer = rows[0][:8]
    waiting = [_Awaiting(*row[9:]) for row in rows if row[9] is not None]
    now = clock.now()
    floods = began is not None and counted > most_per_min and now - began < MINUTE
    if not waiting or floods or handler != "bot":
        return None
    on_offer = tuple(Choice.read(one) for one in stored or ())
    first, last = waiting[0], waiting[-1]
    if now - last.created_at < burst and not _ends_burst(last, on_offer):
        return None
    tapped = _offered_once(connection, conversation_id, last.tapped_payload)
    ids, request_id = [one.id for one in waiting], str(uuid4())
    begun = {"id": conversation_id, "epoch": epoch, "request_id": request_id, "now": now}
    made = connection.exec_driver_sql(_BEGIN, {**begun, "ids": ids}).scalar_one_or_none()
    if made is None:
        raise UnusualError
    meant = first.said_before is None or first.created_at - first.said_before <= OFFER_LASTS
    return Work(
        turn_id=made,
        conversation_id=conversation_id,
        conversation_public_id=str(public_id),
        customer_public_id=str(customer),
        channel=channel,
        epoch=epoch,
        text=spoken([one.text for one in waiting]),
        message_ids=tuple(ids),
        media_ids=tuple(n for one in waiting if one.kind in READ for n in one.media_ids),
        tapped_payload=tapped,
        internal_payload=None,
        choices=on_offer if meant else (),
        attempt=1,
        resumed=False,
        request_id=request_id,
        kinds=tuple(one.kind for one in waiting),
        quoted_choices=_quoted(last),
    )


def answer(connection: Connection, turn_id: int, drafts: Sequence[Draft]) -> Answered:
    """Save the bot's answer, which is queued, and what it offers, as ``finish_turn`` does.

    Raises UnusualError for an answer of several messages or none, and where the turn is over or
    somebody else has taken the word. ``connection`` commits by itself.
    """
    said = [(clean(draft.text).strip(), draft.choices) for draft in drafts]
    said = [(words, choices) for words, choices in said if words]
    if len(said) != 1:
        raise UnusualError
    words, choices = said[0]
    stored = json.dumps([choice.stored() for choice in choices])
    given = {
        "turn_id": turn_id,
        "text": words,
        "stored": stored,
        "offered": stored if choices else None,
        "now": clock.now(),
    }
    found = connection.exec_driver_sql(_ANSWER, given).one_or_none()
    if found is None:
        raise UnusualError
    message_id, public_id, acted = found
    data = {"message_id": message_id, "conversation_id": str(public_id)}
    return Answered(message_id, acted, Event("message_queued", data))


def _offered_once(connection: Connection, conversation_id: int, tapped: str | None) -> str | None:
    """What was tapped, if a message of ours has ever offered it there."""
    if not tapped:
        return None
    wanted = {"id": conversation_id, "offered": json.dumps([{"payload": tapped}])}
    offered = connection.exec_driver_sql(_OFFERED, wanted).scalar_one()
    return tapped if offered else None


def _ends_burst(newest: _Awaiting, on_offer: tuple[Choice, ...]) -> bool:
    tapped = newest.tapped_payload is not None
    if cuts_burst(newest.text, tapped=tapped, pictured=newest.pictured):
        return True
    return pick_choice(newest.text, on_offer) is not None


def _quoted(last: _Awaiting) -> tuple[Choice, ...]:
    if last.quoted_direction != "outbound":
        return ()
    return tuple(Choice.read(stored) for stored in last.quoted_choices or ())
