"""When the shop leaves people in peace: no word of its own accord in the quiet hours. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from crm_core.clock import ZONE, local
from crm_core.errors import InvalidInput

_SPAN = re.compile(r"\s*(\d{1,2})[.:](\d{2})\s*[-–]\s*(\d{1,2})[.:](\d{2})\s*")


@dataclass(frozen=True, slots=True)
class QuietHours:
    """From ``begins`` to ``ends`` on the clock of ``zone``, over midnight if it ends earlier."""

    begins: time = time(21)
    ends: time = time(8)
    zone: ZoneInfo = ZONE

    def at_home(self, zone: ZoneInfo) -> QuietHours:
        """The same hours where somebody else lives."""
        return replace(self, zone=zone)

    @classmethod
    def read(cls, text: str) -> QuietHours:
        """``"21.00-08.00"``; InvalidInput("quiet_hours_invalid") for anything else."""
        found = _SPAN.fullmatch(text)
        try:
            hours = [int(part) for part in found.groups()] if found else []
            return cls(time(hours[0], hours[1]), time(hours[2], hours[3]))
        except (IndexError, ValueError):
            raise InvalidInput("quiet_hours_invalid") from None

    def hold(self, at: datetime) -> bool:
        """Whether ``at`` is within them; the minute they end is not. Equal ends: never quiet."""
        now = self._here(at).time()
        if self.begins <= self.ends:
            return self.begins <= now < self.ends
        return now >= self.begins or now < self.ends

    def begun(self, at: datetime) -> datetime:
        """When the quiet hours that hold ``at`` began."""
        here = self._here(at)
        begun = datetime.combine(here.date(), self.begins, self.zone)
        return begun if begun <= here else begun - timedelta(days=1)

    def over(self, at: datetime) -> datetime:
        """When the quiet hours that hold ``at`` end."""
        here = self._here(at)
        over = datetime.combine(here.date(), self.ends, self.zone)
        return over if over > here else over + timedelta(days=1)

    def _here(self, at: datetime) -> datetime:
        return local(at).astimezone(self.zone)


def moment_before(deadline: datetime, before: timedelta, quiet: QuietHours) -> datetime:
    """When to say what must be known ``before`` a deadline: never in the quiet hours.

    What falls into them waits for their end, if half of the time is left then; else it is said just
    before they begin.
    """
    wanted = deadline - before
    if not quiet.hold(wanted):
        return wanted
    later = quiet.over(wanted)
    return later if later <= deadline - before / 2 else quiet.begun(wanted) - timedelta(minutes=30)
