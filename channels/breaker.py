"""Who has failed several times in a row is not asked again by everybody at once.

Closed: everybody may ask. After ``AFTER`` failures in a row, of more than one conversation, it
opens: nobody asks, which spares a process that is away, hangs or comes up, and the threads that
would wait for it. When the pause is over one may try; if that works all may ask again, else the
next pause is twice as long.
"""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

AFTER = 5
"""F5 of the faults asks for at most five."""
FIRST_PAUSE_S, LONGEST_PAUSE_S = 5.0, 30.0


class Breaker:
    """Safe to share between threads. ``clock`` gives growing seconds; ``told`` hears whether it is
    open each time that this changes."""

    def __init__(
        self,
        clock: Callable[[], float] = time.monotonic,
        told: Callable[[bool], None] | None = None,
    ) -> None:
        self._clock, self._told = clock, told
        self._lock = threading.Lock()
        self._failures = 0
        self._of: set[str] = set()
        self._pause_s = 0.0
        self._next_try = 0.0
        self._trying = False

    @property
    def is_open(self) -> bool:
        """Whether only one may try now and then."""
        return self._pause_s > 0

    def admits(self) -> bool:
        """Whether the caller may ask; then it must say how that went."""
        with self._lock:
            if not self.is_open:
                return True
            if self._clock() < self._next_try:
                return False
            # One tries; should it never come back, another one may after the same pause.
            self._next_try, self._trying = self._clock() + self._pause_s, True
            return True

    def worked(self) -> None:
        """An answer came: everybody may ask again."""
        with self._lock:
            was_open = self.is_open
            self._failures, self._pause_s, self._trying = 0, 0.0, False
            self._of.clear()
        if was_open and self._told:
            self._told(False)

    def failed(self, whose: str) -> None:
        """No usable answer for a conversation. One alone does not open it, however often it fails:
        then something is wrong with its words and not with who reads them."""
        with self._lock:
            if self.is_open:
                self._longer()
                return
            self._failures += 1
            self._of.add(whose)
            if self._failures < AFTER or len(self._of) < 2:
                return
            self._pause_s = FIRST_PAUSE_S
            self._next_try = self._clock() + self._pause_s
        if self._told:
            self._told(True)

    def _longer(self) -> None:
        """The one that tried has failed; what had been asked before it opened counts no more."""
        if self._trying:
            self._trying = False
            self._pause_s = min(self._pause_s * 2, LONGEST_PAUSE_S)
            self._next_try = self._clock() + self._pause_s
