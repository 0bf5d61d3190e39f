"""What every test may use: real servers, started once per run and shared by its workers.

``session``    a database session whose work is undone after the test (the usual choice)
``database``   an engine for tests with several connections, threads or commits; emptied afterwards
``valkey_url`` a real Valkey, emptied before the test
``settings``   settings that point at those two, for code that takes a ``Settings``

Each xdist worker has a database and a Valkey number of its own, so workers never meet.
"""

from __future__ import annotations

import gc
import logging
import os
import random
import secrets
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import argon2
import hypothesis
import psycopg
import pytest
import redis
import sqlalchemy as sa
from pydantic import SecretStr
from sqlalchemy.orm import Session

from channels.supervisor.embedded import EmbeddedPostgres, EmbeddedValkey
from crm_core import clock, logs, payments, sealing, timekeeping
from crm_core.settings import ROOT, Settings

gc.disable()  # until all tests are imported: pytest_collection_finish
if sys.dont_write_bytecode:
    # Every process of every test would compile all that it imports (Rasa: 12 s). Bytecode is
    # written after all, but not beside the sources.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    os.environ["PYTHONPYCACHEPREFIX"] = sys.pycache_prefix = str(ROOT / ".sapa" / "bytecode")
    sys.dont_write_bytecode = False

POSTGRES, VALKEY = "TEST_POSTGRES_URL", "TEST_VALKEY_URL"
MANY = "SAPA_MANY"
"""Set, some tests try many more examples."""
TEMPLATE = "template_migrated"
SEQUENCES = "SEQUENCES"
"""How the names end of settings that ask for so many sequences of deeds."""
WITHOUT_SAFETY = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
WITHOUT_HELP = {"autovacuum": "off", "jit": "off"}
"""Nothing happens in the server but what a test asks for; see BLOATED_BYTES."""

# A check says the same about the same code each time it runs; whoever asks for many examples wants
# new ones. No example fails for being slow: the machine may have other things to do.
for _name, _again in (("the same", True), ("new ones", False)):
    hypothesis.settings.register_profile(
        _name,
        derandomize=_again,
        deadline=None,
        database=None,
        suppress_health_check=list(hypothesis.HealthCheck),
    )
_many = any(name == MANY or name.endswith(SEQUENCES) for name in os.environ)
hypothesis.settings.load_profile("new ones" if _many else "the same")

_servers = pytest.StashKey[tuple[tuple[Path, ...], EmbeddedPostgres, EmbeddedValkey]]()


def pytest_configure(config: pytest.Config) -> None:
    """Start the servers in the main process (half a second); workers inherit the addresses."""
    with _log_of_its_own():
        logs.setup()  # what a program logs goes the same way before the first one has begun
    if hasattr(config, "workerinput") or config.option.collectonly:
        return
    for name in [name for name in os.environ if name.startswith("SAPA_") and name != MANY]:
        del os.environ[name]  # a developer's own settings must not decide a test
    folder = Path(tempfile.mkdtemp(prefix="sapa-test-"))
    # Over a socket a question takes half the time of one over TCP, and a test asks hundreds.
    sockets = Path(tempfile.mkdtemp(prefix="sapa-test-"))
    sockets.chmod(0o777)  # the server may run under an account of its own
    options = {**WITHOUT_SAFETY, **WITHOUT_HELP, "unix_socket_directories": str(sockets)}
    postgres = EmbeddedPostgres(folder / "pg", folder / "pg.log", options=options).start()
    valkey = EmbeddedValkey(folder / "valkey", folder / "valkey.log").start()
    config.stash[_servers] = ((folder, sockets), postgres, valkey)
    with postgres.connect() as connection:  # a password is proved in 4096 rounds, or in one
        connection.execute("SET scram_iterations = 1")
        parsed = sa.make_url(postgres.url())
        connection.execute(f"ALTER ROLE {parsed.username} PASSWORD '{parsed.password}'")
    by_socket = f"@/{{database}}?host={sockets}&port={postgres.port}"
    os.environ[POSTGRES] = postgres.url("").rpartition("@")[0] + by_socket
    os.environ[VALKEY] = valkey.url()


@contextmanager
def _log_of_its_own() -> Iterator[None]:
    """A program's log goes to its stderr, which a test reads and which ends with the test."""
    root = logging.getLogger()
    before = root.handlers[:]
    yield
    root.handlers[:] = before


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol() -> Iterator[Any]:
    """Whichever test is the first to start a program, the log of no other goes there."""
    with _log_of_its_own():
        return (yield)


def pytest_collection_finish(session: pytest.Session) -> None:
    """A million objects outlive all tests: looking through them for garbage again and again takes
    a tenth of a test's time."""
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)
    gc.enable()


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop what ``pytest_configure`` started."""
    if _servers in config.stash:
        folders, postgres, valkey = config.stash[_servers]
        postgres.stop()
        valkey.stop()
        for folder in folders:
            shutil.rmtree(folder, ignore_errors=True)


def _url(database: str) -> str:
    return os.environ[POSTGRES].format(database=database)


def _administrator() -> psycopg.Connection:
    return psycopg.connect(_url("postgres").replace("+psycopg", ""), autocommit=True)


def _has(connection: psycopg.Connection, database: str) -> bool:
    found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [database])
    return found.fetchone() is not None


def _migrate_template(connection: psycopg.Connection) -> None:
    """Migrate once for all workers; the half-made database has another name until it is done."""
    from crm_core import db  # a broken model must fail the tests that use it, not all

    connection.execute("DROP DATABASE IF EXISTS half_migrated")
    connection.execute("CREATE DATABASE half_migrated")
    db.upgrade(_url("half_migrated"))
    connection.execute(f"ALTER DATABASE half_migrated RENAME TO {TEMPLATE}")


@pytest.fixture(scope="session")
def make_database() -> Callable[[str], str]:
    """``make_database(name) -> url``: a fresh migrated database, gone with the server."""

    def make(name: str) -> str:
        with _administrator() as connection:
            connection.execute("SELECT pg_advisory_lock(1)")
            if not _has(connection, TEMPLATE):
                _migrate_template(connection)
            connection.execute(f'CREATE DATABASE "{name}" TEMPLATE {TEMPLATE}')
        return _url(name)

    return make


@pytest.fixture(scope="session")
def database_url(make_database: Callable[[str], str], worker_id: str) -> str:
    """This worker's migrated database."""
    return make_database(f"tests_{worker_id}")


class _KeptPool(sa.QueuePool):
    """Connections that nobody holds outlive ``dispose``: a server process that knows the tables
    and an engine that has compiled its statements serve the next test as well."""

    def dispose(self) -> None:
        """Close what is idle, unless all is."""
        if self.checkedout():
            super().dispose()

    def end(self) -> None:
        """Close what is idle."""
        super().dispose()

    def recreate(self) -> sa.QueuePool:
        """The pool of the engine from here on."""
        return super().recreate() if self.checkedout() else self


@pytest.fixture(scope="session", autouse=True)
def _kept_engines() -> Iterator[None]:
    """Contexts are made anew in each test; those of one address share an engine per worker."""
    from crm_core import db

    made: dict[str, sa.Engine] = {}
    make = db.engine_for

    def engine_for(url: str, **options: Any) -> sa.Engine:
        key = f"{url} {sorted(options.items())} {os.getpid()}"
        if key not in made:
            made[key] = make(url, **options, poolclass=_KeptPool, query_cache_size=5000)
        return made[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(db, "engine_for", engine_for)
        yield
    for engine in made.values():
        if isinstance(engine.pool, _KeptPool):
            engine.pool.end()


@pytest.fixture(scope="session")
def engine(database_url: str) -> Iterator[sa.Engine]:
    """An engine on this worker's database; ask for ``session`` or ``database`` instead."""
    from crm_core import db

    engine = db.engine_for(database_url)
    yield engine
    engine.dispose()


@pytest.fixture
def session(engine: sa.Engine) -> Iterator[Session]:
    """A session on an empty database; commits inside it are savepoints, all is undone after."""
    with engine.connect() as connection:
        transaction = connection.begin()
        with Session(connection, join_transaction_mode="create_savepoint") as session:
            yield session
        transaction.rollback()


_WRITTEN = """
    SELECT quote_ident(relname), pg_relation_size(oid) FROM pg_class
    WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
      AND relname <> 'alembic_version' AND pg_relation_size(oid) > 0
"""
_RESTART_SEQUENCES = """
    SELECT setval(quote_ident(sequencename)::regclass, start_value, false)
    FROM pg_sequences WHERE last_value IS NOT NULL
"""
CATALOGUE = ("parts", "catalogue_versions")
"""Given other files when emptied, as TRUNCATE does: by them the search knows another shop."""
BLOATED_BYTES = 512 * 1024
"""A table that has grown so far by rows long deleted is vacuumed, or every look at it is slow."""


def _empty(engine: sa.Engine) -> None:
    """Delete what was written: a test writes ten tables, and truncating all ninety takes longer
    than most tests."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        written: dict[str, int] = dict(connection.exec_driver_sql(_WRITTEN).all())
        if not written:
            return
        # Append-only tables refuse DELETE by trigger; a replica's session has no triggers. The
        # lock waits for whoever is still writing, so that nothing appears in the next test.
        steps = [
            "BEGIN",
            "SET LOCAL session_replication_role = replica",
            f"LOCK TABLE {', '.join(written)} IN SHARE ROW EXCLUSIVE MODE",
            *(f"DELETE FROM {table}" for table in written),  # noqa: S608 - names of our tables
            "COMMIT",
        ]
        connection.exec_driver_sql("; ".join(steps))
        connection.exec_driver_sql(_RESTART_SEQUENCES)
        if written.keys() & CATALOGUE:
            connection.exec_driver_sql(f"VACUUM FULL {', '.join(CATALOGUE)}")
        bloated = [table for table, size in written.items() if size > BLOATED_BYTES]
        if bloated:
            connection.exec_driver_sql(f"VACUUM {', '.join(bloated)}")


@pytest.fixture
def database(engine: sa.Engine) -> Iterator[sa.Engine]:
    """An engine on an empty database for real commits and several connections."""
    yield engine
    engine.dispose()  # connections that the test left inside a transaction hold locks
    _empty(engine)


@pytest.fixture
def valkey_url(worker_id: str) -> str:
    """An empty Valkey database of this worker."""
    number = 1 + int(worker_id.removeprefix("gw")) if worker_id.startswith("gw") else 0
    url = os.environ[VALKEY].removesuffix("/0") + f"/{number}"
    with redis.Redis.from_url(url) as client:
        client.flushdb()
    return url


@pytest.fixture(scope="session", autouse=True)
def strong_hasher() -> Iterator[argon2.PasswordHasher]:
    """What hashes passwords in a shop; the tests' own cost none of the work that keeps a thief
    busy."""
    from crm_core.staff import service

    strong, quick = service._hasher, argon2.PasswordHasher(1, memory_cost=8, parallelism=1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(service, "_hasher", quick)
        yield strong


@pytest.fixture(autouse=True)
def sealed() -> None:
    """What a test without settings of its own seals, it seals with the key of the settings."""
    sealing.use("only-for-tests")


@pytest.fixture(autouse=True)
def _own_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """A test that lets its process go by the database's clock leaves that to no other: beside a
    time that is told by a test the database's is hours away."""
    monkeypatch.setattr(timekeeping._Watch, "kept", False)
    monkeypatch.setattr(clock, "_ahead", timedelta(0))


@pytest.fixture(autouse=True)
def _own_codes(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """A test draws the same codes of orders, payments and phones whenever it runs: among millions
    there is one that reads like a word or holds the digits that a test looks for."""
    drawn = random.Random(request.node.nodeid)  # noqa: S311 - to be foretold is what it is for
    monkeypatch.setattr(secrets, "choice", drawn.choice)
    monkeypatch.setattr(secrets, "randbelow", drawn.randrange)
    monkeypatch.setattr(payments.service, "_RANDOM", drawn)


@pytest.fixture
def settings(database_url: str, valkey_url: str, tmp_path: Path) -> Settings:
    """Loopback settings on this worker's servers; vary with ``settings.model_copy(update=…)``."""
    return Settings(
        database_url=database_url,
        redis_url=valkey_url,
        data_dir=tmp_path / "data",
        public_url="https://sapa.test",
        burst_window_ms=0,
        secret_key=SecretStr("only-for-tests"),
        api_token=SecretStr("api-token-of-the-tests"),
    )
