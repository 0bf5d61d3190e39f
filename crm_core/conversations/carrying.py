"""The way out in single statements, over a connection that commits by itself: claimed, sent, next.

:mod:`crm_core.conversations.delivery` has the same verbs for a session, and all the others.
"""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import Connection

from crm_core import clock
from crm_core.conversations.delivery import QUIET
from crm_core.conversations.rules import clean_json, known_status, outdone_by
from crm_core.conversations.values import Choice, Delivery
from crm_core.db import Event

# A queued row that waits for the end of the quiet hours lets others of its conversation pass.
_CLAIM = """
WITH claimed AS (
    UPDATE messages m
       SET status = 'sending', claimed_at = %(now)s, attempts = m.attempts + 1
     WHERE m.id = %(id)s AND m.status = 'queued' AND (m.due_at IS NULL OR m.due_at <= %(now)s)
       AND NOT EXISTS (
           SELECT 1 FROM messages o
            WHERE o.conversation_id = m.conversation_id AND o.id < m.id
              AND o.status IN ('queued', 'sending')
              AND NOT coalesce(o.status = 'queued' AND o.error_code = %(quiet)s
                               AND o.due_at > %(now)s, false))
    RETURNING m.*
)
SELECT m.id, c.id, c.public_id, c.channel, a.address, m.provider, m.author, m.text, m.choices,
       r.provider_id, m.attempts, c.last_inbound_at, a.stopped_at, m.claimed_at, u.language,
       m.carried_as, m.notice, m.facts
  FROM claimed m
  JOIN conversations c ON c.id = m.conversation_id
  JOIN channel_addresses a ON a.id = c.address_id
  JOIN customers u ON u.id = c.customer_id
  LEFT JOIN messages r ON r.id = m.in_reply_to
"""
_SENT = """
UPDATE messages m
   SET provider = %(provider)s, provider_id = %(provider_id)s, status = 'sent',
       sent_at = coalesce(m.sent_at, %(now)s), error_code = NULL, error = NULL
  FROM conversations c
 WHERE c.id = m.conversation_id AND m.id = %(id)s AND m.status = 'sending'
   AND NOT EXISTS (
       SELECT 1 FROM status_callbacks s
        WHERE s.provider = %(provider)s AND s.provider_id = %(provider_id)s)
RETURNING c.public_id
"""
# The report is kept first and the row taken then, as the general way does: two ways with two orders
# could wait for each other. What is set follows from the row as it is when it has been waited for.
_FOLLOWED = """
WITH kept AS (
    INSERT INTO status_callbacks (provider, provider_id, status, raw, received_at)
    SELECT provider, provider_id, %(word)s, %(raw)s::jsonb, %(now)s
      FROM messages
     WHERE provider = %(provider)s AND provider_id = %(provider_id)s
       AND direction = 'outbound' AND status <> 'dropped'
    ON CONFLICT DO NOTHING
    RETURNING id
)
UPDATE messages m
   SET status = CASE WHEN m.status = ANY(%(outdone)s) THEN %(status)s ELSE m.status END,
       error_code = CASE WHEN m.status = ANY(%(outdone)s) THEN NULL ELSE m.error_code END,
       error = CASE WHEN m.status = ANY(%(outdone)s) THEN NULL ELSE m.error END,
       sent_at = coalesce(m.sent_at, %(now)s),
       delivered_at = CASE WHEN %(status)s IN ('delivered', 'read')
                           THEN coalesce(m.delivered_at, %(now)s) ELSE m.delivered_at END,
       read_at = CASE WHEN %(status)s = 'read'
                      THEN coalesce(m.read_at, %(now)s) ELSE m.read_at END
  FROM conversations c, (SELECT count(*) FROM kept) done
 WHERE c.id = m.conversation_id
   AND m.provider = %(provider)s AND m.provider_id = %(provider_id)s
   AND m.direction = 'outbound' AND m.status <> 'dropped'
RETURNING m.id, c.public_id
"""
_NEXT = """
SELECT h.id
  FROM (SELECT m.id, m.status, m.due_at FROM messages m
         WHERE m.conversation_id = %(id)s AND m.status IN ('queued', 'sending')
           AND NOT coalesce(m.status = 'queued' AND m.error_code = %(quiet)s
                            AND m.due_at > %(now)s, false)
         ORDER BY m.id LIMIT 1) h
 WHERE h.status = 'queued' AND (h.due_at IS NULL OR h.due_at <= %(now)s)
"""
_GOOD = frozenset({"sent", "delivered", "read"})
_WORK = """
SELECT EXISTS (SELECT 1 FROM messages WHERE conversation_id = %(id)s AND awaits_bot)
    OR EXISTS (SELECT 1 FROM turns
                WHERE conversation_id = %(id)s AND state IN ('pending', 'running'))
"""


def claim(connection: Connection, message_id: int) -> Delivery | None:
    """As :func:`claim_delivery`."""
    given = {"id": message_id, "now": clock.now(), "quiet": QUIET}
    row = connection.exec_driver_sql(_CLAIM, given).one_or_none()
    if row is None:
        return None
    *head, text, choices, answered, attempt, last, stopped, claimed = row[:14]
    language, carried_as, notice, facts = row[14:]
    message_id, conversation_id, public_id, channel, address, provider, author = head
    return Delivery(
        message_id=message_id,
        conversation_id=conversation_id,
        conversation_public_id=str(public_id),
        channel=channel,
        address=address,
        provider=provider,
        author=author,
        text=text,
        choices=tuple(Choice.read(stored) for stored in choices),
        in_reply_to_provider_id=answered,
        attempt=attempt,
        last_inbound_at=last,
        stopped_at=stopped,
        claimed_at=claimed,
        language=language,
        carried_as=carried_as,
        notice=notice,
        facts=facts or {},
    )


def note_sent(
    connection: Connection, message_id: int, provider_id: str, status: str, provider: str
) -> Event | None:
    """As :func:`mark_sent` where nothing has been reported of the message yet; what is then to be
    told. None, and nothing has changed, otherwise."""
    if known_status(status or "sent") not in {None, "sent"}:
        return None
    given = {
        "id": message_id,
        "provider": provider,
        "provider_id": provider_id,
        "now": clock.now(),
    }
    public_id = connection.exec_driver_sql(_SENT, given).scalar_one_or_none()
    if public_id is None:
        return None
    facts = {"message_id": message_id, "conversation_id": str(public_id)}
    return Event("message_changed", facts)


def follow(
    connection: Connection,
    provider: str,
    provider_id: str,
    status: str,
    *,
    error_code: str | None = None,
    raw: dict[str, Any] | None = None,
) -> Event | None:
    """As :func:`record_status` for a good report on a message that is known by its provider's id;
    what is then to be told. None, and nothing has changed, otherwise."""
    reported = known_status(status)
    if reported not in _GOOD or error_code is not None:
        return None
    given = {
        "provider": provider,
        "provider_id": provider_id[:200],
        "word": status.strip().lower()[:50],
        "status": reported,
        "outdone": outdone_by(reported),
        "raw": json.dumps(clean_json(raw or {})),
        "now": clock.now(),
    }
    row = connection.exec_driver_sql(_FOLLOWED, given).one_or_none()
    if row is None:
        return None
    facts = {"message_id": row[0], "conversation_id": str(row[1])}
    return Event("message_changed", facts)


def note_carried(connection: Connection, message_id: int, carried_as: str) -> None:
    """As :func:`note_carriage`."""
    query = "UPDATE messages SET carried_as = %(as)s WHERE id = %(id)s"
    connection.exec_driver_sql(query, {"id": message_id, "as": carried_as})


def next_due(connection: Connection, conversation_id: int) -> int | None:
    """The message of a conversation that can be claimed now."""
    given = {"id": conversation_id, "now": clock.now(), "quiet": QUIET}
    found: int | None = connection.exec_driver_sql(_NEXT, given).scalar_one_or_none()
    return found


def has_work(connection: Connection, conversation_id: int) -> bool:
    """Whether the bot has anything to answer or to finish in a conversation, due or not."""
    return bool(connection.exec_driver_sql(_WORK, {"id": conversation_id}).scalar_one())
