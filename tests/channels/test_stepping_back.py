"""Who answers customers steps back behind who hears them."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from channels.supervisor.children import processes
from channels.supervisor.keeper import Keeper, Kept
from channels.supervisor.processes import Child, Command, stop_all
from crm_core.settings import Settings

SLEEPER = "import threading\nprint('here', flush=True)\nthreading.Event().wait()"
FAMILY = (
    "import subprocess, sys, threading\n"
    "threading.Thread(target=threading.Event().wait).start()\n"
    f"other = subprocess.Popen([sys.executable, '-c', {SLEEPER!r}], stdout=subprocess.DEVNULL)\n"
    "print(other.pid, flush=True)"
)
Start = Callable[[str], Child]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    started: list[Child] = []

    def start(program: str) -> Child:
        log = tmp_path / f"{len(started)}.log"
        started.append(Child(Command("child", [sys.executable, "-c", program], log)))
        return started[-1]

    yield start
    stop_all(started, grace_s=0)


def said(child: Child) -> str:
    """What the child printed, once it has."""
    pause = threading.Event()
    for _ in range(6_000):
        words = child.command.log.read_text()
        if words.endswith("\n"):
            return words.strip()
        pause.wait(0.01)
    raise AssertionError("the child should have said something")


def shares(pid: int) -> list[int]:
    """The priority of each thread, and of the session where the system has such."""
    found = [os.getpriority(os.PRIO_PROCESS, one.id) for one in psutil.Process(pid).threads()]
    session = Path(f"/proc/{pid}/autogroup")
    grouped = session.read_text().split() if session.exists() else []
    return [*found, *([int(grouped[-1])] if grouped else [])]


def test_a_child_steps_back_with_all_its_threads_and_children_and_stays_there(
    start: Start,
) -> None:
    child, neighbour = start(FAMILY), start(SLEEPER)
    grandchild = int(said(child))
    said(neighbour)
    before = shares(neighbour.pid)
    assert len(shares(child.pid)) == len(before) + 1
    child.step_back(19)
    child.step_back(5)
    assert set(shares(child.pid) + shares(grandchild)) == {19}
    assert shares(neighbour.pid) == before


def test_what_is_kept_steps_back_once_it_is_ready_and_again_when_it_was_started_anew(
    start: Start,
) -> None:
    keeper = Keeper(lambda _: None, lambda _name, _pid: None)
    one = Kept("child", "Child", lambda: start(SLEEPER), lambda: True, limit_s=60, nice=19)
    keeper.add(one)
    first = one.child
    assert first is not None
    said(first)
    assert 19 not in shares(first.pid)
    keeper.wait_ready(one)
    assert set(shares(first.pid)) == {19}
    keeper.renew("child")
    first.wait(60)
    keeper.look()
    keeper.look()
    assert one.child is not None
    assert one.child is not first
    assert set(shares(one.child.pid)) == {19}


def test_the_web_server_goes_before_those_who_answer(settings: Settings) -> None:
    at = {"rasa_port": 5005, "actions_port": 5055, "port": 8000}
    nice = {one.name: one.nice for one in processes(settings.model_copy(update=at))}
    assert nice.pop("web") == nice.pop("beat") == 0
    assert nice == {"rasa": 5, "actions": 5, "worker": 5}
