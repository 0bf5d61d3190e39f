from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine
from sqlalchemy.orm import Session

from crm_core import conversations, db
from crm_core.conversations import Choice, Conversation, Draft, InboundMedia, Message
from crm_core.errors import InvalidInput, NotFound
from tests.factories import BUDI, BUDI_SMS, MOMENT, SITI, answered, conversation, member, received


@pytest.fixture
def talks(session: Session) -> list[Conversation]:
    """Three conversations, one minute apart: Budi, Siti, a web visitor."""
    made = []
    with time_machine.travel(MOMENT, tick=False) as clock:
        for address, name in ((BUDI, "Budi"), (SITI, "Siti"), ("web:0b51c2d3e4", None)):
            made.append(received(session, f"halo {name}", address, profile_name=name).conversation)
            clock.shift(timedelta(minutes=1))
    return made


def ids(found: object) -> list[int]:
    return [row.id for row in found.items]  # type: ignore[attr-defined]


def test_the_inbox_shows_who_wrote_what_and_since_when(
    session: Session, talks: list[Conversation]
) -> None:
    newest, _, oldest = conversations.inbox(session).items
    assert (oldest.customer_name, oldest.address) == ("Budi", "+62812•••7890")
    assert (oldest.channel, oldest.handler, oldest.agent_name) == ("whatsapp", "bot", None)
    assert (oldest.preview, oldest.preview_author, oldest.unread) == ("halo Budi", "customer", 1)
    assert oldest.waiting_since == oldest.last_message_at == MOMENT
    assert (newest.customer_name, newest.address) == (None, "0b51c2d3")
    assert newest.public_id == talks[2].public_id


def test_the_inbox_is_read_in_slices_newest_first(
    session: Session, talks: list[Conversation]
) -> None:
    first = conversations.inbox(session, limit=2)
    second = conversations.inbox(session, limit=2, cursor=first.next)
    assert (ids(first), ids(second)) == ([talks[2].id, talks[1].id], [talks[0].id])
    assert second.next is None


def test_the_inbox_is_narrowed_by_what_is_asked(
    session: Session, talks: list[Conversation]
) -> None:
    sari = member(session)
    conversations.set_handler(session, talks[0], "agent", agent=sari)
    conversations.set_handler(session, talks[1], "queue")
    conversations.mark_seen(session, talks[2])
    assert ids(conversations.inbox(session, handler="queue")) == [talks[1].id]
    assert ids(conversations.inbox(session, agent_id=sari.id)) == [talks[0].id]
    assert ids(conversations.inbox(session, channel="web")) == [talks[2].id]
    assert ids(conversations.inbox(session, unread_only=True)) == [talks[1].id, talks[0].id]
    assert ids(conversations.inbox(session, query="siT")) == [talks[1].id]
    assert ids(conversations.inbox(session, query="0812 3456 7890")) == [talks[0].id]
    assert ids(conversations.inbox(session, query="tidak ada")) == []
    (row,) = conversations.inbox(session, handler="agent").items
    assert (row.agent_id, row.agent_name) == (sari.id, "Sari")
    assert conversations.counts(session) == {"bot": 1, "queue": 1, "agent": 1}
    assert conversations.count_of_agent(session, sari.id) == 1


def test_a_dropped_answer_is_no_preview(session: Session, talks: list[Conversation]) -> None:
    turn = conversations.begin_turn(session, talks[0].id)
    assert turn is not None
    conversations.set_handler(session, talks[0], "queue")
    conversations.finish_turn(session, turn.turn_id, [Draft("tak terucap")])
    previews = [row.preview for row in conversations.inbox(session).items]
    assert previews == ["halo None", "halo Siti", "halo Budi"]


def test_the_transcript_shows_both_sides_in_order(session: Session) -> None:
    choices = (Choice("Ya", "/affirm", "lanjut"),)
    talk = received(session, "ada?").conversation
    answered(session, talk, Draft("Ada kak", choices))
    sari = member(session)
    conversations.say(session, talk, "Saya Sari", author="agent", staff=sari)
    shown = conversations.transcript(session, talk.id)
    assert [(one.author, one.text, one.status) for one in shown] == [
        ("customer", "ada?", "received"),
        ("bot", "Ada kak", "queued"),
        ("agent", "Saya Sari", "queued"),
    ]
    assert [one.author_name for one in shown] == [None, None, "Sari"]
    assert shown[1].choices == choices
    later = conversations.transcript(session, talk.id, after_id=shown[1].id)
    assert [one.text for one in later] == ["Saya Sari"]


def test_a_message_being_sent_is_shown_as_queued(session: Session) -> None:
    talk = received(session).conversation
    (message,) = answered(session, talk, Draft("Halo"))
    conversations.claim_delivery(session, message.id)
    assert conversations.message_view(session, message.id).status == "queued"


def test_the_latest_messages_come_in_reading_order(session: Session) -> None:
    talk = received(session, "satu").conversation
    for text in ("dua", "tiga"):
        received(session, text)
    newest = conversations.latest(session, talk.id, limit=2)
    assert [one.text for one in newest] == ["dua", "tiga"]
    before = conversations.latest(session, talk.id, before_id=newest[0].id, limit=2)
    assert [one.text for one in before] == ["satu"]


def test_pictures_are_shown_with_their_state(session: Session) -> None:
    media = (
        InboundMedia("https://x.test/1", "image/jpeg"),
        InboundMedia("https://x.test/2", "a/b"),
    )
    talk = received(session, "", media=media).conversation
    first, second = conversations.pending_media(session)
    conversations.mark_media_stored(
        session, first, path="media/1.jpg", sha256="f" * 64, size=10, content_type="image/jpeg"
    )
    conversations.mark_media_refused(session, second, "not a picture")
    (shown,) = conversations.transcript(session, talk.id)
    assert [(one.state, one.size) for one in shown.media] == [("stored", 10), ("refused", None)]
    assert conversations.pending_media(session) == []


def test_a_stored_picture_is_not_refused_afterwards(session: Session) -> None:
    received(session, "", media=(InboundMedia("https://x.test/1", "image/jpeg"),))
    (media_id,) = conversations.pending_media(session)
    conversations.mark_media_stored(
        session, media_id, path="media/1.jpg", sha256="f" * 64, size=10, content_type="image/jpeg"
    )
    conversations.mark_media_refused(session, media_id, "late")
    assert conversations.media_by_id(session, media_id).state == "stored"


def test_looking_at_a_conversation_makes_it_read(session: Session) -> None:
    talk = received(session).conversation
    received(session)
    assert talk.unread == 2
    conversations.mark_seen(session, talk)
    assert talk.unread == 0
    data = {"conversation_id": talk.public_id}
    assert db.Event("conversation_changed", data) in db.announced(session)


def test_programs_get_public_ids_only(session: Session, talks: list[Conversation]) -> None:
    shown = conversations.view(session, talks[0].public_id)
    assert (shown.id, shown.customer_id) == (talks[0].public_id, talks[0].customer.public_id)
    assert (shown.channel, shown.handler, shown.epoch) == ("whatsapp", "bot", 0)
    assert shown.last_message_at == MOMENT


def test_programs_follow_changes_by_cursor(session: Session, talks: list[Conversation]) -> None:
    first = conversations.listing(session, limit=2)
    assert ids(first) == [talks[0].public_id, talks[1].public_id]
    with time_machine.travel(MOMENT + timedelta(hours=1), tick=False):
        conversations.set_handler(session, talks[0], "queue")
    rest = conversations.listing(session, cursor=first.next)
    assert ids(rest) == [talks[2].public_id, talks[0].public_id]
    since = MOMENT + timedelta(minutes=30)
    assert ids(conversations.listing(session, updated_since=since)) == [talks[0].public_id]


def test_programs_find_conversations_by_phone_or_handler(
    session: Session, talks: list[Conversation]
) -> None:
    sms = received(session, address=BUDI_SMS).conversation
    found = conversations.listing(session, phone="0812-3456-7890")
    assert sorted(ids(found)) == sorted([talks[0].public_id, sms.public_id])
    conversations.set_handler(session, talks[1], "queue")
    assert ids(conversations.listing(session, handler="queue")) == [talks[1].public_id]
    with pytest.raises(InvalidInput, match="phone_invalid"):
        conversations.listing(session, phone="x")


def test_programs_read_messages_in_slices(session: Session) -> None:
    talk = received(session, "satu").conversation
    for text in ("dua", "tiga"):
        received(session, text)
    first = conversations.messages(session, talk.public_id, limit=2)
    second = conversations.messages(session, talk.public_id, limit=2, cursor=first.next)
    assert [[one.text for one in part.items] for part in (first, second)] == [
        ["satu", "dua"],
        ["tiga"],
    ]


@pytest.mark.parametrize("public_id", ["", "7", "00000000-0000-0000-0000-000000000000", "\x00"])
def test_an_unknown_conversation_is_not_found(session: Session, public_id: str) -> None:
    with pytest.raises(NotFound, match="conversation_not_found"):
        conversations.by_public_id(session, public_id)
    with pytest.raises(NotFound, match="conversation_not_found"):
        conversations.messages(session, public_id)


def test_a_conversation_is_found_by_its_address(session: Session) -> None:
    talk = conversation(session)
    assert conversations.of_address(session, BUDI) is talk
    assert conversations.of_address(session, SITI) is None
    assert conversations.of_customer(session, talk.customer) == [talk]


def test_handlers_and_agents_always_fit_together(session: Session) -> None:
    talk = conversation(session)
    with pytest.raises(sa.exc.IntegrityError, match="agent_is_known"), session.begin_nested():
        conversations.set_handler(session, talk, "agent")
    session.refresh(talk)
    assert (talk.handler, talk.epoch) == ("bot", 0)


def test_an_empty_word_is_not_said(session: Session) -> None:
    talk = conversation(session)
    before = session.scalar(sa.select(sa.func.count(Message.id)))
    with pytest.raises(InvalidInput, match="text_missing"):
        conversations.say(session, talk, " \x00\n", author="agent")
    assert session.scalar(sa.select(sa.func.count(Message.id))) == before
