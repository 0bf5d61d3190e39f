"""The usual turn in few statements leaves just what the general way leaves."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from crm_core import conversations
from crm_core.conversations import (
    Choice,
    Conversation,
    Delivery,
    Draft,
    InboundMedia,
    Message,
    UnusualError,
    Work,
)
from tests.factories import BUDI, received
from tests.world import committed

OTHER = "whatsapp:+6281234567999"
YES_NO = (Choice("Ya", "/affirm"), Choice("Tidak", "/deny", "nanti saja"))
NOW = timedelta()
ITS_OWN = {"id", "public_id", "conversation_id", "customer_id", "address_id", "turn_id",
           "provider_id", "in_reply_to", "request_id", "address", "raw"}  # fmt: skip


def talk_of(session: Session, address: str) -> Conversation:
    talk = conversations.of_address(session, address)
    assert talk is not None
    return talk


def general(session: Session, address: str) -> Work:
    talk = talk_of(session, address)
    assert conversations.turn_is_due(session, talk.id, NOW, 240)
    work = conversations.begin_turn(session, talk.id)
    assert work is not None
    return work


def quick(session: Session, address: str) -> Work:
    session.flush()
    work = conversations.begin_due(session.connection(), talk_of(session, address).id, NOW, 240)
    assert work is not None
    return work


def bare(work: Work) -> Work:
    """Without what is each turn's own."""
    return replace(
        work, turn_id=0, conversation_id=0, conversation_public_id="", customer_public_id="",
        message_ids=tuple(range(len(work.message_ids))),
        media_ids=tuple(range(len(work.media_ids))), request_id="",
    )  # fmt: skip


def kept(session: Session, table: type[Any], address: str) -> list[dict[str, Any]]:
    session.flush()
    session.expire_all()
    talk = talk_of(session, address)
    own = table.id == talk.id if table is Conversation else table.conversation_id == talk.id
    rows = session.scalars(sa.select(table).where(own).order_by(table.id)).all()
    return [
        {name: value is not None if name.endswith(("_at", "_since")) else value
         for name in sa.inspect(table).columns.keys()  # noqa: SIM118
         if name not in ITS_OWN for value in [getattr(row, name)]}
        for row in rows
    ]  # fmt: skip


def talked(session: Session, address: str) -> None:
    """An answer with choices, then two messages, one of which quotes it."""
    received(session, "halo", address)
    work = general(session, address)
    (said,) = conversations.finish_turn(session, work.turn_id, [Draft("Jadi pesan?", YES_NO)])
    said.provider_id = f"SM{said.id}"
    session.flush()
    received(session, "mau tanya dulu", address)
    photo = (InboundMedia("https://x/1", "image/jpeg"), InboundMedia("https://x/2", "image/png"))
    received(session, "ini", address, media=photo, quoted=said.provider_id)


def test_a_turn_begun_quickly_is_the_same_work(session: Session) -> None:
    for address in (BUDI, OTHER):
        talked(session, address)
    slow, fast = general(session, BUDI), quick(session, OTHER)
    assert bare(fast) == bare(slow)
    assert fast.choices == fast.quoted_choices == YES_NO
    assert len(fast.media_ids) == 2
    for table in (Conversation, Message, conversations.Turn):
        assert kept(session, table, OTHER) == kept(session, table, BUDI), table


@pytest.mark.parametrize(("payload", "meant"), [("/deny", "/deny"), ("/other", None)])
def test_a_tap_means_what_was_offered_here(
    session: Session, payload: str, meant: str | None
) -> None:
    for address in (BUDI, OTHER):
        talked(session, address)
        received(session, "Tidak", address, tapped_payload=payload)
    slow, fast = general(session, BUDI), quick(session, OTHER)
    assert bare(fast) == bare(slow)
    assert fast.tapped_payload == meant


def test_an_answer_kept_quickly_is_the_same_answer(session: Session) -> None:
    for address in (BUDI, OTHER):
        talked(session, address)
    slow, fast = general(session, BUDI), quick(session, OTHER)
    conversations.finish_turn(session, slow.turn_id, [Draft(" Siap ", YES_NO)])
    assert not conversations.answer(
        session.connection(), fast.turn_id, [Draft(" Siap ", YES_NO)]
    ).acted
    for table in (Conversation, Message, conversations.Turn):
        assert kept(session, table, OTHER) == kept(session, table, BUDI), table


def test_an_answer_without_choices_ends_those_on_offer(session: Session) -> None:
    talked(session, BUDI)
    work = quick(session, BUDI)
    conversations.answer(session.connection(), work.turn_id, [Draft("Siap")])
    session.expire_all()
    assert talk_of(session, BUDI).choices is None


def test_nothing_is_begun_where_nothing_is_due(session: Session) -> None:
    received(session, "halo")
    talk = talk_of(session, BUDI)
    assert conversations.begin_due(session.connection(), talk.id, timedelta(minutes=1), 240) is None
    conversations.set_handler(session, talk, "queue")
    assert conversations.begin_due(session.connection(), talk.id, NOW, 240) is None
    assert session.scalars(sa.select(conversations.Turn)).all() == []


def test_who_floods_is_not_answered_before_the_minute_is_over(session: Session) -> None:
    for _ in range(3):
        received(session, "halo")
    assert conversations.begin_due(session.connection(), talk_of(session, BUDI).id, NOW, 2) is None


def test_a_turn_begun_before_is_left_to_the_general_way(session: Session) -> None:
    received(session, "halo")
    quick(session, BUDI)
    with pytest.raises(UnusualError):
        quick(session, BUDI)


@pytest.mark.parametrize("drafts", [(), (Draft(" "),), (Draft("a"), Draft("b"))])
def test_other_answers_than_one_message_are_left_to_the_general_way(
    session: Session, drafts: tuple[Draft, ...]
) -> None:
    received(session, "halo")
    work = quick(session, BUDI)
    with pytest.raises(UnusualError):
        conversations.answer(session.connection(), work.turn_id, drafts)


def test_who_has_lost_the_word_is_left_to_the_general_way(session: Session) -> None:
    received(session, "halo")
    work = quick(session, BUDI)
    conversations.set_handler(session, talk_of(session, BUDI), "queue")
    with pytest.raises(UnusualError):
        conversations.answer(session.connection(), work.turn_id, [Draft("Siap")])
    (said,) = conversations.finish_turn(session, work.turn_id, [Draft("Siap")])
    assert said.status == "dropped"


def test_a_turn_that_asked_for_the_person_itself_may_still_speak(session: Session) -> None:
    received(session, "halo")
    work = quick(session, BUDI)
    conversations.set_handler(session, talk_of(session, BUDI), "queue", turn_id=work.turn_id)
    said = conversations.answer(session.connection(), work.turn_id, [Draft("Admin datang")])
    assert session.get_one(Message, said.message_id).status == "queued"


def _claimed(database: sa.Engine, number: int) -> Delivery | None:
    with database.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        return conversations.claim(connection, number)


def _queued(session: Session, address: str) -> int:
    talked(session, address)
    work = quick(session, address)
    said = conversations.answer(session.connection(), work.turn_id, [Draft("Siap", YES_NO)])
    earlier = sa.update(Message).where(
        Message.conversation_id == talk_of(session, address).id,
        Message.direction == "outbound",
        Message.id < said.message_id,
    )
    session.execute(earlier.values(status="sent"))
    return said.message_id


def test_a_message_claimed_quickly_is_the_same_delivery(database: sa.Engine) -> None:
    one, two = (committed(database, lambda s, at=at: _queued(s, at)) for at in (BUDI, OTHER))
    slow = committed(database, lambda session: conversations.claim_delivery(session, one))
    fast = _claimed(database, two)
    assert slow is not None
    assert fast is not None
    own = {
        "message_id": 0, "conversation_id": 0, "conversation_public_id": "", "address": "",
        "last_inbound_at": None, "claimed_at": None,
    }  # fmt: skip
    assert replace(fast, **own) == replace(slow, **own)
    assert (fast.message_id, fast.address) == (two, OTHER)
    assert _claimed(database, two) is None


def test_what_is_sent_is_told_once_and_reports_count_first(database: sa.Engine) -> None:
    one, two = (committed(database, lambda s, at=at: _queued(s, at)) for at in (BUDI, OTHER))
    with database.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        for number in (one, two):
            assert conversations.next_due(connection, _talk_id(database, number)) == number
            assert conversations.claim(connection, number) is not None
            assert conversations.next_due(connection, _talk_id(database, number)) is None
        event = conversations.note_sent(connection, one, "SMone", "queued", "twilio")
        assert event is not None
        assert (event.kind, event.data["message_id"]) == ("message_changed", one)
        assert conversations.note_sent(connection, one, "SMone", "queued", "twilio") is None
        committed(database, lambda session: conversations.record_status(
            session, "twilio", "SMtwo", "delivered"))  # fmt: skip
        assert conversations.note_sent(connection, two, "SMtwo", "queued", "twilio") is None
        assert conversations.note_sent(connection, two, "SMtwo", "failed", "twilio") is None
    with database.connect() as connection:
        rows = sa.select(Message.status, Message.provider_id, Message.sent_at.is_not(None))
        found = connection.execute(rows.where(Message.id.in_([one, two])).order_by(Message.id))
        assert found.all() == [("sent", "SMone", True), ("sending", None, False)]


def _talk_id(database: sa.Engine, number: int) -> int:
    return committed(database, lambda session: conversations.conversation_of(session, number))
