"""Orders, money, cancelling and the clock at the same moment, on real connections (C3, C8, I4).

``SEQUENCES=10000`` (``make properties``) plays a twentieth as many rounds of each; the suite a few.
"""

from __future__ import annotations

import os
import random
from collections import Counter
from collections.abc import Callable

import pytest
import sqlalchemy as sa
import time_machine
from sqlalchemy.orm import Session

from crm_core import checkout, orders, payments
from crm_core.customers import Customer
from crm_core.errors import CrmError
from crm_core.orders import Delivery, Order, OrderState
from crm_core.payments import Payment, PaymentState
from crm_core.timeline import Actor
from tests import factories, selling
from tests.selling import FILTER, PADS
from tests.world import at_once, committed

ROUNDS = max(3, int(os.environ.get("SEQUENCES", "0")) // 20)
BELT = "23100K59A71"
CODES = (PADS, FILTER, BELT)
Deed = Callable[[Session], object]


@pytest.fixture
def shop(database: sa.Engine) -> tuple[list[int], list[int], Delivery]:
    """Customers who chat, staff, and where parcels go; three parts with plenty of stock."""

    def prepare(session: Session) -> tuple[list[int], list[int], Delivery]:
        for code in CODES:
            selling.part(session, code, name=f"Part {code}", pieces=100_000)
        for number in range(3 + ROUNDS * 8 // 900):  # each has 999 codes for orders of one total
            selling.account(session, f"029123456{number}", number)
        talks = [
            factories.conversation(session, f"whatsapp:+62812345678{number:02d}")
            for number in range(8)
        ]
        staff = [factories.member(session, name=name).id for name in ("Sari", "Dedi")]
        return [talk.customer_id for talk in talks], staff, selling.delivery(session)

    return committed(database, prepare)


def placing(customer_id: int, lines: list[tuple[str, int]], to: Delivery) -> Deed:
    def place(session: Session) -> int:
        customer = session.get_one(Customer, customer_id)
        order, _ = selling.placed(session, customer, lines, delivery=to)
        return order.id

    return place


def refused_only(results: list[object]) -> None:
    """Whatever did not work was refused by the core; no deadlock and no crash came through."""
    crashes = [one for one in results if isinstance(one, Exception)]
    assert [one for one in crashes if not isinstance(one, CrmError)] == []


def test_carts_with_three_parts_in_opposite_order_are_all_placed(
    database: sa.Engine, shop: tuple[list[int], list[int], Delivery]
) -> None:
    customers, _, to = shop
    shuffle = random.Random(3)  # noqa: S311 - nothing secret
    for _ in range(ROUNDS):
        deeds = []
        for customer_id in customers:
            codes = shuffle.sample(CODES, 3)
            deeds.append(placing(customer_id, [(code, 1) for code in codes], to))
        assert [type(one) for one in at_once(database, *deeds)] == [int] * len(customers)
    with Session(database) as session:
        assert selling.level(session) == (100_000, ROUNDS * len(customers))
        assert orders.audit_stock(session) == []


def test_staff_cancels_a_customer_reports_and_the_clock_runs_out_at_once(
    database: sa.Engine, shop: tuple[list[int], list[int], Delivery]
) -> None:
    customers, staff, to = shop
    shuffle = random.Random(8)  # noqa: S311 - nothing secret
    ends: Counter[tuple[str, str]] = Counter()
    for number in range(ROUNDS):
        with time_machine.travel(factories.MOMENT, tick=False) as clock_:
            codes = shuffle.sample(CODES, 3)
            deeds = [
                placing(one, [(code, 1)], to) for one, code in zip(customers, codes, strict=False)
            ]
            ids = [committed(database, deed) for deed in deeds]
            clock_.shift(selling.JUST_OVER if number % 4 else selling.ALMOST)
            played = [_deeds_on(one, staff, number) for one in ids]  # type: ignore[arg-type]
            others = [placing(one, [(code, 1) for code in CODES], to) for one in customers[3:6]]
            at_same_time = [checkout.expire_due, *(deed for deeds in played for deed in deeds)]
            shuffle.shuffle(at_same_time)
            refused_only(at_once(database, *at_same_time, *others))
        with Session(database) as session:
            for order_id in ids:
                ends[_legal_end(session, order_id)] += 1
    with Session(database) as session:
        assert orders.audit_stock(session) == []
    assert len(ends) > 1, ends


def _deeds_on(order_id: int, staff: list[int], number: int) -> list[Deed]:
    """What three people do to one order at the same moment."""

    def cancel(session: Session) -> object:
        clerk = Actor("staff", staff[0], "Sari")
        order = session.get_one(Order, order_id)
        return checkout.cancel(session, order, actor=clerk, reason="stok rusak").state

    def report(session: Session) -> object:
        order = session.get_one(Order, order_id)
        return payments.report(session, order, actor=Actor.bot(), text="sudah transfer").state

    def accept(session: Session) -> object:
        order = session.get_one(Order, order_id)
        payment = payments.for_order(session, order)
        assert payment is not None
        clerk = Actor("staff", staff[1], "Dedi")
        return selling.pay(session, payment, clerk, reference=f"FT{order_id}").state

    def pack(session: Session) -> object:
        order = session.get_one(Order, order_id)
        return orders.pack(session, order, Actor("staff", staff[0], "Sari")).state

    return [[cancel, report, accept], [report, accept, pack], [cancel, report], [accept, cancel]][
        (order_id + number) % 4
    ]


def _legal_end(session: Session, order_id: int) -> tuple[str, str]:
    """The states of order and payment; money that came is booked or on somebody's list."""
    order = session.get_one(Order, order_id)
    payment = session.scalars(sa.select(Payment).where(Payment.order_id == order_id)).one()
    paid = order.state in {OrderState.PAID, OrderState.PACKED}
    assert paid == (payment.state == PaymentState.ACCEPTED and order.end_reason is None)
    tasks = payments.worklist.differences(session, order_code=order.order_code)
    owed = bool(payment.amount_received_idr) and not paid
    assert [str(one.kind) for one in tasks] == (
        [] if not owed else ["late"] if payment.state == PaymentState.LATE else ["refund_due"]
    )
    if not paid and order.state != OrderState.AWAITING_PAYMENT:
        assert payment.closed_at is not None
    return str(order.state), str(payment.state)
