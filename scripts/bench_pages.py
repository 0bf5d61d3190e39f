"""Very many open pages: each a connection that waits for server-sent events, none a thread here."""

from __future__ import annotations

import selectors
import socket
import time
from collections.abc import Sequence


class Pages:
    """Connections to an event stream; ``heard``: the time at which each first got ``word``."""

    def __init__(self, port: int, requests: Sequence[str], word: bytes) -> None:
        self._selector = selectors.DefaultSelector()
        self._word = word
        self._said: dict[int, bytes] = {}
        self.opened: set[int] = set()
        self.heard: dict[int, float] = {}
        self.sockets: list[socket.socket] = []
        for number, request in enumerate(requests):
            one = socket.create_connection(("127.0.0.1", port), timeout=20)
            one.sendall(request.encode())
            one.setblocking(False)
            self._selector.register(one, selectors.EVENT_READ, number)
            self.sockets.append(one)
            self.listen(0)

    def listen(self, lasts_s: float) -> None:
        """Read whatever comes within the time."""
        until = time.monotonic() + lasts_s
        while True:
            for key, _ in self._selector.select(max(0.0, min(0.2, until - time.monotonic()))):
                self._read(key)
            if time.monotonic() >= until:
                return

    def wait(self, found: set[int] | dict[int, float], count: int, limit_s: float) -> bool:
        """Listen until ``found`` has ``count`` members; whether it came so far."""
        end = time.monotonic() + limit_s
        while len(found) < count and time.monotonic() < end:
            self.listen(0.05)
        return len(found) >= count

    def close(self) -> None:
        """Leave."""
        for one in self.sockets:
            one.close()
        self._selector.close()

    def _read(self, key: selectors.SelectorKey) -> None:
        try:
            said = key.fileobj.recv(65536)  # type: ignore[union-attr]
        except BlockingIOError:
            return
        except OSError:
            said = b""
        if not said:
            self._selector.unregister(key.fileobj)
            self.opened.discard(key.data)
            return
        text = self._said.get(key.data, b"") + said
        if b"200 OK" in text:
            self.opened.add(key.data)
        if self._word in text:
            self.heard.setdefault(key.data, time.time())
        self._said[key.data] = text[-2000:]
