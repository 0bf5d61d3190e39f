"""What the twin posts of its own accord: signed webhooks, and reports about messages."""

from __future__ import annotations

import heapq
import random
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from twilio.request_validator import RequestValidator

PATIENCE_S = 15.0
"""How long Twilio waits for a webhook's answer (error 11200 afterwards)."""

_direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def sign(url: str, form: dict[str, str], token: str) -> str:
    """The X-Twilio-Signature of a form posted to ``url``."""
    return str(RequestValidator(token).compute_signature(url, form))


def post(url: str, form: dict[str, str], token: str, signed_url: str | None = None) -> int:
    """POST as Twilio does; ``signed_url`` where the public address is another.

    Returns the answer's HTTP status, 0 if there was none.
    """
    headers = {
        "X-Twilio-Signature": sign(signed_url or url, form, token),
        "I-Twilio-Idempotency-Token": str(uuid.uuid4()),
    }
    data = urllib.parse.urlencode(form).encode()
    request = urllib.request.Request(url, data, headers)  # noqa: S310 - a shop's own address
    try:
        with _direct.open(request, timeout=PATIENCE_S) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        error.close()
        return int(error.code)
    except OSError:
        return 0


@dataclass(frozen=True)
class Reports:
    """Which reports follow each accepted message by themselves.

    The ``statuses`` come ``delay_s`` after one another, each ``repeat`` times; ``shuffle``: in any
    order (of the twin's seed). None: only those that are asked for.
    """

    statuses: tuple[str, ...] = ()
    delay_s: float = 0.2
    repeat: int = 1
    shuffle: bool = False

    def timetable(self, chance: random.Random) -> list[tuple[float, str]]:
        """(seconds from now, status) of one message."""
        words = [word for word in self.statuses for _ in range(self.repeat)]
        if self.shuffle:
            chance.shuffle(words)
        return [(self.delay_s * place, word) for place, word in enumerate(words, start=1)]


class Later:
    """Runs things at their time, a few at once, in threads that end with the program."""

    def __init__(self) -> None:
        self._due: list[tuple[float, int, Callable[[], object]]] = []
        self._count, self._open = 0, True
        self._ring = threading.Condition()
        self._pool = ThreadPoolExecutor(4, thread_name_prefix="twin")
        threading.Thread(target=self._run, daemon=True).start()

    def at(self, seconds: float, act: Callable[[], object]) -> None:
        """Run ``act`` that long from now."""
        with self._ring:
            self._count += 1
            heapq.heappush(self._due, (time.monotonic() + seconds, self._count, act))
            self._ring.notify()

    def stop(self) -> None:
        """Forget what has not begun."""
        with self._ring:
            self._open = False
            self._due.clear()
            self._ring.notify()
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _run(self) -> None:
        with self._ring:
            while self._open:
                wait = self._due[0][0] - time.monotonic() if self._due else None
                if wait is not None and wait <= 0:
                    self._pool.submit(heapq.heappop(self._due)[2])
                else:
                    self._ring.wait(wait)
