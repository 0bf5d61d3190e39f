"""Points pay a part of an order: once, never more than there are, given back when it ends."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa
import time_machine
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from crm_core import auditing, carts, checkout, clock, customers, db, loyalty, orders, returns, shop
from crm_core.customers import Customer
from crm_core.errors import Conflict
from crm_core.loyalty import PointsAccount, PointsEntry, Redemption, Terms, rules
from crm_core.orders import Order
from crm_core.payments import Payment
from crm_core.timeline import Actor
from tests import factories, selling
from tests.core.test_loyalty import held, kinds
from tests.core.test_returns import received
from tests.selling import JUST_OVER, PADS
from tests.world import committed

PIECES = 4
"""Rp 200.000 of goods, so that at most Rp 100.000 or 1,000 points pay for them."""


def wanting(session: Session, customer: Customer, clerk: Actor, points: int) -> None:
    """So many points, and the wish to use them with the cart."""
    loyalty.correct(session, customer.id, points, "hadiah", clerk)
    carts.use_points(session, customer, True, Actor.customer(customer))


def placed(
    session: Session, customer: Customer, clerk: Actor, points: int = 300
) -> tuple[Order, Payment]:
    wanting(session, customer, clerk, points)
    return selling.placed(session, customer, [(PADS, PIECES)])


@pytest.mark.parametrize(
    ("balance", "used"), [(9, 0), (10, 10), (300, 300), (1000, 1000), (5000, 1000)]
)
def test_points_are_taken_off_goods_within_the_shops_minimum_and_share(
    session: Session, customer: Customer, clerk: Actor, balance: int, used: int
) -> None:
    order, payment = placed(session, customer, clerk, balance)
    assert (order.discount_idr, order.items_idr) == (used * 100, 200_000)
    assert payment.amount_due_idr == order.total_idr + payment.unique_code
    assert held(session, customer) == (balance - used, 0)
    assert [(one.kind, one.label, one.amount_idr) for one in order.discounts] == (
        [("points", f"{used:,} poin".replace(",", "."), used * 100)] if used else []
    )
    assert list(auditing.audit(session).findings) == []


def test_the_shop_sets_what_a_point_is_worth_how_few_are_used_and_how_much_they_pay(
    session: Session, customer: Customer, clerk: Actor
) -> None:
    for fact, value in (
        ("point_value_idr", "50"), ("points_least", "200"), ("points_most_percent", "10"),
    ):  # fmt: skip
        shop.save_fact(session, fact, value)
    loyalty.correct(session, customer.id, 5000, "hadiah", clerk)
    assert loyalty.redeemable(session, customer.id, 200_000) == Redemption(400, 20_000)
    assert loyalty.redeemable(session, customer.id, 90_000) == Redemption()


def test_the_summary_shows_what_placing_then_takes(
    session: Session, customer: Customer, clerk: Actor
) -> None:
    carts.add(session, customer, PADS, PIECES, Actor.customer(customer))
    loyalty.correct(session, customer.id, 300, "hadiah", clerk)
    to = selling.delivery(session)
    offered = checkout.summary(session, customer, to)
    assert (offered.points, offered.discount) == (Redemption(300, 30_000), 0)
    carts.use_points(session, customer, True, Actor.customer(customer))
    seen = checkout.summary(session, customer, to)
    assert (seen.discount, seen.total) == (30_000, offered.total - 30_000)
    assert held(session, customer) == (300, 0)
    actor = Actor.customer(customer)
    done = checkout.place(session, customer, actor=actor, delivery=to, agreed_idr=seen.total)
    assert done.order.total_idr == seen.total
    assert not carts.show(session, customer).use_points


def test_a_total_that_nobody_agreed_to_is_not_ordered(
    session: Session, customer: Customer, clerk: Actor
) -> None:
    carts.add(session, customer, PADS, PIECES, Actor.customer(customer))
    wanting(session, customer, clerk, 300)
    to = selling.delivery(session)
    seen = checkout.summary(session, customer, to)
    loyalty.correct(session, customer.id, -100, "salah hitung", clerk)
    with pytest.raises(Conflict, match="summary_changed") as refused:
        checkout.place(
            session, customer, actor=Actor.customer(customer), delivery=to, agreed_idr=seen.total
        )
    assert refused.value.facts == {"total": seen.total + 10_000}
    assert held(session, customer) == (200, 0)
    assert selling.level(session) == (50, 0)
    assert len(carts.show(session, customer).lines) == 1


def test_points_pay_once_and_only_before_the_order_is_paid(
    session: Session, customer: Customer, clerk: Actor
) -> None:
    order, payment = placed(session, customer, clerk, 5000)
    assert loyalty.redeem(session, order, "id", clerk) == Redemption()
    assert held(session, customer) == (4000, 0)
    selling.pay(session, payment, clerk)
    assert held(session, customer) == (4010, 0)  # Rp 100.000 of the goods was paid with money
    with pytest.raises(Conflict, match="illegal_transition"):
        loyalty.redeem(session, order, "id", clerk)


def test_an_order_that_is_cancelled_gives_them_back_once(
    session: Session, customer: Customer, clerk: Actor
) -> None:
    order, _ = placed(session, customer, clerk)
    checkout.cancel(session, order, actor=Actor.customer(customer), reason="batal")
    assert loyalty.order_ended(session, order, clerk) == 0
    assert kinds(session, customer)[1:] == [("redeemed", -300, 0), ("given_back", 300, 0)]
    assert list(auditing.audit(session).findings) == []


def test_an_order_that_expires_gives_them_back_once(
    session: Session, customer: Customer, clerk: Actor
) -> None:
    order, _ = placed(session, customer, clerk)
    with time_machine.travel(clock.now() + JUST_OVER, tick=False):
        assert checkout.expire_due(session) == [order.order_code]
        assert checkout.expire_due(session) == []
    assert held(session, customer) == (300, 0)


def test_goods_that_come_back_bring_their_share_of_the_points_and_all_of_them_all(
    session: Session, customer: Customer, clerk: Actor
) -> None:
    order, payment = placed(session, customer, clerk, 300)  # Rp 170.000 paid: 17 points earned
    selling.pay(session, payment, clerk)
    orders.pack(session, order, clerk)
    orders.ship(session, order, clerk, courier="JNE", tracking_number="JP1")
    orders.deliver(session, order, clerk)
    assert held(session, customer) == (17, 0)
    balances = []
    for pieces in (1, 1, 2):
        found = received(session, order, clerk, {PADS: pieces})
        returns.settle(session, found, "refund", actor=clerk)
        balances.append(held(session, customer)[0])
    assert balances == [88, 159, 300]
    assert list(auditing.audit(session).findings) == []


def test_an_exchange_keeps_the_points_where_they_are(
    session: Session, customer: Customer, clerk: Actor
) -> None:
    order, payment = placed(session, customer, clerk, 300)
    selling.pay(session, payment, clerk)
    orders.pack(session, order, clerk)
    orders.ship(session, order, clerk, courier="JNE", tracking_number="JP1")
    orders.deliver(session, order, clerk)
    found = received(session, order, clerk, {PADS: 1})
    returns.settle(session, found, "exchange", actor=clerk)
    assert held(session, customer) == (17, 0)


def test_who_owes_points_can_use_none(session: Session, customer: Customer, clerk: Actor) -> None:
    first, payment = selling.placed(session, customer, [(PADS, PIECES)])
    selling.pay(session, payment, clerk)
    loyalty.correct(session, customer.id, -20, "ditukar di toko", clerk)
    checkout.cancel(session, first, actor=clerk, reason="stok rusak")
    carts.use_points(session, customer, True, Actor.customer(customer))
    order, _ = selling.placed(session, customer, [(PADS, PIECES)])
    assert (held(session, customer), int(order.discount_idr)) == ((0, 20), 0)


def test_parallel_checkouts_and_cancellations_never_use_a_point_twice(
    database: sa.Engine,
) -> None:
    def world(session: Session) -> int:
        selling.part(session, pieces=1000)
        selling.account(session)
        customer = factories.conversation(session).customer
        customers.remember_address(
            session, customer, recipient_name="Budi", phone=None, address="Jl. Gajah Mada 12",
            district_id=selling.district_id(session),
        )  # fmt: skip
        loyalty.correct(
            session, customer.id, 2500, "hadiah", Actor.of_staff(factories.member(session))
        )
        return customer.id

    customer_id = committed(database, world)
    make_session = db.sessions(database)

    def buy(number: int) -> str:
        with db.unit_of_work(make_session) as session:
            customer = session.get_one(Customer, customer_id)
            actor = Actor.customer(customer)
            carts.add(session, customer, PADS, PIECES, actor)
            carts.use_points(session, customer, True, actor)
            placed = checkout.place(session, customer, actor=actor)
            used = int(placed.order.discount_idr) // 100
            code = placed.order.order_code
        if number % 2:
            return str(used)
        with db.unit_of_work(make_session) as session:
            order = orders.by_code(session, code)
            checkout.cancel(session, order, actor=actor, reason="batal")
        return "back"

    with ThreadPoolExecutor(8) as pool:
        done = list(pool.map(buy, range(16)))
    with db.unit_of_work(make_session) as session:
        account = session.get_one(PointsAccount, customer_id)
        kept = sum(int(one) for one in done if one != "back")
        assert (account.balance, account.owed) == (2500 - kept, 0)
        assert Counter(done)["back"] == 8
        assert list(auditing.audit(session).findings) == []
        entries = session.scalars(sa.select(PointsEntry.kind)).all()
        assert entries.count("redeemed") >= 3


@given(st.integers(0, 10**7), st.integers(-10, 10**9), st.integers(0, 500), st.integers(0, 200))
def test_whatever_the_shop_sets_points_never_pay_more_than_there_are_or_than_the_goods(
    balance: int, goods: int, value: int, percent: int
) -> None:
    found = rules.redeemable(balance, goods, Terms(value_idr=value, most_percent=percent))
    assert 0 <= found.points <= balance
    assert found.amount == found.points * value
    assert found.amount <= max(goods, 0) * rules.MOST_PERCENT // 100
