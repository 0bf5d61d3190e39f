"""The own driver's round of a day: gathered, packed, closed, handed over, each parcel sent."""

from __future__ import annotations

from random import Random

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from channels.simulation.world import Deed, World
from crm_core import clock, shipments
from crm_core.errors import CrmError
from crm_core.orders import Order, OrderState
from crm_core.timeline import Actor

MOST = 25
"""So many parcels fit on the car."""


def a_round(world: World) -> Deed:
    """One round of this process's driver; what was cancelled meanwhile stays here."""

    def deed(_: Session, random: Random) -> None:
        who = random.choice(world.staff)
        ready = _ready(world)
        if not ready:
            return
        batch_id = _gathered(world, ready, who)
        held = _packed(world, batch_id, ready, who)
        if not held:
            return
        with world.work() as session:
            shipments.close_batch(session, batch_id, actor=who)
        with world.work() as session:
            shipments.hand_over_batch(session, batch_id, actor=who)
        for order_id in held:
            with world.work() as session:
                sent = shipments.ship_order(session, batch_id, order_id, actor=who)
            world.count("parcels sent with the driver", int(sent))

    return deed


def _ready(world: World) -> list[tuple[int, str]]:
    waits = (Order.state == OrderState.AWAITING_PAYMENT) & Order.pay_on_delivery
    with world.make_session() as session:
        rows = session.execute(
            select(Order.id, Order.order_code)
            .where(
                Order.shipping_method == "driver",
                or_(Order.state.in_([OrderState.PAID, OrderState.PACKED]), waits),
            )
            .order_by(Order.id)
        ).all()
    return [(order_id, code) for order_id, code in rows if world.mine(order_id)][:MOST]


def _gathered(world: World, ready: list[tuple[int, str]], who: Actor) -> int:
    with world.work() as session:
        batch = shipments.open_batch(
            session, day=clock.local_date(clock.now()), method="driver",
            courier=f"Pak Udin {world.index}", actor=who,
        )  # fmt: skip
        batch_id = batch.id
    for _, code in ready:
        try:
            with world.work() as session:
                shipments.add_orders(session, batch_id, [code], actor=who)
        except CrmError as refusal:  # cancelled meanwhile, or on another round already
            world.count(f"not put on the round: {refusal.code}")
    return batch_id


def _packed(world: World, batch_id: int, ready: list[tuple[int, str]], who: Actor) -> list[int]:
    """Pack what is on the round; what cannot be packed any more is taken out."""
    held = []
    for order_id, code in ready:
        try:
            with world.work() as session:
                shipments.pack_order(session, batch_id, order_id, actor=who)
                order = session.get_one(Order, order_id)
                if order.state == OrderState.PACKED:
                    held.append(order_id)
                else:
                    shipments.take_out(session, batch_id, code, actor=who)
        except CrmError as refusal:
            world.count(f"not packed for the round: {refusal.code}")
    return held
