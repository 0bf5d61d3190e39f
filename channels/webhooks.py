"""Events on their way to other programs: from a pending row to a signed POST.

The receiver's name is looked up here, each address judged, and exactly that address connected to:
no name can lead into the shop's own network. Redirects are not followed.
"""

from __future__ import annotations

import contextlib
import http.client
import socket
import ssl
import threading
import time
from ipaddress import ip_address
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import structlog

from crm_core import clock, webhooks
from crm_core.webhooks import rules

if TYPE_CHECKING:
    from channels.context import Context
    from crm_core.settings import Settings
    from crm_core.webhooks import Post

log = structlog.get_logger(__name__)

CONNECT_S = 4.0
ATTEMPT_S = 10.0
"""For the whole exchange once connected, however slowly the receiver drips."""
MOST_ANSWER = 16 * 1024
"""Bytes of an answer that are read; only its status counts."""
RUN_S = 20.0
"""So long one task works for one receiver; then others get their turn."""
MOST_AT_ONCE = 3
_places = threading.BoundedSemaphore(MOST_AT_ONCE)
"""Slow receivers may never take all threads of a worker: those are for customers' messages."""


class NotTaken(Exception):  # noqa: N818 - the outcome of a posting
    """The receiver has not taken the event; ``status`` if it answered."""

    def __init__(self, reason: str, status: int | None = None) -> None:
        self.reason = reason
        self.status = status
        super().__init__(reason)


def trying_out(settings: Settings) -> bool:
    """Whether this shop sends nothing real: then receivers on this machine are fine."""
    return settings.sender == "loopback"


def deliver(here: Context, endpoint_id: int) -> bool:
    """Post what is due to one receiver, in order, until it fails; whether more is due.

    With too many receivers at work already it does nothing: the sweep comes back to it.
    """
    if not _places.acquire(blocking=False):
        return False
    try:
        return _deliver(here, endpoint_id)
    finally:
        _places.release()


def _deliver(here: Context, endpoint_id: int) -> bool:
    with here.unit_of_work() as session:
        if not webhooks.begin(session, endpoint_id):
            return False
    until = time.monotonic() + RUN_S
    try:
        while time.monotonic() < until:
            with here.unit_of_work() as session:
                post = webhooks.next_post(session, endpoint_id)
            if post is None or not _attempt(here, post):
                return False
        return True
    finally:
        with here.unit_of_work() as session:
            webhooks.end(session, endpoint_id)


def _attempt(here: Context, post: Post) -> bool:
    begun = time.monotonic()
    try:
        status = send(post, loopback=trying_out(here.settings))
    except NotTaken as no:
        with here.unit_of_work() as session:
            state = webhooks.failed(session, post.delivery_id, no.reason, status=no.status)
        log.warning("webhook_not_taken", event_id=post.event_id, type=post.type,
                    attempt=post.attempt, reason=no.reason, state=str(state))  # fmt: skip
        return False
    with here.unit_of_work() as session:
        webhooks.delivered(session, post.delivery_id, status)
    ms = round((time.monotonic() - begun) * 1000)
    log.info("webhook_taken", event_id=post.event_id, type=post.type, ms=ms)
    return True


def send(post: Post, *, loopback: bool) -> int:
    """POST one event, signed now; its answer's status, 200 to 299. Raises NotTaken."""
    second = int(clock.now().timestamp())
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        "User-Agent": "Sapa-Webhooks/1",
        "Connection": "close",
        "webhook-id": post.event_id,
        "webhook-timestamp": str(second),
        "webhook-signature": webhooks.signature(post.secrets, post.event_id, second, post.body),
    }
    parts = urlsplit(post.url)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    with contextlib.closing(_connection(post.url, loopback=loopback)) as connection:
        try:
            if isinstance(connection.sock, ssl.SSLSocket):
                connection.sock.do_handshake()
            connection.request("POST", target, post.body.encode(), headers)
            answer = connection.getresponse()
            status = answer.status
            with contextlib.suppress(OSError, http.client.HTTPException):
                answer.read(MOST_ANSWER)  # a receiver that is cut off may take it for a failure
        except TimeoutError:
            raise NotTaken("timeout") from None
        except ssl.SSLError as error:
            raise NotTaken("timeout" if connection.too_late.is_set() else "tls_failed") from error
        except (OSError, http.client.HTTPException, ValueError) as error:
            late = connection.too_late.is_set()
            raise NotTaken("timeout" if late else f"broken_{type(error).__name__}") from error
    if not 200 <= status < 300:
        raise NotTaken("redirect_refused" if 300 <= status < 400 else f"http_{status}", status)
    return status


class _Connection(http.client.HTTPConnection):
    """On a socket that was opened to a judged address; cut off when its time is over."""

    def __init__(self, host: str, port: int, default_port: int, opened: socket.socket) -> None:
        super().__init__(host, port)
        self.default_port = default_port  # it leaves the usual port out of the header Host
        self.too_late = threading.Event()
        self.sock = opened
        self._timer = threading.Timer(ATTEMPT_S, self._cut, (opened,))
        self._timer.daemon = True
        self._timer.start()

    def _cut(self, opened: socket.socket) -> None:
        self.too_late.set()
        with contextlib.suppress(OSError):
            # Not SSLSocket's own, which would take the TLS state from under the reading thread.
            socket.socket.shutdown(opened, socket.SHUT_RDWR)

    def connect(self) -> None:
        """Never again: a second connection would be to an address that nobody judged."""
        raise http.client.NotConnected

    def close(self) -> None:
        self._timer.cancel()
        super().close()


def _connection(url: str, *, loopback: bool) -> _Connection:
    parts = urlsplit(url)
    host, secure = parts.hostname or "", parts.scheme == "https"
    usual = 443 if secure else 80
    port = parts.port or usual
    opened = _connected(host, port, loopback=loopback)
    opened.settimeout(ATTEMPT_S)
    if secure:
        tls = ssl.create_default_context()
        # The handshake comes later, when the clock is running.
        opened = tls.wrap_socket(opened, server_hostname=host, do_handshake_on_connect=False)
    return _Connection(host, port, usual, opened)


def _connected(host: str, port: int, *, loopback: bool) -> socket.socket:
    """A socket to ``host``. One forbidden address among several refuses the name altogether."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise NotTaken("name_unknown") from None
    addresses = [str(one[4][0]).partition("%")[0] for one in found]
    if not all(rules.reachable(ip_address(one), loopback=loopback) for one in addresses):
        raise NotTaken("address_private")
    reason = "name_unknown"
    for family, kind, protocol, _, address in found[:2]:
        opened = socket.socket(family, kind, protocol)
        opened.settimeout(CONNECT_S)
        try:
            opened.connect(address)
        except OSError as error:
            opened.close()
            reason = "timeout" if isinstance(error, TimeoutError) else "not_connected"
        else:
            return opened
    raise NotTaken(reason)
