"""Three days, to the second: when an unpaid order ends by itself, and when it does not."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy as sa
import time_machine
from sqlalchemy.orm import Session

from crm_core import checkout, orders, payments
from crm_core.conversations import Message
from crm_core.customers import Customer
from crm_core.errors import Conflict
from crm_core.orders import Order, OrderState
from crm_core.payments import Payment, PaymentState
from crm_core.timeline import Actor
from tests import factories, selling
from tests.world import at_once, committed


@pytest.fixture
def clock_() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(factories.MOMENT, tick=False) as traveller:
        yield traveller


@pytest.fixture
def placed(session: Session, clock_: time_machine.Traveller) -> tuple[Order, Payment]:
    selling.part(session)
    selling.account(session)
    customer = factories.conversation(session).customer
    return selling.placed(session, customer, [(selling.PADS, 4)])


def notices_about(session: Session, order: Order) -> int:
    query = sa.select(sa.func.count(Message.id)).where(
        Message.author == "system", Message.text.contains(order.order_code)
    )
    return session.execute(query).scalar_one()


def test_a_second_before_72_hours_the_order_lives(
    session: Session, placed: tuple[Order, Payment], clock_: time_machine.Traveller
) -> None:
    order, payment = placed
    clock_.shift(selling.ALMOST)
    assert checkout.expire_due(session) == []
    session.refresh(order)
    assert (order.state, payment.closed_at) == (OrderState.AWAITING_PAYMENT, None)
    assert selling.level(session) == (10, 4)


def test_two_seconds_after_72_hours_it_ends_and_everything_is_free(
    session: Session, placed: tuple[Order, Payment], clock_: time_machine.Traveller
) -> None:
    order, payment = placed
    clock_.shift(selling.JUST_OVER)
    assert checkout.expire_due(session) == [order.order_code]
    assert (order.state, order.end_reason) == (OrderState.EXPIRED, "not_paid_in_time")
    assert payment.closed_at is not None
    assert selling.level(session) == (10, 0)
    assert notices_about(session, order) == 1
    assert selling.actions(session, "order", order.id)[-1] == ("expired", "system")
    selling.refuse_wrong_stock(session)


def test_a_second_run_changes_nothing_more(
    session: Session, placed: tuple[Order, Payment], clock_: time_machine.Traveller
) -> None:
    order, _ = placed
    clock_.shift(selling.JUST_OVER)
    checkout.expire_due(session)
    assert checkout.expire_due(session) == []
    assert selling.level(session) == (10, 0)
    assert notices_about(session, order) == 1


def test_an_order_whose_payment_was_reported_waits_for_a_person(
    session: Session, placed: tuple[Order, Payment], clock_: time_machine.Traveller
) -> None:
    order, payment = placed
    customer = session.get_one(Customer, order.customer_id)
    payments.report(session, order, actor=Actor.customer(customer), text="sudah transfer")
    clock_.shift(selling.JUST_OVER)
    assert checkout.expire_due(session) == []
    assert (order.state, payment.state) == (OrderState.AWAITING_PAYMENT, PaymentState.REPORTED)
    assert selling.level(session) == (10, 4)


def test_an_order_whose_report_was_rejected_ends(
    session: Session, placed: tuple[Order, Payment], clock_: time_machine.Traveller
) -> None:
    order, payment = placed
    customer = session.get_one(Customer, order.customer_id)
    payments.report(session, order, actor=Actor.customer(customer), text="sudah transfer")
    clerk = Actor.of_staff(factories.member(session))
    payments.reject(session, payment, actor=clerk, reason="tidak ada di mutasi")
    clock_.shift(selling.JUST_OVER)
    assert checkout.expire_due(session) == [order.order_code]


def test_a_paid_order_never_expires(
    session: Session, placed: tuple[Order, Payment], clock_: time_machine.Traveller
) -> None:
    order, payment = placed
    payments.accept(
        session,
        payment,
        actor=Actor.of_staff(factories.member(session)),
        amount_received_idr=payment.amount_due_idr,
        bank_reference="FT1",
    )
    clock_.shift(selling.JUST_OVER)
    assert checkout.expire_due(session) == []
    assert order.state == OrderState.PAID
    assert selling.level(session) == (10, 4)


def test_nobody_expires_an_order_before_its_time(
    session: Session, placed: tuple[Order, Payment], clock_: time_machine.Traveller
) -> None:
    order, _ = placed
    clock_.shift(selling.ALMOST)
    with pytest.raises(Conflict) as refused:
        orders.expire(session, order)
    assert refused.value.code == "order_not_due"
    assert order.state == OrderState.AWAITING_PAYMENT


def test_an_expired_order_cannot_be_sent(
    session: Session, placed: tuple[Order, Payment], clock_: time_machine.Traveller
) -> None:
    order, _ = placed
    clock_.shift(selling.JUST_OVER)
    checkout.expire_due(session)
    with pytest.raises(Conflict) as refused:
        orders.ship(session, order, Actor("staff", None, "Sari"), "JNE", "1")
    assert refused.value.code == "illegal_transition"
    assert selling.level(session) == (10, 0)


def test_runs_at_the_same_time_end_each_order_once(database: sa.Engine) -> None:
    with time_machine.travel(factories.MOMENT, tick=False) as clock_:

        def prepare(session: Session) -> None:
            selling.part(session, pieces=50)
            selling.account(session)
            customer = factories.conversation(session).customer
            for _ in range(6):
                selling.placed(session, customer)

        committed(database, prepare)
        clock_.shift(selling.JUST_OVER)
        runs = at_once(database, *[checkout.expire_due] * 4)
        codes = [code for run in runs if isinstance(run, list) for code in run]
        committed(database, checkout.expire_due)
    assert not [run for run in runs if isinstance(run, BaseException)]
    assert len(codes) == len(set(codes))
    with Session(database) as session:
        expired = session.scalars(sa.select(Order).where(Order.state == OrderState.EXPIRED)).all()
        assert len(expired) == 6
        assert [notices_about(session, order) for order in expired] == [1] * 6
        assert selling.level(session) == (50, 0)
        selling.refuse_wrong_stock(session)


def test_expiry_payment_and_cancelling_at_once_leave_one_legal_end(database: sa.Engine) -> None:
    with time_machine.travel(factories.MOMENT, tick=False) as clock_:

        def prepare(session: Session) -> tuple[int, int]:
            selling.part(session)
            selling.account(session)
            customer = factories.conversation(session).customer
            _, payment = selling.placed(session, customer, [(selling.PADS, 4)])
            return payment.id, factories.member(session).id

        payment_id, staff_id = committed(database, prepare)
        clerk = Actor("staff", staff_id, "Sari")
        clock_.shift(selling.JUST_OVER)

        def pay(session: Session) -> str:
            payment = session.get_one(Payment, payment_id)
            payments.accept(
                session,
                payment,
                actor=clerk,
                amount_received_idr=payment.amount_due_idr,
                bank_reference="FT9",
            )
            return str(payment.state)

        def cancel(session: Session) -> None:
            order = session.scalars(sa.select(Order)).one()
            checkout.cancel(session, order, actor=clerk, reason="stok rusak")

        at_once(database, checkout.expire_due, pay, cancel)
    with Session(database) as session:
        order, payment = (
            session.scalars(sa.select(Order)).one(),
            session.get_one(Payment, payment_id),
        )
        ends = {
            OrderState.EXPIRED: {PaymentState.LATE, PaymentState.AWAITING},
            OrderState.CANCELLED: {
                PaymentState.LATE, PaymentState.ACCEPTED, PaymentState.AWAITING,
            },
        }  # fmt: skip
        assert payment.state in ends[order.state]
        assert payment.closed_at is not None
        assert selling.level(session) == (10, 0)
        selling.refuse_wrong_stock(session)
