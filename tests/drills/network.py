"""Hosts on one machine: network namespaces behind a bridge, each with a cable that can be pulled.

The bridge is inside the first namespace, so nothing of the machine's own network is touched. Needs
the administrator's rights; without them :class:`NotPlayedError` says so.
"""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
import threading
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Self, TypeVar

from tests.drills.drill import NotPlayedError

T = TypeVar("T")

NET = "10.77.0"
_NEW_NET = 0x40000000


class Network:
    """``names``: the hosts, the first of which has the bridge; use as a context manager."""

    def __init__(self, names: Sequence[str]) -> None:
        self.names = tuple(names)
        self._mark = f"sapa{os.getpid()}"

    def address(self, name: str) -> str:
        """Where the others reach a host."""
        return f"{NET}.{self.names.index(name) + 1}"

    def inside(self, name: str, command: Sequence[str]) -> list[str]:
        """``command`` as it is run on a host."""
        return ["nsenter", f"--net={self._place(name)}", *command]

    def cut(self, name: str) -> None:
        """Pull a host's cable: nobody is told, packets are simply lost."""
        self._ip("-n", self._full(self.names[0]), "link", "set", f"to-{name}", "down")

    def mend(self, name: str) -> None:
        """Put it back."""
        self._ip("-n", self._full(self.names[0]), "link", "set", f"to-{name}", "up")

    def on_first(self, act: Callable[[], T]) -> T:
        """Run ``act`` on the first host: in a thread of its own, as are all threads, sockets and
        processes that it starts. A process ends with the thread that has started it."""
        done: list[T] = []
        failed: list[BaseException] = []

        def run() -> None:
            try:
                self._enter(self.names[0])
                done.append(act())
            except BaseException as error:  # noqa: BLE001 - it is raised in the caller's thread
                failed.append(error)

        thread = threading.Thread(target=run, name="first-host")
        thread.start()
        thread.join()
        if failed:
            raise failed[0]
        return done[0]

    def __enter__(self) -> Self:
        if os.geteuid() != 0 or not (shutil.which("ip") and shutil.which("nsenter")):
            raise NotPlayedError("needs the administrator's rights, ip and nsenter")
        try:
            self._make()
        except subprocess.CalledProcessError as error:
            self._remove()
            said = error.stderr.decode().strip() or "refused"
            raise NotPlayedError(f"no network namespaces here: {said}") from None
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._remove()

    def _make(self) -> None:
        first, *others = self.names
        for name in self.names:
            self._ip("netns", "add", self._full(name))
            self._ip("-n", self._full(name), "link", "set", "lo", "up")
        here = ["-n", self._full(first)]
        self._ip(*here, "link", "add", "bridge", "type", "bridge")
        self._ip(*here, "addr", "add", f"{self.address(first)}/24", "dev", "bridge")
        self._ip(*here, "link", "set", "bridge", "up")
        for name in others:
            there = ["-n", self._full(name)]
            pair = ["type", "veth", "peer", "name", "cable", "netns", self._full(name)]
            self._ip(*here, "link", "add", f"to-{name}", *pair)
            self._ip(*here, "link", "set", f"to-{name}", "master", "bridge", "up")
            self._ip(*there, "addr", "add", f"{self.address(name)}/24", "dev", "cable")
            self._ip(*there, "link", "set", "cable", "up")

    def _remove(self) -> None:
        for name in self.names:
            subprocess.run(
                ["ip", "netns", "del", self._full(name)], capture_output=True, check=False
            )

    def _enter(self, name: str) -> None:
        """Let this thread (and what it starts) be on a host."""
        libc = ctypes.CDLL(None, use_errno=True)
        with open(self._place(name), "rb") as place:  # noqa: PTH123 - a handle is what is needed
            if libc.setns(place.fileno(), _NEW_NET) != 0:
                raise OSError(ctypes.get_errno(), "cannot enter the network namespace")

    def _full(self, name: str) -> str:
        return f"{self._mark}-{name}"

    def _place(self, name: str) -> str:
        return f"/run/netns/{self._full(name)}"

    @staticmethod
    def _ip(*words: str) -> None:
        subprocess.run(["ip", *words], capture_output=True, check=True)
