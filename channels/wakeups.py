"""Wake-ups for turns: a list in Redis, and the threads of a worker that wait at it.

A wake-up is a conversation's number and nothing more; the row that is due is the truth, and the
sweep finds what is lost here. Celery's own messages, with their envelopes, acknowledgements and
consumer, were a third of what a worker did for a turn.
"""

from __future__ import annotations

import heapq
import threading
import time
from typing import TYPE_CHECKING

import redis
import structlog

from channels import context, turns
from crm_core import clock

if TYPE_CHECKING:
    from collections.abc import Callable

log = structlog.get_logger(__name__)

KEY = "sapa:turns"
LOOK_S = 1.0
"""A thread that waits looks so often whether its worker is to end."""
AWAY_S = 1.0
"""So long after a failure Redis is asked again by a thread that waits."""
NEAR_S = 0.002
"""What is due so soon is due."""


def push(conversation_id: int, after_s: float = 0.0) -> None:
    """Wake a worker for a conversation, ``after_s`` seconds from now; raises RedisError."""
    due = clock.now().timestamp() + after_s if after_s else 0.0
    context.current().redis.lpush(KEY, f"{conversation_id} {due:.3f}")


def waiting() -> int:
    """How many wake-ups no worker has taken; raises RedisError."""
    return int(context.current().redis.llen(KEY))


class _Later:
    """Wake-ups that this worker has taken before their time; back in the list when it comes."""

    def __init__(self) -> None:
        self._heap: list[tuple[float, int]] = []
        self._changed = threading.Condition()

    def add(self, due: float, conversation_id: int) -> None:
        with self._changed:
            heapq.heappush(self._heap, (due, conversation_id))
            self._changed.notify()

    def run(self) -> None:
        """Put back what is due until the worker ends, and then all."""
        while not turns.STOPPING.is_set():
            self._put_back(self._due())
        with self._changed:
            left, self._heap = self._heap, []
        self._put_back(left)

    def _due(self) -> list[tuple[float, int]]:
        with self._changed:
            left_s = self._heap[0][0] - clock.now().timestamp() if self._heap else LOOK_S
            if left_s > 0:
                self._changed.wait(min(left_s, LOOK_S))
            moment, due = clock.now().timestamp() + NEAR_S, []
            while self._heap and self._heap[0][0] <= moment:
                due.append(heapq.heappop(self._heap))
            return due

    def _put_back(self, found: list[tuple[float, int]]) -> None:
        try:
            for due, conversation_id in found:  # at the end that is taken next
                context.current().redis.rpush(KEY, f"{conversation_id} {due:.3f}")
        except redis.RedisError as error:
            log.warning("wake_ups_not_put_back", reason=type(error).__name__)


class Takers:
    """Threads that wait for wake-ups and answer each by ``take`` (the conversation's number)."""

    def __init__(self, count: int, take: Callable[[int], None]) -> None:
        self._take, self._later = take, _Later()
        named = [("later", self._later.run)] + [(f"turns-{n}", self._run) for n in range(count)]
        self._threads = [
            threading.Thread(target=work, name=name, daemon=True) for name, work in named
        ]

    def start(self) -> None:
        """Begin to wait."""
        for thread in self._threads:
            thread.start()

    def join(self) -> None:
        """Once ``turns.STOPPING`` is set: return when every turn that had begun is over."""
        for thread in self._threads:
            thread.join()

    def _run(self) -> None:
        here = context.current()
        client = context.redis_at(
            here.settings.redis_url or context.NOWHERE, socket_timeout=LOOK_S + 5
        )
        with client:
            while not turns.STOPPING.is_set():
                try:
                    found = client.brpop([KEY], timeout=LOOK_S)
                    if found is not None:
                        self._one(client, found[1])
                except redis.RedisError as error:
                    log.warning("wake_ups_not_heard", reason=type(error).__name__)
                    turns.STOPPING.wait(AWAY_S)

    def _one(self, client: redis.Redis, taken: bytes | str) -> None:
        number, _, due = (taken if isinstance(taken, str) else taken.decode()).partition(" ")
        if turns.STOPPING.is_set():
            client.rpush(KEY, taken)
            return
        if float(due) > clock.now().timestamp() + NEAR_S:
            self._later.add(float(due), int(number))
            return
        structlog.contextvars.clear_contextvars()  # the thread's last turn is not this one's story
        begun = time.monotonic()
        try:
            self._take(int(number))
        except Exception:  # the thread goes on with others; the sweep finds this one's rows
            took_ms = round((time.monotonic() - begun) * 1000)
            log.exception("wake_up_failed", conversation_row_id=int(number), ms=took_ms)
