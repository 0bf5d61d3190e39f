"""Day after day through the month; at the end the audit."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from random import Random
from time import monotonic

from sqlalchemy.orm import Session

from channels import bankfiles
from channels.simulation import buyers, counter, opening, statements
from channels.simulation.world import STEPS_PER_DAY, After, Plan, Time, World
from crm_core import auditing, clock, db, timeline
from crm_core.auditing import AuditReport
from crm_core.timeline import Actor


@dataclass(frozen=True, slots=True)
class Outcome:
    """What happened, what was refused, what the audit says, and how long it took."""

    plan: Plan
    tally: Counter[str]
    refused: Counter[str]
    report: AuditReport
    seconds: float


def run(plan: Plan, make_session: db.Sessions, data_dir: Path) -> Outcome:
    """Play the month on a migrated, empty database; it ends about now.

    Raises Conflict ("orders_exist") where the shop has orders already.
    """
    begun = monotonic()
    today = clock.local_date(datetime.now(UTC))
    first = today - timedelta(days=plan.days)
    start = datetime.combine(first, time(8), tzinfo=clock.ZONE).astimezone(UTC)
    # Chance only decides what people do; nothing is kept secret with it.
    world = World(plan, make_session, Time(start), Random(plan.seed), data_dir)  # noqa: S311
    with clock.told_by(world.time.now):
        opening.open_shop(world)
        for day in range(plan.days):
            _day(world, day, start + timedelta(days=day))
        _seal(world)
        with make_session() as session:
            report = auditing.audit(session)
    return Outcome(plan, world.tally, world.refused, report, monotonic() - begun)


def _day(world: World, day: int, morning: datetime) -> None:
    share = _share(world.plan, day)
    for at, hour in enumerate(STEPS_PER_DAY):
        world.time.set(morning + timedelta(hours=hour - 8))
        deeds = world.coming.pop(world.step, [])
        wanted = share // len(STEPS_PER_DAY) + (at < share % len(STEPS_PER_DAY))
        deeds += [After(0, "order placed", buyers.buy(world)) for _ in range(wanted)]
        deeds += counter.clockwork(world)
        if hour in {11, 17}:
            deeds += counter.parcels(world)
        if hour == 14:
            deeds += counter.comings_back(world) + counter.goods(world, day)
        if hour == 20:
            deeds += counter.differences(world)
        world.random.shuffle(deeds)
        world.do(deeds)
        counter.deliver(world)
        world.step += 1
    world.time.set(morning + timedelta(hours=14))
    _bank(world)
    counter.deliver(world)
    _seal(world)


def _share(plan: Plan, day: int) -> int:
    return plan.orders // plan.days + (day < plan.orders % plan.days)


def _bank(world: World) -> None:
    """The day's files of all banks, brought at the same time as the clock's jobs."""
    day = clock.local_date(clock.now())
    rows, world.booked = world.booked, []
    jobs = []
    for account in world.accounts:
        own = [row for row in rows if row.account == account.number]
        own.append(statements.Booking(account.number, 6_500, "BIAYA ADM", 0, out=True))
        if world.random.random() < 0.3:
            stray = 10_000 + world.random.randrange(900_000)
            text = f"SETORAN TUNAI {world.number('stray')}"
            own.append(statements.Booking(account.number, stray, text, world.number("booking")))
        before = world.balances[account.number]
        text = statements.SHAPES[account.bank](day, own, before)
        world.balances[account.number] = statements.balance_after(own, before)
        jobs.append(After(0, "bank file", _brought(world, account.bank, account.number, text)))
    world.do([*jobs, *counter.clockwork(world)])
    if world.random.random() < 0.3:
        world.do(jobs[:1])  # the same file once more


def _brought(world: World, bank: str, number: str, text: str):  # type: ignore[no-untyped-def]
    def deed(_: Session, __: Random) -> None:
        found = bankfiles.bring(
            lambda: db.unit_of_work(world.make_session), text.encode(), name=f"{bank}.txt",
            actor=Actor.system("simulation"), account=number,
        )  # fmt: skip
        world.count("bookings read", len(found.taken.new))
        world.count("bookings matched", len(found.matched))
        world.count("rows rejected", len(found.statement.rejected))

    return deed


def _seal(world: World) -> None:
    while True:
        with db.unit_of_work(world.make_session) as session:
            if not timeline.seal(session):
                return
