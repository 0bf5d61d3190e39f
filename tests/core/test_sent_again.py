"""What did not arrive is sent again as another message, once, and old reports do not touch it."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine
from sqlalchemy.orm import Session

from crm_core import conversations, handoffs
from crm_core.conversations import Conversation, Message
from crm_core.errors import Conflict, NotAllowed, NotFound
from crm_core.staff import Staff
from tests import factories
from tests.world import at_once, committed

OLD, NEW = "SM" + "1" * 32, "SM" + "2" * 32


@pytest.fixture
def sari(session: Session) -> Staff:
    return factories.member(session)


@pytest.fixture
def talk(session: Session) -> Conversation:
    return factories.conversation(session)


def lost(session: Session, talk: Conversation, text: str = "Paketnya berangkat.") -> Message:
    message = conversations.say(session, talk, text, author="system")
    conversations.claim_delivery(session, message.id)
    conversations.mark_sent(session, message.id, OLD)
    conversations.record_status(session, "twilio", OLD, "undelivered", error_code="30003")
    return message


def test_it_is_a_new_message_that_the_provider_has_not_seen(
    session: Session, talk: Conversation, sari: Staff
) -> None:
    first = lost(session, talk)
    again = conversations.send_again(session, talk, first.id, sari)
    assert (again.text, again.author, again.status) == (first.text, "system", "queued")
    assert again.provider_id is None
    assert (first.status, first.sent_again_as) == ("failed", again.id)
    assert conversations.claim_delivery(session, again.id) is not None
    conversations.mark_sent(session, again.id, NEW)
    assert again.provider_id == NEW


def test_late_reports_on_the_first_do_not_touch_the_second(
    session: Session, talk: Conversation, sari: Staff
) -> None:
    first = lost(session, talk)
    again = conversations.send_again(session, talk, first.id, sari)
    conversations.record_status(session, "twilio", OLD, "delivered", message_id=first.id)
    assert (first.status, again.status) == ("delivered", "queued")


def test_a_second_time_is_refused(session: Session, talk: Conversation, sari: Staff) -> None:
    first = lost(session, talk)
    conversations.send_again(session, talk, first.id, sari)
    with pytest.raises(Conflict, match="not_to_be_sent_again"):
        conversations.send_again(session, talk, first.id, sari)
    assert session.scalar(sa.select(sa.func.count()).where(Message.text == first.text)) == 2


@pytest.mark.parametrize("status", ["sent", "delivered"])
def test_what_has_arrived_is_not_sent_again(
    session: Session, talk: Conversation, sari: Staff, status: str
) -> None:
    message = conversations.say(session, talk, "Halo", author="system")
    conversations.claim_delivery(session, message.id)
    conversations.mark_sent(session, message.id, OLD, status)
    with pytest.raises(Conflict):
        conversations.send_again(session, talk, message.id, sari)
    assert message.sent_again_as is None


def test_what_is_in_doubt_is_sent_again_only_when_the_provider_can_tell_no_more(
    session: Session, talk: Conversation, sari: Staff
) -> None:
    with time_machine.travel(factories.MOMENT, tick=False) as clock:
        message = conversations.say(session, talk, "Halo", author="system")
        conversations.claim_delivery(session, message.id)
        conversations.mark_unknown(session, message.id, "timeout")
        clock.shift(timedelta(minutes=15))
        with pytest.raises(Conflict):
            conversations.send_again(session, talk, message.id, sari)
        clock.shift(timedelta(seconds=1))
        assert conversations.send_again(session, talk, message.id, sari).text == "Halo"


def test_an_agents_words_are_said_again_only_by_who_has_the_conversation(
    session: Session, talk: Conversation, sari: Staff
) -> None:
    handoffs.claim(session, talk, sari)
    message = handoffs.reply(session, talk, sari, "Ada Kak.")
    conversations.mark_failed(session, message.id, "63014", "blocked")
    with pytest.raises(NotAllowed, match="not_claimed_by_you"):
        conversations.send_again(session, talk, message.id, factories.member(session, name="Dedi"))
    assert message.sent_again_as is None
    again = conversations.send_again(session, talk, message.id, sari)
    assert (again.author, again.staff_id) == ("agent", sari.id)


def test_a_message_of_another_conversation_is_not_found(
    session: Session, talk: Conversation, sari: Staff
) -> None:
    other = factories.conversation(session, factories.SITI)
    with pytest.raises(NotFound):
        conversations.send_again(session, other, lost(session, talk).id, sari)


def test_two_who_press_at_once_send_it_once(database: sa.Engine) -> None:
    def prepare(session: Session) -> tuple[int, int, list[int]]:
        talk = factories.conversation(session)
        agents = [factories.member(session, name=name).id for name in ("Sari", "Dedi")]
        return talk.id, lost(session, talk).id, agents

    talk_id, message_id, agents = committed(database, prepare)

    def press(session: Session, staff_id: int) -> int:
        talk, staff = session.get_one(Conversation, talk_id), session.get_one(Staff, staff_id)
        return conversations.send_again(session, talk, message_id, staff).id

    results = at_once(database, *[lambda s, a=agent: press(s, a) for agent in agents])
    assert sorted(isinstance(result, Conflict) for result in results) == [False, True]
