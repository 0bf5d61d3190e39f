"""A few days of the whole shop, several things at once: right to the rupiah and the piece."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session
from typer.testing import CliRunner

from channels import simulation
from channels.cli.app import app
from channels.simulation import Plan, team
from channels.simulation.team import Team
from channels.simulation.world import Opened
from crm_core import clock, db
from crm_core.errors import Conflict
from crm_core.orders import Order

MANY = bool(os.environ.get("SAPA_MANY"))
SMALL = Plan(customers=50, orders=200, days=5) if MANY else Plan(customers=12, orders=40, days=4)
PAIR = Plan(customers=6, orders=8, days=1, workers=2, processes=2)


@pytest.mark.slow
def test_some_days_of_the_shop_leave_books_without_a_finding(
    database: sa.Engine, database_url: str, tmp_path: Path
) -> None:
    told: list[str] = []
    outcome = simulation.run(SMALL, database_url, tmp_path, told.append)
    assert outcome.report.findings == ()
    assert {int(one.gap) for one in outcome.report.accounts} == {0}
    assert outcome.report.stock.gap == 0
    assert len(told) == 1 + SMALL.days
    happened = outcome.tally
    assert happened["customer met"] == SMALL.customers
    assert happened["order placed"] > SMALL.orders * 0.7
    for name in (
        "bookings matched",
        "order packed",
        "messages delivered",
        "bank file",
        "QRIS paid",
    ):
        assert happened[name] > 0, name
    assert happened["rows rejected"] == 0
    # The audit looked at what there is.
    assert outcome.report.checked["orders"] >= happened["order placed"]
    assert outcome.report.unsealed == 0


def test_two_processes_play_one_day_together(
    database: sa.Engine, database_url: str, tmp_path: Path
) -> None:
    outcome = simulation.run(PAIR, database_url, tmp_path)
    assert outcome.report.findings == ()
    assert outcome.tally["customer met"] == PAIR.customers
    assert outcome.tally["messages delivered"] > 0
    with Session(database) as session:
        keys = session.scalars(sa.select(Order.idempotency_key)).all()
        assert {int(key.removeprefix("sim-")) % 2 for key in keys if key} == {0, 1}


@pytest.mark.skipif(not MANY, reason="starts a process for a sentence; SAPA_MANY=1 does")
def test_a_process_that_fails_ends_the_month_and_says_why(
    database_url: str, tmp_path: Path
) -> None:
    start = datetime(2026, 1, 1, 1, 0, tzinfo=UTC)
    nowhere = database_url.replace("/tests_", "/nowhere_")
    with Team(PAIR, nowhere, tmp_path, start) as others:
        others.begin(team.enter, Opened((), ("X",), (), start))
        with pytest.raises(RuntimeError, match="nowhere_"):
            others.finish()


def test_a_shop_with_orders_is_not_played_with(
    database: sa.Engine, database_url: str, tmp_path: Path
) -> None:
    from tests import factories, selling
    from tests.world import committed

    def sold(session: sa.orm.Session) -> None:
        selling.part(session)
        selling.account(session)
        selling.placed(session, factories.conversation(session).customer)

    committed(database, sold)
    with pytest.raises(Conflict, match="orders_exist"):
        simulation.run(SMALL, database_url, tmp_path)
    done = CliRunner().invoke(app, ["simulate", "month", "--database-url", database_url])
    assert done.exit_code == 1
    with db.sessions(database)() as session:
        assert session.scalar(sa.text("SELECT count(*) FROM orders")) == 1
        assert session.scalar(sa.text("SELECT count(*) FROM customers")) == 1


def test_another_clock_tells_the_time_only_as_long_as_it_is_asked() -> None:
    then = datetime(2026, 1, 31, 17, 0, tzinfo=UTC)
    with clock.told_by(lambda: then):
        assert clock.now() == then
    assert clock.now().year != then.year or clock.now() != then
