"""A whole shop on real processes for drills: each is started by its own command, and can be killed,
stopped, frozen and started again one by one.

PostgreSQL and Valkey are the embedded ones, Twilio is its twin, Rasa has the trained model. Two
places on the wire (worker to Rasa, Rasa to actions) are ours, see :mod:`tests.drills.between`.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from functools import cached_property, partial
from pathlib import Path

import httpx
import psutil
import redis
import sqlalchemy as sa
from sqlalchemy.orm import Session

from channels.cli import demo
from channels.supervisor.children import BEHIND, answers
from channels.supervisor.embedded import EmbeddedPostgres, EmbeddedValkey
from channels.supervisor.processes import Child, Command, StartError, free_port, stop_all
from channels.twin import Twin
from channels.twin.control import settings_of
from channels.twin.posting import Reports
from crm_core import catalogue, db, stock
from crm_core.settings import ROOT, Settings
from crm_core.timeline import Actor
from tests.drills.between import Between

SAPA = [sys.executable, "-c", "from channels.cli import main; main()"]
PUBLIC = "http://sapa.drill"
PADS = "06455K46N21"
"""Front brake pads of a Beat 2019: what everybody orders."""
OWN = ("actions", "rasa", "worker", "beat", "web")
SERVERS = ("postgres", "valkey")
TOKEN = "the-api-token-of-the-drill"
INTERNAL = "the-internal-token-of-the-drill"


class NotReadyError(RuntimeError):
    """Something did not come to the state that was waited for."""


def wait_for(true: Callable[[], object], what: str, limit_s: float = 60.0) -> float:
    """Wait for a state; the seconds that it took. Raises NotReadyError naming ``what``."""
    begun = time.monotonic()
    while not true():
        if time.monotonic() - begun > limit_s:
            raise NotReadyError(f"not within {limit_s:.0f} s: {what}")
        time.sleep(0.05)
    return time.monotonic() - begun


class Stage:
    """Everything a drill plays on. ``folder`` gets data and logs."""

    home = "127.0.0.1"
    """Where the twin listens."""

    def __init__(self, folder: Path, models: Path, *, pieces: int = 5_000) -> None:
        self.folder, self.models, self.pieces = folder, models, pieces
        self.logs = folder / "logs"
        self.ports = {name: free_port() for name in ("web", "actions", "rasa", "metrics")}
        self.rasa = Between(self.ports["rasa"])
        self.actions = Between(self.ports["actions"])
        self.twin = Twin(
            shop_url=f"http://127.0.0.1:{self.ports['web']}", public_url=PUBLIC, seed=5,
            address=self.home,
        )  # fmt: skip
        self.twin.reports = Reports(("sent", "delivered"), delay_s=0.05)
        self.postgres = EmbeddedPostgres(folder / "postgres", self.logs / "postgres.log")
        self.valkey = EmbeddedValkey(folder / "valkey", self.logs / "valkey.log")
        self.running: dict[str, Child] = {}
        self.clocks: dict[str, int] = {}
        """How many seconds a process's clock is wrong by, from its next start on."""

    @property
    def url(self) -> str:
        """Where the web server answers."""
        return f"http://127.0.0.1:{self.ports['web']}"

    @cached_property
    def settings(self) -> Settings:
        """The settings of every process."""
        given = {
            name.removeprefix("SAPA_").lower(): value
            for name, value in settings_of(self.twin).items()
        }
        return Settings.load(
            env_file=None, **given, public_url=PUBLIC, database_url=self.postgres.url(),
            redis_url=self.valkey.url(), model_dir=self.models, burst_window_ms=0,
            data_dir=self.folder / "shared", rasa_url=self.rasa.url, actions_url=self.actions.url,
            twilio_timeout_s=3, sender_per_min=1_000_000, webhook_per_min=10_000_000,
            api_token=TOKEN, internal_token=INTERNAL,
        )  # fmt: skip

    @cached_property
    def engine(self) -> sa.Engine:
        """The drill's own way into the database, beside the shop's."""
        return db.engine_for(self.postgres.url())

    @cached_property
    def redis(self) -> redis.Redis:
        """The drill's own way into Valkey."""
        return redis.Redis.from_url(self.valkey.url(), socket_timeout=5)

    @cached_property
    def http(self) -> httpx.Client:
        """A client of the web server."""
        return httpx.Client(base_url=self.url, timeout=20, trust_env=False)

    def work(self) -> AbstractContextManager[Session]:
        """A transaction from outside; nobody is woken by it, so the sweep has to find it."""
        return db.unit_of_work(db.sessions(self.engine))

    def start(self) -> Stage:
        """Start everything and wait until it is ready."""
        self.open_shop()
        for name in OWN:
            self._launch(name)
        for name in OWN:
            self.wait(name)
        return self

    def open_shop(self) -> None:
        """Start database and Valkey and fill the shop; nobody serves it yet."""
        self.logs.mkdir(parents=True, exist_ok=True)
        self.postgres.start()
        self.valkey.start()
        db.upgrade(self.postgres.url())
        with self.work() as session:
            catalogue.load_reference(session)
            demo.load(session, self.folder / "shared")
            stock.receive(session, PADS, self.pieces, Actor.system("drill"))

    def stop(self) -> None:
        """Stop everything that was started; nothing of it is left behind."""
        for name in list(self.running):
            self.running[name].signal(signal.SIGCONT)
        stop_all(list(self.running.values()), grace_s=6)
        self.rasa.close()
        self.actions.close()
        self.twin.stop()
        if "http" in self.__dict__:
            self.http.close()
        if "engine" in self.__dict__:
            self.engine.dispose()
        for name in SERVERS:
            if not self._is_gone(name):
                self.thaw(name)
        self.valkey.stop()
        self.postgres.stop()

    def kill(self, name: str) -> None:
        """kill -9, and wait until it is gone."""
        if name in SERVERS:
            self._kill_server(name)
            return
        if name in {"rasa", "actions"}:
            self._between(name).close()
        child = self.running[name]
        child.signal(signal.SIGKILL)
        child.wait(10)

    def another_worker(self) -> Child:
        """A second worker beside the first, for a drill that kills one of them; ready."""
        port = free_port()
        first = self.running["worker"].command
        arguments = [str(port) if one == str(self.ports["metrics"]) else one
                     for one in first.arguments]  # fmt: skip
        told = {**(first.environment or {}), "SAPA_DATA_DIR": str(self.folder / "second")}
        (self.folder / "second").mkdir(exist_ok=True)
        log = self.logs / "worker-2.log"
        child = Child(Command("worker-2", arguments, log, told, ROOT))
        wait_for(partial(answers, "127.0.0.1", port, "/metrics"), "a second worker", 180)
        return child

    def revive_workers(self, second: Child) -> Child:
        """Start again whichever worker is gone; the second one, new or old."""
        if self._is_gone("worker"):
            self.start_again("worker")
        if second.exit_code is None:
            return second
        return self.another_worker()

    def kill_caller(self, port: int) -> str:
        """kill -9 of the process that asks Rasa or the actions from this port: "worker" or
        "apart". Somebody else's way to a database may begin at a port of the same number."""
        asked = {self.rasa.port, self.actions.port}
        for one in psutil.net_connections(kind="tcp"):
            if one.pid in {None, os.getpid()} or not (one.laddr and one.raddr):
                continue
            if one.laddr.port == port and one.raddr.port in asked:
                caller = psutil.Process(one.pid)
                words = caller.cmdline()
                caller.kill()
                caller.wait(10)
                return "apart" if "channels.apart" in words else "worker"
        return "nobody"

    def start_again(self, name: str) -> float:
        """Start what was killed or stopped; the seconds until it is ready."""
        begun = time.monotonic()
        if name == "postgres":
            self.postgres.start()
        elif name == "valkey":
            self.valkey.start()
        else:
            self._launch(name)
            self.wait(name)
        return time.monotonic() - begun

    def freeze(self, name: str) -> None:
        """Let a process hang (SIGSTOP): it holds its connections and answers nothing."""
        for process in self._tree(name):
            with suppress(psutil.NoSuchProcess):  # PostgreSQL's come and go
                process.suspend()

    def thaw(self, name: str) -> None:
        """Let it go on."""
        for process in self._tree(name):
            with suppress(psutil.NoSuchProcess):
                process.resume()

    def heal(self) -> None:
        """Everything runs, and nothing of a drill's faults is left."""
        self.twin.troubles.clear()
        self.twin.reports = Reports(("sent", "delivered"), delay_s=0.05)
        self.rasa.fault = self.actions.fault = None
        self.rasa.let_go()
        self.actions.let_go()
        for name in list(self.clocks):
            del self.clocks[name]
            self.kill(name)
        for name in (*SERVERS, *OWN):
            if self._is_gone(name):
                self.start_again(name)
            else:
                self.thaw(name)
        for name in OWN:
            self.wait(name)

    def wait(self, name: str, limit_s: float = 180) -> None:
        """Wait until one of our own processes is ready."""
        at = "127.0.0.1"
        ready: dict[str, Callable[[], bool]] = {
            "actions": partial(answers, at, self.ports["actions"], "/health"),
            "rasa": partial(answers, at, self.ports["rasa"], "/"),
            "worker": partial(answers, at, self.ports["metrics"], "/metrics"),
            "web": partial(answers, at, self.ports["web"], "/readyz/web"),
            "beat": (self.folder / "shared" / "ready" / "beat").exists,
        }

        def come() -> bool:
            if self.running[name].exit_code is not None:
                raise NotReadyError(f"{name} ended; see {self.logs / name}.log")
            return ready[name]()

        wait_for(come, f"{name} is ready", limit_s)
        self.running[name].step_back(BEHIND.get(name.rpartition("-")[2], 0))  # as `sapa up` has it
        if name in {"rasa", "actions"}:
            self._between(name).open()

    def _launch(self, name: str) -> None:
        how = {
            "actions": ["--port", self.ports["actions"]],
            "rasa": ["--port", self.ports["rasa"]],
            "worker": ["--metrics-port", self.ports["metrics"]],
            "web": ["--port", self.ports["web"], "--workers", 2],
            "beat": [],
        }[name]
        if name == "beat":
            (self.folder / "shared" / "ready" / "beat").unlink(missing_ok=True)
        inherited = {key: value for key, value in os.environ.items() if key[:5] != "SAPA_"}
        told = {**inherited, "PYTHONPATH": str(ROOT), **self.settings.environment()}
        if self.clocks.get(name):
            shifted = Path(__file__).with_name("shifted")
            told |= {"PYTHONPATH": f"{shifted}:{ROOT}", "DRILL_CLOCK_S": str(self.clocks[name])}
        arguments = [*SAPA, name, *map(str, how)]
        log = self.logs / f"{name}.log"
        self.running[name] = Child(Command(name, arguments, log, told, ROOT))

    def _between(self, name: str) -> Between:
        return self.rasa if name == "rasa" else self.actions

    def _kill_server(self, name: str) -> None:
        server = self.postgres if name == "postgres" else self.valkey
        left = self._tree(name)
        server.child.signal(signal.SIGKILL)
        server.child.wait(10)
        psutil.wait_procs(left[1:], timeout=20)  # PostgreSQL's own children see it and end

    def _tree(self, name: str) -> list[psutil.Process]:
        server = {"postgres": self.postgres, "valkey": self.valkey}.get(name)
        pid = server.child.pid if server else self.running[name].pid
        top = psutil.Process(pid)
        return [top, *top.children(recursive=True)]

    def _is_gone(self, name: str) -> bool:
        if name in SERVERS:
            server = self.postgres if name == "postgres" else self.valkey
            try:
                return server.child.exit_code is not None
            except StartError:
                return True
        return self.running[name].exit_code is not None
