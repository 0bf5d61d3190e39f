from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from crm_core import db
from crm_core.db import Event, RupiahType, UTCDateTime
from crm_core.money import Rupiah
from crm_core.shop.models import ShopFact


@pytest.fixture
def heard() -> Iterator[list[list[Event]]]:
    events: list[list[Event]] = []
    remove = db.on_commit(events.append)
    yield events
    remove()


def keys(engine: sa.Engine) -> list[str]:
    with Session(engine) as session:
        return list(session.scalars(sa.select(ShopFact.key)))


def test_a_unit_of_work_is_committed_and_then_announced(
    database: sa.Engine, heard: list[list[Event]]
) -> None:
    event = Event("conversation_changed", {"conversation_id": "x"})
    with db.unit_of_work(db.sessions(database)) as session:
        session.add(ShopFact(key="name", value="Toko"))
        db.announce(session, event)
        db.announce(session, event)
        assert heard == []
    assert heard == [[event]]
    assert keys(database) == ["name"]


def test_a_unit_of_work_that_fails_changes_and_tells_nothing(
    database: sa.Engine, heard: list[list[Event]]
) -> None:
    def fail() -> None:
        with db.unit_of_work(db.sessions(database)) as session:
            session.add(ShopFact(key="name", value="Toko"))
            db.announce(session, Event("order_changed", {}))
            session.flush()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert heard == []
    assert keys(database) == []


def test_a_listener_that_fails_breaks_neither_the_commit_nor_the_next(
    database: sa.Engine, heard: list[list[Event]], caplog: pytest.LogCaptureFixture
) -> None:
    def broken(events: list[Event]) -> None:
        raise ConnectionError("no broker")

    remove = db.on_commit(broken)
    second: list[list[Event]] = []
    remove_second = db.on_commit(second.append)
    try:
        with db.unit_of_work(db.sessions(database)) as session:
            session.add(ShopFact(key="name", value="Toko"))
            db.announce(session, Event("order_changed", {}))
    finally:
        remove()
        remove_second()
    assert keys(database) == ["name"]
    assert len(heard) == len(second) == 1
    assert "no broker" in caplog.text


def test_times_come_back_in_utc(session: Session) -> None:
    pontianak = datetime(2026, 11, 21, 9, 0, tzinfo=timezone(timedelta(hours=7)))
    back = session.scalar(sa.select(sa.literal(pontianak, UTCDateTime())))
    assert back == pontianak
    assert back is not None
    assert back.tzinfo is UTC


def test_a_time_without_zone_is_refused(session: Session) -> None:
    with pytest.raises(sa.exc.StatementError, match="without zone"):
        session.scalar(sa.select(sa.literal(datetime(2026, 1, 1), UTCDateTime())))  # noqa: DTZ001


def test_money_comes_back_as_rupiah(session: Session) -> None:
    back = session.scalar(sa.select(sa.literal(150_000, RupiahType())))
    assert type(back) is Rupiah
    assert back == 150_000


def test_a_float_never_reaches_a_money_column(session: Session) -> None:
    with pytest.raises(sa.exc.StatementError, match="whole number"):
        session.scalar(sa.select(sa.literal(0.5, RupiahType())))


def test_a_machine_that_is_gone_does_not_hold_its_locks_for_hours(engine: sa.Engine) -> None:
    names = ("tcp_keepalives_idle", "tcp_keepalives_interval", "tcp_keepalives_count")
    over_tcp = engine.url.update_query_dict({"host": "127.0.0.1"})
    by_network = db.engine_for(over_tcp.render_as_string(hide_password=False))
    with by_network.connect() as connection:
        idle, every, times = (
            int(connection.exec_driver_sql(f"SHOW {name}").scalar_one()) for name in names
        )
    assert idle + every * times == 35
