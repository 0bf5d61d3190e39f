"""The data folder: one owner at a time, who is found by others and cleaned up after a crash."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import signal
import sys
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO, Any, Self

import psutil

from channels.supervisor.processes import end_strangers, is_gone


class FolderInUseError(RuntimeError):
    """Another process owns the data folder; ``owner`` says which."""

    def __init__(self, path: Path, owner: str) -> None:
        advice = "end that first, or choose another folder with SAPA_DATA_DIR"
        super().__init__(f"{path} is in use by {owner}; {advice}")
        self.owner = owner


@dataclass(frozen=True, slots=True)
class Running:
    """What the owner tells others: its process, the addresses, and what it started."""

    pid: int
    command: str
    addresses: dict[str, str] = field(default_factory=dict)
    children: dict[str, tuple[int, float]] = field(default_factory=dict)
    """name -> process id and creation time (a number alone may be given to another program)."""


class DataFolder:
    """``data_dir``. The owner holds a lock that ends with its process, however that ends."""

    def __init__(self, path: Path) -> None:
        """Name the folder; nothing is made yet."""
        self.path = path
        self._lock: IO[str] | None = None
        self._running = Running(os.getpid(), " ".join([Path(sys.argv[0]).name, *sys.argv[1:2]]))

    @property
    def logs(self) -> Path:
        """Where each process writes its log."""
        return self.path / "logs"

    def claim(self, *, wait_s: float = 0) -> Self:
        """Become the owner and stop what a crashed owner left running. Raises FolderInUseError."""
        self.path.mkdir(parents=True, exist_ok=True)
        lock = (self.path / "owner.lock").open("w")
        deadline = time.monotonic() + wait_s
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() >= deadline:
                    lock.close()
                    raise FolderInUseError(self.path, self._owner()) from None
                time.sleep(0.1)
        self._lock = lock
        self._stop_left_over()
        self._write()
        return self

    def release(self) -> None:
        """Stop being the owner, if we are; all children must be gone."""
        if self._lock is not None:
            self._file.unlink(missing_ok=True)
            self._lock.close()
            self._lock = None

    def publish(self, **addresses: str) -> None:
        """Let other commands find the running servers."""
        self._running.addresses.update(addresses)
        self._write()

    def remember(self, name: str, pid: int) -> None:
        """Note a started child, for the owner after us if we crash."""
        with contextlib.suppress(psutil.NoSuchProcess):
            self._running.children[name] = (pid, psutil.Process(pid).create_time())
        self._write()

    def running(self) -> Running | None:
        """What the present owner told; None when nobody owns the folder."""
        try:
            facts: dict[str, Any] = json.loads(self._file.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        children = {name: (int(pid), float(at)) for name, (pid, at) in facts["children"].items()}
        return Running(facts["pid"], facts["command"], facts["addresses"], children)

    @property
    def _file(self) -> Path:
        return self.path / "running.json"

    def _owner(self) -> str:
        running = self.running()
        return f"'{running.command}' (process {running.pid})" if running else "another process"

    def _write(self) -> None:
        draft = self._file.with_suffix(".new")
        draft.unlink(missing_ok=True)
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)  # holds passwords
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(asdict(self._running), file)
        draft.replace(self._file)

    def _stop_left_over(self) -> None:
        """End processes of an owner that is gone (they normally end with it by themselves)."""
        earlier = self.running()
        left_over = []
        for pid, created in (earlier.children if earlier else {}).values():
            with contextlib.suppress(psutil.NoSuchProcess):
                process = psutil.Process(pid)
                if abs(process.create_time() - created) < 1 and not is_gone(process):
                    left_over.append(process)
        end_strangers(left_over, request=signal.SIGTERM, grace_s=10)
        self._file.unlink(missing_ok=True)
