from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
import time_machine

from crm_core import clock


def test_now_is_aware_and_utc() -> None:
    with time_machine.travel(datetime(2026, 11, 21, 2, 0, tzinfo=UTC), tick=False):
        assert clock.now() == datetime(2026, 11, 21, 2, 0, tzinfo=UTC)
        assert clock.now().tzinfo is UTC


def test_the_shops_clock_is_seven_hours_ahead() -> None:
    assert clock.local(datetime(2026, 11, 21, 2, 0, tzinfo=UTC)).strftime("%H:%M") == "09:00"


@pytest.mark.parametrize(("hour", "day"), [(16, 21), (17, 22), (23, 22)])
def test_a_day_begins_at_midnight_in_pontianak(hour: int, day: int) -> None:
    assert clock.local_date(datetime(2026, 11, 21, hour, tzinfo=UTC)) == date(2026, 11, day)


def test_a_time_without_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="without zone"):
        clock.local(datetime(2026, 11, 21))  # noqa: DTZ001 - the thing tested
