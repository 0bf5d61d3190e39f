"""Stops a process at one exact step: a trigger that waits until the drill lets it go on.

The statement is under way and nothing of it is committed, so whoever is killed now is killed at
that step and at no other.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa

from tests.drills.stage import wait_for

_numbers = itertools.count(7_001)


class Halt:
    """Rows written to ``table`` (``deed``: INSERT or UPDATE) for which ``condition`` holds wait."""

    def __init__(self, engine: sa.Engine, table: str, deed: str, condition: str = "true") -> None:
        self.key, self.table = next(_numbers), table
        self.name = f"drill_halt_{self.key}"
        self._keeper = engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        self._engine = engine
        self._do(f"SELECT pg_advisory_lock({self.key})", self._keeper)
        self._do(
            f"CREATE FUNCTION {self.name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
            f" PERFORM pg_advisory_xact_lock_shared({self.key}); RETURN NEW; END $$"
        )
        self._do(
            f"CREATE TRIGGER {self.name} BEFORE {deed} ON {table} FOR EACH ROW"
            f" WHEN ({condition}) EXECUTE FUNCTION {self.name}()"
        )

    def waiting(self) -> int:
        """How many statements wait here now."""
        counted = sa.text(
            "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
            " AND objid = :key"
        )
        with self._engine.connect() as connection:
            return int(connection.scalar(counted, {"key": self.key}) or 0)

    def reached(self, count: int = 1, limit_s: float = 25.0) -> None:
        """Wait until ``count`` statements have come here."""
        wait_for(lambda: self.waiting() >= count, f"{count} at {self.table}", limit_s)

    def end(self) -> None:
        """Let everything go on, and leave nothing behind."""
        self._do(f"SELECT pg_advisory_unlock({self.key})", self._keeper)
        self._keeper.close()
        self._do(f"DROP FUNCTION {self.name}() CASCADE")

    def _do(self, statement: str, connection: sa.Connection | None = None) -> None:
        if connection is not None:
            connection.exec_driver_sql(statement)
            return
        with self._engine.connect().execution_options(isolation_level="AUTOCOMMIT") as own:
            own.exec_driver_sql(statement)


@contextmanager
def halted(engine: sa.Engine, table: str, deed: str, condition: str = "true") -> Iterator[Halt]:
    """A halt that ends with the block."""
    halt = Halt(engine, table, deed, condition)
    try:
        yield halt
    finally:
        halt.end()
