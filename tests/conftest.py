"""What every test may use: real servers, started once per run and shared by its workers.

``session``    a database session whose work is undone after the test (the usual choice)
``database``   an engine for tests with several connections, threads or commits; emptied afterwards
``valkey_url`` a real Valkey, emptied before the test
``settings``   settings that point at those two, for code that takes a ``Settings``

Each xdist worker has a database and a Valkey number of its own, so workers never meet.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
import redis
import sqlalchemy as sa
from pydantic import SecretStr
from sqlalchemy.orm import Session

from channels.supervisor.embedded import EmbeddedPostgres, EmbeddedValkey
from crm_core.settings import Settings

POSTGRES, VALKEY = "TEST_POSTGRES_URL", "TEST_VALKEY_URL"
TEMPLATE = "template_migrated"
WITHOUT_SAFETY = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}

_servers = pytest.StashKey[tuple[Path, EmbeddedPostgres, EmbeddedValkey]]()


def pytest_configure(config: pytest.Config) -> None:
    """Start the servers in the main process (half a second); workers inherit the addresses."""
    if hasattr(config, "workerinput") or config.option.collectonly:
        return
    for name in [name for name in os.environ if name.startswith("SAPA_")]:
        del os.environ[name]  # a developer's own settings must not decide a test
    folder = Path(tempfile.mkdtemp(prefix="sapa-test-"))
    postgres = EmbeddedPostgres(folder / "pg", folder / "pg.log", options=WITHOUT_SAFETY).start()
    valkey = EmbeddedValkey(folder / "valkey", folder / "valkey.log").start()
    config.stash[_servers] = (folder, postgres, valkey)
    os.environ[POSTGRES] = postgres.url("{database}")
    os.environ[VALKEY] = valkey.url()


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop what ``pytest_configure`` started."""
    if _servers in config.stash:
        folder, postgres, valkey = config.stash[_servers]
        postgres.stop()
        valkey.stop()
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
def make_database() -> Iterator[Callable[[str], str]]:
    """``make_database(name) -> url``: a fresh migrated database, dropped at the end."""
    made: list[str] = []

    def make(name: str) -> str:
        with _administrator() as connection:
            connection.execute("SELECT pg_advisory_lock(1)")
            if not _has(connection, TEMPLATE):
                _migrate_template(connection)
            connection.execute(f'CREATE DATABASE "{name}" TEMPLATE {TEMPLATE}')
        made.append(name)
        return _url(name)

    yield make
    with _administrator() as connection:
        for name in made:
            connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


@pytest.fixture(scope="session")
def database_url(make_database: Callable[[str], str], worker_id: str) -> str:
    """This worker's migrated database."""
    return make_database(f"tests_{worker_id}")


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


@pytest.fixture
def database(engine: sa.Engine) -> Iterator[sa.Engine]:
    """An engine on an empty database for real commits and several connections."""
    yield engine
    engine.dispose()  # connections that the test left inside a transaction hold locks
    with engine.begin() as connection:
        names = sa.inspect(connection).get_table_names()
        tables = ", ".join(f'"{name}"' for name in names if name != "alembic_version")
        if tables:
            # Append-only tables refuse TRUNCATE by trigger; a replica's session has no triggers.
            connection.execute(sa.text("SET LOCAL session_replication_role = replica"))
            connection.execute(sa.text(f"TRUNCATE {tables} RESTART IDENTITY CASCADE"))


@pytest.fixture
def valkey_url(worker_id: str) -> str:
    """An empty Valkey database of this worker."""
    number = 1 + int(worker_id.removeprefix("gw")) if worker_id.startswith("gw") else 0
    url = os.environ[VALKEY].removesuffix("/0") + f"/{number}"
    with redis.Redis.from_url(url) as client:
        client.flushdb()
    return url


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
