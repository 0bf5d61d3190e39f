"""The verbs of hand-offs. Each holds the conversation first, so one is decided after the other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm_core import clock, conversations, notices, shop
from crm_core.conversations.models import Conversation, Message
from crm_core.db import Event, announce
from crm_core.errors import Conflict, InvalidInput, NotAllowed
from crm_core.handoffs import packet, rules
from crm_core.handoffs.models import Handoff
from crm_core.handoffs.rules import STATES, HandoffState
from crm_core.staff.models import Staff
from crm_core.timeline import Actor

OVERRULES = frozenset({"manager", "admin"})
"""Roles that may give back a conversation which somebody else has."""


def request(
    session: Session,
    conversation: Conversation,
    *,
    reason: str,
    actor: Actor,
    wish: str | None = None,
    tried: Sequence[str] = (),
    turn_id: int | None = None,
    angry: bool = False,
    question: Mapping[str, Any] | None = None,
) -> Handoff:
    """Ask for a person. If one was asked for already, that hand-off is returned unchanged.

    The bot is mute from the commit on, except for the answer of the turn ``turn_id`` that asked.
    ``wish`` is what the customer wants in their own words; ``tried`` what the bot did in vain;
    ``angry``: anger was heard in the message that led here. ``question`` is what a person has to
    decide: its ``kind`` ("bargain", "price_on_request") with part, bike, quantity and amounts; JSON
    values only. A hand-off that waits already is given the question if it has none.
    """
    conversation = conversations.locked(session, conversation.id)
    present = locked_open(session, conversation)
    if present is not None:
        if question is not None and not present.packet.get("question"):
            present.packet = {**present.packet, "question": dict(question)}
        return present
    handoff = _make(
        session,
        conversation,
        reason,
        wish=wish,
        tried=tried,
        turn_id=turn_id,
        angry=angry,
        question=question,
    )
    conversations.set_handler(session, conversation, "queue", turn_id=turn_id)
    record(session, conversation, "handed_off", actor, reason=reason)
    return handoff


def claim(session: Session, conversation: Conversation, staff: Staff) -> Handoff:
    """Take the conversation: out of the queue, or from the bot. The first one has it.

    Claiming what one has already changes nothing. Raises Conflict ("already_claimed", by) and
    NotAllowed ("staff_inactive").
    """
    if not staff.active:
        raise NotAllowed("staff_inactive")
    conversation = conversations.locked(session, conversation.id)
    handoff = locked_open(session, conversation)
    if handoff is not None and handoff.state == HandoffState.CLAIMED:
        if handoff.agent_id == staff.id:
            return handoff
        raise Conflict("already_claimed", by=_name(session, handoff.agent_id))
    waited = handoff is not None
    if handoff is None:
        handoff = _make(session, conversation, "taken_over")
    _move(handoff, HandoffState.CLAIMED)
    handoff.agent_id, handoff.claimed_at = staff.id, clock.now()
    conversations.set_handler(session, conversation, "agent", agent=staff)
    record(session, conversation, "claimed", Actor.of_staff(staff))
    if waited and rules.worth_announcing(handoff.requested_at, handoff.claimed_at):
        spoken = conversation.customer
        text = notices.render("agent_joined", spoken.language, spoken.honorific, name=staff.name)
        conversations.say(session, conversation, text, author="system")
    return handoff


def reply(session: Session, conversation: Conversation, staff: Staff, text: str) -> Message:
    """Answer the customer. Raises NotAllowed ("not_claimed_by_you", by) unless ``staff`` has the
    conversation, InvalidInput ("text_missing").
    """
    conversation = conversations.locked(session, conversation.id)
    handoff = _theirs(session, conversation, staff)
    message = conversations.say(session, conversation, text, author="agent", staff=staff)
    if handoff.first_reply_at is None:
        handoff.first_reply_at = clock.now()
        session.flush()
    conversations.mark_seen(session, conversation)
    return message


def hand_back(
    session: Session, conversation: Conversation, staff: Staff, note: str | None = None
) -> Handoff:
    """Give the conversation back to the bot, which is told and greets with what is open.

    A manager may give back what somebody else has. Raises NotAllowed ("not_claimed_by_you", by).
    """
    conversation = conversations.locked(session, conversation.id)
    handoff = _theirs(session, conversation, staff, overrule=staff.role in OVERRULES)
    _move(handoff, HandoffState.RETURNED)
    handoff.returned_at = clock.now()
    handoff.note = (note or "").strip()[:2000] or None
    conversations.set_handler(session, conversation, "bot")
    conversations.add_internal_turn(session, conversation, "/handed_back")
    record(session, conversation, "handed_back", Actor.of_staff(staff))
    return handoff


def release(
    session: Session, conversation: Conversation, staff: Staff, note: str | None = None
) -> Handoff:
    """Put the conversation back into the queue for a colleague, with a note for them.

    Raises NotAllowed ("not_claimed_by_you", by).
    """
    conversation = conversations.locked(session, conversation.id)
    handoff = _theirs(session, conversation, staff, overrule=staff.role in OVERRULES)
    _move(handoff, HandoffState.WAITING)
    handoff.agent_id, handoff.claimed_at = None, None
    handoff.note = (note or "").strip()[:2000] or handoff.note
    conversations.set_handler(session, conversation, "queue")
    record(session, conversation, "released", Actor.of_staff(staff))
    return handoff


def carry_over(
    session: Session, source: Conversation, target: Conversation, *, actor: Actor
) -> Handoff | None:
    """Let the people who have ``source`` go on in ``target``, where the same customer is now.

    Who waits keeps their place and promise, who was answered keeps their agent. Where people have
    ``target`` already nothing changes there. None if the bot has ``source``.
    """
    for talk in sorted((source, target), key=lambda one: one.id):
        conversations.locked(session, talk.id)
    handoff, present = locked_open(session, source), locked_open(session, target)
    if handoff is None:
        return None
    agent = session.get(Staff, handoff.agent_id) if handoff.agent_id is not None else None
    if present is None:
        handoff.conversation_id = target.id
        conversations.set_handler(session, target, "agent" if agent else "queue", agent=agent)
        record(session, target, "handed_off", actor, reason=handoff.reason)
        if agent is not None:
            record(session, target, "claimed", Actor.of_staff(agent))
    else:  # nobody gives it back: the talk that it was about is another one's now
        handoff.state, handoff.returned_at = HandoffState.RETURNED, clock.now()
    conversations.set_handler(session, source, "bot")
    record(session, source, "handed_back", actor)
    return present or handoff


def _make(
    session: Session,
    conversation: Conversation,
    reason: str,
    *,
    wish: str | None = None,
    tried: Sequence[str] = (),
    turn_id: int | None = None,
    angry: bool = False,
    question: Mapping[str, Any] | None = None,
) -> Handoff:
    reason = reason.strip()[:60]
    if not reason:
        raise InvalidInput("reason_missing")
    at = clock.now()
    handoff = Handoff(
        conversation_id=conversation.id,
        turn_id=turn_id,
        reason=reason,
        state=STATES.start,
        packet=packet.build(
            session,
            conversation,
            reason=reason,
            wish=wish,
            tried=tried,
            angry=angry,
            question=question,
        ),
        requested_at=at,
        promised_at=shop.promise(session, at),
    )
    session.add(handoff)
    session.flush()
    return handoff


def locked_open(session: Session, conversation: Conversation) -> Handoff | None:
    """The hand-off that is not returned yet, of a conversation that the caller holds."""
    query = select(Handoff).where(
        Handoff.conversation_id == conversation.id, Handoff.state != HandoffState.RETURNED
    )
    return session.scalars(query.execution_options(populate_existing=True)).one_or_none()


def _theirs(
    session: Session, conversation: Conversation, staff: Staff, *, overrule: bool = False
) -> Handoff:
    handoff = locked_open(session, conversation)
    claimed = handoff is not None and handoff.state == HandoffState.CLAIMED
    if handoff is None or not claimed or not (handoff.agent_id == staff.id or overrule):
        holder = handoff.agent_id if handoff is not None else None
        raise NotAllowed("not_claimed_by_you", by=_name(session, holder))
    return handoff


def _name(session: Session, staff_id: int | None) -> str | None:
    staff = session.get(Staff, staff_id) if staff_id is not None else None
    return staff.name if staff is not None else None


def _move(handoff: Handoff, new: HandoffState) -> None:
    STATES.check(handoff.state, new, "staff")
    handoff.state = new


def record(
    session: Session, conversation: Conversation, action: str, actor: Actor, **facts: object
) -> None:
    """Write a change of a hand-off down and let the screens look again."""
    session.flush()
    conversations.record_handler_change(session, conversation, action, actor, **facts)
    announce(session, Event("handoff_changed", {"conversation_id": conversation.public_id}))
