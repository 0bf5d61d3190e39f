"""An inbound message as a row: what is kept of what a channel read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from crm_core import clock
from crm_core.conversations import rules
from crm_core.conversations.models import KINDS, Conversation, Media, Message
from crm_core.conversations.tapping import meant_by_tap
from crm_core.conversations.values import Inbound, InboundMedia


def insert_inbound(
    session: Session,
    conversation: Conversation,
    inbound: Inbound,
    provider_id: str,
    *,
    stopped: bool,
) -> Message | None:
    """The message as a new row; None if there is one with its id already."""
    values = _values(session, conversation, inbound)
    values |= {
        "provider_id": provider_id,
        "awaits_bot": conversation.handler == "bot" and not stopped,
    }
    query = (
        insert(Message)
        .values(values)
        .on_conflict_do_nothing(index_elements=["provider", "provider_id"])
    )
    message = session.scalars(query.returning(Message)).one_or_none()
    if message is not None:
        set_committed_value(message, "conversation", conversation)
    return message


def add_media(message: Message, brought: Sequence[InboundMedia]) -> None:
    """The pictures and files that came with a new message, in their order."""
    set_committed_value(message, "media", [])
    message.media.extend(
        Media(
            position=position,
            source_url=rules.clean(media.url) if media.url else None,
            content_type=rules.clean(media.content_type, 200),
            state="pending" if media.path is None else "stored",
            path=media.path,
            sha256=media.sha256,
            size=media.size,
            phash=media.phash,
        )
        for position, media in enumerate(brought)
    )


def _values(session: Session, conversation: Conversation, inbound: Inbound) -> dict[str, Any]:
    return {
        "conversation_id": conversation.id,
        "direction": "inbound",
        "author": "customer",
        "text": rules.clean(inbound.text),
        "choices": [],
        "provider": inbound.provider,
        "tapped_payload": (
            meant_by_tap(session, conversation, rules.clean(inbound.tapped_payload))
            if inbound.tapped_payload
            else None
        ),
        "tapped_label": rules.clean(inbound.tapped_label) if inbound.tapped_label else None,
        "kind": inbound.kind if inbound.kind in KINDS else _kind(inbound),
        "in_reply_to": _quoted(session, conversation, inbound),
        "referral": rules.clean(inbound.referral, 500) if inbound.referral else None,
        "status": "received",
        "epoch": conversation.epoch,
        "attempts": 0,
        "created_at": clock.now(),
        "raw": rules.raw_json(inbound.raw) or None,
    }


def _kind(inbound: Inbound) -> str:
    if inbound.tapped_payload:
        return "tap"
    types = [media.content_type for media in inbound.media]
    if not types:
        return "text"
    return "photo" if any(one.startswith("image/") for one in types) else "list"


def _quoted(session: Session, conversation: Conversation, inbound: Inbound) -> int | None:
    """The message of this conversation that the new one quotes, if we know it."""
    if not inbound.quoted:
        return None
    query = select(Message.id).where(
        Message.provider == inbound.provider,
        Message.provider_id == rules.clean(inbound.quoted, 200),
        Message.conversation_id == conversation.id,
    )
    return session.scalars(query).first()
