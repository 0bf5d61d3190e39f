"""The five processes of Sapa: how each is started and how one sees that it is ready.

``sapa up`` keeps all of them on one machine; ``sapa web``, ``worker``, ``beat``, ``actions`` and
``rasa`` become one of them where there are many machines.
"""

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

WEB_THREADS = 1_200
"""Each open live page holds one. They are made when they are needed; how many requests are worked
on at a time is limited in channels/turnstile.py."""
BUSY_THREADS = 8
BEHIND = {"rasa": 5, "actions": 5, "worker": 5}
"""How far a process steps back behind the web server and the databases, a third of whose share of
the processors it then has: who writes is told at once that it was heard, and the answer takes
seconds anyway. Not while it starts: that would only take longer."""


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


def web_server(settings: Settings, workers: int = 1, threads: int = WEB_THREADS) -> list[str]:
    """Module and arguments of the web server."""
    where = ["--bind", f"{settings.host}:{settings.port}"]
    how = ["--worker-class", "gthread", "--workers", str(workers), "--threads", str(threads)]
    how += ["--worker-connections", str(threads + 100)]  # beyond them none is accepted
    # Imported once for all workers: one that dies is back at once, and they share its memory.
    # Nothing that is loaded there opens a connection or starts a thread (a test holds that).
    how += ["--preload"]
    # Live pages never end by themselves: waiting for them would only delay the stop.
    ends = ["--graceful-timeout", "3", "--no-control-socket"]
    return ["gunicorn", "channels.wsgi:app", *where, *how, *ends]


def celery(settings: Settings, name: str, threads: int = BUSY_THREADS) -> list[str]:
    """Module and arguments of ``worker`` or ``beat``."""
    module = ["channels.supervisor.celery_child", str(ready_file(settings, name)), name]
    how = ["--pool", "threads", "--concurrency", str(threads), "--hostname", "worker@%h"]
    level = ["--loglevel", settings.log_level]
    return [*module, *(how if name == "worker" else []), *level]


def ready_file(settings: Settings, name: str) -> Path:
    """Made by ``worker`` or ``beat`` once it is at work."""
    file = settings.data_dir / "ready" / name
    file.parent.mkdir(parents=True, exist_ok=True)
    return file


def rasa_server(settings: Settings, host: str, port: int) -> list[str]:
    """The whole command of a Rasa server."""
    model = ["--model", str(assistant.model_file(settings))]
    where = ["--host", host, "--port", str(port)]
    return [str(assistant.PYTHON), str(assistant.SERVER), *model, *where]


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
    nice = BEHIND.get(command.name, 0)
    return Kept(command.name, title, lambda: Child(command), ready, limit_s, nice)


def _python(name: str, logs: Path, *arguments: str) -> Command:
    return Command(
        name=name,
        arguments=[sys.executable, "-m", *arguments],
        log=logs / f"{name}.log",
        environment={**os.environ, "PYTHONUNBUFFERED": "1"},
        folder=ROOT,
    )


def _rasa(settings: Settings, logs: Path) -> Kept:
    port, folder = settings.rasa_port, settings.data_dir / "rasa"
    command = Command(
        name="rasa",
        arguments=[*rasa_server(settings, "127.0.0.1", port), "--folder", str(folder)],
        log=logs / "rasa.log",
        environment=assistant.server_environment(settings),
        folder=ROOT,
    )
    ready = partial(answers, "127.0.0.1", port, "/")  # says hello once the model is loaded
    return _kept(command, "Assistant (rasa)", ready, limit_s=240)


def _actions(settings: Settings, logs: Path) -> Kept:
    port = settings.actions_port
    command = _python("actions", logs, "actions.server", "--port", str(port))
    return _kept(command, "Action server", partial(answers, "127.0.0.1", port, "/health"))


def _web(settings: Settings, logs: Path) -> Kept:
    command = _python("web", logs, *web_server(settings))
    host = "127.0.0.1" if settings.host in {"0.0.0.0", ""} else settings.host  # noqa: S104
    return _kept(command, "Web server", partial(answers, host, settings.port, "/healthz"))


def _worker(settings: Settings, logs: Path) -> Kept:
    return _celery("worker", "Worker", settings, logs)


def _beat(settings: Settings, logs: Path) -> Kept:
    return _celery("beat", "Timetable (beat)", settings, logs)


def _celery(name: str, title: str, settings: Settings, logs: Path) -> Kept:
    ready = ready_file(settings, name)
    command = _python(name, logs, *celery(settings, name))

    def start() -> Child:
        ready.unlink(missing_ok=True)
        return Child(command)

    return Kept(name, title, start, ready.exists, limit_s=60, nice=BEHIND.get(name, 0))
