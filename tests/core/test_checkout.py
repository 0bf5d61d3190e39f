"""From the cart to an order that can be paid: all of it, or nothing."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine
from sqlalchemy.orm import Session

from crm_core import carts, checkout, clock, customers, orders, payments
from crm_core.customers import Customer
from crm_core.errors import Conflict, InvalidInput
from crm_core.money import Rupiah
from crm_core.orders import Order, OrderState
from crm_core.payments import PaymentState
from crm_core.timeline import Actor
from tests import factories, selling
from tests.selling import FILTER, PADS
from tests.world import at_once, committed


@pytest.fixture
def customer(session: Session) -> Customer:
    """Somebody with two sets of pads and a filter in the cart, whose address is known."""
    selling.part(session)
    selling.part(session, FILTER, name="Saringan Oli", price=35_000, pieces=3, weight_g=120)
    selling.account(session)
    return shopper(session)


def shopper(session: Session) -> Customer:
    customer = factories.conversation(session).customer
    customers.remember_address(
        session,
        customer,
        recipient_name="Budi Santoso",
        phone="+6281234567890",
        address="Jl. Gajah Mada No. 12",
        district_id=selling.district_id(session),
    )
    carts.add(session, customer, PADS, 2, Actor.customer(customer))
    carts.add(session, customer, FILTER, 1, Actor.customer(customer))
    return customer


def orders_made(session: Session) -> int:
    return session.scalar(sa.select(sa.func.count(Order.id))) or 0


def test_the_summary_is_what_the_order_will_cost(session: Session, customer: Customer) -> None:
    summary = checkout.summary(session, customer)
    assert (summary.items, summary.shipping, summary.total) == (135_000, 9_000, 144_000)
    assert summary.weight_g == 720
    assert summary.delivery.recipient_name == "Budi Santoso"
    assert summary.district == "Pontianak Kota, Kota Pontianak, Kalimantan Barat"
    assert orders_made(session) == 0
    assert selling.level(session) == (10, 0)


def test_placing_gives_all_that_the_confirmation_says(session: Session, customer: Customer) -> None:
    with time_machine.travel(factories.MOMENT, tick=False):
        placed = checkout.place(session, customer, actor=Actor.customer(customer))
        assert placed.order.expires_at == clock.now() + timedelta(hours=72)
    assert placed.order.order_code.startswith("P-")
    assert [(line.name, line.quantity) for line in placed.order.lines] == [
        ("Kampas Rem Depan", 2),
        ("Saringan Oli", 1),
    ]
    assert placed.order.shipping_idr == Rupiah(9_000)
    assert placed.order.total_idr == Rupiah(144_000)
    assert placed.payment.amount_due_idr == 144_000 + placed.payment.unique_code
    account = placed.payment.bank_account
    assert (account.bank, account.number, account.holder) == ("BCA", "0291234567", "PT Sapa")


def test_placing_empties_the_cart_and_holds_the_stock(session: Session, customer: Customer) -> None:
    checkout.place(session, customer, actor=Actor.customer(customer))
    assert carts.show(session, customer).empty
    assert selling.level(session) == (10, 2)
    assert selling.level(session, FILTER) == (3, 1)
    selling.refuse_wrong_stock(session)


def test_placing_twice_under_one_key_gives_the_first_order_although_the_cart_is_empty(
    session: Session, customer: Customer
) -> None:
    me = Actor.customer(customer)
    first = checkout.place(session, customer, actor=me, idempotency_key="turn:3")
    again = checkout.place(session, customer, actor=me, idempotency_key="turn:3")
    assert again == first
    assert orders_made(session) == 1


def test_an_empty_cart_cannot_be_ordered(session: Session, customer: Customer) -> None:
    carts.clear(session, customer, Actor.customer(customer))
    with pytest.raises(Conflict) as refused:
        checkout.place(session, customer, actor=Actor.customer(customer))
    assert refused.value.code == "cart_empty"
    with pytest.raises(Conflict) as refused:
        checkout.summary(session, customer)
    assert refused.value.code == "cart_empty"


def test_without_an_address_the_refusal_names_what_to_ask_for(session: Session) -> None:
    selling.part(session)
    customer = factories.customer(session)
    carts.add(session, customer, PADS, 1, Actor.customer(customer))
    with pytest.raises(InvalidInput) as refused:
        checkout.summary(session, customer)
    assert selling.refusal(refused.value) == (
        "delivery_incomplete",
        {"missing": ["recipient_name", "address", "district"]},
    )


def test_stock_that_went_meanwhile_refuses_and_leaves_the_cart(
    session: Session, customer: Customer
) -> None:
    other = factories.customer(session, factories.SITI, "Siti")
    selling.order(session, other, (PADS, 9))
    with pytest.raises(Conflict) as refused:
        checkout.place(session, customer, actor=Actor.customer(customer))
    assert refused.value.code == "stock_short"
    assert refused.value.facts["available"] == 1
    assert len(carts.show(session, customer).lines) == 2
    assert orders_made(session) == 1
    assert selling.level(session) == (10, 9)


def test_without_an_account_to_pay_into_nothing_is_ordered(
    session: Session, customer: Customer
) -> None:
    session.execute(sa.text("update bank_accounts set active = false"))
    with pytest.raises(Conflict) as refused:
        checkout.place(session, customer, actor=Actor.customer(customer))
    assert refused.value.code == "no_bank_account"
    assert orders_made(session) == 0
    assert len(carts.show(session, customer).lines) == 2
    assert selling.level(session) == (10, 0)


def test_a_customer_cancels_an_order_nobody_has_paid_for(
    session: Session, customer: Customer
) -> None:
    me = Actor.customer(customer)
    placed = checkout.place(session, customer, actor=me)
    order = orders.by_code(session, placed.order.order_code)
    checkout.cancel(session, order, actor=me, reason="tidak jadi")
    payment = payments.for_order(session, order)
    assert order.state == OrderState.CANCELLED
    assert payment is not None
    assert payment.closed_at is not None
    assert selling.level(session) == (10, 0)
    selling.refuse_wrong_stock(session)


def test_a_customer_who_reported_money_cannot_cancel_but_staff_can(
    session: Session, customer: Customer
) -> None:
    me = Actor.customer(customer)
    placed = checkout.place(session, customer, actor=me)
    order = orders.by_code(session, placed.order.order_code)
    payments.report(session, order, actor=me, text="sudah transfer")
    for actor in (me, Actor.bot()):
        with pytest.raises(Conflict) as refused:
            checkout.cancel(session, order, actor=actor, reason="tidak jadi")
        assert selling.refusal(refused.value) == (
            "payment_reported",
            {"order_code": order.order_code, "state": "reported"},
        )
    assert order.state == OrderState.AWAITING_PAYMENT
    clerk = Actor.of_staff(factories.member(session))
    checkout.cancel(session, order, actor=clerk, reason="atas permintaan pembeli")
    assert order.state == OrderState.CANCELLED


def test_a_paid_order_that_the_shop_cancels_owes_a_refund(
    session: Session, customer: Customer
) -> None:
    placed = checkout.place(session, customer, actor=Actor.customer(customer))
    order = orders.by_code(session, placed.order.order_code)
    payment = payments.for_order(session, order)
    assert payment is not None
    clerk = Actor.of_staff(factories.member(session))
    payments.accept(
        session,
        payment,
        actor=clerk,
        amount_received_idr=payment.amount_due_idr,
        bank_reference="FT1",
    )
    checkout.cancel(session, order, actor=clerk, reason="barang cacat di gudang")
    assert (order.state, payment.state) == (OrderState.CANCELLED, PaymentState.ACCEPTED)
    assert payments.view(session, payment).refund_due
    assert selling.level(session) == (10, 0)


def test_a_shipped_order_cannot_be_cancelled_by_anybody(
    session: Session, customer: Customer
) -> None:
    placed = checkout.place(session, customer, actor=Actor.customer(customer))
    order = orders.by_code(session, placed.order.order_code)
    clerk = Actor.of_staff(factories.member(session))
    orders.mark_paid(session, order, clerk)
    orders.pack(session, order, clerk)
    orders.ship(session, order, clerk, "JNE", "1")
    for actor in (Actor.customer(customer), clerk):
        with pytest.raises(Conflict) as refused:
            checkout.cancel(session, order, actor=actor, reason="tidak jadi")
        assert refused.value.code == "illegal_transition"
    assert order.state == OrderState.SHIPPED
    assert selling.level(session) == (8, 0)


def test_yes_said_many_times_at_once_makes_one_order(database: sa.Engine) -> None:
    def prepare(session: Session) -> int:
        selling.part(session)
        selling.part(session, FILTER, name="Saringan Oli", price=35_000, pieces=3)
        selling.account(session)
        return shopper(session).id

    customer_id = committed(database, prepare)

    def say_yes(session: Session, key: str | None) -> str:
        customer = session.get_one(Customer, customer_id)
        actor = Actor.customer(customer)
        return checkout.place(session, customer, actor=actor, idempotency_key=key).order.order_code

    deeds = [lambda s: say_yes(s, "turn:9")] * 4 + [lambda s: say_yes(s, None)] * 2
    results = at_once(database, *deeds)
    codes = {result for result in results if isinstance(result, str)}
    refused = {selling.refusal(result)[0] for result in results if not isinstance(result, str)}
    assert len(codes) == 1
    assert refused <= {"cart_empty"}
    assert committed(database, selling.level) == (10, 2)


def test_an_address_without_district_asks_for_the_district(
    session: Session, customer: Customer
) -> None:
    customers.remember_address(
        session, customer, recipient_name="Budi", phone=None, address="Gg. Merak", district_id=None
    )
    with pytest.raises(InvalidInput) as refused:
        checkout.known_delivery(session, customer)
    assert selling.refusal(refused.value) == ("delivery_incomplete", {"missing": ["district"]})


def test_the_summary_refuses_what_can_no_longer_be_sold(
    session: Session, customer: Customer
) -> None:
    other = factories.customer(session, factories.SITI, "Siti")
    selling.order(session, other, (PADS, 9))
    with pytest.raises(Conflict) as refused:
        checkout.summary(session, customer)
    assert selling.refusal(refused.value) == (
        "stock_short",
        {"part_code": PADS, "name": "Kampas Rem Depan", "available": 1},
    )
    session.execute(sa.text("update parts set price_idr = null where part_code = :c"), {"c": PADS})
    with pytest.raises(Conflict) as refused:
        checkout.summary(session, customer)
    assert refused.value.code == "price_on_request"


def test_an_order_without_a_payment_can_be_cancelled_and_expires_too(
    session: Session, customer: Customer
) -> None:
    with time_machine.travel(factories.MOMENT, tick=False) as clock_:
        first, second = selling.order(session, customer), selling.order(session, customer)
        checkout.cancel(session, first, actor=Actor.customer(customer), reason="tidak jadi")
        clock_.shift(selling.JUST_OVER)
        assert checkout.expire_due(session) == [second.order_code]
    assert (first.state, second.state) == (OrderState.CANCELLED, OrderState.EXPIRED)
    assert selling.level(session) == (10, 0)
