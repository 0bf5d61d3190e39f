"""One reminder before the deadline: once, not after a report, not at night, where it arrives."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine
from sqlalchemy.orm import Session

from crm_core import checkout, customers, payments, shop
from crm_core.conversations import Conversation, Message
from crm_core.customers import Customer
from crm_core.orders import Order
from crm_core.payments import Payment
from crm_core.timeline import Actor
from tests import factories, selling
from tests.world import at_once, committed

DAY_BEFORE = timedelta(hours=48)


@pytest.fixture
def clock_() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(factories.MOMENT, tick=False) as traveller:
        yield traveller


@pytest.fixture
def waiting(session: Session, clock_: time_machine.Traveller, customer: Customer) -> Payment:
    return selling.placed(session, customer)[1]


def reminders(session: Session) -> list[tuple[str, str]]:
    """(channel, text) of every reminder."""
    query = (
        sa.select(Conversation.channel, Message.text)
        .join(Conversation, Conversation.id == Message.conversation_id)
        .where(Message.author == "system", Message.text.contains("menunggu pembayaran"))
        .order_by(Message.id)
    )
    return [(channel, text) for channel, text in session.execute(query)]


def test_a_second_before_its_time_nothing_is_said(
    session: Session, waiting: Payment, clock_: time_machine.Traveller
) -> None:
    clock_.shift(DAY_BEFORE - timedelta(seconds=1))
    assert payments.remind_due(session) == []
    assert reminders(session) == []


def test_a_day_before_the_deadline_it_is_said_once(
    session: Session, waiting: Payment, clock_: time_machine.Traveller
) -> None:
    order = session.get_one(Order, waiting.order_id)
    clock_.shift(DAY_BEFORE)
    assert payments.remind_due(session) == [order.order_code]
    clock_.shift(timedelta(hours=1))
    assert payments.remind_due(session) == []
    ((_, text),) = reminders(session)
    assert order.order_code in text
    assert "0291234567" in text
    assert "Senin, 23 Nov 10.00 WIB" in text


def test_where_whatsapp_would_refuse_it_the_word_goes_by_sms(
    session: Session, waiting: Payment, clock_: time_machine.Traveller
) -> None:
    clock_.shift(DAY_BEFORE)
    payments.remind_due(session)
    assert [channel for channel, _ in reminders(session)] == ["sms"]


def test_whoever_wrote_today_is_told_where_they_wrote(
    session: Session, waiting: Payment, clock_: time_machine.Traveller
) -> None:
    clock_.shift(DAY_BEFORE - timedelta(hours=1))
    factories.received(session, "halo kak")
    clock_.shift(timedelta(hours=1))
    payments.remind_due(session)
    assert [channel for channel, _ in reminders(session)] == ["whatsapp"]


@pytest.mark.parametrize("end", ["reported", "cancelled", "paid", "expired"])
def test_nobody_is_reminded_of_what_is_over_or_reported(
    session: Session, waiting: Payment, clock_: time_machine.Traveller, clerk: Actor, end: str
) -> None:
    order = session.get_one(Order, waiting.order_id)
    if end == "reported":
        payments.report(session, order, actor=Actor.bot(), text="sudah")
    elif end == "cancelled":
        checkout.cancel(session, order, actor=clerk, reason="salah")
    elif end == "paid":
        selling.pay(session, waiting, clerk)
    clock_.shift(selling.JUST_OVER if end == "expired" else DAY_BEFORE)
    assert payments.remind_due(session) == []
    assert reminders(session) == []
    assert waiting.reminded_at is None


def test_at_night_it_waits_for_the_morning(
    session: Session, waiting: Payment, clock_: time_machine.Traveller
) -> None:
    shop.save_fact(session, "quiet_hours", "09.00-12.00")
    clock_.shift(DAY_BEFORE)
    assert payments.remind_due(session) == []
    clock_.shift(timedelta(hours=2))
    assert len(payments.remind_due(session)) == 1


def test_where_the_customer_lives_it_may_be_night_already(
    session: Session, waiting: Payment, customer: Customer, clock_: time_machine.Traveller
) -> None:
    # The reminder is due at ten in Pontianak: noon in Jayapura, eleven in Makassar.
    shop.save_fact(session, "quiet_hours", "11.00-12.00")
    customers.set_zone(session, customer, "WITA", actor=Actor.customer(customer))
    clock_.shift(DAY_BEFORE)
    assert payments.remind_due(session) == []
    customers.set_zone(session, customer, "WIT", actor=Actor.customer(customer))
    assert len(payments.remind_due(session)) == 1


def test_the_shop_says_how_long_before(
    session: Session, waiting: Payment, clock_: time_machine.Traveller
) -> None:
    shop.save_fact(session, "reminder_hours", "1")
    clock_.shift(timedelta(hours=70, minutes=59))
    assert payments.remind_due(session) == []
    clock_.shift(timedelta(minutes=1))
    assert len(payments.remind_due(session)) == 1


@pytest.mark.parametrize("fact", ["0", "banyak"])
def test_the_shop_may_switch_it_off_and_nonsense_counts_as_the_usual(
    session: Session, waiting: Payment, clock_: time_machine.Traveller, fact: str
) -> None:
    shop.save_fact(session, "reminder_hours", fact)
    clock_.shift(DAY_BEFORE)
    assert len(payments.remind_due(session)) == (0 if fact == "0" else 1)


def test_two_workers_at_once_remind_everybody_once(database: sa.Engine) -> None:
    with time_machine.travel(factories.MOMENT, tick=False) as clock_:

        def sell(session: Session) -> list[str]:
            selling.part(session, pieces=50)
            selling.account(session)
            customer = factories.conversation(session).customer
            return [selling.placed(session, customer)[0].order_code for _ in range(6)]

        codes = committed(database, sell)
        clock_.shift(DAY_BEFORE)
        runs = at_once(database, *[payments.remind_due] * 4)
        committed(database, payments.remind_due)
    assert not [run for run in runs if isinstance(run, BaseException)]
    assert len(committed(database, reminders)) == len(codes) == 6
