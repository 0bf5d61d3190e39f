"""Paid at the door: by the shop's rules only, and the cash is in the books of the day."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from channels import booksheet
from crm_core import carts, checkout, clock, orders, payments, returns, shipping
from crm_core.conversations import Message
from crm_core.customers import Customer
from crm_core.errors import Conflict, InvalidInput, NotAllowed
from crm_core.orders import Delivery, Order, OrderState
from crm_core.payments import Payment, PaymentState
from crm_core.shipping import CodTerms, cod_refusal
from crm_core.timeline import Actor
from tests import factories, selling
from tests.selling import PADS
from tests.world import at_once, committed

TERMS = CodTerms(True, 500_000, 0, 1, frozenset({"driver", "pickup"}))


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({}, None),
        ({"terms": CodTerms(False, 500_000, 0, 1, TERMS.methods)}, "off"),
        ({"method": "courier"}, "method"),
        ({"total_idr": 500_001}, "too_much"),
        ({"terms": CodTerms(True, 500_000, 2, 1, TERMS.methods), "completed": 1}, "new_customer"),
        ({"open_cod": 1}, "one_open"),
    ],
)
def test_the_rules_say_who_may_pay_at_the_door(changes: dict[str, Any], reason: str | None) -> None:
    asked = {"terms": TERMS, "total_idr": 500_000, "method": "driver", "completed": 1,
             "open_cod": 0} | changes  # fmt: skip
    assert cod_refusal(asked.pop("terms"), **asked) == reason


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"max_total_idr": 0}, "max_total_idr"),
        ({"most_open": 0}, "most_open"),
        ({"min_completed": -1}, "min_completed"),
        ({"methods": frozenset()}, "methods"),
        ({"methods": frozenset({"drone"})}, "methods"),
    ],
)
def test_senseless_terms_are_refused_and_the_old_ones_stay(
    session: Session, changes: dict[str, Any], field: str
) -> None:
    shipping.set_cod_terms(session, TERMS, actor=selling.CLERK)
    values = {"active": True, "max_total_idr": 1, "min_completed": 0, "most_open": 1,
              "methods": TERMS.methods} | changes  # fmt: skip
    with pytest.raises(InvalidInput) as refused:
        shipping.set_cod_terms(session, CodTerms(**values), actor=selling.CLERK)
    assert refused.value.facts == {"field": field}
    assert shipping.cod_terms(session) == TERMS


@pytest.fixture
def at_door(session: Session, customer: Customer) -> tuple[Order, Payment]:
    """An order of Rp 59.000 to be paid when the driver brings it."""
    shipping.set_cod_terms(session, TERMS, actor=selling.CLERK)
    return selling.placed(
        session, customer, delivery=selling.delivery(session, pay_on_delivery=True)
    )


def test_without_a_word_of_the_shop_nobody_pays_at_the_door(
    session: Session, customer: Customer
) -> None:
    to = selling.delivery(session, pay_on_delivery=True)
    with pytest.raises(Conflict) as refused:
        selling.order(session, customer, delivery=to)
    assert selling.refusal(refused.value) == ("cod_not_allowed", {"reason": "off"})
    assert session.scalar(sa.select(sa.func.count(Order.id))) == 0
    assert selling.level(session) == (50, 0)


def test_it_asks_for_the_bare_total_into_the_cash_box(at_door: tuple[Order, Payment]) -> None:
    order, payment = at_door
    assert (int(payment.amount_due_idr), payment.unique_code) == (59_000, 0)
    assert order.pay_on_delivery
    assert orders.owes_cash(order)


def test_two_of_the_same_sum_may_wait_at_once(session: Session, customer: Customer) -> None:
    terms = CodTerms(True, 500_000, 0, 2, TERMS.methods)
    shipping.set_cod_terms(session, terms, actor=selling.CLERK)
    to = selling.delivery(session, pay_on_delivery=True)
    dues = {selling.placed(session, customer, delivery=to)[1].amount_due_idr for _ in range(2)}
    assert {int(due) for due in dues} == {59_000}


def test_from_the_shelf_to_the_money(
    session: Session, clerk: Actor, at_door: tuple[Order, Payment]
) -> None:
    order, payment = at_door
    orders.pack(session, order, clerk)
    orders.ship(session, order, clerk, "Pak Udin")
    orders.deliver(session, order, clerk)
    with pytest.raises(Conflict) as refused:
        orders.complete(session, order, clerk)
    assert refused.value.code == "illegal_transition"
    payments.take_cash(session, order, actor=clerk, amount_idr=59_000, receipt_number="kw 0012")
    assert (order.state, payment.state) == (OrderState.DELIVERED, PaymentState.ACCEPTED)
    assert payment.bank_reference == "KW0012"
    orders.complete(session, order, clerk)
    assert order.state == OrderState.COMPLETED
    assert selling.level(session) == (49, 0)


def test_the_cash_of_a_day_is_in_its_books_and_nobody_waits_for_a_bank_file(
    session: Session, clerk: Actor, at_door: tuple[Order, Payment]
) -> None:
    order, _ = at_door
    orders.pack(session, order, clerk)
    orders.ship(session, order, clerk, "Pak Udin")
    payments.take_cash(session, order, actor=clerk, amount_idr=59_000, receipt_number="KW0012")
    books = payments.books.of_day(session, clock.local_date(clock.now()))
    assert (int(books.cash_sum), int(books.word_sum)) == (59_000, 0)
    assert [(one.outcome, int(one.amount_idr)) for one in books.expected] == [("paid", 59_000)]
    row = next(row for row in booksheet.rows(books) if row[1] == "cash")
    assert row[2:9] == ("Kas tunai", "-", order.order_code, 59_000, "cash", "", "KW0012")


@pytest.mark.parametrize(
    ("amount", "receipt", "code"),
    [
        (58_999, "KW1", "cash_not_exact"),
        (59_001, "KW1", "cash_not_exact"),
        (59_000, "  ", "receipt_missing"),
    ],
)
def test_the_wrong_sum_or_no_receipt_is_refused_and_nothing_is_booked(
    session: Session,
    clerk: Actor,
    at_door: tuple[Order, Payment],
    amount: int,
    receipt: str,
    code: str,
) -> None:
    order, payment = at_door
    with pytest.raises(InvalidInput) as refused:
        payments.take_cash(session, order, actor=clerk, amount_idr=amount, receipt_number=receipt)
    assert refused.value.code == code
    assert (payment.state, order.paid_at) == (PaymentState.AWAITING, None)


def test_a_receipt_serves_one_order(session: Session, customer: Customer, clerk: Actor) -> None:
    terms = CodTerms(True, 500_000, 0, 2, TERMS.methods)
    shipping.set_cod_terms(session, terms, actor=selling.CLERK)
    to = selling.delivery(session, pay_on_delivery=True)
    first, second = (selling.placed(session, customer, delivery=to)[0] for _ in range(2))
    payments.take_cash(session, first, actor=clerk, amount_idr=59_000, receipt_number="KW7")
    with pytest.raises(Conflict) as refused, session.begin_nested():
        payments.take_cash(
            session, second, actor=clerk, amount_idr=59_000, receipt_number="kw-7 ".replace("-", "")
        )
    assert selling.refusal(refused.value) == ("receipt_used", {"order_code": first.order_code})
    assert second.paid_at is None


def test_cash_is_taken_once_and_only_by_staff(
    session: Session, clerk: Actor, customer: Customer, at_door: tuple[Order, Payment]
) -> None:
    order, _ = at_door
    with pytest.raises(NotAllowed):
        payments.take_cash(
            session, order, actor=Actor.customer(customer), amount_idr=59_000, receipt_number="1"
        )
    payments.take_cash(session, order, actor=clerk, amount_idr=59_000, receipt_number="1")
    with pytest.raises(Conflict) as refused:
        payments.take_cash(session, order, actor=clerk, amount_idr=59_000, receipt_number="2")
    assert refused.value.code == "cash_not_due"


def test_an_order_paid_beforehand_takes_no_cash(
    session: Session, clerk: Actor, placed: tuple[Order, Payment]
) -> None:
    order, payment = placed
    with pytest.raises(Conflict) as refused:
        payments.take_cash(
            session, order, actor=clerk, amount_idr=int(payment.amount_due_idr), receipt_number="1"
        )
    assert refused.value.code == "cash_not_due"
    assert order.state == OrderState.AWAITING_PAYMENT


def test_it_does_not_run_out_of_time(session: Session, at_door: tuple[Order, Payment]) -> None:
    with time_machine.travel(clock.now() + dt.timedelta(days=90), tick=False):
        assert checkout.expire_due(session) == []
    assert at_door[0].state == OrderState.AWAITING_PAYMENT


def on_its_way(session: Session, clerk: Actor, order: Order) -> None:
    orders.pack(session, order, clerk)
    orders.ship(session, order, clerk, "Pak Udin")


def test_refused_at_the_door_nothing_is_awaited_any_more_and_the_goods_are_back(
    session: Session, clerk: Actor, at_door: tuple[Order, Payment]
) -> None:
    order, payment = at_door
    on_its_way(session, clerk, order)
    returns.refused_at_door(session, order, actor=clerk, reason="tidak ada orang")
    assert (order.state, order.end_reason) == (OrderState.RETURNED, "tidak ada orang")
    assert selling.level(session) == (50, 0)
    assert orders.audit_stock(session) == []
    today = clock.local_date(clock.now())
    books = payments.books.of_day(session, today)
    assert [one.outcome for one in books.expected] == ["ended"]
    assert payments.books.of_day(session, today + dt.timedelta(days=1)).expected == ()
    assert not orders.owes_cash(order)
    with pytest.raises(Conflict) as refused:
        payments.take_cash(session, order, actor=clerk, amount_idr=59_000, receipt_number="KW1")
    assert refused.value.code == "cash_not_due"
    assert payment.amount_received_idr is None
    last = sa.select(Message.text).order_by(Message.id.desc()).limit(1)
    assert "tidak ada yang perlu dibayar" in " ".join(session.scalars(last).one().split())


def test_what_was_damaged_on_the_way_does_not_go_back_on_the_shelf(
    session: Session, clerk: Actor, at_door: tuple[Order, Payment]
) -> None:
    order, _ = at_door
    on_its_way(session, clerk, order)
    with pytest.raises(InvalidInput, match="not_in_order"):
        returns.refused_at_door(session, order, actor=clerk, reason="x", damaged=["LAIN"])
    assert order.state == OrderState.SHIPPED
    returns.refused_at_door(session, order, actor=clerk, reason="penyok", damaged=[PADS])
    assert selling.level(session) == (49, 0)
    assert orders.audit_stock(session) == []


@pytest.mark.parametrize("before", ["packed", "paid", "delivered", "returning", "customer"])
def test_only_what_is_on_its_way_unpaid_is_refused_at_the_door_and_by_staff(
    session: Session, clerk: Actor, customer: Customer, at_door: tuple[Order, Payment], before: str
) -> None:
    order, payment = at_door
    orders.pack(session, order, clerk)
    if before != "packed":
        orders.ship(session, order, clerk, "Pak Udin")
    if before == "paid":
        payments.take_cash(session, order, actor=clerk, amount_idr=59_000, receipt_number="KW1")
    if before == "delivered":
        orders.deliver(session, order, clerk)
    if before == "returning":
        returns.ask(session, order, {PADS: 1}, kind="return", reason="salah", actor=clerk)
    who = Actor.customer(customer) if before == "customer" else clerk
    state, level = order.state, selling.level(session)
    with pytest.raises(Conflict) as refused:
        returns.refused_at_door(session, order, actor=who, reason="tidak ada orang")
    codes = {"returning": "return_open", "customer": "illegal_transition"}
    assert refused.value.code == codes.get(before, "not_refusable")
    session.refresh(payment)
    assert (order.state, selling.level(session)) == (state, level)
    assert (payment.closed_at is None) == (before != "paid")


def test_it_is_called_off_before_it_is_sent_and_owes_nothing_then(
    session: Session, clerk: Actor, customer: Customer, at_door: tuple[Order, Payment]
) -> None:
    order, payment = at_door
    checkout.cancel(session, order, actor=Actor.customer(customer), reason="tidak jadi")
    assert payment.closed_at is not None
    assert not orders.owes_cash(order)
    with pytest.raises(Conflict):
        orders.pack(session, order, clerk)
    assert selling.level(session) == (50, 0)


def test_two_orders_at_once_are_held_to_the_one_that_may_be_open(database: sa.Engine) -> None:
    def prepare(session: Session) -> tuple[int, Delivery]:
        selling.part(session, pieces=50)
        shipping.set_cod_terms(session, TERMS, actor=selling.CLERK)
        to = selling.delivery(session, pay_on_delivery=True)
        return factories.customer(session).id, to

    customer_id, to = committed(database, prepare)

    def order_once(session: Session) -> str:
        customer = session.get_one(Customer, customer_id)
        return selling.order(session, customer, delivery=to).order_code

    outcomes = at_once(database, *[order_once] * 4)
    refused = [one for one in outcomes if isinstance(one, Conflict)]
    assert [one.facts["reason"] for one in refused] == ["one_open"] * 3
    made = committed(database, lambda session: session.scalar(sa.select(sa.func.count(Order.id))))
    assert made == 1


def test_at_the_counter_the_parts_go_over_it_against_the_money(
    session: Session, customer: Customer, clerk: Actor
) -> None:
    shipping.set_cod_terms(session, TERMS, actor=selling.CLERK)
    to = Delivery("Rina", None, method="pickup", pay_on_delivery=True)
    order, _ = selling.placed(session, customer, delivery=to)
    orders.pack(session, order, clerk)
    with pytest.raises(Conflict) as refused:
        orders.hand_over(session, order, clerk)
    assert refused.value.code == "cash_missing"
    with pytest.raises(Conflict):
        orders.ship(session, order, clerk, "JNE")
    payments.take_cash(session, order, actor=clerk, amount_idr=50_000, receipt_number="K1")
    orders.hand_over(session, order, clerk)
    assert order.state == OrderState.DELIVERED
    assert selling.level(session) == (49, 0)


def test_the_choice_at_checkout_is_the_carts(session: Session, customer: Customer) -> None:
    me = Actor.customer(customer)
    carts.add(session, customer, PADS, 1, me)
    customer.name = "Rina"
    carts.choose_delivery(session, customer, method="pickup", actor=me)
    summary = checkout.summary(session, customer)
    assert (summary.total, summary.quote.method, summary.delivery.address) == (50_000, "pickup", "")
    placed = checkout.place(session, customer, actor=me)
    assert (placed.order.shipping_method, placed.order.shipping_idr) == ("pickup", 0)
    assert carts.show(session, customer).method is None


@pytest.mark.parametrize("state", ["packed", "shipped", "delivered", "completed"])
def test_the_database_itself_refuses_what_is_sent_unpaid(
    session: Session, placed: tuple[Order, Payment], state: str
) -> None:
    order, _ = placed
    with pytest.raises(IntegrityError), session.begin_nested():
        session.execute(sa.update(Order).where(Order.id == order.id).values(state=state))
    session.refresh(order)
    assert order.state == OrderState.AWAITING_PAYMENT
