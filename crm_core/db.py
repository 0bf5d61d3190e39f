"""The database: base class and types of all tables, units of work, and what they announce.

A verb never commits. The edge opens a :func:`unit_of_work`; when it has committed, listeners hear
the :class:`Event` objects that verbs announced meanwhile (wake a worker, refresh a screen).
"""

from __future__ import annotations

import importlib
import logging
import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, TypeVar

from alembic import command
from alembic.config import Config
from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    DateTime,
    Engine,
    Enum,
    Identity,
    MetaData,
    Text,
    Uuid,
    create_engine,
    func,
    select,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine import Dialect
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import DeclarativeBase, Session, mapped_column, sessionmaker
from sqlalchemy.types import TypeDecorator

from crm_core import pooling, recalling
from crm_core.money import Rupiah

log = logging.getLogger(__name__)

Sessions = sessionmaker[Session]
T = TypeVar("T")

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class UTCDateTime(TypeDecorator[datetime]):
    """``timestamptz`` that takes aware times only and gives them back in UTC."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Refuse a time without zone: PostgreSQL would silently take the server's."""
        if value is not None and value.tzinfo is None:
            raise ValueError("a time without zone cannot be stored")
        return value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """The same moment in UTC, whatever zone the connection speaks."""
        return None if value is None else value.astimezone(UTC)


class RupiahType(TypeDecorator[Rupiah]):
    """``bigint`` in the database, :class:`Rupiah` in Python; floats are refused on the way in."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: int | None, dialect: Dialect) -> int | None:  # noqa: ARG002
        """A plain int for the driver."""
        return None if value is None else int(Rupiah(value))

    def process_result_value(self, value: int | None, dialect: Dialect) -> Rupiah | None:  # noqa: ARG002
        """A Rupiah for the program."""
        return None if value is None else Rupiah(value)


class Base(DeclarativeBase):
    """Parent of all tables: 64-bit keys, aware times, text without arbitrary lengths."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map = {  # noqa: RUF012 - read once by SQLAlchemy, never changed
        int: BigInteger,
        str: Text,
        datetime: UTCDateTime,
        Rupiah: RupiahType,
        dict[str, Any]: JSONB,
        list[Any]: JSONB,
        list[dict[str, Any]]: JSONB,
    }


Id = Annotated[int, mapped_column(BigInteger, Identity(), primary_key=True)]
PublicId = Annotated[str, mapped_column(Uuid(as_uuid=False), unique=True)]
"""A random id that may leave the house (URLs, Rasa); the default is set where it is used."""


def one_of(column: str, *values: str, name: str | None = None) -> CheckConstraint:
    """A CHECK that ``column`` is one of ``values`` (an enum that a migration can change)."""
    listed = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({listed})", name=name or column)


def enum_of(values: type[StrEnum], name: str, length: int = 20) -> Enum:
    """A text column type for one of ``values``; the database checks it as ``name``."""
    return Enum(
        values,
        native_enum=False,
        create_constraint=True,
        name=name,
        length=length,
        values_callable=lambda found: [value.value for value in found],
    )


_ALIVE = {"tcp_keepalives_idle": 20, "tcp_keepalives_interval": 5, "tcp_keepalives_count": 3}
_UNHEARD = {"tcp_user_timeout": 35_000}
"""Milliseconds. Keepalive counts only while nothing is on its way; what was said and not heard
would be said again for a quarter of an hour."""
_ALIVE_SERVER = " ".join(f"-c {name}={value}" for name, value in {**_ALIVE, **_UNHEARD}.items())


def engine_for(url: str, **options: Any) -> Engine:
    """An engine on PostgreSQL; connections that have rested are checked before use, statements end
    after 30 s.

    Both sides notice within 35 s that the other's machine is gone: until then it holds its locks.
    """
    options.setdefault("pool_size", 10)
    options.setdefault("max_overflow", 10)
    # The one used last comes first: it is awake, and knows the statements that come next.
    options.setdefault("pool_use_lifo", True)
    options.setdefault("hide_parameters", True)  # an error's text goes into the log
    options.setdefault(
        "connect_args",
        {
            "options": f"-c statement_timeout=30000 -c timezone=UTC {_ALIVE_SERVER}",
            "connect_timeout": 10,
            **{name.removeprefix("tcp_"): value for name, value in _ALIVE.items()},
            **_UNHEARD,
        },
    )
    # Foreign keys cross concepts, so a process that uses one table must know them all.
    importlib.import_module("crm_core.models")
    engine = create_engine(url, **options)
    pooling.look_after(engine)
    recalling.attend(engine)
    return engine


def sessions(engine: Engine) -> Sessions:
    """The factory of sessions; objects stay readable after the commit."""
    return sessionmaker(engine, expire_on_commit=False)


@dataclass(frozen=True, slots=True)
class Event:
    """Something that has happened, for those who only need to look again.

    Kinds: message_received, message_queued, message_changed, conversation_changed, order_changed,
    payment_changed, complaint_changed, comment_changed, handoff_changed, learning_changed,
    training_requested, mail_queued, webhook_queued. In ``data``, ``conversation_id`` is the public
    id (text), ``message_id`` the integer id.
    """

    kind: str
    data: dict[str, Any] = field(default_factory=dict)


Listener = Callable[[list[Event]], None]
_listeners: list[Listener] = []
_EVENTS = "sapa.events"


def announce(session: Session, event: Event) -> None:
    """Tell ``event`` to the listeners once the session's work is committed; once if repeated."""
    events = announced(session)
    if event not in events:
        events.append(event)


def announced(session: Session) -> list[Event]:
    """What has been announced in ``session`` and not been told yet."""
    events: list[Event] = session.info.setdefault(_EVENTS, [])
    return events


def on_commit(listener: Listener) -> Callable[[], None]:
    """Register ``listener`` for this process; returns the function that removes it again."""
    _listeners.append(listener)

    def remove() -> None:
        if listener in _listeners:
            _listeners.remove(listener)

    return remove


@contextmanager
def unit_of_work(make_session: Sessions) -> Iterator[Session]:
    """One transaction: committed at the end, rolled back on any error, then announced."""
    with make_session() as session:
        recalling.begin(session)
        try:
            yield session
            session.commit()
        except BaseException:
            session.rollback()
            session.info.pop(_EVENTS, None)
            raise
        events = session.info.pop(_EVENTS, [])
    if events:
        tell(events)


ENDED_FOR_ANOTHER = frozenset({"40001", "40P01"})
"""SQLSTATEs of a transaction that the server ended so that another could go on: it could not be
put in order with it, or both waited for each other."""


def ended_for_another(error: BaseException) -> bool:
    """Whether nothing is wrong with the work itself, and doing it once more will do."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    return getattr(cause, "sqlstate", None) in ENDED_FOR_ANOTHER


def again(work: Callable[[], T], *, times: int = 3) -> T:
    """Do ``work``, and do it anew if the server ended it for another transaction.

    ``work`` must be one whole transaction, with nothing beside it that may not happen twice. The
    last of ``times`` attempts raises what it raises.
    """
    for attempt in range(1, times):
        try:
            return work()
        except DBAPIError as error:
            if not ended_for_another(error):
                raise
            log.info("a transaction was ended for another one, attempt %d", attempt)
            # Not in step with the other one, or both would meet again.
            time.sleep(random.SystemRandom().uniform(0.01, 0.05) * attempt)
    return work()


def tell(events: list[Event]) -> None:
    """Tell the listeners what has been committed; :func:`unit_of_work` does."""
    for listener in tuple(_listeners):  # a listener may remove itself meanwhile
        try:
            listener(list(events))
        except Exception:  # the work is committed; a wake-up that fails is found by the sweep
            log.exception("a listener failed on %s", [event.kind for event in events])


def lock_key(session: Session, key: str) -> None:
    """Wait until no other transaction holds ``key``, and hold it until this one ends."""
    session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(key, 0))))


def hurry(session: Session, wait_ms: int) -> None:
    """Let this transaction wait so long for a lock and no longer: then the server ends it with an
    OperationalError, which a request answers with 503."""
    session.execute(text(f"SET LOCAL lock_timeout = {int(wait_ms)}"))


def upgrade(url: str, revision: str = "head") -> None:
    """Bring the database at ``url`` to ``revision``; two starters wait for each other."""
    _migrate(url, lambda config: command.upgrade(config, revision))


def downgrade(url: str, revision: str) -> None:
    """Take the database at ``url`` back to ``revision`` ("base" empties it)."""
    _migrate(url, lambda config: command.downgrade(config, revision))


_MIGRATION_LOCK = 7_262_001


def _migrate(url: str, step: Callable[[Config], None]) -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    engine = create_engine(url, pool_pre_ping=True)
    try:
        with engine.connect() as connection:
            connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": _MIGRATION_LOCK})
            connection.commit()
            try:
                config.attributes["connection"] = connection
                step(config)
                connection.commit()
            finally:
                connection.rollback()
                connection.execute(
                    text("SELECT pg_advisory_unlock(:key)"), {"key": _MIGRATION_LOCK}
                )
                connection.commit()
    finally:
        engine.dispose()
