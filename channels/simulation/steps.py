"""A few hours of a day: who comes, what the shop does, and what reaches the phones."""

from __future__ import annotations

from datetime import datetime

from channels.simulation import buyers, counter, dealings, driving
from channels.simulation.world import STEPS_PER_DAY, After, World


def play(world: World, day: int, at: int, moment: datetime) -> None:
    """Step ``at`` of ``day``, several things at the same time."""
    world.time.set(moment)
    hour = STEPS_PER_DAY[at]
    deeds = world.coming.pop(world.step, [])
    deeds += [_comes(world) for _ in range(_buyers(world, day, at))]
    deeds += counter.clockwork(world)
    if hour in {11, 17}:
        deeds += counter.parcels(world)
    if hour == 11:
        deeds.append(After(0, "round of the driver", driving.a_round(world)))
    if hour == 14:
        deeds += counter.comings_back(world)
    if hour == 14 and world.index == 0:
        deeds += counter.goods(world, day)
    if hour == 20:
        deeds += counter.differences(world)
    world.random.shuffle(deeds)
    world.do(deeds)
    counter.deliver(world)
    world.step += 1


def _comes(world: World) -> After:
    """Somebody who wants something: most order at once."""
    chance = world.random.random()
    if chance < 0.06:
        return dealings.haggle(world)
    return dealings.visit(world) if chance < 0.11 else buyers.buy(world)


def _buyers(world: World, day: int, at: int) -> int:
    """How many of this process's people order now."""
    own, days = world.share(world.plan.orders), world.plan.days
    today = own // days + (day < own % days)
    return today // len(STEPS_PER_DAY) + (at < today % len(STEPS_PER_DAY))
