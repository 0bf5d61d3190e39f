"""A shop on three hosts: databases and the twin of Twilio on the first, and on each of two others a
web server, a worker, a timetable, an action server and Rasa, started by their own commands.

Before the web servers and the action servers is a balancer, as any deployment on many machines has
one; Rasa's servers are named to all workers. Pictures are on a folder that both hosts share.
"""

from __future__ import annotations

import os
import signal
from functools import cached_property, partial
from pathlib import Path

from channels.supervisor.children import answers
from channels.supervisor.embedded import EmbeddedPostgres, EmbeddedValkey
from channels.supervisor.processes import Child, Command, stop_all
from crm_core.settings import ROOT, Settings
from scripts.relay import Relay
from tests.drills.network import NET, Network
from tests.drills.stage import OWN, SAPA, NotReadyError, Stage, wait_for

FIRST, HOSTS = "first", ("a", "b")
PORTS = {"web": 8000, "actions": 5055, "rasa": 5005, "worker": 9101}


class Hosts(Stage):
    """``running`` has one entry per process: ``a-web``, ``b-worker`` …"""

    def __init__(self, folder: Path, models: Path, network: Network) -> None:
        self.network = network
        self.home = network.address(FIRST)
        super().__init__(folder, models)
        listens = {"listen_addresses": f"127.0.0.1,{self.home}"}
        self.postgres = EmbeddedPostgres(
            folder / "postgres", self.logs / "postgres.log", options=listens
        )
        self.valkey = EmbeddedValkey(
            folder / "valkey", self.logs / "valkey.log", addresses=f"127.0.0.1 {self.home}"
        )
        self.door = Relay([(network.address(host), PORTS["web"]) for host in HOSTS], self.home)
        self.desk = Relay([(network.address(host), PORTS["actions"]) for host in HOSTS], self.home)
        self.twin.shop_url = self.door.url

    @property
    def url(self) -> str:
        """The balancer before the web servers."""
        return self.door.url

    @cached_property
    def settings(self) -> Settings:
        """As on one machine, with addresses that the hosts can reach."""
        servers = [f"http://{self.network.address(host)}:{PORTS['rasa']}" for host in HOSTS]
        return super().settings.model_copy(
            update={
                "database_url": self.postgres.url().replace("@127.0.0.1", f"@{self.home}"),
                "redis_url": self.valkey.url().replace("@127.0.0.1", f"@{self.home}"),
                "rasa_url": ",".join(servers),
                "actions_url": self.desk.url,
            }
        )

    def start(self) -> Stage:
        """Start everything and wait until it is ready."""
        self.open_shop()
        with (self.postgres.folder / "pg_hba.conf").open("a", encoding="utf-8") as rules:
            rules.write(f"host all all {NET}.0/24 scram-sha-256\n")
        with self.postgres.connect() as connection:
            connection.execute("SELECT pg_reload_conf()")
        for host in HOSTS:
            self.start_host(host)
        return self

    def start_host(self, host: str) -> None:
        """Start all processes of a host and wait until they are ready."""
        own = self.folder / host
        own.mkdir(exist_ok=True)
        (self.folder / "shared" / "media").mkdir(parents=True, exist_ok=True)
        if not (own / "media").exists():
            (own / "media").symlink_to(self.folder / "shared" / "media")
        for name in OWN:
            self._launch(f"{host}-{name}")
        for name in OWN:
            self.wait(f"{host}-{name}")

    def kill_host(self, host: str) -> None:
        """kill -9 of all processes of a host."""
        gone = [child for name, child in self.running.items() if name.startswith(f"{host}-")]
        for child in gone:
            child.signal(signal.SIGKILL)
        for child in gone:
            child.wait(10)

    def wait(self, name: str, limit_s: float = 240) -> None:
        """Wait until one process is ready."""
        host, _, kind = name.partition("-")
        at = self.network.address(host)
        path = {"actions": "/health", "rasa": "/", "web": "/readyz/web"}.get(kind)
        file = self.folder / host / "ready" / kind
        ready = partial(answers, at, PORTS[kind], path) if path else file.exists

        def come() -> bool:
            if self.running[name].exit_code is not None:
                raise NotReadyError(f"{name} ended; see {self.logs / name}.log")
            return ready()

        wait_for(come, f"{name} is ready", limit_s)

    def stop(self) -> None:
        """Stop everything that was started."""
        stop_all(list(self.running.values()), grace_s=6)
        self.door.stop()
        self.desk.stop()
        self.running.clear()
        super().stop()

    def _launch(self, name: str) -> None:
        host, _, kind = name.partition("-")
        at = ["--host", self.network.address(host), "--port", str(PORTS.get(kind))]
        how = at if kind in {"actions", "rasa", "web"} else []
        own = self.folder / host
        (own / "ready" / kind).unlink(missing_ok=True)
        inherited = {key: value for key, value in os.environ.items() if key[:5] != "SAPA_"}
        told = {**inherited, "PYTHONPATH": str(ROOT), **self.settings.environment()}
        told |= {"SAPA_DATA_DIR": str(own)}
        arguments = self.network.inside(host, [*SAPA, kind, *how])
        log = self.logs / f"{name}.log"
        self.running[name] = Child(Command(name, arguments, log, told, ROOT))
