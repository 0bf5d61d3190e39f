"""Day after day through the month; at the end the audit."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from random import Random
from time import monotonic

from sqlalchemy.orm import Session

from channels import bankfiles
from channels.simulation import counter, opening, qr, statements, team
from channels.simulation.statements import Booking
from channels.simulation.team import Team
from channels.simulation.world import STEPS_PER_DAY, After, Deed, Opened, Plan, World
from crm_core import auditing, clock, db, timeline
from crm_core.auditing import AuditReport
from crm_core.timeline import Actor

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What happened, what was refused, what the audit says, and how long it took."""

    plan: Plan
    tally: Counter[str]
    refused: Counter[str]
    report: AuditReport
    seconds: float


def run(plan: Plan, url: str, data_dir: Path, tell: Progress = lambda _: None) -> Outcome:
    """Play the month on a migrated, empty database; it ends about now. ``tell`` hears each day.

    Raises Conflict ("orders_exist") where the shop has orders already.
    """
    begun = monotonic()
    today = clock.local_date(datetime.now(UTC))
    first = today - timedelta(days=plan.days)
    start = datetime.combine(first, time(8), tzinfo=clock.ZONE).astimezone(UTC)
    engine = db.engine_for(url, pool_size=plan.workers * 2)
    try:
        world = team.a_world(plan, 0, db.sessions(engine), data_dir, start)
        with clock.told_by(world.time.now):
            shop = opening.open_shop(world)
            with Team(plan, url, data_dir, start) as others:
                _play(world, others, shop, tell)
                counted = others.together(world, team.end)
            _seal(world)
            with world.make_session() as session:
                report = auditing.audit(session)
    finally:
        engine.dispose()
    tally: Counter[str] = sum((one.tally for one in counted), Counter())
    refused: Counter[str] = sum((one.refused for one in counted), Counter())
    return Outcome(plan, tally, refused, report, monotonic() - begun)


def _play(world: World, others: Team, shop: Opened, tell: Progress) -> None:
    begun, plan = monotonic(), world.plan
    others.together(world, team.enter, shop)
    tell(f"{plan.customers:,} customers, {monotonic() - begun:,.0f} s")
    for day in range(plan.days):
        morning = shop.start + timedelta(days=day)
        for at, hour in enumerate(STEPS_PER_DAY):
            moment = morning + timedelta(hours=hour - 8)
            others.together(world, team.step, day, at, moment)
        closing = morning + timedelta(hours=14)
        rows = [row for own in others.together(world, team.evening, closing) for row in own]
        others.begin(team.jobs)
        _bank(world, rows)
        others.finish()
        counter.deliver(world, everything=True)
        _seal(world)
        tell(f"day {day + 1} of {plan.days}, {monotonic() - begun:,.0f} s")


def _bank(world: World, rows: list[Booking]) -> None:
    """The day's files of all banks, brought at the same time as the clock's jobs."""
    day = clock.local_date(clock.now())
    jobs = []
    for account in world.accounts:
        own = [row for row in rows if row.account == account.number]
        own.append(Booking(account.number, 6_500, "BIAYA ADM", 0, out=True))
        own += qr.fee_of(account.number, own)
        if world.random.random() < 0.3:
            stray = 10_000 + world.random.randrange(900_000)
            text = f"SETORAN TUNAI {world.number('stray')}"
            own.append(Booking(account.number, stray, text, world.number("booking")))
        before = world.balances[account.number]
        text = statements.SHAPES[account.bank](day, own, before)
        world.balances[account.number] = statements.balance_after(own, before)
        jobs.append(After(0, "bank file", _brought(world, account.bank, account.number, text)))
    world.do([*jobs, *counter.clockwork(world)])
    if world.random.random() < 0.3:
        world.do(jobs[:1])  # the same file once more


def _brought(world: World, bank: str, number: str, text: str) -> Deed:
    def deed(_: Session, __: Random) -> None:
        found = bankfiles.bring(
            world.work, text.encode(), name=f"{bank}.txt",
            actor=Actor.system("simulation"), account=number,
        )  # fmt: skip
        world.count("bookings read", len(found.taken.new))
        world.count("bookings matched", len(found.matched))
        world.count("rows rejected", len(found.statement.rejected))

    return deed


def _seal(world: World) -> None:
    while True:
        with world.work() as session:
            if not timeline.seal(session):
                return
