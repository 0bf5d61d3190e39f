"""Several connections at once: what only the database can decide is tested against it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

import sqlalchemy as sa
from sqlalchemy.orm import Session

from crm_core import db

T = TypeVar("T")


def at_once(engine: sa.Engine, *deeds: Callable[[Session], T]) -> list[T | BaseException]:
    """Run each deed in a thread and a transaction of its own, all starting together.

    Gives their results in the order of the deeds, an error in the place of a result.
    """
    make_session = db.sessions(engine)
    start = threading.Barrier(len(deeds))

    def run(deed: Callable[[Session], T]) -> T | BaseException:
        try:
            with db.unit_of_work(make_session) as session:
                session.connection()
                start.wait(timeout=60)
                return deed(session)
        except Exception as error:  # noqa: BLE001 - a refusal is a result here
            return error

    with ThreadPoolExecutor(len(deeds)) as pool:
        return list(pool.map(run, deeds))


def committed(engine: sa.Engine, deed: Callable[[Session], T]) -> T:
    """Run ``deed`` in a transaction that is committed."""
    with db.unit_of_work(db.sessions(engine)) as session:
        return deed(session)


def waiting(engine: sa.Engine, number: int) -> None:
    """Come back once so many transactions wait for a lock."""
    query = sa.text(
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    pause = threading.Event()
    with engine.connect() as connection:
        for _ in range(6000):
            if connection.execute(query).scalar_one() >= number:
                return
            connection.rollback()  # the view is frozen within a transaction
            pause.wait(0.01)
    raise AssertionError(f"{number} transactions should wait")


@contextmanager
def ended_once(connection: sa.Connection, table: str) -> Iterator[None]:
    """The server ends the first transaction that writes to ``table``, as it ends a deadlock's.

    ``connection`` in autocommit, or the one whose transaction the test undoes.
    """
    function = """
        CREATE FUNCTION ended_once() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
            IF nextval('ended_once') = 1 THEN
                RAISE EXCEPTION 'deadlock detected' USING ERRCODE = '40P01';
            END IF;
            RETURN NEW;
        END $$
    """
    trigger = f"""
        CREATE TRIGGER ended_once BEFORE INSERT OR UPDATE ON {table}
        FOR EACH ROW EXECUTE FUNCTION ended_once()
    """
    connection.exec_driver_sql("CREATE SEQUENCE ended_once")  # a rollback leaves it counted
    connection.exec_driver_sql(function)
    connection.exec_driver_sql(trigger)
    try:
        yield
        counted = connection.exec_driver_sql("SELECT nextval('ended_once')").scalar_one()
        assert counted > 2, f"{table} should have been written anew"
    finally:
        connection.exec_driver_sql("DROP FUNCTION ended_once CASCADE")
        connection.exec_driver_sql("DROP SEQUENCE ended_once")


@contextmanager
def ended_in(engine: sa.Engine, table: str) -> Iterator[None]:
    """As :func:`ended_once`, for work that commits."""
    with (
        engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection,
        ended_once(connection, table),
    ):
        yield
