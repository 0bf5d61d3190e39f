"""A model takes the place of another: turns wait, Rasa is renewed, turns go on."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from channels import tasks, turns
from channels.context import Context
from channels.supervisor import assistant
from channels.supervisor.keeper import Keeper, Kept
from channels.supervisor.modelwatch import LET_FINISH_S, LONGEST_S, ModelWatch
from channels.supervisor.processes import Child, Command
from crm_core import conversations
from crm_core.settings import Settings
from tests.fakes import Asked, FakeRasa, RasaAnswer

SLEEPER = "import time\nwhile True: time.sleep(60)"


class Watched:
    """A process called rasa, a model, and a clock that the test turns."""

    def __init__(self, settings: Settings, folder: Path) -> None:
        self.settings = settings
        self.now = 1000.0
        self.ready = True
        self.said: list[str] = []
        self.keeper = Keeper(self.said.append, lambda _name, _pid: None, lambda: self.now)
        command = Command("rasa", [sys.executable, "-c", SLEEPER], folder / "rasa.log")
        self.rasa = Kept("rasa", "Rasa", lambda: Child(command), lambda: self.ready, limit_s=20)
        self.keeper.add(self.rasa)
        self.keeper.look()
        self.put("the first")
        self.watch = ModelWatch(settings, self.keeper, self.said.append, lambda: self.now)

    def put(self, model: str) -> None:
        path = assistant.model_file(self.settings)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.with_suffix(".new").write_text(model)
        path.with_suffix(".new").replace(path)

    def look(self, later_s: float = 0.0) -> bool:
        """One look of the supervisor; whether turns are to wait."""
        self.now += later_s
        self.keeper.look()
        self.watch.look()
        return assistant.is_loading(self.settings)


@pytest.fixture
def watched(settings: Settings, tmp_path: Path) -> Iterator[Watched]:
    made = Watched(settings, tmp_path)
    yield made
    made.keeper.stop(grace_s=5)


def test_nothing_happens_while_the_model_stays(watched: Watched) -> None:
    first = watched.rasa.child
    assert [watched.look(1), watched.look(LONGEST_S)] == [False, False]
    assert watched.rasa.child is first


def test_turns_wait_from_the_notice_until_rasa_is_ready_again(watched: Watched) -> None:
    first = watched.rasa.child
    assert first is not None
    watched.put("the second")
    assert watched.look()
    assert first.exit_code is None
    watched.ready = False
    assert watched.look(LET_FINISH_S)
    first.wait(60)
    assert watched.look()
    assert watched.rasa.child is not first
    assert watched.look(10)
    watched.ready = True
    assert not watched.look()
    assert not watched.look(1)
    assert watched.said[-1] == "rasa is back"


def test_a_rasa_that_does_not_come_back_is_not_waited_for_for_ever(watched: Watched) -> None:
    watched.put("the second")
    watched.look()
    watched.ready = False
    assert watched.look(LET_FINISH_S)
    assert not watched.look(LONGEST_S)


def test_a_mark_that_nobody_touches_any_more_holds_nobody_up(watched: Watched) -> None:
    watched.put("the second")
    assert watched.look()
    mark = assistant.loading_mark(watched.settings)
    long_ago = mark.stat().st_mtime - assistant.LOADING_HOLDS_S
    os.utime(mark, (long_ago, long_ago))
    assert not assistant.is_loading(watched.settings)


def test_a_turn_under_which_rasa_ended_is_taken_up_again_without_an_apology(
    asleep: Context, say: Callable[..., int], rasa_server: FakeRasa, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turns, "QUICK_RETRY_S", 0.0)
    mark = assistant.loading_mark(asleep.settings)
    mark.parent.mkdir(parents=True, exist_ok=True)
    number = say("halo")

    def ends(_asked: Asked) -> RasaAnswer:
        mark.touch()
        return None

    rasa_server.reply = ends
    client = tasks.assistant(asleep.settings)
    turns.take(asleep, client, number)
    with asleep.unit_of_work() as session:
        assert [one.author for one in conversations.transcript(session, number)] == ["customer"]
        assert conversations.by_id(session, number).handler == "bot"
        assert conversations.due_turns(session) == [number]


def test_a_message_that_comes_meanwhile_waits_and_is_answered_afterwards(
    asleep: Context, say: Callable[..., int], rasa_server: FakeRasa
) -> None:
    mark = assistant.loading_mark(asleep.settings)
    mark.parent.mkdir(parents=True, exist_ok=True)
    mark.touch()
    number = say("halo")
    client = tasks.assistant(asleep.settings)
    turns.take(asleep, client, number)
    with asleep.unit_of_work() as session:
        assert conversations.has_unanswered(session, number)
        assert conversations.due_turns(session) == [number]
        assert len(conversations.transcript(session, number)) == 1
    mark.unlink()
    turns.take(asleep, client, number)
    with asleep.unit_of_work() as session:
        assert not conversations.has_unanswered(session, number)
        assert len(conversations.transcript(session, number)) == 2
