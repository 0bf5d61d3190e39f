"""The code by SMS behind a report: sent once to the registered number, answered from anywhere."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine
from sqlalchemy.orm import Session

from crm_core import conversations, customers, payments
from crm_core.conversations import Conversation, Message
from crm_core.customers import ChannelAddress, Customer
from crm_core.errors import Conflict
from crm_core.orders import Order
from crm_core.payments import Payment, PaymentState, Said
from crm_core.timeline import Actor
from tests import factories, selling

PHONE = factories.BUDI.removeprefix("whatsapp:")
SMS = f"sms:{PHONE}"


def texts(session: Session, address: str = SMS) -> list[str]:
    """What was sent to a number by SMS, the oldest first."""
    query = (
        sa.select(Message.text)
        .join(Conversation)
        .join(ChannelAddress, ChannelAddress.id == Conversation.address_id)
        .where(ChannelAddress.address == address, Message.author == "system")
        .order_by(Message.id)
    )
    return list(session.scalars(query))


def code_in(text: str) -> str:
    return str(re.findall(r"\b\d{6}\b", text)[0])


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 10**6:06d}"


def reported(session: Session, customer: Customer) -> tuple[Order, Payment]:
    order, payment = selling.placed(session, customer)
    payments.report(session, order, actor=Actor.customer(customer), text="sudah transfer")
    return order, payment


def answer(session: Session, customer: Customer, text: str) -> payments.Confirmation:
    return payments.answer_code(session, customer, text, actor=Actor.customer(customer))


def test_a_report_sends_one_code_to_the_registered_number(
    session: Session, customer: Customer
) -> None:
    order, payment = reported(session, customer)
    payments.report(session, order, actor=Actor.customer(customer), text="ini buktinya")
    assert len(texts(session)) == 1
    assert order.order_code in texts(session)[0]
    assert payments.code_sent_to(payment) == "+62812•••7890"
    assert payment.state == PaymentState.REPORTED
    talk = conversations.of_address(session, SMS)
    assert talk is not None
    assert talk.customer_id == customer.id


def test_the_right_code_among_words_verifies_the_report(
    session: Session, customer: Customer
) -> None:
    order, payment = reported(session, customer)
    said = f"kodenya {code_in(texts(session)[0])} kak"
    assert payments.said_of_code(session, customer, said) == Said.CODE
    assert answer(session, customer, said) == payments.Confirmation(True, order.order_code, 0)
    assert payment.state == PaymentState.VERIFIED_BY_SMS
    assert order.state == "awaiting_payment"
    assert payments.said_of_code(session, customer, said) is None


def test_a_wrong_code_counts_and_five_of_them_spend_it(
    session: Session, customer: Customer
) -> None:
    _, payment = reported(session, customer)
    code = code_in(texts(session)[0])
    left = [answer(session, customer, wrong(code)).tries_left for _ in range(5)]
    assert left == [4, 3, 2, 1, 0]
    with pytest.raises(Conflict) as refused:
        answer(session, customer, code)
    assert refused.value.code == "sms_code_spent"
    assert payment.state == PaymentState.REPORTED


def test_a_late_code_is_told_to_be_late_and_a_new_one_works(
    session: Session, customer: Customer
) -> None:
    with time_machine.travel(factories.MOMENT, tick=False) as clock_:
        _, payment = reported(session, customer)
        old = code_in(texts(session)[0])
        clock_.shift(timedelta(minutes=16))
        assert payments.said_of_code(session, customer, old) == Said.CODE
        with pytest.raises(Conflict) as refused:
            answer(session, customer, old)
        assert refused.value.code == "sms_code_spent"
        assert payments.said_of_code(session, customer, "kodenya udah mati, minta lagi") == "again"
        payments.send_code(session, payment, actor=Actor.customer(customer))
        assert answer(session, customer, code_in(texts(session)[1])).right


def test_a_new_code_makes_the_one_before_worthless(session: Session, customer: Customer) -> None:
    with time_machine.travel(factories.MOMENT, tick=False) as clock_:
        _, payment = reported(session, customer)
        clock_.shift(timedelta(minutes=1))
        payments.send_code(session, payment, actor=Actor.customer(customer))
        first, second = (code_in(text) for text in texts(session))
        assert not answer(session, customer, first).right
        assert answer(session, customer, second).right


def test_a_code_is_sent_again_three_times_an_hour(session: Session, customer: Customer) -> None:
    me = Actor.customer(customer)
    with time_machine.travel(factories.MOMENT, tick=False) as clock_:
        order, payment = reported(session, customer)
        payments.send_code(session, payment, actor=me)
        assert len(texts(session)) == 1  # the first is still on its way
        for _ in range(3):
            clock_.shift(timedelta(minutes=5))
            payments.send_code(session, payment, actor=me)
        clock_.shift(timedelta(minutes=5))
        with pytest.raises(Conflict) as refused:
            payments.send_code(session, payment, actor=me)
        assert selling.refusal(refused.value) == (
            "code_too_often",
            {"order_code": order.order_code, "minutes": 40},
        )
        assert len(texts(session)) == 4
        clock_.shift(timedelta(minutes=40))
        payments.send_code(session, payment, actor=me)
        assert len(texts(session)) == 5


def test_without_a_number_the_report_stands_alone(session: Session, customer: Customer) -> None:
    web = factories.conversation(session, "web:0e7b64ce-9d3b-4c2f-8b5e-1f0a3c2d4e5f").customer
    order, payment = selling.placed(session, web, delivery=selling.delivery(session, phone=None))
    payments.report(session, order, actor=Actor.customer(web), text="sudah")
    assert payment.state == PaymentState.REPORTED
    assert payment.sms_code_hash is None
    with pytest.raises(Conflict) as refused:
        payments.send_code(session, payment, actor=Actor.customer(web))
    assert refused.value.code == "phone_unknown"
    assert payments.said_of_code(session, web, "482913") is None


def test_a_number_that_a_visitor_only_typed_stays_a_stranger_to_them(session: Session) -> None:
    selling.part(session)
    selling.account(session)
    web = factories.conversation(session, "web:0e7b64ce-9d3b-4c2f-8b5e-1f0a3c2d4e5f").customer
    customers.set_phone(session, web, PHONE, actor=Actor.customer(web))
    order, payment = reported(session, web)
    talk = conversations.of_address(session, SMS)
    assert talk is not None
    assert talk.customer_id != web.id
    code = code_in(texts(session)[0])
    assert answer(session, talk.customer, code) == payments.Confirmation(True, order.order_code, 0)
    assert payment.state == PaymentState.VERIFIED_BY_SMS


def test_nobody_else_can_answer_a_code(session: Session, customer: Customer) -> None:
    _, payment = reported(session, customer)
    siti = factories.conversation(session, factories.SITI).customer
    code = code_in(texts(session)[0])
    assert payments.said_of_code(session, siti, code) is None
    with pytest.raises(Conflict) as refused:
        answer(session, siti, code)
    assert refused.value.code == "nothing_to_confirm"
    assert payment.state == PaymentState.REPORTED


def test_a_stopped_number_gets_no_code(session: Session, customer: Customer) -> None:
    talk = factories.conversation(session, SMS)
    customers.stop_address(session, talk.address, actor=Actor.customer(talk.customer))
    order, payment = reported(session, customer)
    assert texts(session) == []
    assert payment.sms_code_hash is None
    assert payment.sms_sends == 0
    assert payment.state == PaymentState.REPORTED
    assert order.state == "awaiting_payment"


def test_a_stranger_number_is_not_flooded_by_many_orders(
    session: Session, customer: Customer
) -> None:
    for _ in range(10):
        reported(session, customer)
    assert len(texts(session)) == 8


def test_the_amount_of_the_order_is_never_taken_for_a_code(
    session: Session, customer: Customer
) -> None:
    _, payment = reported(session, customer)
    session.execute(sa.update(Payment).values(amount_due_idr=482_913))
    session.expire(payment)
    assert payments.said_of_code(session, customer, "482913") is None
    assert payments.said_of_code(session, customer, "sudah transfer 482914 kak") is None
    assert payment.sms_attempts == 0
