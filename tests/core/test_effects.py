from __future__ import annotations

import threading

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from crm_core import db, effects, timeline
from crm_core.effects import Effect
from crm_core.errors import Conflict, InvalidInput
from crm_core.timeline import Actor
from tests.factories import received, work
from tests.world import at_once, committed


def mark(session: Session, action: str = "made") -> None:
    timeline.record(
        session, subject="test", subject_id=1, action=action, actor=Actor.system("test")
    )
    db.announce(session, db.Event("order_changed", {"order_code": action}))


def marks(session: Session) -> int:
    return len(timeline.entries(session, subject="test"))


def test_an_effect_is_made_once_and_its_result_remembered(session: Session) -> None:
    made: list[int] = []

    def make() -> dict[str, object]:
        made.append(1)
        return {"order_code": "P-7KM2Q", "total": 150_000}

    first = effects.once(session, "turn:1:order", make)
    again = effects.once(session, "turn:1:order", make)
    assert first == ({"order_code": "P-7KM2Q", "total": 150_000}, True)
    assert again == (first[0], False)
    assert made == [1]


def test_other_keys_are_other_effects(session: Session) -> None:
    assert effects.once(session, "a", lambda: {"n": 1}) == ({"n": 1}, True)
    assert effects.once(session, "b", lambda: {"n": 2}) == ({"n": 2}, True)


def test_a_failure_leaves_nothing_and_the_key_free(session: Session) -> None:
    def fail() -> dict[str, object]:
        mark(session)
        raise InvalidInput("quantity_invalid")

    with pytest.raises(InvalidInput, match="quantity_invalid"):
        effects.once(session, "k", fail)
    assert marks(session) == 0
    assert db.announced(session) == []
    assert effects.once(session, "k", lambda: {"ok": True}) == ({"ok": True}, True)


def test_what_was_announced_before_a_failure_is_still_told(session: Session) -> None:
    before = db.Event("order_changed", {"order_code": "P-22222"})
    db.announce(session, before)
    with pytest.raises(ZeroDivisionError):
        effects.once(session, "k", lambda: {"n": 1 // 0})
    assert db.announced(session) == [before]


def test_an_effect_inside_itself_is_refused(session: Session) -> None:
    def make() -> dict[str, object]:
        return effects.once(session, "k", dict)[0]

    with pytest.raises(Conflict, match="effect_in_progress"):
        effects.once(session, "k", make)
    assert session.get(Effect, "k") is None


def test_the_effects_of_a_turn_are_found_in_order(session: Session) -> None:
    turn_id = work(session, received(session).conversation).turn_id
    effects.once(session, "b", lambda: {"n": 1}, turn_id=turn_id)
    effects.once(session, "a", lambda: {"n": 2}, turn_id=turn_id)
    effects.once(session, "c", lambda: {"n": 3})
    assert effects.for_turn(session, turn_id) == [{"n": 1}, {"n": 2}]


def test_parallel_calls_make_one_effect(database: sa.Engine) -> None:
    def make(session: Session) -> tuple[dict[str, object], bool]:
        def deed() -> dict[str, object]:
            mark(session)
            return {"by": threading.get_ident()}

        return effects.once(session, "turn:7:order", deed)

    results = at_once(database, *[make] * 6)
    assert sorted(result[1] for result in results) == [False] * 5 + [True]
    assert len({result[0]["by"] for result in results}) == 1
    assert committed(database, marks) == 1


def test_a_call_that_waited_for_a_failure_makes_the_effect_itself(database: sa.Engine) -> None:
    entered = threading.Event()

    def fail(session: Session) -> tuple[dict[str, object], bool]:
        def deed() -> dict[str, object]:
            mark(session, "failed")
            entered.set()
            raise InvalidInput("quantity_invalid")

        return effects.once(session, "k", deed)

    def succeed(session: Session) -> tuple[dict[str, object], bool]:
        entered.wait(timeout=60)
        return effects.once(session, "k", lambda: {"ok": True})

    failure, result = at_once(database, fail, succeed)
    assert isinstance(failure, InvalidInput)
    assert result == ({"ok": True}, True)
    assert committed(database, marks) == 0


def test_a_fatal_failure_goes_with_its_transaction_and_leaves_the_key_free(
    database: sa.Engine,
) -> None:
    def fail() -> dict[str, object]:
        raise InvalidInput("quantity_invalid")

    def make(session: Session) -> None:
        mark(session)
        effects.once(session, "k", fail, fatal=True)

    with pytest.raises(InvalidInput, match="quantity_invalid"):
        committed(database, make)
    assert committed(database, marks) == 0
    assert committed(
        database, lambda one: effects.once(one, "k", lambda: {"n": 1}, fatal=True)
    ) == (
        {"n": 1},
        True,
    )
