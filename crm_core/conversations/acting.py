"""What an action of the assistant reads and keeps of the turn that it works in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast
from uuid import UUID

from sqlalchemy import Table, bindparam, exists, func, select, update
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.orm import Session

from crm_core.conversations.models import Conversation, Turn
from crm_core.customers.models import Customer
from crm_core.effects import Effect, keys_of_turn
from crm_core.errors import NotFound


@dataclass(frozen=True, slots=True)
class TurnSeen:
    """Who speaks in a turn and how far it has come.

    ``over``: nobody waits any more for what it says or does: it was given up, or a person has taken
    the word. A call of an action that comes so late must change nothing. ``done`` are the keys of
    its effects, in their order.
    """

    conversation: Conversation
    customer: Customer
    over: bool = False
    done: tuple[str, ...] = ()


_keys = select(func.array_agg(aggregate_order_by(Effect.key, Effect.created_at, Effect.key))).where(
    Effect.turn_id == Turn.id, Effect.result.is_not(None)
)
_OVER = ("failed", "dropped")
_turns = cast(Table, Turn.__table__)
_note = (
    update(_turns)
    .where(
        _turns.c.id == bindparam("turn_id"),
        _turns.c.intent.is_(None),
        _turns.c.state.not_in(_OVER),
    )
    .values(intent=bindparam("read_as"), confidence=bindparam("sure"), outcome="understood")
)
_noted = _note.returning(_turns.c.id).cte("noted")
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
_SEEN_AND_NOTED = _SEEN.add_columns(exists(select(_noted.c.id)).label("first"))


def turn_seen(
    session: Session, public_id: str, turn_id: int | None, read_as: tuple[str, int] | None = None
) -> TurnSeen:
    """The turn (None: none of ours) of a conversation by its public id, in one statement.

    The same statement keeps how the assistant read the turn's typed words (intent, per mille sure);
    the first time counts, so that a turn run again says what decided it. Where another call has
    kept it meanwhile, and was waited for, what that one did counts as done. Raises NotFound
    ("conversation_not_found").
    """
    try:
        given: dict[str, object] = {"public_id": str(UUID(public_id)), "turn_id": turn_id}
    except ValueError:
        raise NotFound("conversation_not_found") from None
    if read_as is None or turn_id is None:
        row = session.execute(_SEEN, given).first()
    else:
        given |= {"read_as": read_as[0], "sure": read_as[1]}
        row = session.execute(_SEEN_AND_NOTED, given).first()
    if row is None:
        raise NotFound("conversation_not_found")
    conversation, customer, state, intent, keys, *first = row
    over = state in _OVER
    if first == [False] and intent is None and not over and turn_id is not None:
        keys = keys_of_turn(session, turn_id)
    return TurnSeen(conversation, customer, over, tuple(keys or ()))


def note_reading(session: Session, turn_id: int, intent: str, confidence: int) -> None:
    """Keep how the assistant read a turn's typed words, as :func:`turn_seen`."""
    given = {"turn_id": turn_id, "read_as": intent, "sure": confidence}
    session.connection().execute(_note, given)


def note_outcome(session: Session, turn_id: int, outcome: str) -> None:
    """Keep that a turn was not understood: ``asked_again`` or ``handed_over``."""
    session.execute(update(Turn).where(Turn.id == turn_id).values(outcome=outcome))
