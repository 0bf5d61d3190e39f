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


def release(session: Session, conversation: Conversation) -> list[int]:
    """The customer has written, so WhatsApp takes free text again: queue what waited for that.

    Only notices that are still worth saying; what people wrote is theirs to say again.
    """
    query = select(Message).where(
        Message.conversation_id == conversation.id,
        Message.status == "failed",
        Message.error_code == WINDOW_OVER,
        Message.notice.is_not(None),
        Message.created_at > clock.now() - WORTH_SAYING,
    )
    waited = [
        message.id
        for message in session.scalars(query.order_by(Message.id))
        if not notices.is_perishable(message.notice)
    ]
    for message_id in waited:
        requeue(session, message_id)
    return waited
