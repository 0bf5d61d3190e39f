"""Keeps processes alive: starts them, waits until they are ready, restarts those that die."""

from __future__ import annotations

import signal
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from channels.supervisor.processes import Child, StartError, stop_all, wait_until

RESTARTS_PER_MINUTE = 5
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.5, 15.0
_GRACE_S = 10.0
"""How long a child that is renewed may take to end by itself."""


@dataclass(slots=True)
class Kept:
    """One process that shall run. ``start`` starts it and returns the child, not yet ready."""

    name: str
    title: str
    start: Callable[[], Child]
    ready: Callable[[], bool]
    limit_s: float
    nice: int = 0
    """How far it steps back once it is ready, see :meth:`Child.step_back`."""
    child: Child | None = None
    restarts: deque[float] = field(default_factory=deque)
    due_at: float | None = None
    starting: bool = False
    end_by: float | None = None
    """It is being renewed: when it has ended, or at this time, a fresh one is started."""


class Keeper:
    """Start with :meth:`add`, wait with :meth:`wait_ready`, then call :meth:`look` again and again.

    ``clock`` gives seconds that only grow; ``say`` gets one line for each event.
    """

    def __init__(
        self,
        say: Callable[[str], None],
        remember: Callable[[str, int], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._say = say
        self._remember = remember
        self._clock = clock
        self.kept: list[Kept] = []

    @property
    def children(self) -> list[Child]:
        """All children that were started last for their name."""
        return [one.child for one in self.kept if one.child is not None]

    def add(self, one: Kept) -> None:
        """Start a process and keep it."""
        self.kept.append(one)
        self._start(one)

    def wait_ready(self, one: Kept) -> None:
        """Wait until a process is ready. Raises StartError."""
        if one.child is None:
            raise StartError(one.name, "is not started")
        wait_until(one.ready, one.child, limit_s=one.limit_s)
        self._is_ready(one)

    def look(self) -> None:
        """Notice dead children, start those whose pause is over; never blocks for long."""
        for one in self.kept:
            if one.end_by is not None:
                self._go_on_renewing(one, one.end_by)
            elif one.due_at is not None:
                if self._clock() >= one.due_at:
                    self._restart(one, crashed=True)
            elif one.child is not None and one.child.exit_code is not None:
                self._plan_restart(one, one.child)
            elif one.starting and one.ready():
                self._is_ready(one)
                self._say(f"{one.name} is back")

    def renew(self, name: str) -> None:
        """Let the process ``name`` end and start it anew; :meth:`look` sees to it."""
        for one in self.kept:
            if one.name == name and one.child is not None and one.due_at is None:
                one.child.ask_to_stop()
                one.end_by = self._clock() + _GRACE_S

    def is_up(self, name: str) -> bool:
        """Whether the process ``name`` runs and was seen to be ready."""
        return any(
            one.name == name and not one.starting and one.end_by is None and one.due_at is None
            for one in self.kept
        )

    def stop(self, grace_s: float = 10.0) -> None:
        """Stop all, together."""
        stop_all(self.children, grace_s)

    def _start(self, one: Kept) -> None:
        one.child = one.start()
        one.starting = True
        self._remember(one.name, one.child.pid)

    def _is_ready(self, one: Kept) -> None:
        one.starting = False
        if one.nice and one.child is not None:
            one.child.step_back(one.nice)

    def _go_on_renewing(self, one: Kept, end_by: float) -> None:
        if one.child is not None and one.child.exit_code is None:
            if self._clock() >= end_by:
                one.child.signal(signal.SIGKILL)
            return
        one.end_by = None
        self._restart(one)

    def _plan_restart(self, one: Kept, child: Child) -> None:
        now = self._clock()
        while one.restarts and one.restarts[0] <= now - 60:
            one.restarts.popleft()
        pause = min(_FIRST_PAUSE_S * 2 ** len(one.restarts), _LONGEST_PAUSE_S)
        if len(one.restarts) >= RESTARTS_PER_MINUTE:
            pause = one.restarts[0] + 60 - now
        one.due_at = now + pause
        ended = f"{one.name} ended with code {child.exit_code}"
        often = f" ({len(one.restarts)} restarts in a minute)" if one.restarts else ""
        self._say(f"{ended}; starting it again in {pause:.1f} s{often}; see {child.command.log}")

    def _restart(self, one: Kept, *, crashed: bool = False) -> None:
        one.due_at = None
        if crashed:
            one.restarts.append(self._clock())
        try:
            self._start(one)
        except (StartError, OSError) as error:
            one.due_at = self._clock() + _LONGEST_PAUSE_S
            self._say(f"{one.name} cannot be started: {error}")
