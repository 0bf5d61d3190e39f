"""A process whose machine shows a wrong time goes by the database's."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
import time_machine

from crm_core import clock, db, timekeeping


@pytest.fixture
def keeping(engine: sa.Engine, monkeypatch: pytest.MonkeyPatch) -> Iterator[sa.Engine]:
    """An engine of a process that has begun to keep the database's time."""
    monkeypatch.setattr(timekeeping._Watch, "kept", True)
    monkeypatch.setattr(timekeeping._Watch, "asked_at", -timekeeping.EVERY_S)
    own = db.engine_for(engine.url.render_as_string(hide_password=False))
    timekeeping.attend(own)
    yield own
    own.dispose()
    clock.correct(timedelta(0))


@pytest.mark.parametrize("wrong", [timedelta(hours=1), timedelta(hours=-1)])
def test_a_clock_an_hour_wrong_is_right_after_the_first_use_of_the_database(
    keeping: sa.Engine, wrong: timedelta
) -> None:
    with time_machine.travel(datetime.now(UTC) + wrong, tick=True):
        assert abs(clock.now() - datetime.now(UTC)) < timedelta(seconds=1)
        with keeping.connect() as connection:
            there = connection.scalar(sa.text("SELECT clock_timestamp()"))
        assert abs(clock.now() - there) < timedelta(seconds=5)
        assert abs(datetime.now(UTC) - there) > timedelta(minutes=59)


def test_a_clock_that_is_nearly_right_is_left_alone(keeping: sa.Engine) -> None:
    with time_machine.travel(datetime.now(UTC) + timedelta(seconds=0.5), tick=True):
        raw = keeping.raw_connection()
        assert timekeeping.difference(raw.driver_connection) == timedelta(0)
        raw.close()


def test_a_process_that_did_not_begin_keeps_its_own_time(
    keeping: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(timekeeping._Watch, "kept", False)
    with time_machine.travel(datetime(2027, 1, 1, tzinfo=UTC)):
        with keeping.connect() as connection:
            connection.execute(sa.text("SELECT 1"))
        assert clock.now() == datetime(2027, 1, 1, tzinfo=UTC)
