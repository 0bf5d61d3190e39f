"""When people answer: pure arithmetic on opening hours."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, time, timedelta

from crm_core.clock import ZONE, local

Hours = Mapping[int, Sequence[tuple[time, time]]]
"""Weekday (0 = Monday) → spans of opening on the shop's clock, each ending after it begins."""

FURTHEST_DAYS = 60


def is_open(hours: Hours, holidays: Collection[object], at: datetime) -> bool:
    """Whether somebody is there at ``at``; the closing minute is closed."""
    here = local(at)
    if here.date() in holidays:
        return False
    return any(opens <= here.time() < closes for opens, closes in hours.get(here.weekday(), ()))


def next_opening(hours: Hours, holidays: Collection[object], at: datetime) -> datetime | None:
    """The first moment from ``at`` on at which somebody is there, in the zone of the shop.

    That is ``at`` itself while open; None if the shop does not open within 60 days.
    """
    if is_open(hours, holidays, at):
        return local(at)
    here = local(at)
    for ahead in range(FURTHEST_DAYS + 1):
        day = (here + timedelta(days=ahead)).date()
        if day in holidays:
            continue
        for opens, _ in sorted(hours.get(day.weekday(), ())):
            moment = datetime.combine(day, opens, ZONE)
            if moment > here:
                return moment
    return None
