"""Pictures and files of messages: fetched once, kept outside the database."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm_core.conversations.models import Conversation, Media, Message
from crm_core.db import Event, announce
from crm_core.errors import NotFound


def pending_media(session: Session, limit: int = 100) -> list[int]:
    """Ids of media that are still to be fetched."""
    query = select(Media.id).where(Media.state == "pending").order_by(Media.id).limit(limit)
    return list(session.scalars(query))


def media_of(session: Session, message_ids: Sequence[int]) -> list[Media]:
    """The pictures and files of these messages in order, also the refused ones."""
    query = select(Media).where(Media.message_id.in_(message_ids))
    return list(session.scalars(query.order_by(Media.message_id, Media.position)))


def media_by_id(session: Session, media_id: int) -> Media:
    """One picture or file; NotFound("media_not_found")."""
    media = session.get(Media, media_id)
    if media is None:
        raise NotFound("media_not_found")
    return media


def mark_media_stored(
    session: Session,
    media_id: int,
    *,
    path: str,
    sha256: str,
    size: int,
    content_type: str,
    phash: int | None = None,
) -> Media:
    """The bytes (``size`` of them) are at ``path``, relative to the data folder."""
    media = media_by_id(session, media_id)
    media.state, media.path, media.sha256, media.size = "stored", path, sha256, size
    media.content_type, media.error, media.phash = content_type, None, phash
    return _changed(session, media)


def mark_media_refused(session: Session, media_id: int, reason: str) -> Media:
    """The file is not wanted or cannot be had, for good."""
    media = media_by_id(session, media_id)
    if media.state == "pending":
        media.state, media.error = "refused", reason[:500]
    return _changed(session, media)


def count_media_attempt(session: Session, media_id: int, reason: str) -> int:
    """A fetch that failed for now; returns how many have."""
    media = media_by_id(session, media_id)
    media.attempts, media.error = media.attempts + 1, reason[:500]
    session.flush()
    return media.attempts


def _changed(session: Session, media: Media) -> Media:
    session.flush()
    query = select(Conversation.public_id).join(Message).where(Message.id == media.message_id)
    data = {"message_id": media.message_id, "conversation_id": session.scalars(query).one()}
    announce(session, Event("message_changed", data))
    return media
