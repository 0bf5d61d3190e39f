"""Connections of the pool: asked whether they live only when that is in doubt, with room for all
statements that a process prepares."""

from __future__ import annotations

import select
import time
from typing import Any

from sqlalchemy import Engine
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.event import listen
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.pool import ConnectionPoolEntry

PREPARED = 1_000
"""Statements that a connection remembers; psycopg's hundred are fewer than a process uses, and it
would forget and prepare them by turns."""
RESTED_S = 1.0
"""A connection in use so shortly ago, on which nothing has come since, is alive: asking the server
each time was a tenth of a turn's work."""


def look_after(engine: Engine) -> None:
    """Ask the server before the use of a connection that has rested, or on whose socket something
    is to be read: of one at rest that is only ever the server's farewell."""

    def prepare(dbapi: Any, _: ConnectionPoolEntry) -> None:
        dbapi.prepared_max = PREPARED

    def note(_: DBAPIConnection | None, record: ConnectionPoolEntry) -> None:
        record.info["rested_from"] = time.monotonic()

    def check(dbapi: Any, record: ConnectionPoolEntry, _: object) -> None:
        rested = time.monotonic() - record.info.get("rested_from", 0.0) > RESTED_S
        try:
            if rested or _has_news(dbapi.fileno()):
                engine.dialect.do_ping(dbapi)
        except engine.dialect.loaded_dbapi.Error:
            raise InvalidatePoolError from None  # the pool then opens a new one

    listen(engine, "connect", prepare)
    listen(engine, "checkin", note)
    listen(engine, "checkout", check)


def _has_news(descriptor: int) -> bool:
    waiting = select.poll()  # select() knows no more than 1024 descriptors
    waiting.register(descriptor, select.POLLIN | select.POLLHUP)
    return bool(waiting.poll(0))
