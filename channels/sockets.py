"""What is given up is taken back: requests whose time is over may not arrive afterwards.

A closed socket goes on in the kernel: what was said and not yet heard is said again for minutes. On
a network that was cut and came back, a message that had long been sent another way would arrive a
second time.
"""

from __future__ import annotations

import socket
import struct
from typing import Any

import requests.adapters
from urllib3.connection import HTTPConnection

DROPPED_AT_CLOSE: list[tuple[int, int, bytes | bytearray]] = [
    (socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
]
"""Options of a socket that, when it is closed, forgets what it still has to say (RST)."""


class TakenBack(requests.adapters.HTTPAdapter):
    """Connections of a session of ``requests`` whose sockets drop what they still have to say."""

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """As the library's, with our options beside its own."""
        kwargs["socket_options"] = [*HTTPConnection.default_socket_options, *DROPPED_AT_CLOSE]
        super().init_poolmanager(*args, **kwargs)
