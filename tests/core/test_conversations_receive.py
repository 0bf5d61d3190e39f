from __future__ import annotations

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from crm_core import conversations, customers, db
from crm_core.conversations import Conversation, InboundMedia, Media, Message
from crm_core.customers import ChannelAddress, Customer
from crm_core.errors import InvalidInput
from tests.factories import BUDI, BUDI_SMS, answered, conversation, inbound, received
from tests.factories import work as begun
from tests.world import at_once, committed


def count(session: Session, table: type[object]) -> int:
    return session.scalar(sa.select(sa.func.count()).select_from(table)) or 0


def test_a_first_message_makes_customer_address_and_conversation(session: Session) -> None:
    stored = received(session, "ada kampas rem vario?", profile_name="Budi S")
    assert stored.first
    assert (stored.message.direction, stored.message.author) == ("inbound", "customer")
    assert (stored.message.status, stored.message.text) == ("received", "ada kampas rem vario?")
    assert (stored.conversation.handler, stored.conversation.unread) == ("bot", 1)
    assert stored.conversation.address.address == BUDI
    assert stored.conversation.customer.name == "Budi S"
    assert stored.conversation.customer.phone == "+6281234567890"


def test_the_same_provider_id_again_changes_nothing(session: Session) -> None:
    message = inbound("halo", provider_id="SMsame")
    first = conversations.receive(session, message)
    again = conversations.receive(session, message)
    assert (again.first, again.message.id) == (False, first.message.id)
    assert count(session, Message) == 1
    assert first.conversation.unread == 1


def test_the_same_id_at_another_provider_is_another_message(session: Session) -> None:
    received(session, provider_id="1")
    received(session, provider_id="1", provider="loopback")
    assert count(session, Message) == 2


def test_one_number_on_whatsapp_and_sms_stays_two_customers(session: Session) -> None:
    one = received(session, address=BUDI).conversation
    two = received(session, address=BUDI_SMS).conversation
    assert one.customer_id != two.customer_id
    assert customers.same_phone(session, one.customer) == [two.customer]


def test_text_is_stored_without_what_postgresql_refuses_and_cut(session: Session) -> None:
    text = "a\x00b\ud83dc\r\nd" + "x" * 5000
    assert received(session, text).message.text == ("abc\nd" + "x" * 5000)[:4000]


def test_a_nul_in_raw_parameters_is_kept_as_its_code(session: Session) -> None:
    stored = received(session, raw={"Body": "a\x00b", "list": ["\x00"]})
    session.expire_all()
    assert stored.message.raw == {"Body": "a\\u0000b", "list": [""]}


def test_a_message_without_an_id_is_refused(session: Session) -> None:
    with pytest.raises(InvalidInput, match="provider_id_missing"):
        received(session, provider_id=" \x00 ")
    assert count(session, Message) == 0
    assert count(session, Customer) == 0


def test_pictures_are_noted_to_be_fetched(session: Session) -> None:
    media = (
        InboundMedia("https://x.test/1", "image/jpeg"),
        InboundMedia(None, "image/png", "a/b.png", "f" * 64, 9),
    )
    stored = received(session, "", media=media)
    assert [(item.position, item.state) for item in stored.message.media] == [
        (0, "pending"),
        (1, "stored"),
    ]
    assert conversations.pending_media(session) == [stored.message.media[0].id]


def test_a_message_for_a_person_is_not_the_bots(session: Session) -> None:
    talk = conversation(session)
    conversations.set_handler(session, talk, "queue")
    received(session, "halo?")
    assert conversations.due_turns(session) == []
    assert conversations.begin_turn(session, talk.id) is None
    conversations.set_handler(session, talk, "bot")
    assert conversations.begin_turn(session, talk.id) is None


def test_an_sms_stop_word_stops_the_address_and_the_bot_stays_silent(session: Session) -> None:
    talk = received(session, "Berhenti.", address=BUDI_SMS).conversation
    assert talk.address.stopped_at is not None
    assert conversations.due_turns(session) == []
    received(session, "START", address=BUDI_SMS)
    assert talk.address.stopped_at is None
    assert conversations.due_turns(session) == [talk.id]


def test_the_word_stop_on_whatsapp_is_for_the_bot_to_answer(session: Session) -> None:
    talk = received(session, "stop").conversation
    assert talk.address.stopped_at is None
    assert conversations.due_turns(session) == [talk.id]


def test_what_the_provider_concluded_counts_on_any_text(session: Session) -> None:
    talk = received(session, "ARRET", address=BUDI_SMS, opt_out="stop").conversation
    assert talk.address.stopped_at is not None


def test_a_received_message_wakes_the_worker_and_the_screens(session: Session) -> None:
    talk = received(session, "batal").conversation
    (event,) = [event for event in db.announced(session) if event.kind == "message_received"]
    assert event.data == {
        "conversation_id": talk.public_id,
        "conversation_row_id": talk.id,
        "cuts_burst": True,
    }


def test_waiting_since_is_the_oldest_unanswered_message(session: Session) -> None:
    first = received(session, "halo")
    received(session, "ada?")
    assert first.conversation.waiting_since == first.message.created_at
    answered(session, first.conversation, conversations.Draft("Ada kak"))
    assert first.conversation.waiting_since is None


def test_parallel_repeats_of_one_webhook_store_one_row(database: sa.Engine) -> None:
    message = inbound("halo", provider_id="SMrace")
    results = at_once(database, *[lambda s: conversations.receive(s, message).message.id] * 8)
    with Session(database) as session:
        assert count(session, Message) == 1
        assert results == [session.scalar(sa.select(Message.id))] * 8
        assert session.scalar(sa.select(Conversation.unread)) == 1
        assert count(session, Customer) == 1


def test_parallel_first_messages_of_a_new_address_make_one_customer(database: sa.Engine) -> None:
    messages = [inbound(f"pesan {number}") for number in range(8)]
    at_once(database, *[lambda s, m=m: conversations.receive(s, m).message.id for m in messages])
    with Session(database) as session:
        assert count(session, Message) == 8
        assert count(session, Customer) == count(session, ChannelAddress) == 1
        assert count(session, Conversation) == 1
        (talk,) = session.scalars(sa.select(Conversation))
        assert talk.unread == 8
        texts = begun(session, talk).text.split("\n")
        assert sorted(texts) == [f"pesan {number}" for number in range(8)]


def test_media_of_a_parallel_repeat_are_stored_once(database: sa.Engine) -> None:
    message = inbound("", media=(InboundMedia("https://x.test/1", "image/jpeg"),))
    at_once(database, *[lambda s: conversations.receive(s, message).first] * 4)
    assert committed(database, lambda s: count(s, Media)) == 1
