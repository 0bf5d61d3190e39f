"""What a process of the channels shares: settings, database, Redis. Made at first use.

Made again after a fork: a database connection must never be used by two processes.
"""

from __future__ import annotations

import os
import threading
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry
from sqlalchemy import Engine
from sqlalchemy.event import listen
from sqlalchemy.orm import Session, sessionmaker

from crm_core import catalogue, db, links, sealing, timekeeping
from crm_core.settings import Settings

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

NOWHERE = "redis://127.0.0.1:1/0"
"""Stands for a Redis that is not configured: always away."""
POOL_WAIT_S = 1.8
"""A request that gets no connection in this time is told to come back (Twilio waits 15 s)."""
DOOR = 8
"""Webhooks of a process that are stored at a time; the others wait for one of these."""
LOCK_WAIT_MS = 900
"""So long a webhook waits for another transaction."""
_lock = threading.RLock()


def redis_at(url: str, *, socket_timeout: float) -> redis.Redis:
    """A client that gives up at once (the library's own would try for seconds)."""
    return redis.Redis.from_url(
        url,
        socket_timeout=socket_timeout,
        socket_connect_timeout=1.0,
        health_check_interval=30,
        retry=Retry(NoBackoff(), 0),
    )


@dataclass
class Context:
    """One process's connections. ``redis`` may be unreachable: nothing may depend on it."""

    settings: Settings

    @cached_property
    def engine(self) -> Engine:
        """The database engine; raises RuntimeError when no address is configured."""
        if not self.settings.database_url:
            raise RuntimeError("SAPA_DATABASE_URL is not set: start through `sapa up`")
        catalogue.keep_index_in(self.settings.data_dir / "catalogue")
        engine = db.engine_for(
            self.settings.database_url, max_overflow=20, pool_timeout=POOL_WAIT_S
        )
        timekeeping.attend(engine)
        return engine

    @cached_property
    def quick(self) -> Engine:
        """The same connections, each statement a transaction of its own."""
        return self.engine.execution_options(isolation_level="AUTOCOMMIT")

    @cached_property
    def door(self) -> Engine:
        """The engine by which webhooks store the usual message: each statement is a transaction,
        and none of them waits long."""
        engine = db.engine_for(
            self.settings.database_url or "",
            pool_size=DOOR,
            max_overflow=0,
            pool_timeout=POOL_WAIT_S,
            isolation_level="AUTOCOMMIT",
        )
        listen(engine, "connect", _hurry)
        timekeeping.attend(engine)
        return engine

    @cached_property
    def sessions(self) -> sessionmaker[Session]:
        """Makes sessions for :func:`crm_core.db.unit_of_work`."""
        return db.sessions(self.engine)

    @cached_property
    def redis(self) -> redis.Redis:
        """Redis with short time-outs: losing it may slow nobody down."""
        return redis_at(self.settings.redis_url or NOWHERE, socket_timeout=2.0)

    def unit_of_work(self) -> AbstractContextManager[Session]:
        """One transaction: commit at the end, roll back on an exception."""
        return db.unit_of_work(self.sessions)

    def close(self) -> None:
        """Give the connections back."""
        for name in ("engine", "door"):
            if name in self.__dict__:
                getattr(self, name).dispose()
        if "redis" in self.__dict__:
            self.redis.close()


def _hurry(dbapi: Any, _record: object) -> None:
    with dbapi.cursor() as cursor:
        cursor.execute(f"SET lock_timeout = {LOCK_WAIT_MS}")


class _Current:
    context: Context | None = None
    pid: int = 0


def _made(settings: Settings) -> Context:
    """A context; this process's links carry its key and its address, its seals its key."""
    key = settings.secret_key
    links.use(key.get_secret_value() if key else "", settings.public_url)
    sealing.use(*settings.secret_keys() if key else ("",))
    return Context(settings)


def current() -> Context:
    """This process's context, from the environment unless :func:`use` gave another."""
    with _lock:
        pid = os.getpid()
        if _Current.context is None:
            _Current.context = _made(Settings.load())
        elif _Current.pid != pid:
            _Current.context = _made(_Current.context.settings)
        _Current.pid = pid
        return _Current.context


def use(settings: Settings) -> Context:
    """Make ``settings`` this process's; the earlier connections are given back."""
    with _lock:
        earlier = _Current.context
        if earlier is not None and _Current.pid == os.getpid():
            if earlier.settings == settings:
                return earlier
            earlier.close()
        _Current.context, _Current.pid = _made(settings), os.getpid()
        return _Current.context
