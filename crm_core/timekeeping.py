"""All processes go by the database's clock, however wrong that of their own machine is.

A moment that one process writes is read by others: a worker an hour behind would take every message
for one that is still to come. A process that has called :func:`begin` asks the server for its time
now and then, on connections that are used anyway.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Engine
from sqlalchemy.event import listen

from crm_core import clock

EVERY_S = 60.0
TOLERATED = timedelta(seconds=1.5)
"""A smaller difference is left as it is: machines that are kept right differ by milliseconds."""


class _Watch:
    kept = False
    asked_at = -EVERY_S


def begin() -> None:
    """Let this process (and those it forks) go by the database's clock from now on."""
    _Watch.kept = True


def attend(engine: Engine) -> None:
    """Ask for the time on ``engine``'s connections, once a process has begun to keep it."""

    def ask(dbapi: Any, _record: object, _proxy: object) -> None:
        if not _Watch.kept or time.monotonic() - _Watch.asked_at < EVERY_S:
            return
        _Watch.asked_at = time.monotonic()
        clock.correct(difference(dbapi))

    listen(engine, "checkout", ask)


def difference(dbapi: Any) -> timedelta:
    """How far the server's clock is ahead of this machine's, half of the way there taken off; none
    if it is little. ``dbapi`` is left without a transaction."""
    begun = datetime.now(UTC)
    with dbapi.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        (there,) = cursor.fetchone()
    dbapi.rollback()
    here = begun + (datetime.now(UTC) - begun) / 2
    ahead: timedelta = there - here
    return ahead if abs(ahead) > TOLERATED else timedelta(0)
