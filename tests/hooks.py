"""A program that hears events: verifies them with somebody else's library, answers as told."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from standardwebhooks import Webhook

Answer = Callable[[BaseHTTPRequestHandler], None]


def status(code: int, **headers: str) -> Answer:
    def answer(request: BaseHTTPRequestHandler) -> None:
        request.send_response(code)
        for name, value in headers.items():
            request.send_header(name, value)
        request.send_header("Content-Length", "0")
        request.end_headers()

    return answer


def reset(request: BaseHTTPRequestHandler) -> None:
    """Take the event and cut the line."""
    request.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    request.connection.close()


def endless(request: BaseHTTPRequestHandler) -> None:
    """Answer well and never stop talking."""
    request.send_response(200)
    request.end_headers()
    try:
        while True:
            request.wfile.write(b"x" * 65536)
    except OSError:
        pass


@dataclass
class Receiver:
    """What an ERP does: verifies, keeps, answers as told (200 when told nothing)."""

    secret: str = ""
    answers: list[Answer] = field(default_factory=list)
    heard: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    """(webhook-id, event) of every POST whose signature was right."""
    hosts: list[str] = field(default_factory=list)
    port: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hooks?shop=1"

    def types(self) -> list[str]:
        return [event["type"] for _, event in self.heard]


@contextmanager
def receiving() -> Iterator[Receiver]:
    """A receiver that listens on this machine."""
    kept = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            text = self.rfile.read(int(self.headers["Content-Length"]))
            event = Webhook(kept.secret).verify(text, dict(self.headers))
            assert self.path == "/hooks?shop=1"
            kept.heard.append((self.headers["webhook-id"], event))
            kept.hosts.append(self.headers["Host"])
            (kept.answers.pop(0) if kept.answers else status(200))(self)

        def log_message(self, *_: object) -> None:
            """Nothing on the screen."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.handle_error = lambda *_: None  # type: ignore[method-assign]
    kept.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield kept
    server.shutdown()
    server.server_close()
    thread.join()
