"""The whole shop as its user starts it: ``sapa up`` in a process of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.error import URLError

import psutil
import pytest

from channels.supervisor.folder import DataFolder, Running
from channels.supervisor.processes import free_port, log_tail
from crm_core.settings import ROOT

SAPA = [str(Path(sys.executable).with_name("sapa"))]
READY_WITHIN_S = 300


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


@pytest.fixture(scope="module")
def start_sapa(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Sapa]]:
    """``start_sapa(name, **settings)``: started, not waited for; stopped after the module."""
    started: list[Sapa] = []
    base = tmp_path_factory.mktemp("journey")

    def start(name: str = "shop", **settings: object) -> Sapa:
        started.append(Sapa(base / name, **settings))
        return started[-1]

    yield start
    for sapa in started:
        if sapa.process.poll() is None:
            sapa.stop()
