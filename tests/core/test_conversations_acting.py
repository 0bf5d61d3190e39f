"""What an action is told of its turn, in one statement that also keeps how the turn was read."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from crm_core import conversations, db, effects
from crm_core.conversations import Turn
from crm_core.errors import NotFound
from tests import factories
from tests.world import committed, waiting


def begun(session: Session) -> tuple[str, int]:
    """A turn that has just begun: its conversation's public id and its own id."""
    talk = factories.received(session).conversation
    return talk.public_id, factories.work(session, talk).turn_id


def reading(session: Session, turn_id: int) -> tuple[str | None, int | None, str | None]:
    turn = session.get_one(Turn, turn_id, populate_existing=True)
    return turn.intent, turn.confidence, turn.outcome


def test_the_first_reading_of_a_turn_is_kept(session: Session) -> None:
    talk, turn_id = begun(session)
    seen = conversations.turn_seen(session, talk, turn_id, ("greet", 934))
    conversations.turn_seen(session, talk, turn_id, ("thank", 500))
    assert (seen.conversation.public_id, seen.over, seen.done) == (talk, False, ())
    assert seen.customer is seen.conversation.customer
    assert reading(session, turn_id) == ("greet", 934, "understood")


@pytest.mark.parametrize("state", ["failed", "dropped"])
def test_of_a_turn_that_is_over_nothing_more_is_kept(session: Session, state: str) -> None:
    talk, turn_id = begun(session)
    session.execute(sa.update(Turn).where(Turn.id == turn_id).values(state=state))
    assert conversations.turn_seen(session, talk, turn_id, ("greet", 934)).over
    assert reading(session, turn_id) == (None, None, None)


def test_what_was_done_in_the_turn_is_told_in_its_order(session: Session) -> None:
    talk, turn_id = begun(session)
    for key in ("b", "a"):
        effects.once(session, key, lambda: {"n": 1}, turn_id=turn_id, fatal=True)
    assert conversations.turn_seen(session, talk, turn_id).done == ("b", "a")


def test_without_a_turn_of_ours_it_is_the_conversation_alone(session: Session) -> None:
    talk, _ = begun(session)
    assert conversations.turn_seen(session, talk, None, ("greet", 934)).done == ()
    for unknown in ("nobody", "00000000-0000-4000-8000-000000000000"):
        with pytest.raises(NotFound, match="conversation_not_found"):
            conversations.turn_seen(session, unknown, None)


def test_a_call_that_waited_for_another_of_its_turn_knows_what_that_one_did(
    database: sa.Engine,
) -> None:
    talk, turn_id = committed(database, begun)

    def second() -> tuple[str, ...]:
        with db.unit_of_work(db.sessions(database)) as session:
            return conversations.turn_seen(session, talk, turn_id, ("thank", 500)).done

    with ThreadPoolExecutor(1) as pool:
        with db.unit_of_work(db.sessions(database)) as session:
            assert conversations.turn_seen(session, talk, turn_id, ("greet", 934)).done == ()
            effects.once(session, "turn:order", lambda: {"n": 1}, turn_id=turn_id, fatal=True)
            told = pool.submit(second)
            waiting(database, 1)
        assert told.result(timeout=60) == ("turn:order",)
    assert committed(database, lambda one: reading(one, turn_id)) == ("greet", 934, "understood")
