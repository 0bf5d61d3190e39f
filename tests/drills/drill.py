"""What every drill has: a stage with customers, a scale, the auditor afterwards, one line at the
end."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import sqlalchemy as sa

from crm_core.auditing import Finding
from tests.drills import auditor
from tests.drills.auditor import Evidence
from tests.drills.crowd import Crowd, Phone
from tests.drills.stage import INTERNAL, TOKEN, Stage, wait_for


@dataclass(frozen=True)
class Outcome:
    """What a drill injected and found. ``had`` answers ``asked``; ``wrong`` are its own misses."""

    injected: str
    had: str
    wrong: Sequence[str] = ()


class NotPlayedError(RuntimeError):
    """This machine cannot play the drill; the text says what it lacks. Not a miss."""


Play = Callable[["Bench"], Outcome]


@dataclass(frozen=True)
class Drill:
    """One case: its name (F2, K1 …), what it is about, the figure asked, and how it is played."""

    name: str
    title: str
    asked: str
    play: Play
    limit_s: float
    short: bool
    own_stage: bool


ALL: dict[str, Drill] = {}


def drill(
    name: str,
    title: str,
    asked: str,
    *,
    limit_s: float = 300.0,
    short: bool = False,
    own_stage: bool = False,
) -> Callable[[Play], Play]:
    """Register a drill. ``short``: also played by the short run; ``own_stage``: it starts what it
    needs itself and leaves the common stage alone."""

    def register(play: Play) -> Play:
        ALL[name] = Drill(name, title, asked, play, limit_s, short, own_stage)
        return play

    return register


_OPEN = """
    SELECT (SELECT count(*) FROM messages WHERE awaits_bot)
         + (SELECT count(*) FROM turns WHERE state IN ('pending', 'running'))
         + (SELECT count(*) FROM messages m WHERE status IN ('queued', 'sending')
             AND direction = 'outbound' AND (error_code IS DISTINCT FROM 'quiet_hours'))
         + (SELECT count(*) FROM messages WHERE status = 'unknown'
             AND claimed_at > now() - interval '15 minutes')
"""


@dataclass
class Bench:
    """What a drill plays with. ``scale`` 1 is the full number of faults.md."""

    stage: Stage
    crowd: Crowd
    scale: float = 1.0
    folder: Path = Path()
    models: Path = Path()
    buyers: list[Phone] = field(default_factory=list)
    _seen: set[str] = field(default_factory=set)
    _read_to: dict[Path, int] = field(default_factory=dict)

    def count(self, full: int, least: int = 1) -> int:
        """``full`` at this scale."""
        return max(least, math.ceil(full * self.scale))

    def some_buyers(self, count: int) -> list[Phone]:
        """New customers of whom each wants one order: the auditor looks for a second one."""
        made = self.crowd.phones(count)
        self.buyers += made
        return made

    def open_work(self) -> int:
        """How much is unanswered, unfinished, unsent or uncertain."""
        with self.stage.engine.connect() as connection:
            return int(connection.scalar(sa.text(_OPEN)) or 0)

    def settle(self, limit_s: float = 200.0) -> float:
        """Wait until nothing is open; the seconds that it took."""
        return wait_for(lambda: self.open_work() == 0, "everything is answered and sent", limit_s)

    def scalar(self, query: str, **values: object) -> int:
        """A number from the database."""
        with self.stage.engine.connect() as connection:
            return int(connection.scalar(sa.text(query), values) or 0)

    def orders(self, phones: Sequence[Phone]) -> dict[str, int]:
        """How many orders each customer has, by channel address."""
        query = sa.text(
            "SELECT a.address, count(o.id) FROM channel_addresses a"
            " LEFT JOIN orders o USING (customer_id) WHERE a.address = ANY(:wanted) GROUP BY 1"
        )
        with self.stage.engine.connect() as connection:
            wanted = [phone.channel_address for phone in phones]
            return dict(connection.execute(query, {"wanted": wanted}).all())

    def audit(self) -> list[Finding]:
        """What the auditor finds now and has not found before on this stage."""
        settings = self.stage.settings
        secrets = {
            "database_url": settings.database_url or "",
            "redis_url": settings.redis_url or "",
            "auth_token": self.stage.twin.token,
            "api_token": TOKEN,
            "internal_token": INTERNAL,
            "secret_key": settings.secret_key.get_secret_value() if settings.secret_key else "",
        }
        with self.stage.work() as session:
            found = auditor.audit(
                Evidence(
                    session,
                    taken=self.crowd.taken(),
                    ledger=list(self.stage.twin.ledger),
                    logs=sorted(self.stage.logs.glob("*.log")),
                    read_to=self._read_to,
                    secrets=secrets,
                    one_order_each=[phone.channel_address for phone in self.buyers],
                )
            )
        new = [one for one in found if str(one) not in self._seen]
        self._seen |= {str(one) for one in found}
        return new


@contextmanager
def gone(stage: Stage, name: str) -> Iterator[None]:
    """A process is killed (kill -9), and started again after the block."""
    stage.kill(name)
    try:
        yield
    finally:
        stage.start_again(name)


def longest(seconds: Sequence[float]) -> str:
    """``p50 … s, longest … s``."""
    ordered = sorted(seconds)
    return f"p50 {ordered[len(ordered) // 2]:.1f} s, longest {ordered[-1]:.1f} s"
