"""A small HTTP server of threads: one function from a request to an answer."""

from __future__ import annotations

import json
import socket
import struct
import threading
import urllib.parse
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar

MAX_BODY = 20 * 1024 * 1024


@dataclass(frozen=True)
class Request:
    """One request; ``query`` and ``form`` keep blank values, and of repeated ones the last."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes
    peer: int = 0
    """The port from which it came."""

    @property
    def form(self) -> dict[str, str]:
        """The body as a form."""
        return dict(urllib.parse.parse_qsl(self.body.decode("utf-8", "replace"), True))

    def json(self) -> Any:
        """The body as JSON; raises ValueError."""
        return json.loads(self.body or b"null")


@dataclass(frozen=True)
class Answer:
    """``status`` None: the connection is reset instead."""

    status: int | None
    body: bytes = b""
    kind: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, value: Any, status: int = 200) -> Answer:
        """JSON."""
        return cls(status, json.dumps(value).encode())


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1  # head and body leave together
    answer_to: ClassVar[Callable[[Request], Answer]]

    def log_message(self, *_: object) -> None:
        """Silent: the ledger says what came."""

    def _take(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(min(length, MAX_BODY))
        path, _, query = self.path.partition("?")
        asked = Request(
            self.command,
            path,
            dict(urllib.parse.parse_qsl(query, keep_blank_values=True)),
            {name.lower(): value for name, value in self.headers.items()},
            body,
            self.client_address[1],
        )
        self._give(type(self).answer_to(asked))

    do_GET = do_POST = do_DELETE = do_PUT = _take  # noqa: N815 - the base class asks for these

    def _give(self, answer: Answer) -> None:
        if answer.status is None:
            self.close_connection = True
            # With this option closing sends a reset, as a broken network does.
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()
            return
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        if answer.status != 204:
            self.send_header("Content-Type", answer.kind)
            self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        self.wfile.write(answer.body)
        self.wfile.flush()

    def finish(self) -> None:
        """Callers that have gone away are none of our business."""
        try:
            super().finish()
        except (OSError, ValueError):
            return


class _Threads(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A connection that broke, on either side, is what this server is for."""


class HttpServer:
    """Listens on a port of this machine (0: any free one) until :meth:`stop`.

    ``address``: where other machines reach it, if they do.
    """

    def __init__(self, port: int = 0, address: str = "127.0.0.1") -> None:
        handler = type("Handler", (_Handler,), {"answer_to": staticmethod(self.answer)})
        self._http = _Threads((address, port), handler)
        self._thread = threading.Thread(
            target=self._http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
        )
        self.port: int = self._http.server_address[1]
        self.url = f"http://{address}:{self.port}"
        self._thread.start()

    def stop(self) -> None:
        """Take no more requests."""
        self._http.shutdown()
        self._http.server_close()

    def answer(self, request: Request) -> Answer:
        """What a request gets."""
        raise NotImplementedError
