"""What becomes of a message that was not understood: noted, labelled, dismissed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm_core import clock, customers, timeline
from crm_core.conversations import Message
from crm_core.db import Event, announce
from crm_core.errors import Conflict, InvalidInput, NotFound
from crm_core.learning import private, rules
from crm_core.learning.models import Misunderstood
from crm_core.learning.rules import Reason, State
from crm_core.staff import Staff
from crm_core.timeline import Actor

MOST_GUESSES = 5


def note(
    session: Session,
    message_id: int,
    *,
    text: str,
    language: str,
    reason: Reason,
    ranking: Sequence[tuple[str, float]] = (),
) -> Misunderstood | None:
    """Put a customer's message on the list; once per message, the first time counts.

    ``text`` is what was read as one (a turn may hold several messages). ``ranking`` is what the
    assistant made of it, confidences from 0 to 1. A text that somebody has decided about already
    and that is not learned yet follows that decision. None when there are no words to learn from.
    """
    if not text.strip():
        return None
    message = _inbound(session, message_id)
    shown = " ".join(rules.masked(_hidden(session, message, text)).split())
    # Two workers never have the same turn, but an agent may flag the message meanwhile.
    session.execute(select(func.pg_advisory_xact_lock(_key_lock(message_id))))
    known = session.scalars(
        select(Misunderstood).where(Misunderstood.message_id == message_id)
    ).one_or_none()
    if known is not None:
        return known
    guesses = [[name, _per_mille(sure)] for name, sure in ranking if name in rules.LABELS]
    row = Misunderstood(
        message_id=message.id,
        conversation_id=message.conversation_id,
        language=language,
        text=shown,
        key=rules.key_of(shown),
        guess=guesses[0][0] if guesses else None,
        confidence=guesses[0][1] if guesses else None,
        ranking=guesses[:MOST_GUESSES],
        reason=str(reason),
        state=str(State.OPEN),
    )
    session.add(row)
    _follow_earlier_decision(session, row)
    session.flush()
    changed(session)
    return row


def _hidden(session: Session, message: Message, text: str) -> str:
    """``text`` without what this customer's own record shows to be a name or an address."""
    customer = message.conversation.customer
    places = customers.delivery_addresses(session, customer)
    names = {customer.name or "", *(place.recipient_name for place in places)}
    return private.hidden(text, sorted(names), [place.address for place in places])


def label(session: Session, row_id: int, intent: str, *, actor: Actor, staff: Staff | None) -> int:
    """Say what a message meant; the same words elsewhere get the same label.

    Returns how many messages that settled. Raises NotFound("misunderstood_not_found"),
    InvalidInput("intent_unknown"), Conflict("illegal_transition").
    """
    rules.checked_label(intent)
    rows = _same_words(session, row_id, also=State.LABELLED)
    for row in rows:
        rules.STATES.check(State(row.state), State.LABELLED, actor.kind)
        if row.label != intent:
            row.training_id = None  # what was learned of it was something else
        row.label = intent
        _decide(row, State.LABELLED, staff)
    _record(session, rows, "labelled", actor, {"intent": intent, "messages": len(rows)})
    return len(rows)


def dismiss(session: Session, row_id: int, *, actor: Actor, staff: Staff | None) -> int:
    """Say that a message teaches nothing; the same words elsewhere go with it."""
    return _set_aside(session, row_id, State.DISMISSED, "dismissed", actor, staff)


def reopen(session: Session, row_id: int, *, actor: Actor, staff: Staff | None) -> int:
    """Take a decision back: the message, and the same words elsewhere, wait for one again."""
    return _set_aside(session, row_id, State.OPEN, "reopened", actor, staff)


def flag(
    session: Session, message_id: int, intent: str, *, actor: Actor, staff: Staff | None
) -> Misunderstood:
    """An agent says that the bot took a message wrongly, and what it meant.

    Raises NotFound("message_not_found"), InvalidInput ("intent_unknown", "text_missing").
    """
    rules.checked_label(intent)
    message = _inbound(session, message_id)
    text = message.text.strip()
    row = note(
        session,
        message_id,
        text=text,
        language=message.conversation.customer.language,
        reason=Reason.FLAGGED,
    )
    if row is None:
        raise InvalidInput("text_missing")
    label(session, row.id, intent, actor=actor, staff=staff)
    return row


def _follow_earlier_decision(session: Session, row: Misunderstood) -> None:
    query = (
        select(Misunderstood)
        .where(
            Misunderstood.key == row.key,
            Misunderstood.state != State.OPEN,
            Misunderstood.training_id.is_(None),
            Misunderstood.message_id != row.message_id,
        )
        .order_by(Misunderstood.id.desc())
        .limit(1)
    )
    earlier = session.scalars(query).first()
    if earlier is not None:
        row.state, row.label, row.measures = earlier.state, earlier.label, earlier.measures
        row.decided_by, row.decided_at = earlier.decided_by, clock.now()


def _set_aside(
    session: Session, row_id: int, state: State, action: str, actor: Actor, staff: Staff | None
) -> int:
    rows = _same_words(session, row_id)
    for row in rows:
        rules.STATES.check(State(row.state), state, actor.kind)
        row.label, row.training_id, row.measures = None, None, False
        _decide(row, state, staff)
    _record(session, rows, action, actor, {"messages": len(rows)})
    return len(rows)


def _decide(row: Misunderstood, state: State, staff: Staff | None) -> None:
    row.state = str(state)
    row.decided_by = staff.id if staff is not None and state != State.OPEN else None
    row.decided_at = None if state == State.OPEN else clock.now()


def _same_words(session: Session, row_id: int, also: State | None = None) -> list[Misunderstood]:
    """The row and those of its state (or ``also``) with the same words, locked by their ids."""
    row = session.get(Misunderstood, row_id)
    if row is None:
        raise NotFound("misunderstood_not_found")
    states = {row.state, str(also or row.state)}
    query = (
        select(Misunderstood)
        .where(Misunderstood.key == row.key, Misunderstood.state.in_(states))
        .order_by(Misunderstood.id)
        .with_for_update()
    )
    rows = list(session.scalars(query.execution_options(populate_existing=True)))
    if all(one.id != row_id for one in rows):  # decided by somebody else just now
        raise Conflict("already_decided", by=row.staff.name if row.staff else "")
    return rows


def _record(
    session: Session,
    rows: Sequence[Misunderstood],
    action: str,
    actor: Actor,
    facts: dict[str, Any],
) -> None:
    session.flush()
    timeline.record(
        session,
        subject="misunderstood",
        subject_id=rows[0].id,
        action=action,
        actor=actor,
        facts=facts,
    )
    changed(session)


def _inbound(session: Session, message_id: int) -> Message:
    message = session.get(Message, message_id)
    if message is None or message.direction != "inbound":
        raise NotFound("message_not_found")
    return message


def _key_lock(message_id: int) -> Any:
    return func.hashtextextended(f"misunderstood:{message_id}", 0)


def _per_mille(share: float) -> int:
    return max(0, min(1000, round(share * 1000)))


def changed(session: Session) -> None:
    """Let open screens look again."""
    announce(session, Event("learning_changed", {}))
