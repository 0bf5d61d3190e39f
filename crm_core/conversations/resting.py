"""Messages that do not leave yet: held for an hour that suits, or until the customer writes."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm_core import clock, notices
from crm_core.conversations.delivery import QUIET, requeue
from crm_core.conversations.models import Conversation, Message

WINDOW_OVER = "63016"
WORTH_SAYING = timedelta(days=7)
"""News that could not be told for longer than this is not told any more."""


def hold(session: Session, message_id: int, until: datetime) -> Message:
    """Not before ``until``, when the quiet hours end; others of the conversation may pass it."""
    after = max((until - clock.now()).total_seconds(), 1.0)
    return requeue(session, message_id, after_s=after, code=QUIET)


def waits(message: Message) -> bool:
    """Whether a notice came too late for WhatsApp and is still worth saying."""
    late = message.status == "failed" and message.error_code == WINDOW_OVER
    fresh = message.created_at > clock.now() - WORTH_SAYING
    return late and fresh and not notices.is_perishable(message.notice)


def release(session: Session, conversation: Conversation) -> list[int]:
    """The customer has written, so WhatsApp takes free text again: queue what waited for that.

    Only notices that are still worth saying; what people wrote is theirs to say again.
    """
    query = select(Message).where(
        Message.conversation_id == conversation.id,
        Message.status == "failed",
        Message.error_code == WINDOW_OVER,
        Message.notice.is_not(None),
    )
    found = session.scalars(query.order_by(Message.id)).all()
    waited = [message.id for message in found if waits(message)]
    for message_id in waited:
        requeue(session, message_id)
    return waited
