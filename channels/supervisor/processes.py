"""Child processes that end when their parent does, each in its own group with its own log."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

_LOG_LIMIT_BYTES = 10_000_000
_AUTOGROUP_TRIES = 30
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
    """What to run.

    ``environment`` is the whole environment, None means ours; ``death_signal`` is what the child
    gets when the parent is gone; ``account`` is whom to become when we are root.
    """

    name: str
    arguments: Sequence[str]
    log: Path
    environment: Mapping[str, str] | None = None
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
        _make_room(command.log)
        launcher = [sys.executable, "-I", "-S", str(LAUNCHER)]
        how = [str(os.getpid()), str(int(command.death_signal)), command.account]
        with command.log.open("ab") as log:
            self._process = subprocess.Popen(
                [*launcher, *how, *command.arguments],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=command.folder,
                env=command.environment,
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

    def step_back(self, nice: int) -> None:
        """Let others that want the processor go first: it and all that it has started, as far as
        the system allows. ``nice`` as of setpriority(2); nothing is brought forward by it.

        On Linux the scheduler may share a processor out among sessions instead, whatever their
        processes' priorities; a child is a session of its own.
        """
        with contextlib.suppress(OSError):
            if os.getpriority(os.PRIO_PGRP, self.pid) < nice:
                os.setpriority(os.PRIO_PGRP, self.pid, nice)
        session = Path(f"/proc/{self.pid}/autogroup")
        for _ in range(_AUTOGROUP_TRIES):
            try:
                if int(session.read_text().rpartition("nice")[2]) < nice:
                    session.write_text(str(nice))
            except BlockingIOError:  # without root's rights one change in 0.1 s
                time.sleep(0.03)
            except (OSError, ValueError):  # no Linux, or one that does not do so
                return
            else:
                return

    def ask_to_stop(self) -> None:
        """Send the command's own stop signal to the child alone; it stops what it started."""
        if self.exit_code is None:
            self._process.send_signal(self.command.stop_signal)

    def wait(self, limit_s: float | None = None) -> int | None:
        """Wait for the end; returns the exit code, or None when it still runs after the limit."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            return self._process.wait(limit_s)
        return None

    def stop(self, grace_s: float = 10.0) -> None:
        """Stop the child and its group, politely first; returns when it is gone."""
        stop_all([self], grace_s)


def stop_all(children: Sequence[Child], grace_s: float = 10.0) -> None:
    """Ask all to stop at once, give them the grace time together, then kill what is left."""
    for child in children:
        child.ask_to_stop()
    deadline = time.monotonic() + grace_s
    for child in children:
        if child.wait(max(0.0, deadline - time.monotonic())) is None:
            child.signal(signal.SIGKILL)
            child.wait()
        child.signal(signal.SIGKILL)  # what its own children left behind in the group


def _make_room(log: Path) -> None:
    """Keep one earlier log when it has become large."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with contextlib.suppress(FileNotFoundError):
        if log.stat().st_size > _LOG_LIMIT_BYTES:
            log.replace(log.with_suffix(".log.1"))


def end_with_parent() -> None:
    """Let this process be asked to stop (SIGTERM) when the one that started it is gone."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, int(signal.SIGTERM), 0, 0, 0)


def port_is_free(host: str, port: int) -> bool:
    """Whether a server may listen there."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def is_gone(process: psutil.Process) -> bool:
    """Whether it has ended; in a container nobody may collect an orphan, which stays a zombie."""
    try:
        return process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def end_strangers(processes: Sequence[psutil.Process], *, request: int, grace_s: float) -> None:
    """End processes that are not our children and the groups they lead, politely first."""
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.send_signal(request)
    _await_end(processes, grace_s)
    for process in processes:
        if not is_gone(process):
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)
    _await_end(processes, limit_s=5)


def _await_end(processes: Sequence[psutil.Process], limit_s: float) -> None:
    deadline = time.monotonic() + limit_s
    while time.monotonic() < deadline and not all(is_gone(process) for process in processes):
        time.sleep(0.05)


def free_port() -> int:
    """A TCP port on loopback that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


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
