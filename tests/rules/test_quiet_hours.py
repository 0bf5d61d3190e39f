"""When the shop keeps still, and when it says what must be known before a deadline."""

from __future__ import annotations

from datetime import datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_core.clock import ZONE, local
from crm_core.customers import ZONES
from crm_core.errors import InvalidInput
from crm_core.shipping import zone_of_province
from crm_core.shop import QuietHours, moment_before

NIGHT = QuietHours(time(21), time(8))


def at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=ZONE)


@pytest.mark.parametrize(
    ("hour", "quiet"), [(20, False), (21, True), (23, True), (0, True), (7, True), (8, False)]
)
def test_the_night_goes_over_midnight(hour: int, quiet: bool) -> None:
    assert NIGHT.hold(at(20, hour)) is quiet


@pytest.mark.parametrize(
    ("deadline", "hours", "said"),
    [
        (at(23, 10), 24, at(22, 10)),
        (at(23, 3), 24, at(22, 8)),  # the night before is over by eight
        (at(23, 22), 24, at(23, 8)),
        (at(23, 7), 4, at(22, 20, 30)),  # the deadline itself is in the night: said before it
        (at(23, 9), 2, at(23, 8)),  # eight leaves one hour of two: half of it is enough
    ],
)
def test_what_falls_into_the_night_waits_or_is_said_before_it(
    deadline: datetime, hours: int, said: datetime
) -> None:
    assert moment_before(deadline, timedelta(hours=hours), NIGHT) == said


def test_a_span_is_read_as_the_shop_writes_it() -> None:
    assert QuietHours.read("21.30 - 07:00") == QuietHours(time(21, 30), time(7))


@pytest.mark.parametrize("text", ["", "malam", "21-8", "25.00-08.00", "21.00-08.60"])
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        QuietHours.read(text)
    assert refused.value.code == "quiet_hours_invalid"


times = st.times().map(lambda one: one.replace(second=0, microsecond=0))


@given(
    begins=times,
    ends=times,
    minute=st.integers(0, 60 * 24 * 400),
    hours=st.integers(1, 168),
)
def test_the_word_comes_before_the_deadline_and_never_in_the_quiet_hours(
    begins: time, ends: time, minute: int, hours: int
) -> None:
    quiet, limit = QuietHours(begins, ends), at(1, 0) + timedelta(minutes=minute)
    said = moment_before(limit, timedelta(hours=hours), quiet)
    assert said < limit
    asleep = (ends.hour * 60 + ends.minute - begins.hour * 60 - begins.minute) % 1440
    if asleep <= 1380:
        assert not quiet.hold(local(said))


@pytest.mark.parametrize(
    ("zone", "begins", "ends"),
    [
        ("WIB", at(20, 21), at(21, 8)),
        ("WITA", at(20, 20), at(21, 7)),
        ("WIT", at(20, 19), at(21, 6)),
    ],
)
def test_the_night_is_the_customers_own_to_the_minute(
    zone: str, begins: datetime, ends: datetime
) -> None:
    theirs, minute = NIGHT.at_home(ZONES[zone]), timedelta(minutes=1)
    assert [theirs.hold(begins - minute), theirs.hold(begins)] == [False, True]
    assert [theirs.hold(ends - minute), theirs.hold(ends)] == [True, False]
    assert theirs.over(begins) == theirs.over(ends - minute) == ends
    assert theirs.begun(ends - minute) == begins


def test_the_last_night_of_the_year_and_the_leap_day_end_like_any_other() -> None:
    east = NIGHT.at_home(ZONES["WIT"])
    assert east.over(datetime(2026, 12, 31, 20, 0, tzinfo=ZONE)) == datetime(
        2027, 1, 1, 6, 0, tzinfo=ZONE
    )
    assert east.over(datetime(2028, 2, 28, 23, 0, tzinfo=ZONE)) == datetime(
        2028, 2, 29, 6, 0, tzinfo=ZONE
    )


@pytest.mark.parametrize(
    ("province", "zone"),
    [
        ("Kalimantan Barat", "WIB"), ("Kalimantan Tengah", "WIB"), ("DKI Jakarta", "WIB"),
        ("Kalimantan Selatan", "WITA"), ("KALIMANTAN TIMUR", "WITA"), ("Bali", "WITA"),
        ("Nusa Tenggara Timur", "WITA"), ("Sulawesi Utara", "WITA"), ("Gorontalo", "WITA"),
        ("Maluku Utara", "WIT"), ("Papua Barat Daya", "WIT"), ("Provinsi Papua", "WIT"),
        ("Bangka Belitung", "WIB"), ("Banten", "WIB"),
    ],
)  # fmt: skip
def test_each_province_has_its_clock(province: str, zone: str) -> None:
    assert zone_of_province(province) == ZONES[zone]


def test_no_province_tells_nothing() -> None:
    assert zone_of_province(" ") is None
