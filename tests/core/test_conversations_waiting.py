from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from sqlalchemy.orm import Session

from crm_core import conversations
from crm_core.conversations import Choice, Draft, InboundMedia, Message
from tests.factories import MOMENT, answered, conversation, inbound, received, work

BURST = timedelta(milliseconds=1500)


def test_a_customer_who_may_be_writing_on_is_waited_for(session: Session) -> None:
    with time_machine.travel(MOMENT, tick=False) as clock:
        talk = received(session, "ada kampas rem").conversation
        assert not conversations.turn_is_due(session, talk.id, BURST)
        clock.shift(timedelta(seconds=1))
        received(session, "buat vario")
        clock.shift(timedelta(seconds=1))
        assert not conversations.turn_is_due(session, talk.id, BURST)
        clock.shift(timedelta(milliseconds=500))
        assert conversations.turn_is_due(session, talk.id, BURST)


@pytest.mark.parametrize(
    "last",
    [
        {"text": "batal"},
        {"text": "", "media": (InboundMedia("https://x.test/1", "image/jpeg"),)},
        {"text": "Ya", "tapped_payload": "/affirm"},
        {"text": "2 aja kak"},
    ],
)
def test_nothing_more_is_awaited_after_what_ends_a_burst(
    session: Session, last: dict[str, Any]
) -> None:
    with time_machine.travel(MOMENT, tick=False):
        talk = received(session).conversation
        answered(session, talk, Draft("Yang mana?", (Choice("A", "/a"), Choice("B", "/b"))))
        conversations.receive(session, inbound(**last))
        assert conversations.turn_is_due(session, talk.id, BURST)


def test_nothing_is_due_where_nothing_was_written(session: Session) -> None:
    talk = conversation(session)
    assert not conversations.turn_is_due(session, talk.id, timedelta())


def test_a_turn_left_by_a_crash_is_due_at_once(session: Session) -> None:
    talk = received(session).conversation
    work(session, talk)
    assert conversations.turn_is_due(session, talk.id, BURST)


def test_a_failed_attempt_is_due_again_after_a_pause_that_doubles(session: Session) -> None:
    with time_machine.travel(MOMENT, tick=False) as clock:
        talk = received(session).conversation
        for pause in (5, 10, 20):
            turn = work(session, talk)
            conversations.postpone_turn(session, turn.turn_id, "timeout")
            clock.shift(timedelta(seconds=pause - 1))
            assert not conversations.turn_is_due(session, talk.id, BURST)
            clock.shift(timedelta(seconds=1))
            assert conversations.turn_is_due(session, talk.id, BURST)
        last = work(session, talk)
    assert (last.attempt, last.resumed) == (4, True)


def sending(session: Session) -> Message:
    (message,) = answered(session, received(session).conversation, Draft("Halo"))
    conversations.claim_delivery(session, message.id)
    return message


def test_a_message_in_doubt_is_looked_up_while_that_is_worth_it(session: Session) -> None:
    with time_machine.travel(MOMENT, tick=False) as clock:
        message = sending(session)
        conversations.mark_unknown(session, message.id, "timeout")

        def asked() -> list[int]:
            return conversations.in_doubt(session, settled_s=15, given_up_s=900)

        assert asked() == []
        clock.shift(timedelta(seconds=16))
        assert asked() == [message.id]
        clock.shift(timedelta(minutes=15))
        assert asked() == []


def test_a_delivery_is_in_doubt_until_its_fate_is_known(session: Session) -> None:
    message = sending(session)
    doubtful = conversations.doubtful_delivery(session, message.id)
    assert doubtful is not None
    assert (doubtful.text, doubtful.attempt) == ("Halo", 1)
    conversations.mark_sent(session, message.id, "SM1")
    assert conversations.doubtful_delivery(session, message.id) is None
