"""One unit of work reads a thing once, and never gives what it or another has changed since."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from crm_core import db, shop
from crm_core.recalling import recall
from crm_core.shop.models import ShopFact


@contextmanager
def reads(engine: sa.Engine) -> Iterator[list[str]]:
    """The statements on the shop's facts that are sent meanwhile."""
    sent: list[str] = []

    def note(_: object, __: object, statement: str, *___: object) -> None:
        if statement.startswith("SELECT") and "FROM shop_facts" in statement:
            sent.append(statement)

    sa.event.listen(engine, "before_cursor_execute", note)
    yield sent
    sa.event.remove(engine, "before_cursor_execute", note)


@pytest.fixture
def named(database: sa.Engine) -> sa.Engine:
    """A shop with a name."""
    with db.unit_of_work(db.sessions(database)) as session:
        shop.save_fact(session, "name", "Toko")
    return database


def renamed_elsewhere(engine: sa.Engine, name: str) -> None:
    with db.unit_of_work(db.sessions(engine)) as other:
        shop.save_fact(other, "name", name)


def test_what_was_read_in_a_unit_of_work_is_read_once(named: sa.Engine) -> None:
    with reads(named) as sent, db.unit_of_work(db.sessions(named)) as session:
        session.execute(sa.text("SELECT 1"))
        assert [shop.facts(session)["name"] for _ in range(3)] == ["Toko"] * 3
    assert len(sent) == 1


def test_the_next_unit_of_work_reads_anew(named: sa.Engine) -> None:
    for name in ("Toko", "Toko Baru"):
        with db.unit_of_work(db.sessions(named)) as session:
            session.execute(sa.text("SELECT 1"))
            assert shop.facts(session)["name"] == name
        renamed_elsewhere(named, "Toko Baru")


def test_ones_own_write_is_seen(named: sa.Engine) -> None:
    with db.unit_of_work(db.sessions(named)) as session:
        assert shop.facts(session) == {"name": "Toko"}
        session.add(ShopFact(key="phone", value="0561"))
        assert shop.facts(session) == {"name": "Toko", "phone": "0561"}
        shop.save_fact(session, "name", "Toko Baru")
        assert shop.facts(session)["name"] == "Toko Baru"


def test_a_write_to_another_table_lets_it_be(named: sa.Engine) -> None:
    with reads(named) as sent, db.unit_of_work(db.sessions(named)) as session:
        session.execute(sa.text("SELECT 1"))
        shop.facts(session)
        session.execute(sa.text("UPDATE parts SET name = name"))
        shop.facts(session)
    assert len(sent) == 1


def test_after_a_lock_it_is_read_anew(named: sa.Engine) -> None:
    locks = (
        lambda one: db.lock_key(one, "any"),
        lambda one: one.execute(sa.select(ShopFact.key).with_for_update()),
        lambda one: one.execute(sa.select(ShopFact.key).with_for_update(key_share=True)),
        lambda one: one.execute(sa.text("LOCK TABLE carts")),
    )
    for number, lock in enumerate(locks):
        with db.unit_of_work(db.sessions(named)) as session:
            session.execute(sa.text("SELECT 1"))
            before = shop.facts(session)["name"]
            renamed_elsewhere(named, f"Toko {number}")
            assert shop.facts(session)["name"] == before
            lock(session)
            assert shop.facts(session)["name"] == f"Toko {number}"


def test_what_a_savepoint_took_back_is_not_remembered(named: sa.Engine) -> None:
    with db.unit_of_work(db.sessions(named)) as session:
        savepoint = session.begin_nested()
        shop.save_fact(session, "name", "Toko Baru")
        assert shop.facts(session)["name"] == "Toko Baru"
        savepoint.rollback()
        assert shop.facts(session)["name"] == "Toko"


def test_outside_of_a_unit_of_work_nothing_is_remembered(named: sa.Engine) -> None:
    values = iter("ab")
    with Session(named) as session:
        session.execute(sa.text("SELECT 1"))
        assert [recall(session, "key", (), lambda: next(values)) for _ in range(2)] == ["a", "b"]
