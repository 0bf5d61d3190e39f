"""A real HTTP server that stands in for Rasa. Twilio's is ``channels.twin``."""

from __future__ import annotations

import json
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar

from channels.twin.http import Answer, HttpServer, Request

RasaAnswer = list[dict[str, Any]] | int | None
"""Utterances; an int is an HTTP status; None closes the connection without an answer."""


@dataclass
class Asked:
    """One request to the fake Rasa."""

    sender: str
    message: str
    metadata: dict[str, Any] = field(default_factory=dict)


class FakeRasa(HttpServer):
    """Speaks Rasa's REST channel. ``reply`` decides what it says; it notes overlapping turns."""

    def __init__(self, port: int = 0) -> None:
        self.asked: list[Asked] = []
        self.answers: deque[RasaAnswer] = deque()
        self.reply: Callable[[Asked], RasaAnswer] = lambda asked: [
            {"recipient_id": asked.sender, "text": f"re: {asked.message}"}
        ]
        self.delay_s = 0.0
        self.overlaps = 0
        self._busy: set[str] = set()
        super().__init__(port)

    def answer(self, request: Request) -> Answer:
        if request.method == "GET":
            return Answer(200, b"Hello from Rasa: 3.6.21", "text/plain")
        asked = Asked(**json.loads(request.body))
        if asked.sender in self._busy:
            self.overlaps += 1
        self._busy.add(asked.sender)
        self.asked.append(asked)
        time.sleep(self.delay_s)
        answer = self.answers.popleft() if self.answers else self.reply(asked)
        self._busy.discard(asked.sender)
        if answer is None:
            return Answer(None)
        return Answer(answer, b"{}") if isinstance(answer, int) else Answer.of(answer)


S = TypeVar("S", bound=HttpServer)


@contextmanager
def running(server: S) -> Iterator[S]:
    """Stop ``server`` at the end."""
    try:
        yield server
    finally:
        server.stop()
