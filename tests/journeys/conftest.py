"""The whole shop as its user starts it: ``sapa up`` in a process of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.error import URLError

import psutil
import pytest

from channels.supervisor.folder import DataFolder, Running
from channels.supervisor.processes import free_port, log_tail
from channels.twin import Twin
from crm_core import stock
from crm_core.settings import ROOT
from crm_core.timeline import Actor
from tests.fakes import running

if TYPE_CHECKING:
    from tests.journeys.customers import Books

SAPA = [str(Path(sys.executable).with_name("sapa"))]
READY_WITHIN_S = 300
PADS = "06455K46N21"
"""Front brake pads of a Beat 2019, of which the demo shop has 28 pairs."""


class Sapa:
    """A started ``sapa up``. ``url`` is where its web server answers."""

    def __init__(self, data_dir: Path, **settings: object) -> None:
        self.data_dir = data_dir
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        chosen = {
            "DATA_DIR": data_dir,
            "MODEL_DIR": ROOT / ".sapa" / "models",  # trained once for all journeys
            "PORT": self.port,
            "BURST_WINDOW_MS": 0,
            **{name.upper(): value for name, value in settings.items()},
        }
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("SAPA_")},
            **{f"SAPA_{name}": str(value) for name, value in chosen.items()},
        }
        self.screen = data_dir.with_suffix(".screen")
        self.start()

    def start(self) -> Sapa:
        """Start it, the first time or again on the same data and the same port."""
        with self.screen.open("ab") as output:
            self.process = subprocess.Popen(
                [*SAPA, "up"],
                cwd=ROOT,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        return self

    def command(self, *arguments: str, typed: str = "") -> subprocess.CompletedProcess[str]:
        """Run another ``sapa`` command on the same data folder."""
        return subprocess.run(
            [*SAPA, *arguments],
            cwd=ROOT,
            env=self.environment,
            input=typed,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def wait_ready(self) -> Sapa:
        """Until every component answers; fails with what was on the screen."""
        deadline = time.monotonic() + READY_WITHIN_S
        while not self.is_ready():
            assert self.process.poll() is None, log_tail(self.screen, 60)
            assert time.monotonic() < deadline, log_tail(self.screen, 60)
            time.sleep(0.1)
        return self

    def is_ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/readyz", timeout=5) as answer:  # noqa: S310
                return bool(answer.status == 200)
        except (URLError, OSError):
            return False

    def running(self) -> Running:
        found = DataFolder(self.data_dir).running()
        assert found is not None
        return found

    def children(self) -> list[psutil.Process]:
        return psutil.Process(self.process.pid).children(recursive=True)

    def stop(self, number: int = signal.SIGINT) -> int:
        self.process.send_signal(number)
        return self.process.wait(60)


@contextmanager
def _starting(base: Path) -> Iterator[Callable[..., Sapa]]:
    started: list[Sapa] = []

    def start(name: str = "shop", **settings: object) -> Sapa:
        started.append(Sapa(base / name, **settings))
        return started[-1]

    try:
        yield start
    finally:
        for sapa in started:
            if sapa.process.poll() is None:
                sapa.stop()


@pytest.fixture(scope="module")
def start_sapa(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Sapa]]:
    """``start_sapa(name, **settings)``: started, not waited for; stopped after the module."""
    with _starting(tmp_path_factory.mktemp("journey")) as start:
        yield start


@pytest.fixture(scope="session")
def twilio() -> Iterator[Twin]:
    """Twilio's twin; every customer has a number of their own."""
    with running(Twin()) as server:
        yield server


@pytest.fixture(scope="session")
def twilio_shop(tmp_path_factory: pytest.TempPathFactory, twilio: Twin) -> Iterator[Sapa]:
    """A shop with an account at ``twilio``, started once for all journeys; ask for ``shop``."""
    from tests.journeys.customers import Books, twilio_settings  # they use Sapa

    with _starting(tmp_path_factory.mktemp("journeys")) as start:
        shop = start("twilio", **twilio_settings(twilio)).wait_ready()
        books = Books(shop)
        with books.work() as session:  # everybody orders the same pads
            stock.receive(session, PADS, 400, Actor.system("journeys"))
        books.close()
        yield shop


@pytest.fixture
def shop(twilio_shop: Sapa) -> Sapa:
    """The shop that uses Twilio: whatever an earlier test killed runs again."""
    if twilio_shop.process.poll() is not None:
        twilio_shop.start()
    return twilio_shop.wait_ready()


@pytest.fixture
def books(shop: Sapa) -> Iterator[Books]:
    """What is written in the books of ``shop``."""
    from tests.journeys.customers import Books  # it uses Sapa

    opened = Books(shop)
    yield opened
    opened.close()
