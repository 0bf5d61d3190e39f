"""How many requests a web process works on at a time, whatever its threads."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

AT_WORK = 48
"""Requests at work at a time. A process has many threads because open pages hold one each; were all
of them at work, they would wait for each other and for the database's connections. The others wait
here, as they would for a thread."""


class Turnstile:
    """``inner``, entered by so many at a time. A stream is let go once its answer has begun."""

    def __init__(self, inner: WSGIApplication, at_work: int = AT_WORK) -> None:
        self._inner, self._free = inner, threading.BoundedSemaphore(at_work)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        with self._free:
            return self._inner(environ, start_response)
