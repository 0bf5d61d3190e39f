"""The five processes of Sapa: how each is started and how one sees that it is ready."""

from __future__ import annotations

import http.client
import os
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

from channels.supervisor import assistant
from channels.supervisor.keeper import Kept
from channels.supervisor.processes import Child, Command
from crm_core.settings import ROOT, Settings

_WEB_THREADS = 64  # each open live page holds one
_BUSY_THREADS = 8


def processes(settings: Settings) -> list[Kept]:
    """All processes, in the order in which they are started; ports and addresses are decided."""
    logs = settings.data_dir / "logs"
    own = [
        _actions(settings, logs),
        _web(settings, logs),
        _worker(settings, logs),
        _beat(settings, logs),
    ]
    return [_rasa(settings, logs), *own] if settings.rasa_port else own


def answers(host: str, port: int, path: str) -> bool:
    """Whether ``GET path`` is answered with 200."""
    connection = http.client.HTTPConnection(host, port, timeout=2)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _kept(command: Command, title: str, ready: Callable[[], bool], *, limit_s: float = 60) -> Kept:
    return Kept(command.name, title, lambda: Child(command), ready, limit_s)


def _python(name: str, logs: Path, *arguments: str) -> Command:
    return Command(
        name=name,
        arguments=[sys.executable, "-m", *arguments],
        log=logs / f"{name}.log",
        environment={**os.environ, "PYTHONUNBUFFERED": "1"},
        folder=ROOT,
    )


def _rasa(settings: Settings, logs: Path) -> Kept:
    port = settings.rasa_port
    model = str(assistant.model_file(settings))
    where = ["--interface", "127.0.0.1", "--port", str(port)]
    files = ["--credentials", str(ROOT / "bot" / "credentials.yml")]
    files += ["--endpoints", str(settings.data_dir / "rasa" / "endpoints.yml")]
    command = Command(
        name="rasa",
        arguments=[str(assistant.PYTHON), "-m", "rasa", "run", "--model", model, *where, *files],
        log=logs / "rasa.log",
        environment=assistant.environment(),
        folder=ROOT,
    )
    ready = partial(answers, "127.0.0.1", port, "/")  # says hello once the model is loaded
    return _kept(command, "Assistant (rasa)", ready, limit_s=240)


def _actions(settings: Settings, logs: Path) -> Kept:
    port = settings.actions_port
    command = _python("actions", logs, "actions.server", "--port", str(port))
    return _kept(command, "Action server", partial(answers, "127.0.0.1", port, "/health"))


def _web(settings: Settings, logs: Path) -> Kept:
    where = ["--bind", f"{settings.host}:{settings.port}"]
    how = ["--worker-class", "gthread", "--workers", "1", "--threads", str(_WEB_THREADS)]
    # Live pages never end by themselves: waiting for them would only delay the stop.
    ends = ["--graceful-timeout", "3", "--no-control-socket"]
    command = _python("web", logs, "gunicorn", "channels.wsgi:app", *where, *how, *ends)
    host = "127.0.0.1" if settings.host in {"0.0.0.0", ""} else settings.host  # noqa: S104
    return _kept(command, "Web server", partial(answers, host, settings.port, "/healthz"))


def _worker(settings: Settings, logs: Path) -> Kept:
    how = ["--pool", "threads", "--concurrency", str(_BUSY_THREADS), "--hostname", "worker@%h"]
    return _celery("worker", "Worker", settings, logs, "worker", *how)


def _beat(settings: Settings, logs: Path) -> Kept:
    return _celery("beat", "Timetable (beat)", settings, logs, "beat")


def _celery(name: str, title: str, settings: Settings, logs: Path, *arguments: str) -> Kept:
    ready = settings.data_dir / "ready" / name
    ready.parent.mkdir(parents=True, exist_ok=True)
    module = ["channels.supervisor.celery_child", str(ready)]
    level = ["--loglevel", settings.log_level]
    command = _python(name, logs, *module, *arguments, *level)

    def start() -> Child:
        ready.unlink(missing_ok=True)
        return Child(command)

    return Kept(name, title, start, ready.exists, limit_s=60)
