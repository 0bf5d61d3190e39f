"""The usual message, stored by one statement: words alone, of somebody whom the bot or an agent
answers; by a few more if they have never written before.

Everything else takes :func:`crm_core.conversations.receive`, which does the same step by step and
says what each step means. A webhook waits for this, and fifteen statements took longer than a shop
has at two hundred messages a second.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, insert
from sqlalchemy.orm import Session

from crm_core import clock, customers
from crm_core.conversations import rules
from crm_core.conversations.models import KINDS, Conversation, Message
from crm_core.conversations.values import Choice, Inbound
from crm_core.db import Base, Event, announce


@dataclass(frozen=True, slots=True)
class Heard:
    """A message that was stored for the first time. ``alone``: nothing more is to be expected
    after it (see :func:`crm_core.conversations.ends_burst`)."""

    message_id: int
    conversation_id: int
    conversation_public_id: str
    alone: bool
    event: Event
    """Whoever answers is to be woken; :func:`hear` leaves it to its caller to tell it."""


@dataclass(frozen=True, slots=True)
class Unheard:
    """Nothing was stored: the message is not a usual one, or not new. ``unknown``: nobody has ever
    written from its address."""

    unknown: bool = False


# The conversation is held before the message gets its id, so ids follow the order of arrival; a
# row that changed while the statement waited is judged and counted as it is then (READ COMMITTED).
_STORE = """
WITH here AS MATERIALIZED (
    SELECT c.id, c.public_id, c.epoch, c.handler, c.choices,
           CASE WHEN c.minute_began_at > %(now)s - interval '1 minute'
                THEN c.minute_began_at ELSE %(now)s END AS began,
           CASE WHEN c.minute_began_at > %(now)s - interval '1 minute'
                THEN c.minute_count + 1 ELSE 1 END AS counted
      FROM channel_addresses a
      JOIN customers u ON u.id = a.customer_id
      JOIN conversations c ON c.address_id = a.id
     WHERE a.address = %(address)s
       AND c.handler <> 'queue'
       AND (u.name IS NOT NULL OR NOT %(named)s)
       AND NOT (c.minute_began_at > %(now)s - interval '1 minute' AND c.minute_count = %(most)s)
       AND NOT EXISTS (
           SELECT 1 FROM messages w WHERE w.conversation_id = c.id
              AND w.status = 'failed' AND w.notice IS NOT NULL)
       FOR NO KEY UPDATE OF c
), said AS (
    INSERT INTO messages (conversation_id, direction, author, kind, text, choices, provider,
                          provider_id, referral, status, epoch, awaits_bot, attempts, created_at,
                          raw)
    SELECT id, 'inbound', 'customer', %(kind)s, %(text)s, '[]'::jsonb, %(provider)s,
           %(provider_id)s, %(referral)s, 'received', epoch, handler = 'bot', 0, %(now)s,
           %(raw)s::jsonb
      FROM here
    ON CONFLICT (provider, provider_id) DO NOTHING
    RETURNING id, conversation_id
), touched AS (
    UPDATE conversations c
       SET provider = %(provider)s, unread = c.unread + 1, minute_began_at = here.began,
           minute_count = here.counted, last_inbound_at = %(now)s, last_message_at = %(now)s,
           waiting_since = coalesce(c.waiting_since, %(now)s), updated_at = %(now)s
      FROM here, said
     WHERE c.id = here.id AND said.conversation_id = here.id
)
SELECT heard.*, EXISTS (SELECT 1 FROM channel_addresses WHERE address = %(address)s)
  FROM (SELECT 1) one
  LEFT JOIN (
      SELECT said.id, here.id, here.public_id, here.choices
        FROM here JOIN said ON said.conversation_id = here.id
  ) heard (message_id, id, public_id, choices) ON true
"""


def hear(connection: Connection, inbound: Inbound, most_per_min: int) -> Heard | Unheard:
    """Store the usual message of somebody who has written before.

    ``connection`` commits by itself. The sender's message number ``most_per_min`` + 1 of a minute
    is not a usual one: somebody has to be told.
    """
    if not _is_usual(inbound):
        return Unheard()
    values = _values(inbound)
    values |= {
        "now": clock.now(),
        "address": rules.clean(inbound.address),
        "named": bool(rules.clean(inbound.profile_name or "")),
        "most": most_per_min,
        "raw": json.dumps(values["raw"]) if values["raw"] else None,
    }
    found = connection.exec_driver_sql(_STORE, values).one()
    message_id, conversation_id, public_id, offered, known = found
    if message_id is None:
        return Unheard(unknown=not known)
    return _heard(message_id, conversation_id, str(public_id), values["text"], offered or ())


def meet(session: Session, inbound: Inbound) -> Heard | None:
    """Store the usual message of somebody who writes for the first time; None, and nothing has
    changed, if it is not one. Raises IntegrityError if the message's id is known already."""
    address, name = rules.clean(inbound.address), rules.clean(inbound.profile_name or "")
    met = customers.meet(session, inbound.channel, address, name) if _is_usual(inbound) else None
    if met is None:
        return None
    moment = clock.now()
    begun = {
        "customer_id": met[0],
        "address_id": met[1],
        "channel": inbound.channel,
        "provider": inbound.provider,
        "unread": 1,
        "minute_began_at": moment,
        "minute_count": 1,
        "waiting_since": moment,
        "last_inbound_at": moment,
        "last_message_at": moment,
    }
    wanted = (Conversation.id, Conversation.public_id)
    made = session.execute(
        insert(Base.metadata.tables["conversations"]).values(begun).returning(*wanted)
    )
    conversation_id, public_id = made.one()
    values = _values(inbound) | {
        "conversation_id": conversation_id,
        "direction": "inbound",
        "author": "customer",
        "choices": [],
        "status": "received",
        "epoch": 0,
        "awaits_bot": True,
        "created_at": moment,
    }
    said = session.execute(
        insert(Base.metadata.tables["messages"]).values(values).returning(Message.id)
    )
    heard = _heard(said.scalar_one(), conversation_id, public_id, values["text"], ())
    announce(session, heard.event)
    return heard


def _values(inbound: Inbound) -> dict[str, Any]:
    return {
        "kind": inbound.kind if inbound.kind in KINDS else "text",
        "text": rules.clean(inbound.text),
        "provider": inbound.provider,
        "provider_id": rules.clean(inbound.provider_id, 200).strip(),
        "referral": rules.clean(inbound.referral, 500) if inbound.referral else None,
        "raw": rules.raw_json(inbound.raw) or None,
    }


def _heard(
    message_id: int, conversation_id: int, public_id: str, words: str, offered: Sequence[Any]
) -> Heard:
    cuts = rules.cuts_burst(words, tapped=False, pictured=False)
    alone = cuts or rules.pick_choice(words, tuple(Choice.read(one) for one in offered)) is not None
    data = {
        "conversation_id": public_id,
        "conversation_row_id": conversation_id,
        "cuts_burst": cuts,
    }
    event = Event("message_received", data)
    return Heard(message_id, conversation_id, public_id, alone, event)


def _is_usual(inbound: Inbound) -> bool:
    """Words alone, which neither stop nor resume messages, from an address that may be one."""
    brings = inbound.media or inbound.tapped_payload or inbound.quoted or inbound.also_at
    if brings or inbound.opt_out or inbound.channel not in {"whatsapp", "sms"}:
        return False
    if not inbound.provider_id.strip() or not inbound.address.startswith(f"{inbound.channel}:"):
        return False
    if len(inbound.address) > 200:
        return False
    return inbound.channel != "sms" or rules.stop_word(inbound.text) is None
