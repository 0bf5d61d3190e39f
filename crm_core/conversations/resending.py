"""A message that did not arrive is sent again: as a message of its own, which the provider has not
seen, so that reports on the first one never count for the second."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy.orm import Session

from crm_core import clock, timeline
from crm_core.conversations.models import Conversation, Message
from crm_core.conversations.resting import waits
from crm_core.conversations.service import append, locked
from crm_core.conversations.values import Choice
from crm_core.errors import Conflict, NotAllowed, NotFound
from crm_core.staff import Staff
from crm_core.timeline import Actor

LOOKED_UP = timedelta(minutes=15)
"""So long the provider is asked what became of a message in doubt; then people decide."""


def may_be_sent_again(message: Message) -> bool:
    """Whether it failed, or nobody can tell, and it has not been sent again yet."""
    if message.direction != "outbound" or message.sent_again_as is not None:
        return False
    if message.status == "unknown":
        tried = message.claimed_at or message.created_at
        return clock.now() - tried > LOOKED_UP
    return message.status == "failed" and not waits(message)


def send_again(
    session: Session, conversation: Conversation, message_id: int, staff: Staff
) -> Message:
    """Say the same once more, as a new message; words of the bot leave as the shop's.

    What a colleague wrote only who has the conversation may say again. Raises NotFound
    ("message_not_found"), Conflict("not_to_be_sent_again"), NotAllowed("not_claimed_by_you").
    """
    conversation = locked(session, conversation.id)
    message = session.get(Message, message_id, populate_existing=True)
    if message is None or message.conversation_id != conversation.id:
        raise NotFound("message_not_found")
    if not may_be_sent_again(message):
        raise Conflict("not_to_be_sent_again", state=message.status)
    by_agent = message.author == "agent"
    if by_agent and conversation.agent_id != staff.id:
        holder = conversation.agent.name if conversation.agent is not None else None
        raise NotAllowed("not_claimed_by_you", by=holder)
    again = append(
        session,
        conversation,
        message.text,
        author="agent" if by_agent else "system",
        staff=staff if by_agent else None,
        choices=tuple(Choice.read(stored) for stored in message.choices),
    )
    again.notice, again.facts = message.notice, message.facts
    message.sent_again_as = again.id
    session.flush()
    timeline.record(
        session,
        subject="conversation",
        subject_id=conversation.id,
        action="sent_again",
        actor=Actor.of_staff(staff),
        customer_id=conversation.customer_id,
        facts={"message": message.id, "again": again.id},
    )
    return again
