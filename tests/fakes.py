"""Real HTTP servers that stand in for Twilio and for Rasa.

They are programs of their own as far as ours can tell: a socket, published parameters, a ledger.
"""

from __future__ import annotations

import base64
import json
import threading
import time
import urllib.parse
import uuid
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar, TypeVar

from tests.forms import ACCOUNT, TOKEN, post_signed


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    owner: ClassVar[Any]

    def log_message(self, *_: object) -> None:
        """Silent."""

    def do_GET(self) -> None:
        self.owner.handle(self, "GET", b"")

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        self.owner.handle(self, "POST", self.rfile.read(length))

    def answer(
        self, status: int, body: bytes = b"", kind: str = "application/json", **headers: str
    ) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)


class _Server:
    def __init__(self, port: int = 0) -> None:
        handler = type("Handler", (_Handler,), {"owner": self})
        self._http = ThreadingHTTPServer(("127.0.0.1", port), handler)
        self._http.daemon_threads = True
        self._thread = threading.Thread(
            target=self._http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
        )
        self._thread.start()
        self.port: int = self._http.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}"

    def stop(self) -> None:
        self._http.shutdown()
        self._http.server_close()

    def handle(self, request: _Handler, method: str, body: bytes) -> None:
        raise NotImplementedError


@dataclass
class Sent:
    """One message in the ledger: accepted by Twilio, so the customer gets it."""

    sid: str
    to: str
    sender: str
    body: str
    status: str
    status_callback: str | None
    created_at: datetime


@dataclass
class Trouble:
    """How the next POST is answered. ``accepted``: whether it enters the ledger all the same."""

    status: int | None
    """None: no answer, the connection is closed."""
    code: int = 20500
    accepted: bool = False


class FakeTwilio(_Server):
    """Messages.json (POST, GET), media with basic auth behind a redirect, status callbacks."""

    def __init__(self, port: int = 0) -> None:
        self.ledger: list[Sent] = []
        self.attempts: list[dict[str, str]] = []
        self.troubles: deque[Trouble] = deque()
        self.media: dict[str, tuple[bytes, str]] = {}
        self.media_requests: list[tuple[str, str | None]] = []
        self.redirect_to: str | None = None
        self.listing_works = True
        self.delay_s = 0.0
        self._lock = threading.Lock()
        super().__init__(port)

    def handle(self, request: _Handler, method: str, body: bytes) -> None:
        path, _, query = request.path.partition("?")
        if path.startswith("/store/"):
            self.media_requests.append((path, request.headers.get("Authorization")))
            content, kind = self.media.get(path.rpartition("/")[2], (b"", ""))
            request.answer(200 if kind else 404, content, kind or "text/plain")
            return
        expected = base64.b64encode(f"{ACCOUNT}:{TOKEN}".encode()).decode()
        if request.headers.get("Authorization") != f"Basic {expected}":
            request.answer(401, json.dumps({"code": 20003, "message": "Authenticate"}).encode())
            return
        messages = f"/2010-04-01/Accounts/{ACCOUNT}/Messages"
        if path == f"{messages}.json" and method == "POST":
            self._post(request, dict(urllib.parse.parse_qsl(body.decode(), True)))
        elif path == f"{messages}.json":
            self._list(request, dict(urllib.parse.parse_qsl(query)))
        elif path.startswith(f"{messages}/") and "/Media/" in path:
            name = path.rpartition("/")[2]
            self.media_requests.append((path, request.headers.get("Authorization")))
            target = self.redirect_to or f"{self.url}/store/{name}"
            request.answer(307, b"", Location=target)
        else:
            request.answer(404, json.dumps({"code": 20404, "message": "not found"}).encode())

    def add_media(self, content: bytes, kind: str = "image/jpeg") -> str:
        """Keep a file; returns its MediaUrl."""
        name = "ME" + uuid.uuid4().hex
        self.media[name] = (content, kind)
        message = "MM" + uuid.uuid4().hex
        base = f"{self.url}/2010-04-01/Accounts/{ACCOUNT}/Messages/{message}"
        return f"{base}/Media/{name}"

    def _post(self, request: _Handler, form: dict[str, str]) -> None:
        time.sleep(self.delay_s)
        with self._lock:
            self.attempts.append(form)
            trouble = self.troubles.popleft() if self.troubles else None
            sent = None
            if trouble is None or trouble.accepted:
                sent = Sent(
                    sid="SM" + uuid.uuid4().hex,
                    to=form["To"],
                    sender=form["From"],
                    body=form["Body"],
                    status="queued",
                    status_callback=form.get("StatusCallback"),
                    created_at=datetime.now(UTC),
                )
                self.ledger.append(sent)
        if trouble is not None:
            if trouble.status is None:
                request.close_connection = True
                request.connection.close()
                return
            body = {"code": trouble.code, "message": "trouble", "status": trouble.status}
            request.answer(trouble.status, json.dumps(body).encode())
        elif sent is not None:
            request.answer(201, json.dumps(_resource(sent)).encode())

    def _list(self, request: _Handler, query: dict[str, str]) -> None:
        if not self.listing_works:
            request.answer(503, json.dumps({"code": 20503, "message": "later"}).encode())
            return
        since = query.get("DateSent>")
        found = [
            _resource(sent)
            for sent in reversed(self.ledger)
            if sent.to == query.get("To", sent.to)
            and (since is None or sent.created_at >= datetime.fromisoformat(since))
        ]
        page = {"messages": found, "next_page_uri": None, "page": 0, "page_size": 100}
        request.answer(200, json.dumps(page).encode())

    def bodies_to(self, address: str) -> list[str]:
        """What the customer at ``address`` got, in order."""
        return [sent.body for sent in self.ledger if sent.to == address]

    def call_back(self, sent: Sent, status: str, error_code: str | None = None) -> int:
        """Report ``status`` the way Twilio does; returns our server's HTTP status."""
        sent.status = status
        form = {
            "AccountSid": ACCOUNT,
            "ApiVersion": "2010-04-01",
            "From": sent.sender,
            "To": sent.to,
            "MessageSid": sent.sid,
            "MessageStatus": status,
            "SmsSid": sent.sid,
            "SmsStatus": status,
        }
        if error_code:
            form["ErrorCode"] = error_code
        assert sent.status_callback is not None
        return post_signed(sent.status_callback, form)


def _resource(sent: Sent) -> dict[str, Any]:
    at = format_datetime(sent.created_at)
    return {
        "account_sid": ACCOUNT,
        "api_version": "2010-04-01",
        "body": sent.body,
        "date_created": at,
        "date_sent": at,
        "date_updated": at,
        "direction": "outbound-api",
        "error_code": None,
        "error_message": None,
        "from": sent.sender,
        "messaging_service_sid": None,
        "num_media": "0",
        "num_segments": "1",
        "price": None,
        "price_unit": "USD",
        "sid": sent.sid,
        "status": sent.status,
        "subresource_uris": {},
        "to": sent.to,
        "uri": f"/2010-04-01/Accounts/{ACCOUNT}/Messages/{sent.sid}.json",
    }


RasaAnswer = list[dict[str, Any]] | int | None
"""Utterances; an int is an HTTP status; None closes the connection without an answer."""


@dataclass
class Asked:
    """One request to the fake Rasa."""

    sender: str
    message: str
    metadata: dict[str, Any] = field(default_factory=dict)


class FakeRasa(_Server):
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

    def handle(self, request: _Handler, method: str, body: bytes) -> None:
        if method == "GET":
            request.answer(200, b"Hello from Rasa: 3.6.21", "text/plain")
            return
        asked = Asked(**json.loads(body))
        if asked.sender in self._busy:
            self.overlaps += 1
        self._busy.add(asked.sender)
        self.asked.append(asked)
        time.sleep(self.delay_s)
        answer = self.answers.popleft() if self.answers else self.reply(asked)
        self._busy.discard(asked.sender)
        if answer is None:
            request.close_connection = True
            request.connection.close()
        elif isinstance(answer, int):
            request.answer(answer, b"{}")
        else:
            request.answer(200, json.dumps(answer).encode())


S = TypeVar("S", bound=_Server)


@contextmanager
def running(server: S) -> Iterator[S]:
    """Stop ``server`` at the end."""
    try:
        yield server
    finally:
        server.stop()
