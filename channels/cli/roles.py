"""``sapa web|worker|beat|actions|rasa``: one process in the foreground, for many machines.

Each becomes its server, so that a service manager's signals reach that: SIGTERM lets a request, a
turn or a delivery that has begun come to its end. The databases must be configured: nothing is
started beside the one process, and the schema is brought up to date by ``sapa db upgrade`` alone.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import Annotated

import typer

from channels.cli.errors import fail, load_settings
from channels.supervisor import assistant, children
from crm_core.settings import ROOT, Settings

_LARGEST = 65_535

Host = Annotated[str | None, typer.Option(help="Address to listen on.")]
Port = Annotated[int | None, typer.Option(help="Port to listen on.", min=1, max=_LARGEST)]


def web(
    host: Annotated[str | None, typer.Option(help="Address to listen on [SAPA_HOST].")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on [SAPA_PORT].")] = None,
    workers: Annotated[int, typer.Option(help="Processes.", min=1, max=64)] = 1,
    threads: Annotated[
        int, typer.Option(help="Threads of each; every open live page holds one.", min=1, max=2000)
    ] = children.WEB_THREADS,
) -> None:
    """Only the web server; any number may run on the same databases."""
    settings = _connected(host=host, port=port)
    _become([sys.executable, "-m", *children.web_server(settings, workers, threads)], settings)


def worker(
    threads: Annotated[
        int, typer.Option(help="Turns and deliveries at a time.", min=1, max=200)
    ] = children.BUSY_THREADS,
    metrics_port: Annotated[
        int | None, typer.Option(help="Where figures are read [SAPA_METRICS_PORT].")
    ] = None,
) -> None:
    """Only a worker; any number may run on the same databases."""
    settings = _connected(metrics_port=metrics_port)
    children.ready_file(settings, "worker").unlink(missing_ok=True)
    _become([sys.executable, "-m", *children.celery(settings, "worker", threads)], settings)


def beat() -> None:
    """Only the timetable. One is enough; a second one costs work, not correctness."""
    settings = _connected()
    children.ready_file(settings, "beat").unlink(missing_ok=True)
    _become([sys.executable, "-m", *children.celery(settings, "beat")], settings)


def actions(host: Host = "127.0.0.1", port: Port = 5055) -> None:
    """Only the action server; any number may run on the same databases."""
    settings = _connected()
    where = ["--host", str(host), "--port", str(port)]
    _become([sys.executable, "-m", "actions.server", *where], settings)


def rasa(host: Host = "127.0.0.1", port: Port = 5005) -> None:
    """Only the assistant; any number may run, all of them named in SAPA_RASA_URL."""
    settings = _connected("redis_url")
    if not assistant.model_file(settings).exists():
        raise fail(f"no trained assistant in {settings.models}: run `sapa train` first")
    if settings.actions_url is None:
        raise fail("SAPA_ACTIONS_URL must say where the action server is")
    command = children.rasa_server(settings, str(host), port or 0)
    _become(command, assistant.server_environment(settings))


def _connected(*needed: str, **changes: object) -> Settings:
    """The settings; ends the command when an address that it needs is not configured."""
    settings = load_settings(**changes)
    needed = needed or ("database_url", "redis_url")
    missing = [name for name in needed if not getattr(settings, name)]
    if missing:
        named = " and ".join(f"SAPA_{name.upper()}" for name in missing)
        raise fail(f"{named} must be set: only `sapa up` brings databases of its own")
    return settings


def _become(command: Sequence[str], environment: Settings | dict[str, str]) -> None:
    if isinstance(environment, Settings):
        environment = {**os.environ, **environment.environment(), "PYTHONUNBUFFERED": "1"}
    os.chdir(ROOT)
    sys.stdout.flush()
    os.execve(command[0], list(command), environment)  # noqa: S606 - becoming it is the purpose
