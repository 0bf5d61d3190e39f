"""A whole shop for the benchmarks: every process by its own command, with the trained assistant,
PostgreSQL, Valkey and the twin of Twilio, and what each of them costs."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path

import psutil
import sqlalchemy as sa
from bench_load import Customers, Ear

from channels.supervisor.children import answers
from channels.supervisor.processes import Child, Command, free_port
from crm_core.settings import ROOT, Settings
from tests.drills.stage import OWN, PUBLIC, SAPA, SERVERS, Stage, wait_for

PROCESSES = (*OWN, *SERVERS)


class _Straight:
    """Where a drill puts itself between two processes a benchmark has nothing."""

    def __init__(self, port: int) -> None:
        self.port, self.url = port, f"http://127.0.0.1:{port}"

    def open(self) -> None:
        """Nothing to open."""

    def close(self) -> None:
        """Nothing to close."""


class Shop(Stage):
    """A drill's stage without the places on the wire, and no pace of WhatsApp's in the way."""

    def __init__(self, folder: Path, models: Path) -> None:
        super().__init__(folder, models, pieces=1_000_000)
        self.rasa.close()
        self.actions.close()
        self.twin.stop()
        self.rasa = _Straight(self.ports["rasa"])  # type: ignore[assignment]
        self.actions = _Straight(self.ports["actions"])  # type: ignore[assignment]
        self.twin: Ear = Ear(shop_url=self.url, public_url=PUBLIC, seed=5)

    @cached_property
    def settings(self) -> Settings:
        """As a drill's; one customer may be answered as often as it writes."""
        told = {"twilio_customer_burst": 100_000, "twilio_whatsapp_per_s": 1000}
        return super().settings.model_copy(update=told)

    @cached_property
    def customers(self) -> Customers:
        """Those who write to this shop."""
        return Customers(self.twin, self.ports["web"], PUBLIC)

    def cpu_s(self) -> dict[str, float]:
        """Seconds of processor time that each process and all below it have used so far."""
        return {name: sum(_cpu(one) for one in self._tree(name)) for name in PROCESSES}

    @contextmanager
    def another_web(self) -> Iterator[tuple[int, Child]]:
        """A second web server, as `sapa web` starts one when it is told nothing else."""
        port = free_port()
        told = {**os.environ, "PYTHONPATH": str(ROOT), **self.settings.environment()}
        command = [*SAPA, "web", "--port", str(port)]
        child = Child(Command("pages", command, self.logs / "pages.log", told, ROOT))
        try:
            wait_for(lambda: answers("127.0.0.1", port, "/readyz/web"), "the second web server")
            yield port, child
        finally:
            child.stop(grace_s=5)

    @contextmanager
    def paused(self, name: str) -> Iterator[None]:
        """One process does nothing meanwhile."""
        self.freeze(name)
        try:
            yield
        finally:
            self.thaw(name)

    def settle(self, limit_s: float = 120) -> None:
        """Wait until nothing is unanswered or unsent."""
        query = sa.text(
            """SELECT
            (SELECT count(*) FROM messages WHERE awaits_bot OR status IN ('queued', 'sending'))
            + (SELECT count(*) FROM turns WHERE state IN ('pending', 'running'))"""
        )

        def calm() -> bool:
            with self.engine.connect() as connection:
                return connection.scalar(query) == 0

        wait_for(calm, "everything is answered", limit_s)

    def memory(self) -> dict[str, tuple[float, float]]:
        """Of each process and all below it: (resident MB, MB with shared pages counted once)."""
        return {name: resident(self._tree(name)) for name in PROCESSES}


def _cpu(process: psutil.Process) -> float:
    try:
        used = process.cpu_times()
    except psutil.NoSuchProcess:
        return 0.0
    ended = used.children_user + used.children_system  # PostgreSQL's backends come and go
    return float(used.user + used.system + ended)


def resident(processes: Iterable[psutil.Process]) -> tuple[float, float]:
    """Megabytes: the sum of what each has resident, and the proportional sum."""
    found = [one.memory_full_info() for one in processes]
    return sum(one.rss for one in found) / 1e6, sum(one.pss for one in found) / 1e6
