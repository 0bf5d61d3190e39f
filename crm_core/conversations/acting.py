"""What an action of the assistant reads and keeps of the turn that it works in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast
from uuid import UUID

from sqlalchemy import Table, bindparam, func, select, update
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.orm import Session

from crm_core.conversations.models import Conversation, Turn
from crm_core.customers.models import Customer
from crm_core.effects import Effect
from crm_core.errors import NotFound


@dataclass(frozen=True, slots=True)
class TurnSeen:
    """Who speaks in a turn and how far it has come.

    ``over``: nobody waits any more for what it says or does: it was given up, or a person has taken
    the word. A call of an action that comes so late must change nothing. ``noted``: it is kept
    already how its words were read. ``done`` are the keys of its effects, in their order.
    """

    conversation: Conversation
    customer: Customer
    over: bool = False
    noted: bool = False
    done: tuple[str, ...] = ()


_keys = select(func.array_agg(aggregate_order_by(Effect.key, Effect.created_at, Effect.key))).where(
    Effect.turn_id == Turn.id, Effect.result.is_not(None)
)
_SEEN = (
    select(
        Conversation,
        Customer,
        Turn.state,
        Turn.intent,
        _keys.correlate(Turn).scalar_subquery().label("keys"),
    )
    .join(Customer, Customer.id == Conversation.customer_id)
    .outerjoin(Turn, Turn.id == bindparam("turn_id"))
    .where(Conversation.public_id == bindparam("public_id"))
)
_turns = cast(Table, Turn.__table__)
_NOTE = (
    update(_turns)
    .where(_turns.c.id == bindparam("turn_id"), _turns.c.intent.is_(None))
    .values(intent=bindparam("read_as"), confidence=bindparam("sure"), outcome="understood")
)


def turn_seen(session: Session, public_id: str, turn_id: int | None) -> TurnSeen:
    """The turn (None: none of ours) of a conversation by its public id, in one statement.

    Raises NotFound ("conversation_not_found").
    """
    try:
        given = {"public_id": str(UUID(public_id)), "turn_id": turn_id}
    except ValueError:
        raise NotFound("conversation_not_found") from None
    row = session.execute(_SEEN, given).first()
    if row is None:
        raise NotFound("conversation_not_found")
    conversation, customer, state, intent, keys = row
    over = state in {"failed", "dropped"}
    return TurnSeen(conversation, customer, over, intent is not None, tuple(keys or ()))


def note_reading(session: Session, turn_id: int, intent: str, confidence: int) -> bool:
    """Keep how the assistant read a turn's typed words (``confidence`` per mille); the first time
    counts, so that a turn run again says what decided it. Whether this was the first time."""
    given = {"turn_id": turn_id, "read_as": intent, "sure": confidence}
    return bool(session.connection().execute(_NOTE, given).rowcount)


def note_outcome(session: Session, turn_id: int, outcome: str) -> None:
    """Keep that a turn was not understood: ``asked_again`` or ``handed_over``."""
    session.execute(update(Turn).where(Turn.id == turn_id).values(outcome=outcome))
