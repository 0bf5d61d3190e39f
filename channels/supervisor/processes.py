"""Child processes that end when their parent does, each in its own group with its own log."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

LAUNCHER = Path(__file__).with_name("launch.py")


class StartError(RuntimeError):
    """A process did not become ready; ``log`` is where it says why."""

    def __init__(self, name: str, reason: str, log: Path | None = None) -> None:
        super().__init__(f"{name}: {reason}")
        self.name = name
        self.reason = reason
        self.log = log


@dataclass(frozen=True, slots=True)
class Command:
    """What to run. ``death_signal`` is what the child gets when the parent is gone."""

    name: str
    arguments: Sequence[str]
    log: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    folder: Path | None = None
    account: str = ""
    death_signal: int = signal.SIGTERM
    stop_signal: int = signal.SIGTERM


class Child:
    """A started command."""

    def __init__(self, command: Command) -> None:
        """Start ``command`` now; its output is appended to its log."""
        self.command = command
        self.started_at = time.monotonic()
        command.log.parent.mkdir(parents=True, exist_ok=True)
        launcher = [sys.executable, "-I", "-S", str(LAUNCHER)]
        how = [str(os.getpid()), str(int(command.death_signal)), command.account]
        with command.log.open("ab") as log:
            self._process = subprocess.Popen(
                [*launcher, *how, *command.arguments],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=command.folder,
                env={**os.environ, **command.environment},
                start_new_session=True,  # Ctrl-C reaches the parent only, which stops in order
            )

    @property
    def pid(self) -> int:
        """The process id, also the id of its group."""
        return self._process.pid

    @property
    def exit_code(self) -> int | None:
        """None while it runs."""
        return self._process.poll()

    def signal(self, number: int) -> None:
        """Send a signal to the child and everything it started."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, number)

    def ask_to_stop(self) -> None:
        """Send the command's own stop signal to the child alone; it stops what it started."""
        if self.exit_code is None:
            self._process.send_signal(self.command.stop_signal)

    def stop(self, grace_s: float = 10.0) -> None:
        """Stop the child and its group, politely first; returns when it is gone."""
        self.ask_to_stop()
        try:
            self._process.wait(grace_s)
        except subprocess.TimeoutExpired:
            self.signal(signal.SIGKILL)
            self._process.wait()
        self.signal(signal.SIGKILL)  # what its children left behind in the group


def free_port() -> int:
    """A TCP port on loopback that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def listens(host: str, port: int, timeout_s: float = 0.5) -> bool:
    """Whether something accepts TCP connections there."""
    try:
        with socket.create_connection((host, port), timeout=timeout_s):
            return True
    except OSError:
        return False


def wait_until(
    ready: Callable[[], bool], child: Child, *, limit_s: float, interval_s: float = 0.05
) -> None:
    """Wait until ``ready()`` is true. Raises StartError when the child ends or time is up."""
    deadline = time.monotonic() + limit_s
    while not ready():
        name, log = child.command.name, child.command.log
        if child.exit_code is not None:
            raise StartError(name, f"ended with code {child.exit_code}", log)
        if time.monotonic() > deadline:
            raise StartError(name, f"was not ready after {limit_s:.0f} s", log)
        time.sleep(interval_s)


def log_tail(path: Path, lines: int = 25) -> str:
    """The last lines of a log, for a message to a person."""
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    return "\n".join(text.splitlines()[-lines:])
