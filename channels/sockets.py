"""What is given up is taken back: requests whose time is over may not arrive afterwards.

A closed socket goes on in the kernel: what was said and not yet heard is said again for minutes. On
a network that was cut and came back, a message that had long been sent another way would arrive a
second time.
"""

from __future__ import annotations

import socket
import ssl
import struct
import time
from typing import Any

import certifi
import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import NewConnectionError

DROPPED_AT_CLOSE: list[tuple[int, int, bytes | bytearray]] = [
    (socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
]
"""Options of a socket that, when it is closed, forgets what it still has to say (RST)."""
RESTS_S = 5.0
"""A connection that has rested for longer is not used again: servers close theirs after about as
long, and what is said at that moment is lost."""


class _Rested:
    """Counts as lost once it has rested for :data:`RESTS_S`."""

    _used = 0.0

    @property
    def is_connected(self) -> bool:
        """Whether it may be used again."""
        fresh = time.monotonic() - self._used < RESTS_S
        return fresh and bool(super().is_connected)  # type: ignore[misc]

    def getresponse(self) -> Any:
        """As the library's; the rest begins."""
        answer = super().getresponse()  # type: ignore[misc]
        self._used = time.monotonic()
        return answer


class _Plain(_Rested, HTTPConnection): ...


class _Sealed(_Rested, HTTPSConnection):
    def connect(self) -> None:
        """As the library's; who cannot be trusted has not been told anything yet."""
        try:
            super().connect()
        except (ssl.SSLError, ssl.CertificateError, urllib3.exceptions.SSLError) as error:
            raise NewConnectionError(self, f"not trusted: {error}") from error


class _PlainLines(HTTPConnectionPool):
    ConnectionCls = _Plain


class _SealedLines(HTTPSConnectionPool):
    ConnectionCls = _Sealed


def lines_to(url: str, kept: int) -> HTTPConnectionPool:
    """Connections to the server at ``url``, whose sockets drop what they still have to say when
    they are closed; at most ``kept`` of them wait to be used again. No proxy is asked."""
    place = urllib3.util.parse_url(url)
    how: dict[str, Any] = {
        "maxsize": kept,
        "socket_options": [*HTTPConnection.default_socket_options, *DROPPED_AT_CLOSE],
    }
    if place.scheme == "https":
        how |= {"cert_reqs": "CERT_REQUIRED", "ca_certs": certifi.where()}
        return _SealedLines(place.host or "", place.port, **how)
    return _PlainLines(place.host or "", place.port, **how)
