"""What goes wrong and when: troubles wait in a row, each for the next request of its kind."""

from __future__ import annotations

import random
import threading
from dataclasses import dataclass, replace
from typing import Literal

Kind = Literal["create", "fetch", "list", "content", "media"]
KINDS: tuple[Kind, ...] = ("create", "fetch", "list", "content", "media")


@dataclass(frozen=True)
class Trouble:
    """How the next request of kind ``on`` is answered.

    ``status`` None: the connection is reset without an answer; 200: as if nothing were wrong
    (after ``delay_s``: slow, or a time-out if that is longer than the caller waits). ``accepted``:
    whether the request takes effect all the same. ``times`` requests are troubled after ``skip``
    others passed; each with probability ``share``. ``to`` limits it to one customer's messages.
    """

    status: int | None
    code: int = 20500
    accepted: bool = False
    on: Kind = "create"
    delay_s: float = 0.0
    times: int = 1
    skip: int = 0
    share: float = 1.0
    to: str | None = None

    def __post_init__(self) -> None:
        if self.on not in KINDS or self.times < 1 or not 0 < self.share <= 1:
            raise ValueError("a trouble is on create, fetch, list, content or media, with share")
        if self.status == 200 and not self.accepted:
            raise ValueError("an answer of 200 is an accepted request")


class Plan:
    """The troubles to come. ``seed`` makes those with a ``share`` the same in every run."""

    def __init__(self, seed: int = 1) -> None:
        self._waiting: list[Trouble] = []
        self._chance = random.Random(seed)  # noqa: S311 - not a secret
        self._lock = threading.Lock()
        self.injected: list[Trouble] = []

    def append(self, trouble: Trouble) -> None:
        """One more trouble, after those that wait."""
        with self._lock:
            self._waiting.append(trouble)

    def extend(self, troubles: list[Trouble]) -> None:
        """Several troubles, in their order."""
        with self._lock:
            self._waiting.extend(troubles)

    def clear(self) -> None:
        """Nothing goes wrong from here on."""
        with self._lock:
            self._waiting.clear()

    def waiting(self) -> list[Trouble]:
        """What has not been used up."""
        with self._lock:
            return list(self._waiting)

    def next(self, on: Kind, to: str | None = None) -> Trouble | None:
        """The trouble of this request, used up by it; None: all is well."""
        with self._lock:
            for place, trouble in enumerate(self._waiting):
                if trouble.on != on or (trouble.to is not None and trouble.to != to):
                    continue
                if trouble.skip:
                    self._waiting[place] = replace(trouble, skip=trouble.skip - 1)
                    return None
                if trouble.times > 1:
                    self._waiting[place] = replace(trouble, times=trouble.times - 1)
                else:
                    del self._waiting[place]
                if self._chance.random() >= trouble.share:
                    return None
                self.injected.append(trouble)
                return trouble
        return None
