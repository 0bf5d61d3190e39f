"""Several processes that play one month together, step by step, each with its share of people."""

from __future__ import annotations

import multiprocessing
import traceback
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from random import Random
from types import TracebackType
from typing import Any

from channels.simulation import counter, opening, steps
from channels.simulation.statements import Booking
from channels.simulation.world import Opened, Plan, Time, World
from crm_core import clock, db

JOIN_S = 30.0


@dataclass(frozen=True, slots=True)
class Counted:
    """What happened in one process, and what was refused."""

    tally: Counter[str]
    refused: Counter[str]


def enter(world: World, shop: Opened) -> None:
    """The shop opens."""
    opening.enter(world, shop)


def step(world: World, day: int, at: int, moment: datetime) -> None:
    """Some hours of a day."""
    steps.play(world, day, at, moment)


def evening(world: World, moment: datetime) -> Sequence[Booking]:
    """The shop closes: what the banks have booked meanwhile."""
    world.time.set(moment)
    rows, world.booked = world.booked, []
    return rows


def jobs(world: World) -> None:
    """The clock's jobs, while somebody brings the banks' files."""
    world.do(counter.clockwork(world))


def end(world: World) -> Counted:
    """It is over."""
    return Counted(world.tally, world.refused)


class Team(AbstractContextManager["Team"]):
    """All processes but this one. Leaving the ``with`` ends them."""

    def __init__(self, plan: Plan, url: str, data_dir: Path, start: datetime) -> None:
        self._members: list[tuple[BaseProcess, Connection]] = []
        context = multiprocessing.get_context("spawn")  # threads and connections do not survive
        for index in range(1, plan.processes):
            ours, theirs = context.Pipe()
            process = context.Process(
                target=_member, args=(plan, index, url, data_dir, start, theirs), daemon=True
            )
            process.start()
            theirs.close()
            self._members.append((process, ours))

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for process, pipe in self._members:
            pipe.close()
            process.join(JOIN_S if kind is None else 0)
            if process.is_alive():
                process.terminate()
                process.join()

    def begin(self, deed: Callable[..., Any], *facts: object) -> None:
        """Let the others do one of this module's deeds."""
        for _, pipe in self._members:
            pipe.send((deed.__name__, facts))

    def finish(self) -> list[Any]:
        """What they have to say when it is done; raises RuntimeError with a failure of theirs."""
        answers = []
        for process, pipe in self._members:
            try:
                failed, answer = pipe.recv()
            except EOFError:
                raise RuntimeError(f"process {process.pid} of the month has ended") from None
            if failed:
                raise RuntimeError(answer)
            answers.append(answer)
        return answers

    def together(self, world: World, deed: Callable[..., Any], *facts: object) -> list[Any]:
        """Do it here as well, at the same time; all answers, this process's first."""
        self.begin(deed, *facts)
        own = deed(world, *facts)
        return [own, *self.finish()]


_DEEDS: dict[str, Callable[..., Any]] = {
    deed.__name__: deed for deed in (enter, step, evening, jobs, end)
}


def _member(
    plan: Plan, index: int, url: str, data_dir: Path, start: datetime, pipe: Connection
) -> None:
    engine = db.engine_for(url, pool_size=plan.workers * 2)
    world = a_world(plan, index, db.sessions(engine), data_dir, start)
    try:
        with clock.told_by(world.time.now):
            while True:
                name, facts = pipe.recv()
                pipe.send((False, _DEEDS[name](world, *facts)))
    except EOFError:
        return  # the others have ended
    except Exception:  # noqa: BLE001 - the edge of a process: whoever leads ends the month with it
        pipe.send((True, traceback.format_exc()))
    finally:
        engine.dispose()


def a_world(
    plan: Plan, index: int, make_session: db.Sessions, data_dir: Path, start: datetime
) -> World:
    """The world of process ``index``; chance only decides what people do, it keeps no secret."""
    random = Random(f"{plan.seed} {index}")  # noqa: S311 - see above
    return World(plan, make_session, Time(start.astimezone(UTC)), random, data_dir, index)
