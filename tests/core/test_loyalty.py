"""Points: earned once by what was paid, taken back with it, never below nothing."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
import time_machine
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from crm_core import checkout, clock, loyalty, returns, shop
from crm_core.customers import Customer
from crm_core.errors import Conflict, InvalidInput, NotAllowed
from crm_core.identity import merging
from crm_core.loyalty import PointsAccount, PointsEntry, Terms, Tier, rules
from crm_core.orders import Order
from crm_core.payments import Payment
from crm_core.timeline import Actor
from tests import factories, selling
from tests.core.test_returns import arrived, received
from tests.selling import PADS


def held(session: Session, customer: Customer) -> tuple[int, int]:
    """(balance, owed) of the account, which must be the sum of the entries."""
    mine = PointsEntry.customer_id == customer.id
    sums = session.execute(
        sa.select(sa.func.sum(PointsEntry.points), sa.func.sum(PointsEntry.owed)).where(mine)
    ).one()
    row = session.get(PointsAccount, customer.id, populate_existing=True)
    found = (row.balance, row.owed) if row else (0, 0)
    assert found == tuple(int(one or 0) for one in sums)
    return found


def kinds(session: Session, customer: Customer) -> list[tuple[str, int, int]]:
    rows = loyalty.entries(session, customer.id)
    return [(one.kind, one.points, one.owed) for one in reversed(rows)]


def paid(
    session: Session, customer: Customer, clerk: Actor, pieces: int = 5
) -> tuple[Order, Payment]:
    """An order of ``pieces`` times Rp 50.000, paid."""
    order, payment = selling.placed(session, customer, [(PADS, pieces)])
    selling.pay(session, payment, clerk, reference=f"FT{order.id}")
    return order, payment


def test_a_paid_order_earns_for_its_goods_but_not_for_the_shipping_and_only_once(
    session: Session, customer: Customer, clerk: Actor
) -> None:
    order, payment = selling.placed(session, customer, [(PADS, 5)])
    assert loyalty.earn(session, order, clerk) == 0  # not paid yet
    selling.pay(session, payment, clerk)
    assert (int(order.items_idr), order.total_idr > 250_000) == (250_000, True)
    assert loyalty.earn(session, order, clerk) == 0
    assert kinds(session, customer) == [("earned", 25, 0)]
    assert held(session, customer) == (25, 0)


def test_the_database_itself_refuses_points_for_an_order_a_second_time(
    session: Session, customer: Customer, clerk: Actor
) -> None:
    order, _ = paid(session, customer, clerk)
    twice = PointsEntry(customer_id=customer.id, order_id=order.id, kind="earned", points=25)
    savepoint = session.begin_nested()
    session.add(twice)
    with pytest.raises(sa.exc.IntegrityError):
        session.flush()
    savepoint.rollback()
    assert held(session, customer) == (25, 0)


def test_an_underpaid_order_earns_nothing(
    session: Session, customer: Customer, clerk: Actor
) -> None:
    _, payment = selling.placed(session, customer, [(PADS, 5)])
    selling.pay(session, payment, clerk, extra=-1000)
    assert kinds(session, customer) == []


def test_an_order_cancelled_after_it_was_paid_takes_its_points_back_once(
    session: Session, customer: Customer, clerk: Actor
) -> None:
    paid(session, customer, clerk, 2)
    order, _ = paid(session, customer, clerk)
    checkout.cancel(session, order, actor=clerk, reason="stok rusak")
    assert loyalty.order_ended(session, order, clerk) == 0
    assert kinds(session, customer)[1:] == [("earned", 25, 0), ("reversed", -25, 0)]
    assert held(session, customer) == (10, 0)


def test_an_unpaid_order_that_is_cancelled_changes_no_points(
    session: Session, customer: Customer, clerk: Actor
) -> None:
    order, _ = selling.placed(session, customer)
    checkout.cancel(session, order, actor=Actor.customer(customer), reason="batal")
    assert kinds(session, customer) == []


def test_goods_that_come_back_take_their_part_of_the_points_and_all_of_them_all(
    session: Session, customer: Customer, clerk: Actor
) -> None:
    order = arrived(session, customer, clerk, (PADS, 3))
    assert held(session, customer) == (15, 0)
    balances: list[int] = []
    for pieces in (1, 1, 1):
        found = received(session, order, clerk, {PADS: pieces})
        assert held(session, customer)[0] == (balances[-1] if balances else 15)
        returns.settle(session, found, "refund", actor=clerk)
        balances.append(held(session, customer)[0])
    assert balances == [10, 5, 0]


def test_an_exchange_for_the_same_goods_leaves_the_points_and_earns_none(
    session: Session, customer: Customer, clerk: Actor
) -> None:
    order = arrived(session, customer, clerk, (PADS, 3))
    found = received(session, order, clerk, {PADS: 1})
    returns.settle(session, found, "exchange", actor=clerk)
    assert kinds(session, customer) == [("earned", 15, 0)]


def test_points_that_were_spent_before_they_are_taken_back_are_owed_and_paid_by_the_next(
    session: Session, customer: Customer, clerk: Actor
) -> None:
    order, _ = paid(session, customer, clerk)
    loyalty.correct(session, customer.id, -20, "ditukar di toko", clerk)
    checkout.cancel(session, order, actor=clerk, reason="stok rusak")
    assert held(session, customer) == (0, 20)
    paid(session, customer, clerk, 6)
    assert held(session, customer) == (10, 0)
    assert kinds(session, customer)[-2:] == [("reversed", -5, 20), ("earned", 10, -20)]


def test_only_people_of_the_shop_correct_points_with_a_reason_and_not_below_nothing(
    session: Session, customer: Customer, clerk: Actor
) -> None:
    loyalty.correct(session, customer.id, 5, "hadiah", clerk)
    with pytest.raises(NotAllowed, match="staff_only"):
        loyalty.correct(session, customer.id, 5, "hadiah", Actor.customer(customer))
    with pytest.raises(InvalidInput, match="reason_missing"):
        loyalty.correct(session, customer.id, 5, " ", clerk)
    with pytest.raises(Conflict) as refused:
        loyalty.correct(session, customer.id, -6, "salah", clerk)
    assert refused.value.facts == {"balance": 5}
    assert held(session, customer) == (5, 0)


def test_the_tier_counts_what_was_earned_in_twelve_months_spent_or_not(
    session: Session, customer: Customer, clerk: Actor
) -> None:
    shop.save_fact(session, "points_silver", "25")
    shop.save_fact(session, "points_gold", "40")
    with time_machine.travel(clock.now() - loyalty.queries.YEAR * 2, tick=False):
        paid(session, customer, clerk, 10)
    paid(session, customer, clerk)
    loyalty.correct(session, customer.id, -70, "ditukar di toko", clerk)
    found = loyalty.standing(session, customer.id)
    assert found is not None
    assert (found.balance, found.worth, found.of_year) == (5, 500, 25)
    assert (found.tier, found.next_tier, found.missing) == (Tier.SILVER, Tier.GOLD, 15)


def test_a_shop_that_sets_no_rate_has_no_programme(
    session: Session, customer: Customer, clerk: Actor
) -> None:
    shop.save_fact(session, "points_per_idr", "0")
    paid(session, customer, clerk)
    assert loyalty.standing(session, customer.id) is None
    assert kinds(session, customer) == []


def test_two_customers_who_are_one_have_the_points_of_both_and_pay_what_one_owes(
    session: Session, customer: Customer, clerk: Actor
) -> None:
    other = factories.customer(session, factories.SITI)
    loyalty.correct(session, other.id, 30, "hadiah", clerk)
    order, _ = paid(session, customer, clerk)
    loyalty.correct(session, customer.id, -20, "ditukar di toko", clerk)
    checkout.cancel(session, order, actor=clerk, reason="stok rusak")
    merging.move(session, customer, other)
    assert (held(session, other), held(session, customer)) == ((10, 0), (0, 0))


@given(
    st.lists(
        st.tuples(st.sampled_from(["earn", "spend", "undo", "return"]), st.integers(0, 3_000_000)),
        max_size=40,
    )
)
def test_whatever_happens_no_balance_is_negative_and_no_point_is_lost(
    steps: list[tuple[str, int]],
) -> None:
    balance = owed = true = 0
    for what, amount in steps:
        points = rules.earned(amount, Terms())
        if what == "spend":
            points = -min(points, balance)
        elif what in {"undo", "return"}:
            points = -points
        moved, more = rules.change(balance, owed, points)
        balance, owed, true = balance + moved, owed + more, true + points
        assert balance >= 0
        assert owed >= 0
        assert balance - owed == true
        assert not (balance and owed)


@given(st.integers(0, 400), st.lists(st.integers(1, 900_000), min_size=1, max_size=8))
def test_many_small_returns_take_exactly_what_one_large_one_takes(
    points: int, goods: list[int]
) -> None:
    paid_idr, back, taken = sum(goods), 0, 0
    for one in goods:
        back += one
        taken += rules.to_reverse(points, paid_idr, back, taken)
        assert taken == (points if back == paid_idr else points * back // paid_idr)
    assert taken == points
