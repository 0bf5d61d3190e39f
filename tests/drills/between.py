"""A place on the wire between two of our processes, where a drill decides what passes."""

from __future__ import annotations

import threading
from collections.abc import Callable

import httpx

from channels.twin.http import Answer, HttpServer, Request

Fault = Callable[[Request], Answer | None]
"""What a request gets instead of being passed on; None: it is passed on."""


class _Ear(HttpServer):
    """The listening half; gone and back on the same port as its target is."""

    def __init__(self, port: int, owner: Between) -> None:
        self._owner = owner
        super().__init__(port)

    def answer(self, request: Request) -> Answer:
        return self._owner.pass_on(request)


class Between:
    """Passes requests on to ``target`` (a port of this machine).

    ``fault`` answers in its place. While ``keep_answers`` is set an answer stays here: the target
    has done its work and the caller does not know.
    """

    def __init__(self, target: int) -> None:
        self.fault: Fault | None = None
        self.asked = 0
        self.kept = 0
        self.passing = 0
        """How many requests are with the target, or on their way to it, at this moment."""
        self._lock = threading.Lock()
        self._free = threading.Event()
        self._free.set()
        self._http = httpx.Client(
            base_url=f"http://127.0.0.1:{target}", timeout=90, trust_env=False,
            limits=httpx.Limits(max_connections=64),
        )  # fmt: skip
        self._ear: _Ear | None = _Ear(0, self)
        self.port = self._ear.port
        self.url = self._ear.url

    def pass_on(self, request: Request) -> Answer:
        """The target's answer, sooner or later, or none if the target broke off."""
        with self._lock:
            self.asked += 1
            self.passing += 1
        try:
            return self._passed_on(request)
        finally:
            with self._lock:
                self.passing -= 1

    def _passed_on(self, request: Request) -> Answer:
        instead = self.fault(request) if self.fault else None
        if instead is not None:
            return instead
        kept = {"content-type", "authorization", "accept"}
        headers = {name: value for name, value in request.headers.items() if name in kept}
        try:
            got = self._http.request(
                request.method, request.path, params=request.query, content=request.body,
                headers=headers,
            )  # fmt: skip
        except httpx.HTTPError:
            return Answer(None)
        if not self._free.is_set():
            self.kept += 1
            self._free.wait(60)
        return Answer(got.status_code, got.content, got.headers.get("content-type", "text/plain"))

    def keep_answers(self) -> None:
        """From here on answers stay here until :meth:`let_go`."""
        self.kept = 0
        self._free.clear()

    def let_go(self) -> None:
        """What was kept goes on."""
        self._free.set()

    def close(self) -> None:
        """Nobody listens any more: a connection is refused, as by a process that is gone."""
        if self._ear is not None:
            self._ear.stop()
            self._ear = None

    def open(self) -> None:
        """Listen again."""
        if self._ear is None:
            self._ear = _Ear(self.port, self)
