"""Who waits for a person is not forgotten: idle agents, late promises, the place in the queue."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, time, timedelta

import pytest
import sqlalchemy as sa
import time_machine
from sqlalchemy.orm import Session

from crm_core import clock, conversations, handoffs, notices, shop
from crm_core.conversations import Conversation, Message
from crm_core.handoffs import Handoff, HandoffState
from crm_core.handoffs.rules import IDLE
from crm_core.staff import Staff
from crm_core.timeline import Actor
from tests import factories

MINUTE = timedelta(minutes=1)


@pytest.fixture(autouse=True)
def travel() -> Iterator[time_machine.Coordinates]:
    with time_machine.travel(factories.MOMENT, tick=False) as moving:
        yield moving


@pytest.fixture
def sari(session: Session) -> Staff:
    return factories.member(session, name="Sari")


@pytest.fixture
def talk(session: Session) -> Conversation:
    return factories.conversation(session)


def ask(session: Session, talk: Conversation) -> Handoff:
    return handoffs.request(session, talk, reason="asked", actor=Actor.customer(talk.customer))


def system(session: Session, talk: Conversation) -> list[str]:
    query = sa.select(Message.text).where(
        Message.conversation_id == talk.id, Message.author == "system"
    )
    return list(session.scalars(query.order_by(Message.id)))


def told(code: str, **facts: object) -> str:
    return notices.render(code, "id", **facts)


def test_an_agent_who_takes_it_and_says_nothing_gives_it_back_to_the_queue(
    session: Session, talk: Conversation, sari: Staff, travel: time_machine.Coordinates
) -> None:
    handoff = ask(session, talk)
    handoffs.claim(session, talk, sari)
    epoch = talk.epoch
    travel.shift(IDLE)
    assert handoffs.look_after(session) == []
    travel.shift(1)
    assert handoffs.look_after(session) == [talk.public_id]
    assert (handoff.state, handoff.agent_id, talk.handler) == ("waiting", None, "queue")
    assert talk.epoch == epoch + 1
    assert handoff.promised_at == clock.now() + 15 * MINUTE
    assert system(session, talk) == [told("agent_away", promised_at=handoff.promised_at)]
    assert handoffs.look_after(session) == []


def test_an_agent_who_waits_for_the_customer_keeps_it(
    session: Session, talk: Conversation, sari: Staff, travel: time_machine.Coordinates
) -> None:
    ask(session, talk)
    handoffs.claim(session, talk, sari)
    handoffs.reply(session, talk, sari, "Motornya tahun berapa, Kak?")
    travel.shift(timedelta(days=2))
    assert handoffs.look_after(session) == []
    assert talk.agent_id == sari.id


def test_an_agent_who_answered_once_and_then_leaves_the_customer_waiting_loses_it(
    session: Session, talk: Conversation, sari: Staff, travel: time_machine.Coordinates
) -> None:
    ask(session, talk)
    handoffs.claim(session, talk, sari)
    handoffs.reply(session, talk, sari, "Motornya tahun berapa, Kak?")
    travel.shift(timedelta(hours=3))
    factories.received(session, "2019 kak")
    travel.shift(IDLE)
    assert handoffs.look_after(session) == []
    travel.shift(1)
    assert handoffs.look_after(session) == [talk.public_id]
    assert talk.handler == "queue"


def test_who_only_says_thanks_waits_for_nobody(
    session: Session, talk: Conversation, sari: Staff, travel: time_machine.Coordinates
) -> None:
    ask(session, talk)
    handoffs.claim(session, talk, sari)
    handoffs.reply(session, talk, sari, "Stoknya ada, Kak.")
    factories.received(session, "oke makasih kak")
    travel.shift(timedelta(hours=1))
    assert handoffs.look_after(session) == []
    factories.received(session, "eh ongkirnya berapa?")
    travel.shift(IDLE + MINUTE)
    assert handoffs.look_after(session) == [talk.public_id]


@pytest.mark.parametrize(
    ("asked", "answer", "more"),
    [
        ("Mau saya kirim besok, Kak?", "oke makasih", {}),
        ("Stoknya ada, Kak.", "", {"kind": "voice"}),
        ("Stoknya ada, Kak.", "", {"kind": "photo"}),
    ],
)
def test_an_answer_to_a_question_and_a_picture_wait_for_the_agent(
    session: Session,
    talk: Conversation,
    sari: Staff,
    travel: time_machine.Coordinates,
    asked: str,
    answer: str,
    more: dict[str, str],
) -> None:
    ask(session, talk)
    handoffs.claim(session, talk, sari)
    handoffs.reply(session, talk, sari, asked)
    factories.received(session, answer, **more)
    travel.shift(IDLE + MINUTE)
    assert handoffs.look_after(session) == [talk.public_id]


def test_what_somebody_has_who_left_the_shop_goes_back_at_once(
    session: Session, talk: Conversation, sari: Staff
) -> None:
    ask(session, talk)
    handoffs.claim(session, talk, sari)
    handoffs.reply(session, talk, sari, "Halo Kak")
    sari.active = False
    assert handoffs.look_after(session) == [talk.public_id]
    assert talk.handler == "queue"


def test_a_promise_that_passes_is_made_anew_and_told_each_time_further_ahead(
    session: Session, talk: Conversation, travel: time_machine.Coordinates
) -> None:
    handoff = ask(session, talk)
    said = []
    for minutes in (15, 30, 60, 120, 240, 240):
        travel.move_to(handoff.promised_at + timedelta(seconds=1))
        assert handoffs.look_after(session) == [talk.public_id]
        assert handoff.promised_at == clock.now() + minutes * MINUTE
        said.append(told("promise_moved", promised_at=handoff.promised_at))
    assert system(session, talk) == said
    assert handoff.repairs == 6
    assert handoffs.view(session, handoff).overdue


def test_a_promise_is_not_renewed_before_it_has_passed_nor_after_an_answer(
    session: Session, talk: Conversation, sari: Staff, travel: time_machine.Coordinates
) -> None:
    handoff = ask(session, talk)
    travel.move_to(handoff.promised_at)
    assert handoffs.look_after(session) == []
    handoffs.claim(session, talk, sari)
    handoffs.reply(session, talk, sari, "Ada, Kak.")
    travel.shift(timedelta(hours=1))
    assert handoffs.look_after(session) == []
    assert handoff.repairs == 0


def test_a_promise_that_passes_after_closing_is_renewed_for_the_next_opening(
    session: Session, talk: Conversation, travel: time_machine.Coordinates
) -> None:
    shop.set_hours(session, {day: [(time(8), time(17))] for day in range(7)})
    travel.move_to(datetime(2026, 11, 20, 16, 50, tzinfo=clock.ZONE))
    handoff = ask(session, talk)
    assert handoff.promised_at == datetime(2026, 11, 20, 17, 5, tzinfo=clock.ZONE)
    travel.move_to(datetime(2026, 11, 20, 17, 6, tzinfo=clock.ZONE))
    handoffs.look_after(session)
    assert handoff.promised_at == datetime(2026, 11, 21, 8, 15, tzinfo=clock.ZONE)


def test_a_colleague_takes_what_was_taken_back_with_all_that_was_known(
    session: Session, talk: Conversation, sari: Staff, travel: time_machine.Coordinates
) -> None:
    handoff = ask(session, talk)
    handoffs.claim(session, talk, sari)
    travel.shift(IDLE + MINUTE)
    handoffs.look_after(session)
    dedi = factories.member(session, name="Dedi")
    taken = handoffs.claim(session, talk, dedi)
    assert (taken.id, taken.packet, taken.state) == (
        handoff.id,
        handoff.packet,
        HandoffState.CLAIMED,
    )


def test_who_writes_while_waiting_hears_how_many_are_before_them_once_in_ten_minutes(
    session: Session, talk: Conversation, travel: time_machine.Coordinates
) -> None:
    other = factories.conversation(session, factories.SITI)
    ask(session, talk)
    travel.shift(1)
    second = ask(session, other)
    assert handoffs.tell_place(session, other) is None  # the bot has just said when
    travel.shift(10 * MINUTE)
    for _ in range(3):
        handoffs.tell_place(session, other)
        handoffs.tell_place(session, talk)
    promised = second.promised_at
    assert system(session, other) == [told("queue_place", ahead=1, promised_at=promised)]
    assert system(session, talk) == [
        told("queue_next", promised_at=promised - timedelta(seconds=1))
    ]
    travel.shift(10 * MINUTE)
    assert handoffs.tell_place(session, other) is not None


def test_who_does_not_wait_is_told_no_place(
    session: Session, talk: Conversation, sari: Staff, travel: time_machine.Coordinates
) -> None:
    assert handoffs.tell_place(session, talk) is None
    ask(session, talk)
    handoffs.claim(session, talk, sari)
    travel.shift(timedelta(hours=1))
    assert handoffs.tell_place(session, talk) is None
    assert not any("antre" in text for text in system(session, talk))


def test_the_oldest_promise_is_looked_after_first(
    session: Session, talk: Conversation, travel: time_machine.Coordinates
) -> None:
    ask(session, talk)
    travel.shift(60)
    other = factories.conversation(session, factories.SITI)
    ask(session, other)
    travel.shift(timedelta(hours=1))
    assert handoffs.look_after(session) == [talk.public_id]
    assert handoffs.look_after(session, limit=5) == [other.public_id]
    assert conversations.by_id(session, other.id).handler == "queue"
