"""What a unit of work has read, it need not read again: until it writes there, or takes a lock.

An answer asks for the same cart five or six times on its way. In a unit of work (:func:`begin`) a
verb that only reads hands its reading to :func:`recall`. What was read before is given again as
long as this very transaction has written to none of the tables named and has taken no lock since:
whoever held a lock that was waited for may have changed anything. Nothing outlives the transaction.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.event import listen
from sqlalchemy.orm import Session, SessionTransaction

T = TypeVar("T")

_KEPT = "sapa.recalled"
_MOVED = "sapa.moved"
_LOCKS = (" FOR UPDATE", " FOR NO KEY UPDATE", " FOR SHARE", " FOR KEY SHARE", "pg_advisory")
_WRITES = {"INSERT": 2, "UPDATE": 1, "DELETE": 2}
"""Which word of such a statement is the table."""
_moments = itertools.count(1)


@dataclass(slots=True)
class _Moved:
    """When (counted in changes of this process) a connection last changed what it may see."""

    all: int = 0
    tables: dict[str, int] = field(default_factory=dict)

    def since(self, tables: tuple[str, ...]) -> int:
        return max(self.all, max((self.tables.get(name, 0) for name in tables), default=0))


def attend(engine: Engine) -> None:
    """Watch what the connections of ``engine`` write and lock."""
    listen(engine, "before_cursor_execute", _sent)
    listen(engine, "begin", _moved_of)
    for ending in ("commit", "rollback", "rollback_savepoint"):
        listen(engine, ending, _ended)


@dataclass(slots=True)
class _Kept:
    """What a transaction has read, each with the moment it is true of."""

    transaction: SessionTransaction | None = None
    moved: _Moved = field(default_factory=_Moved)
    values: dict[Hashable, tuple[int, Any]] = field(default_factory=dict)


def begin(session: Session) -> None:
    """Let :func:`recall` remember in ``session``."""
    session.info[_KEPT] = _Kept()


def recall(
    session: Session,
    key: Hashable,
    tables: tuple[str, ...],
    read: Callable[[], T],
    *,
    flushing: bool = False,
) -> T:
    """What ``read`` gave under ``key`` before, or gives now. ``tables`` are all that it reads from.

    What it returns is shared: it must be immutable. Outside of a unit of work it reads each time.
    ``flushing``: the session is writing what it holds at this very moment.
    """
    kept: _Kept | None = session.info.get(_KEPT)
    if kept is None:
        return read()
    if not flushing:
        session.flush()
    if kept.transaction is None or kept.transaction is not session.get_transaction():
        moved = session.connection().info.get(_MOVED)
        if moved is None:  # nobody watches this engine
            return read()
        kept.transaction, kept.moved, kept.values = session.get_transaction(), moved, {}
    since = kept.moved.since(tables)
    found: tuple[int, T] | None = kept.values.get(key)
    if found is not None and found[0] == since:
        return found[1]
    value = read()
    if kept.moved.since(tables) == since:
        kept.values[key] = since, value
    return value


def _moved_of(connection: Connection) -> _Moved:
    info = connection.info
    moved = info.get(_MOVED)
    if moved is None:
        moved = info[_MOVED] = _Moved()
    return moved


def _sent(connection: Connection, _: object, statement: str, *__: object) -> None:
    written = _written(statement)
    if written is None:
        return
    if written:
        _moved_of(connection).tables[written] = next(_moments)
    else:
        _ended(connection)


@lru_cache(maxsize=2048)
def _written(statement: str) -> str | None:
    """The table that a statement writes to; "" for one that locks or may do anything, None for one
    that only reads."""
    if statement.startswith("SELECT"):
        return "" if any(lock in statement for lock in _LOCKS) else None
    words = statement.split(None, 3)
    place = _WRITES.get(words[0]) if words else None
    return words[place] if place is not None and len(words) > place else ""


def _ended(connection: Connection, *_: Any) -> None:
    _moved_of(connection).all = next(_moments)
