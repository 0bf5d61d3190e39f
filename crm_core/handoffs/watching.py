"""Nobody is forgotten: an agent who does not answer gives the conversation back to the queue, and a
promised time that cannot be kept is replaced by another one, which the customer is told."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from crm_core import clock, conversations, notices, shop
from crm_core.conversations.ending import only_thanks
from crm_core.conversations.models import Conversation, Message
from crm_core.handoffs import queries
from crm_core.handoffs.models import Handoff
from crm_core.handoffs.rules import IDLE, STATES, HandoffState, patience
from crm_core.handoffs.service import locked_open, record
from crm_core.staff.models import Staff
from crm_core.timeline import Actor

TOLD_EVERY = timedelta(minutes=10)
THANKING = frozenset({"text", "sticker", "reaction"})
WATCH = Actor.system("handoff_watch")


def look_after(session: Session, limit: int = 1) -> list[str]:
    """Take back what idle agents hold, renew promises that have passed; public ids of what changed.

    At most ``limit`` conversations, each held from here on.
    """
    changed: list[str] = []
    for conversation_id in _due(session):
        conversation = conversations.locked(session, conversation_id)
        handoff = locked_open(session, conversation)
        if handoff is not None and _mended(session, conversation, handoff):
            changed.append(conversation.public_id)
        if len(changed) >= limit:
            break
    return changed


def tell_place(session: Session, conversation: Conversation) -> Message | None:
    """Somebody who writes while they wait hears how many are before them, once in ten minutes."""
    place = queries.position(session, conversation)
    handoff = locked_open(session, conversation) if place is not None else None
    if place is None or handoff is None:
        return None
    recently = select(Message.id).where(
        Message.conversation_id == conversation.id,
        Message.notice.in_(("queue_place", "queue_next")),
        Message.created_at > clock.now() - TOLD_EVERY,
    )
    if clock.now() - handoff.requested_at < TOLD_EVERY or session.execute(recently).first():
        return None  # they know when from the answer that called the person
    return _say(
        session,
        conversation,
        "queue_place" if place > 1 else "queue_next",
        ahead=place - 1,
        promised_at=handoff.promised_at,
    )


def _due(session: Session) -> list[int]:
    """Conversations that may need care; decided again once each is held."""
    now = clock.now()
    late = and_(
        Handoff.promised_at < now,
        or_(Handoff.state == HandoffState.WAITING, Handoff.first_reply_at.is_(None)),
    )
    since = func.greatest(Handoff.claimed_at, Conversation.waiting_since)
    unanswered = or_(Handoff.first_reply_at.is_(None), Conversation.waiting_since.is_not(None))
    idle = and_(Handoff.state == HandoffState.CLAIMED, unanswered, since < now - IDLE)
    left = and_(Handoff.state == HandoffState.CLAIMED, Staff.active.is_(False))
    query = (
        select(Handoff.conversation_id)
        .join(Conversation, Conversation.id == Handoff.conversation_id)
        .outerjoin(Staff, Staff.id == Handoff.agent_id)
        .where(Handoff.state != HandoffState.RETURNED, or_(late, idle, left))
    )
    return list(session.scalars(query.order_by(Handoff.promised_at, Handoff.id).limit(200)))


def _mended(session: Session, conversation: Conversation, handoff: Handoff) -> bool:
    now = clock.now()
    if handoff.state == HandoffState.CLAIMED and _given_up(session, conversation, handoff, now):
        STATES.check(handoff.state, HandoffState.WAITING, WATCH.kind)
        handoff.state, handoff.agent_id, handoff.claimed_at = HandoffState.WAITING, None, None
        conversations.set_handler(session, conversation, "queue")
        _promise_anew(session, handoff, now)
        record(session, conversation, "taken_from_idle", WATCH)
        _say(session, conversation, "agent_away", promised_at=handoff.promised_at)
        return True
    waits = handoff.state == HandoffState.WAITING or handoff.first_reply_at is None
    if not waits or handoff.promised_at >= now:
        return False
    _promise_anew(session, handoff, now)
    record(session, conversation, "promise_renewed", WATCH, until=handoff.promised_at.isoformat())
    _say(session, conversation, "promise_moved", promised_at=handoff.promised_at)
    return True


def _given_up(
    session: Session, conversation: Conversation, handoff: Handoff, now: datetime
) -> bool:
    """Whether who has it has left the shop, or lets the customer wait for too long."""
    agent = session.get(Staff, handoff.agent_id, populate_existing=True)
    if agent is None or not agent.active:
        return True
    waiting = conversation.waiting_since
    if handoff.first_reply_at is not None and (waiting is None or _thanked(session, conversation)):
        return False
    since = max(moment for moment in (handoff.claimed_at, waiting) if moment is not None)
    return now - since > IDLE


def _thanked(session: Session, conversation: Conversation) -> bool:
    """Whether all that the customer has said since the agent's last words is thanks; after a
    question of the agent an "oke" is an answer, which waits for what follows from it."""
    mine = Message.conversation_id == conversation.id
    asked = select(Message).where(mine, Message.author == "agent").order_by(Message.id.desc())
    last = session.scalars(asked.limit(1)).first()
    if last is None or "?" in last.text:
        return False
    since = select(Message.text, Message.kind).where(
        mine, Message.direction == "inbound", Message.id > last.id
    )
    said = session.execute(since.limit(20)).all()
    return all(kind in THANKING and only_thanks(text) for text, kind in said)


def _promise_anew(session: Session, handoff: Handoff, now: datetime) -> None:
    handoff.repairs += 1
    minutes = int(patience(handoff.repairs).total_seconds()) // 60
    handoff.promised_at = shop.promise(session, now, minutes)
    session.flush()


def _say(session: Session, conversation: Conversation, code: str, **facts: object) -> Message:
    customer = conversation.customer
    text = notices.render(code, customer.language, customer.honorific, **facts)
    message = conversations.say(session, conversation, text, author="system")
    message.notice = code
    session.flush()
    return message
