"""The simulated shop: its time, people and goods, what the bank has booked, what comes next."""

from __future__ import annotations

import threading
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from time import monotonic

from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from channels.simulation.statements import Booking
from crm_core import db
from crm_core.errors import CrmError
from crm_core.payments import AccountView
from crm_core.timeline import Actor

STEPS_PER_DAY = (9, 11, 14, 17, 20)
"""Hours at which things happen; bank files come after the last one."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How big the month is."""

    customers: int = 200
    orders: int = 1_000
    days: int = 30
    seed: int = 1
    workers: int = 4
    """Threads, over all processes."""
    processes: int = 1


class Time:
    """A clock that is set forward and then ticks on as real time does."""

    def __init__(self, start: datetime) -> None:
        self._at, self._since = start, monotonic()

    def now(self) -> datetime:
        """The simulated moment."""
        return self._at + timedelta(seconds=monotonic() - self._since)

    def set(self, moment: datetime) -> None:
        """Go on to ``moment``; never back."""
        self._at, self._since = max(moment, self.now()), monotonic()


AT_ONCE = -1

Deed = Callable[[Session, Random], "Sequence[After] | None"]
"""What somebody does in one transaction; returns what follows once it is committed."""


@dataclass(frozen=True, slots=True)
class After:
    """A deed so many steps later (0: at the next one, AT_ONCE: right after what it follows)."""

    steps: int
    name: str
    deed: Deed


@dataclass(frozen=True, slots=True)
class Opened:
    """The shop before its first day, as every process needs to know it."""

    staff: tuple[Actor, ...]
    parts: tuple[str, ...]
    accounts: tuple[AccountView, ...]
    start: datetime


@dataclass
class World:
    """Everything that the simulated people of one process share.

    Process ``index`` of ``plan.processes`` plays a share of the customers, and what has an id of
    its share in the database.
    """

    plan: Plan
    make_session: db.Sessions
    time: Time
    random: Random
    data_dir: Path
    index: int = 0
    staff: list[Actor] = field(default_factory=list)
    customers: list[int] = field(default_factory=list)
    talks: dict[int, str] = field(default_factory=dict)
    parts: list[str] = field(default_factory=list)
    accounts: list[AccountView] = field(default_factory=list)
    balances: Counter[str] = field(default_factory=Counter)
    booked: list[Booking] = field(default_factory=list)
    tally: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    coming: dict[int, list[After]] = field(default_factory=lambda: defaultdict(list))
    step: int = 0
    guard: threading.Lock = field(default_factory=threading.Lock)
    numbers: Counter[str] = field(default_factory=Counter)

    def number(self, kind: str) -> int:
        """The next number of a kind, for receipts, documents, messages; no process has it too."""
        with self.guard:
            self.numbers[kind] += 1
            return self.numbers[kind] * self.plan.processes + self.index

    def share(self, number: int) -> int:
        """This process's part of so many."""
        return number // self.plan.processes + (self.index < number % self.plan.processes)

    def mine(self, row_id: int) -> bool:
        """Whether what has this id is this process's to look after."""
        return row_id % self.plan.processes == self.index

    def work(self) -> AbstractContextManager[Session]:
        """One transaction, for deeds that are several."""
        return db.unit_of_work(self.make_session)

    def book(self, account: str, amount: int, text: str, *, out: bool = False) -> None:
        """Money moves at the bank; the evening's file shows it."""
        booking = Booking(account, amount, text, self.number("booking"), out)
        with self.guard:
            self.booked.append(booking)

    def count(self, name: str, times: int = 1) -> None:
        """Note that something happened."""
        with self.guard:
            self.tally[name] += times

    def do(self, deeds: Sequence[After]) -> None:
        """Do all of these at once, several at the same time, and plan what follows."""
        jobs = [(one, self.random.getrandbits(64)) for one in deeds]
        with ThreadPoolExecutor(max(1, self.plan.workers // self.plan.processes)) as pool:
            for _ in pool.map(lambda job: self._one(*job), jobs):
                pass

    def _one(self, after: After, seed: int) -> None:
        for attempt in (1, 2, 3):
            try:
                with db.unit_of_work(self.make_session) as session:
                    follows = after.deed(session, Random(seed))  # noqa: S311 - only what people do
            except CrmError as refusal:
                with self.guard:
                    self.refused[f"{after.name}: {refusal.code}"] += 1
                return
            except OperationalError as error:
                # The shop's edges do it anew in silence; here it is counted, so that it is found.
                self.count(f"{type(error.orig).__name__} in {after.name}, tried again")
                if attempt == 3:
                    raise
                continue
            self.count(after.name)
            self._plan(follows or (), Random(seed + 1))  # noqa: S311 - only what people do
            return

    def _plan(self, follows: Sequence[After], random: Random) -> None:
        for one in follows:
            if one.steps == AT_ONCE:
                self._one(one, random.getrandbits(64))
                continue
            with self.guard:
                self.coming[self.step + 1 + one.steps].append(one)
