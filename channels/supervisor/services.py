"""The database and Redis of a command: configured, already running here, or started for it."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterator

from channels.supervisor.embedded import EmbeddedPostgres, EmbeddedValkey
from channels.supervisor.folder import DataFolder, FolderInUseError
from channels.supervisor.processes import StartError
from crm_core.settings import Settings

_OWNER_STARTS_WITHIN_S = 30


def embedded_postgres(folder: DataFolder) -> EmbeddedPostgres:
    """The PostgreSQL of a data folder, not started."""
    return EmbeddedPostgres(folder.path / "postgres", folder.logs / "postgres.log")


def embedded_valkey(folder: DataFolder) -> EmbeddedValkey:
    """The Valkey of a data folder, not started."""
    return EmbeddedValkey(folder.path / "valkey", folder.logs / "valkey.log")


@contextlib.contextmanager
def database(settings: Settings) -> Iterator[Settings]:
    """Settings whose ``database_url`` works until the end of the ``with``.

    Uses the configured address, else the server of a running ``sapa up``, else starts the
    embedded one. The environment is set accordingly for code that reads it.
    """
    if settings.database_url:
        yield settings
        return
    folder = DataFolder(settings.data_dir)
    try:
        folder.claim()
    except FolderInUseError as busy:
        yield _told(settings, _wait_for_addresses(folder, busy))
        return
    try:
        with embedded_postgres(folder) as server:
            folder.remember("postgres", server.child.pid)
            folder.publish(database_url=server.url())
            yield _told(settings, {"database_url": server.url()})
    finally:
        folder.release()


def _wait_for_addresses(folder: DataFolder, busy: FolderInUseError) -> dict[str, str]:
    deadline = time.monotonic() + _OWNER_STARTS_WITHIN_S
    while time.monotonic() < deadline:
        running = folder.running()
        if running and "database_url" in running.addresses:
            return running.addresses
        time.sleep(0.1)
    raise StartError("database", f"not started yet, and {busy}")


def _told(settings: Settings, addresses: dict[str, str]) -> Settings:
    changed = settings.model_copy(update=addresses)
    os.environ.update(changed.environment())
    return changed
