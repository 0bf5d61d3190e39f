"""The only source of the present time, and the shop's own day.

Times are aware UTC everywhere; a "day" in a rule is a date in Pontianak (UTC+7, no summer time).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Asia/Pontianak")

_other: Callable[[], datetime] | None = None
_ahead = timedelta(0)


def now() -> datetime:
    """The present moment, aware, in UTC."""
    return datetime.now(UTC) + _ahead if _other is None else _other()


def correct(ahead: timedelta) -> None:
    """Let this process's time be so far ahead of its machine's clock, see ``timekeeping``."""
    global _ahead  # noqa: PLW0603 - one process has one time
    _ahead = ahead


@contextmanager
def told_by(other: Callable[[], datetime]) -> Iterator[None]:
    """Let ``other`` tell the time to this whole process, for a simulation; never in a shop."""
    global _other  # noqa: PLW0603 - one process has one time
    before, _other = _other, other
    try:
        yield
    finally:
        _other = before


def local(moment: datetime) -> datetime:
    """``moment`` on the shop's clock; a naive time is refused (ValueError), never guessed."""
    if moment.tzinfo is None:
        raise ValueError("a time without zone cannot be shown on the shop's clock")
    return moment.astimezone(ZONE)


def local_date(moment: datetime) -> date:
    """The date in Pontianak at ``moment``."""
    return local(moment).date()
