"""What customers do: order, pay rightly and wrongly, cancel, report, send forged proofs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random

from sqlalchemy.orm import Session

from channels.simulation import qr
from channels.simulation.acts import Bought, accept, cancel, cancel_by_shop, report
from channels.simulation.world import After, Deed, World
from crm_core import carts, checkout, customers, orders, payments
from crm_core.checkout import Placed
from crm_core.customers import Customer
from crm_core.errors import CrmError
from crm_core.payments import ChargeState, GatewayStatus, PaymentRow
from crm_core.timeline import Actor

GATEWAY = "midtrans"


def buy(world: World) -> After:
    """Somebody fills a cart and orders; what they do about the money follows."""
    return After(0, "order placed", placing(world))


def placing(world: World, customer_id: int | None = None) -> Deed:
    """Order what lies in this customer's cart; without one, somebody fills theirs first."""
    key = f"sim-{world.number('key')}"

    def deed(session: Session, random: Random) -> Sequence[After]:
        customer = customers.by_id(session, customer_id or random.choice(world.customers))
        actor = Actor.customer(customer)
        if customer_id is None:
            carts.clear(session, customer, actor)
            lines = random.sample(world.parts, random.choice((1, 1, 2, 3)))
            wanted = [(code, random.choice((1, 1, 1, 2, 4))) for code in lines]
            carts.add_all(session, customer, wanted, actor)
        _wish(session, customer, actor, random)
        made = checkout.place(session, customer, actor=actor, idempotency_key=key)
        if random.random() < 0.02:  # the same request once more: the same order
            again = checkout.place(session, customer, actor=actor, idempotency_key=key)
            assert again.order.order_code == made.order.order_code  # noqa: S101 - a fault of ours
        return _what_follows(world, _bought(customer, made), made.payment, random)

    return deed


def _wish(session: Session, customer: Customer, actor: Actor, random: Random) -> None:
    """A voucher, points, the counter, cash at the door: refused ones are left."""
    if random.random() < 0.2:
        carts.use_points(session, customer, True, actor)
    if random.random() < 0.15:
        _try(session, lambda: carts.use_voucher(session, customer, "HEMAT10", actor))
    how = random.random()
    if how < 0.3:
        method, cod = ("pickup", how < 0.06) if how < 0.1 else ("driver", how < 0.25)
        known = customers.default_address(session, customer)
        if cod and orders.cod_refusal(session, customer.id, total_idr=1, method=method):
            return
        if method == "pickup" or (known and known.district_id):
            carts.choose_delivery(
                session, customer, method=method, pay_on_delivery=cod, actor=actor
            )


def _try(session: Session, deed: Callable[[], object]) -> None:
    try:
        with session.begin_nested():
            deed()
    except CrmError:
        session.expire_all()


def _bought(customer: Customer, made: Placed) -> Bought:
    return Bought(
        customer.id,
        made.order.order_code,
        int(made.payment.amount_due_idr),
        int(made.order.total_idr),
        made.payment.bank_account.number,
        tuple((line.part_code, line.quantity) for line in made.order.lines),
    )


Fate = Callable[[World, Bought, Random], Sequence[After]]


def _what_follows(
    world: World, bought: Bought, payment: PaymentRow, random: Random
) -> Sequence[After]:
    if payment.bank_account.cash:
        return ()
    (fate,) = random.choices(list(FATES), weights=list(FATES.values()))
    return fate(world, bought, random)


def _transfer(
    world: World, bought: Bought, amount: int, *, named: bool, steps: int, account: str = ""
) -> After:
    def deed(session: Session, _: Random) -> None:
        customer = customers.by_id(session, bought.customer_id)
        code = f" {bought.order_code}" if named else ""
        text = f"TRSF E-BANKING CR {world.number('transfer')} {(customer.name or '').upper()}{code}"
        world.book(account or bought.account, amount, text)

    return After(steps, "transferred", deed)


def exact(world: World, bought: Bought, random: Random) -> Sequence[After]:
    """The right sum in time; half of them report it as well."""
    steps = random.choice((0, 0, 1, 3, 6))
    pays = _transfer(world, bought, bought.due, named=random.random() < 0.3, steps=steps)
    return [pays, report(world, bought, steps)] if random.random() < 0.5 else [pays]


def late(world: World, bought: Bought, random: Random) -> Sequence[After]:
    """The right sum after the deadline."""
    return [_transfer(world, bought, bought.due, named=True, steps=random.choice((16, 20)))]


def under(world: World, bought: Bought, random: Random) -> Sequence[After]:
    """Too little, with the order's code; most send the rest the next day."""
    short = max(1_000, bought.due // 10)
    first = _transfer(world, bought, bought.due - short, named=True, steps=0)
    if random.random() < 0.5:
        return [first, _transfer(world, bought, short, named=True, steps=6)]
    return [first]


def over(world: World, bought: Bought, random: Random) -> Sequence[After]:
    """Too much, with the order's code."""
    more = random.choice((1_000, 5_500, 20_000))
    return [_transfer(world, bought, bought.due + more, named=True, steps=1)]


def double(world: World, bought: Bought, random: Random) -> Sequence[After]:
    """The right sum twice."""
    again = random.choice((0, 4))
    return [
        _transfer(world, bought, bought.due, named=True, steps=0),
        _transfer(world, bought, bought.due, named=True, steps=again),
    ]


def without_code(world: World, bought: Bought, random: Random) -> Sequence[After]:
    """The total without the unique code and without a name: people find out."""
    return [
        _transfer(world, bought, bought.total, named=False, steps=random.choice((0, 3))),
        report(world, bought, 0),
    ]


def elsewhere(world: World, bought: Bought, random: Random) -> Sequence[After]:
    """The right sum to another account of the shop."""
    account = random.choice([one.number for one in world.accounts])
    return [_transfer(world, bought, bought.due, named=True, steps=1, account=account)]


def never(world: World, bought: Bought, random: Random) -> Sequence[After]:
    """Nothing; a quarter of them say that they have paid."""
    return [report(world, bought, 2)] if random.random() < 0.25 else []


def cancels(world: World, bought: Bought, random: Random) -> Sequence[After]:
    """Thinks better of it before paying; some have transferred at the same time."""
    found = [cancel(bought, random.choice((0, 2)))]
    if random.random() < 0.3:
        found.append(_transfer(world, bought, bought.due, named=True, steps=0))
    return found


def changes(world: World, bought: Bought, _random: Random) -> Sequence[After]:
    """Other quantities, and then the new sum."""

    def deed(session: Session, _: Random) -> Sequence[After]:
        order = orders.by_code(session, bought.order_code)
        wanted = {bought.lines[0][0]: bought.lines[0][1] + 1}
        actor = Actor.customer(customers.by_id(session, bought.customer_id))
        checkout.change_quantities(session, order, wanted, actor=actor)
        payment = payments.for_order(session, order)
        due = int(payment.amount_due_idr) if payment else 0
        return [_transfer(world, bought, due, named=False, steps=0)]

    return [After(0, "order changed", deed)]


def on_word(world: World, bought: Bought, random: Random) -> Sequence[After]:
    """A proof that two people believe; half of the money is on the bank's file later."""
    photo = f"{world.number('photo'):064x}"
    first, second = random.sample(world.staff, 2)
    found = [
        report(world, bought, 0, photo),
        accept(bought, 1, first),
        accept(bought, 2, second),
    ]
    if random.random() < 0.5:
        found.append(_transfer(world, bought, bought.due, named=True, steps=3))
    if random.random() < 0.5:
        with world.guard:
            world.numbers["forged"] = int(photo, 16)
    return found


def forged(world: World, bought: Bought, random: Random) -> Sequence[After]:
    """The proof of somebody else's order; people accept it and are told that it has served."""
    with world.guard:
        photo = f"{world.numbers['forged'] or 1:064x}"
    first, second = random.sample(world.staff, 2)
    return [
        report(world, bought, 1, photo),
        accept(bought, 4, first),
        accept(bought, 5, second),
    ]


def typed(world: World, bought: Bought, random: Random) -> Sequence[After]:
    """Somebody of the shop reads the reference off the bank's screen before the file comes."""
    reference = f"FT{world.number('typed'):08}"
    return [
        accept(bought, 0, random.choice(world.staff), reference),
        _named_transfer(world, bought, reference),
    ]


def _named_transfer(world: World, bought: Bought, reference: str) -> After:
    def deed(_session: Session, _: Random) -> None:
        world.book(bought.account, bought.due, f"TRSF {reference} {bought.order_code}")

    return After(0, "transferred", deed)


def by_gateway(world: World, bought: Bought, random: Random) -> Sequence[After]:
    """Pays on the gateway's page; the gateway says so twice, and some transfer as well."""

    def deed(session: Session, _: Random) -> Sequence[After]:
        order = orders.by_code(session, bought.order_code)
        payment = payments.for_order(session, order)
        if payment is None:
            return ()
        charge = payments.begin_charge(session, payment, GATEWAY)
        told = GatewayStatus(
            charge.reference, f"TX{charge.id}", ChargeState.PAID, charge.amount_idr, "IDR"
        )
        return [_told(told), _told(told)]

    found = [After(0, "gateway page", deed)]
    if random.random() < 0.2:
        found.append(_transfer(world, bought, bought.due, named=True, steps=2))
    return found


def _told(status: GatewayStatus) -> After:
    def deed(session: Session, _: Random) -> None:
        payments.settle_charge(session, GATEWAY, status)

    return After(0, "gateway told", deed)


def by_qris(world: World, bought: Bought, random: Random) -> Sequence[After]:
    """Scans the code of the order's page; some the printed one of the counter, some twice."""
    chance, steps = random.random(), random.choice((0, 0, 3, 5))
    if chance < 0.1:
        return [qr.printed(world, bought, steps), report(world, bought, steps)]
    pays = [qr.scanned(world, bought, steps)]
    if chance < 0.15:
        pays.append(qr.scanned(world, bought, steps))
    return [*pays, report(world, bought, steps)] if random.random() < 0.5 else pays


def everything_at_once(world: World, bought: Bought, random: Random) -> Sequence[After]:
    """Pays, reports, cancels and changes in one minute, while the shop cancels too."""
    first, second = random.sample(world.staff, 2)
    found = [
        report(world, bought, 0),
        cancel(bought, 0),
        accept(bought, 0, first, f"FR{world.number('race'):08}"),
        accept(bought, 0, second, f"FR{world.number('race'):08}"),
        cancel_by_shop(bought, 0, first),
        *changes(world, bought, random)[:1],
        _transfer(world, bought, bought.due, named=True, steps=0),
    ]
    random.shuffle(found)
    return found


def sent_away(world: World, bought: Bought, random: Random) -> Sequence[After]:
    """Pays, and the shop cannot deliver."""
    who = random.choice(world.staff)
    pays = _transfer(world, bought, bought.due, named=False, steps=0)
    return [pays, cancel_by_shop(bought, random.choice((1, 5, 6)), who)]


FATES: dict[Fate, int] = {
    exact: 400, by_qris: 120, late: 35, under: 50, over: 40, double: 30, without_code: 30,
    elsewhere: 30, never: 75, cancels: 45, changes: 30, on_word: 30, forged: 25, typed: 30,
    by_gateway: 20, everything_at_once: 15, sent_away: 15,
}  # fmt: skip
"""Fates of an order, and how often each is met."""
