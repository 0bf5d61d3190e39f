"""What the shop does: differences, parcels, cash, returns, goods, counts, jobs of the clock."""

from __future__ import annotations

from random import Random

from sqlalchemy import select
from sqlalchemy.orm import Session

from channels import clockwork as clock_jobs
from channels.simulation.world import After, Deed, World
from crm_core import (
    checkout,
    conversations,
    orders,
    payments,
    pricing,
    returns,
    stock,
)
from crm_core.orders import Order, OrderState
from crm_core.payments import DifferenceKind, DifferenceState, RefundAccount
from crm_core.payments.worklist import DifferenceView
from crm_core.returns import Return, ReturnState

GONE = frozenset({OrderState.SHIPPED, OrderState.DELIVERED})
TO = RefundAccount("BCA", "7778889999", "Pelanggan")
_K = DifferenceKind


def parcels(world: World) -> list[After]:
    """Pack what is paid, send what is packed, deliver, take cash, complete, start returns."""
    on_the_way = [OrderState.PAID, OrderState.PACKED, OrderState.SHIPPED, OrderState.DELIVERED]
    at_door = (Order.state == OrderState.AWAITING_PAYMENT) & Order.pay_on_delivery
    with world.make_session() as session:
        rows = session.execute(
            select(Order.id, Order.state, Order.shipping_method)
            .where(Order.state.in_(on_the_way) | at_door)
            .order_by(Order.id)
        ).all()
    return [
        After(0, f"order {state}", _move_on(world, order_id))
        for order_id, state, method in rows
        # Most of what the own driver takes leaves in a round.
        if world.mine(order_id)
        and (method != "driver" or state in GONE or world.random.random() < 0.1)
    ]


def _move_on(world: World, order_id: int) -> Deed:
    def deed(session: Session, random: Random) -> None:
        order, who = session.get_one(Order, order_id), random.choice(world.staff)
        orders.lock(session, order)
        chance = random.random()
        if order.state in {OrderState.PAID, OrderState.AWAITING_PAYMENT}:
            if chance < 0.01:
                checkout.cancel(session, order, actor=who, reason="stok rusak")
            elif chance < 0.8:
                orders.pack(session, order, who)
        elif order.state == OrderState.PACKED:
            _leave(world, session, order, random)
        elif order.state == OrderState.SHIPPED and chance < 0.5:
            if orders.owes_cash(order) and random.random() < 0.15:
                broken = [order.lines[0].part_code] if random.random() < 0.1 else []
                why = "tidak ada orang"
                returns.refused_at_door(session, order, actor=who, reason=why, damaged=broken)
                world.count("parcels refused at the door")
                return
            if orders.owes_cash(order):
                _cash(world, session, order, random)
            orders.deliver(session, order, who)
        elif order.state == OrderState.DELIVERED:
            _arrived(world, session, order, random)

    return deed


def _leave(world: World, session: Session, order: Order, random: Random) -> None:
    who = random.choice(world.staff)
    if order.shipping_method == "pickup":
        if orders.owes_cash(order):
            _cash(world, session, order, random)
        orders.hand_over(session, order, who)
    else:
        number = f"JP{world.number('parcel'):08}"
        orders.ship(session, order, who, "JNE", number if order.shipping_method != "driver" else "")


def _cash(world: World, session: Session, order: Order, random: Random) -> None:
    payments.take_cash(
        session, order, actor=random.choice(world.staff), amount_idr=int(order.total_idr),
        receipt_number=f"KW-{world.number('receipt')}",
    )  # fmt: skip


def _arrived(world: World, session: Session, order: Order, random: Random) -> None:
    who = random.choice(world.staff)
    if random.random() < 0.06:
        line = random.choice(order.lines)
        kind = random.choice(("return", "exchange", "warranty"))
        pieces = {line.part_code: random.randint(1, line.quantity)}
        returns.ask(session, order, pieces, kind=kind, reason="salah beli", actor=who)
    elif order.paid_at is not None and random.random() < 0.6:
        orders.complete(session, order, who)


def comings_back(world: World) -> list[After]:
    """Each return one step further."""
    with world.make_session() as session:
        ids = session.scalars(select(Return.id).where(Return.state.in_(returns.OPEN))).all()
    return [After(0, "return moved on", _return(world, one)) for one in ids if world.mine(one)]


def _return(world: World, return_id: int) -> Deed:
    def deed(session: Session, random: Random) -> None:
        found, who = session.get_one(Return, return_id), random.choice(world.staff)
        if found.state == ReturnState.ASKED:
            if random.random() < 0.15:
                returns.refuse(session, found, actor=who, reason="sudah dipakai")
            else:
                returns.approve(session, found, actor=who)
        elif found.state == ReturnState.APPROVED:
            if random.random() < 0.05:
                returns.withdraw(session, found, actor=who)
            else:
                order = session.get_one(Order, found.order_id)
                how = random.choice(("unopened", "unopened", "opened", "defective"))
                conditions = {line.part_code: how for line in order.lines}
                returns.receive(session, found, conditions, actor=who)
        elif found.state == ReturnState.RECEIVED:
            outcome = random.choice(("refund", "refund", "credit", "exchange", "nothing"))
            reason = "barang dipakai" if outcome == "nothing" else ""
            returns.settle(session, found, outcome, actor=who, reason=reason)

    return deed


def differences(world: World) -> list[After]:
    """Most of what does not agree is settled the evening after; the rest waits."""
    with world.make_session() as session:
        found = payments.worklist.differences(session, limit=2_000)
    return [
        After(0, f"difference {one.kind}", _settle(world, one))
        for one in found
        if world.mine(one.id) and world.random.random() < 0.6
    ]


def _settle(world: World, one: DifferenceView) -> Deed:
    def deed(session: Session, random: Random) -> None:
        who = random.choice(world.staff)
        if one.state == DifferenceState.REFUND_PROPOSED:
            payments.confirm_refund(session, one.id, actor=who)
        elif one.kind == _K.UNKNOWN and one.mutation_id is not None:
            _unknown(world, session, one.mutation_id, random)
        elif one.kind == _K.UNDERPAID and random.random() < 0.7:
            payments.take(session, one.id, actor=who)
        elif one.creditable and random.random() < 0.35:
            payments.credit(session, one.id, actor=who, reason="disimpan")
        elif one.kind == _K.LATE and one.mutation_id is not None and random.random() < 0.5:
            _unknown(world, session, one.mutation_id, random)
        else:
            # Over Rp 100.000 a second person, so that many refunds need one.
            payments.refund_difference(
                session, one.id, actor=who, to=TO, reason="dikembalikan",
                second_person_from=100_000,
            )  # fmt: skip

    return deed


def _unknown(world: World, session: Session, mutation_id: int, random: Random) -> None:
    who = random.choice(world.staff)
    likely = payments.worklist.suggestions(session, mutation_id)
    if likely and random.random() < 0.9:
        order = orders.by_code(session, likely[0].order_code)
        payments.assign(session, mutation_id, order, actor=who)
    else:
        payments.not_ours(session, mutation_id, actor=who, reason="bukan pembayaran")


def goods(world: World, day: int) -> list[After]:
    """A delivery each week, two counts each day, one of a part that orders hold."""

    least = 20 + world.plan.orders // len(world.parts) // 3
    lines = [(code, world.random.randint(least // 2, least)) for code in world.parts]

    def delivered(session: Session, _: Random) -> None:
        stock.receive_goods(
            session, lines, supplier="AHM", document=f"SJ-{day}", actor=world.staff[0]
        )

    def counted(session: Session, random: Random) -> None:
        code = random.choice(world.parts)
        on_hand, _ = _level(session, code)
        found = max(0, on_hand + random.choice((-2, -1, 1)))
        stock.correct(session, code, found, random.choice(world.staff), "hasil hitung rak")

    again = [After(0, "goods received", delivered)] * 2 if day % 7 == 5 else []  # brought twice
    return [*again, After(0, "shelf counted", counted), After(0, "shelf counted", counted)]


def _level(session: Session, code: str) -> tuple[int, int]:
    level = stock.level(session, code)
    return level.on_hand, level.reserved


def clockwork(world: World) -> list[After]:
    """The jobs that the clock starts, twice at once, as two workers would."""

    def expiry(_: Session, __: Random) -> None:
        world.count("orders expired", len(clock_jobs.expire_orders(world.work)))

    def prices(session: Session, _: Random) -> None:
        pricing.expire_bargains(session)

    def reminders(_: Session, __: Random) -> None:
        world.count("payers reminded", len(clock_jobs.remind_payers(world.work)))

    jobs = [After(0, "job expiry", expiry), After(0, "job prices", prices)]
    jobs.append(After(0, "job reminders", reminders))
    return jobs if world.plan.processes > 1 else jobs * 2  # each process has its own


def deliver(world: World, *, everything: bool = False) -> None:
    """Every message in the queue reaches its phone; without ``everything`` of this share."""
    while True:
        with world.work() as session:
            due = conversations.due_deliveries(session)
            due = [one for one in due if everything or world.mine(one)]
            for message_id in due:
                _phone(world, session, message_id)
        if not due:
            return


def _phone(world: World, session: Session, message_id: int) -> None:
    if conversations.claim_delivery(session, message_id) is None:
        return
    number = f"OUT{world.number('out'):09}"
    conversations.mark_sent(session, message_id, number, provider_status="delivered")
    world.count("messages delivered")
