"""Wake-ups for turns, with a real Valkey between those who push and those who take."""

from __future__ import annotations

import queue
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from channels import turns, wakeups
from channels.context import Context
from crm_core import clock

PATIENCE_S = 60.0


@contextmanager
def _takers(take: Callable[[int], None]) -> Iterator[None]:
    takers = wakeups.Takers(2, take)
    takers.start()
    try:
        yield
    finally:
        turns.STOPPING.set()
        takers.join()
        turns.STOPPING.clear()


def test_a_thread_that_waits_takes_what_is_pushed(here: Context) -> None:
    taken: queue.SimpleQueue[int] = queue.SimpleQueue()
    with _takers(taken.put):
        wakeups.push(7)
        assert taken.get(timeout=PATIENCE_S) == 7
    assert wakeups.waiting() == 0


def test_what_is_pushed_for_later_is_not_taken_before(here: Context) -> None:
    taken: queue.SimpleQueue[tuple[int, float]] = queue.SimpleQueue()
    with _takers(lambda number: taken.put((number, clock.now().timestamp()))):
        due = clock.now().timestamp() + 0.3
        wakeups.push(7, after_s=0.3)
        number, at = taken.get(timeout=PATIENCE_S)
    assert number == 7
    assert at >= due - wakeups.NEAR_S


def test_after_one_that_fails_the_next_is_taken(here: Context) -> None:
    taken: queue.SimpleQueue[int] = queue.SimpleQueue()

    def take(number: int) -> None:
        if number == 1:
            raise ValueError("a turn that cannot be read")
        taken.put(number)

    with _takers(take):
        for number in (1, 1, 1, 2):
            wakeups.push(number)
        assert taken.get(timeout=PATIENCE_S) == 2


def test_at_its_end_a_worker_puts_back_what_is_not_due(here: Context) -> None:
    with _takers(pytest.fail):
        wakeups.push(7, after_s=3600)
        while wakeups.waiting():
            pass
    assert wakeups.waiting() == 1
