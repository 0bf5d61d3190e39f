"""Several connections at once: what only the database can decide is tested against it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
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
                start.wait(timeout=10)
                return deed(session)
        except Exception as error:  # noqa: BLE001 - a refusal is a result here
            return error

    with ThreadPoolExecutor(len(deeds)) as pool:
        return list(pool.map(run, deeds))


def committed(engine: sa.Engine, deed: Callable[[Session], T]) -> T:
    """Run ``deed`` in a transaction that is committed."""
    with db.unit_of_work(db.sessions(engine)) as session:
        return deed(session)
