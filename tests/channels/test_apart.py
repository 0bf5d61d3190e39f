"""A message at which workers die is kept apart from the others, and goes to a person in the end."""

from __future__ import annotations

from collections.abc import Callable

import psutil
import pytest
import sqlalchemy as sa

from channels import tasks, turns
from channels.context import Context
from crm_core import conversations
from crm_core.conversations import Turn
from tests.fakes import Asked, FakeRasa, RasaAnswer

Say = Callable[..., int]


def left_behind(here: Context, number: int, attempts: int, error: str | None = None) -> None:
    """The turn of a conversation as so many workers left it when they died."""
    with here.unit_of_work() as session:
        assert conversations.begin_turn(session, number) is not None
        session.execute(sa.update(Turn).values(attempts=attempts, error=error))


def turn_of(here: Context) -> tuple[str, int]:
    with here.unit_of_work() as session:
        found = session.scalars(sa.select(Turn)).one()
        return found.state, found.attempts


def end_children(asked: Asked) -> RasaAnswer:
    """Whoever asks dies of it, as long as it is not this process itself."""
    del asked
    for child in psutil.Process().children():
        if "channels.apart" in child.cmdline():
            child.kill()
    return None


def test_a_turn_that_two_workers_died_of_is_not_begun_by_a_third(
    asleep: Context, say: Say, rasa_server: FakeRasa
) -> None:
    number = say("racun")
    left_behind(asleep, number, turns.DEATHS)
    with pytest.raises(turns.KillsWorkersError):
        turns.take(asleep, tasks.assistant(asleep.settings), number)
    assert rasa_server.asked == []
    assert turn_of(asleep) == ("running", turns.DEATHS)


def test_a_turn_that_failed_as_often_is_tried_by_any_worker(
    asleep: Context, say: Say, rasa_server: FakeRasa
) -> None:
    number = say("halo")
    left_behind(asleep, number, turns.DEATHS, error="timeout")
    with asleep.unit_of_work() as session:
        session.execute(
            sa.update(Turn).values(started_at=sa.func.now() - sa.text("'1 h'::interval"))
        )
    turns.take(asleep, tasks.assistant(asleep.settings), number)
    assert turn_of(asleep) == ("answered", turns.DEATHS + 1)


@pytest.mark.slow
def test_only_the_process_of_its_own_dies_of_it_and_the_worker_goes_on(
    asleep: Context, say: Say, rasa_server: FakeRasa
) -> None:
    number = say("racun")
    left_behind(asleep, number, turns.DEATHS)
    rasa_server.reply = end_children
    tasks.take_turn(number)
    assert turn_of(asleep) == ("running", turns.DEATHS + 1)
    assert [asked.message for asked in rasa_server.asked] == ["racun"]
