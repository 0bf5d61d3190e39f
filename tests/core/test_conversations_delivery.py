from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import permutations

import pytest
import sqlalchemy as sa
import time_machine
from sqlalchemy.orm import Session

from crm_core import conversations, customers, db
from crm_core.conversations import Choice, Draft, Message, StatusCallback
from crm_core.errors import Conflict, NotFound
from tests.factories import MOMENT, SITI, answered, conversation, inbound, received
from tests.world import at_once, committed, waiting


def queued(session: Session, *texts: str, address: str = "whatsapp:+6281234567890") -> list[int]:
    talk = received(session, address=address).conversation
    return [message.id for message in answered(session, talk, *map(Draft, texts))]


def status(session: Session, message_id: int) -> str:
    return session.get_one(Message, message_id, populate_existing=True).status


def sending(session: Session) -> int:
    (message_id,) = queued(session, "Halo")
    assert conversations.claim_delivery(session, message_id) is not None
    return message_id


def test_a_claimed_message_carries_what_a_sender_needs(session: Session) -> None:
    talk = received(session).conversation
    choices = (Choice("Ya", "/affirm", "lanjut"),)
    (message,) = answered(session, talk, Draft("Lanjut?", choices))
    delivery = conversations.claim_delivery(session, message.id)
    assert delivery is not None
    assert (delivery.address, delivery.channel) == ("whatsapp:+6281234567890", "whatsapp")
    assert (delivery.text, delivery.choices, delivery.attempt) == ("Lanjut?", choices, 1)
    assert (delivery.provider, delivery.author) == ("twilio", "bot")
    assert delivery.last_inbound_at == talk.last_inbound_at
    assert status(session, message.id) == "sending"


def test_a_message_is_claimed_once(session: Session) -> None:
    message_id = sending(session)
    assert conversations.claim_delivery(session, message_id) is None


def test_a_later_message_waits_for_the_earlier_one(session: Session) -> None:
    first, second = queued(session, "satu", "dua")
    assert conversations.due_deliveries(session) == [first]
    assert conversations.claim_delivery(session, second) is None
    conversations.claim_delivery(session, first)
    assert conversations.claim_delivery(session, second) is None
    assert conversations.due_deliveries(session) == []
    conversations.mark_sent(session, first, "SM1")
    assert conversations.next_delivery(session, first) == second
    assert conversations.claim_delivery(session, second) is not None


def test_customers_do_not_wait_for_each_other(session: Session) -> None:
    (first,) = queued(session, "satu")
    (second,) = queued(session, "dua", address=SITI)
    assert conversations.due_deliveries(session) == [first, second]
    assert conversations.claim_delivery(session, second) is not None


@pytest.mark.parametrize("end", ["failed", "unknown"])
def test_a_message_without_success_does_not_hold_the_next(session: Session, end: str) -> None:
    first, second = queued(session, "satu", "dua")
    conversations.claim_delivery(session, first)
    if end == "failed":
        conversations.mark_failed(session, first, "63016", "window closed")
    else:
        conversations.mark_unknown(session, first, "timeout")
    assert status(session, first) == end
    assert conversations.claim_delivery(session, second) is not None


def test_a_postponed_message_is_due_at_its_time_and_holds_the_next(session: Session) -> None:
    with time_machine.travel(MOMENT, tick=False) as clock:
        first, second = queued(session, "satu", "dua")
        conversations.claim_delivery(session, first)
        conversations.requeue(session, first, after_s=30)
        assert conversations.due_deliveries(session) == []
        assert conversations.claim_delivery(session, first) is None
        assert conversations.claim_delivery(session, second) is None
        clock.shift(timedelta(seconds=30))
        again = conversations.claim_delivery(session, first)
    assert again is not None
    assert again.attempt == 2


@pytest.mark.parametrize("end", ["sent", "delivered", "read"])
def test_what_the_provider_has_is_not_sent_again(session: Session, end: str) -> None:
    message_id = sending(session)
    conversations.mark_sent(session, message_id, "SM1", end)
    with pytest.raises(Conflict, match="illegal_transition"):
        conversations.requeue(session, message_id)
    assert status(session, message_id) == end


REPORTS = ("sent", "delivered", "read", "failed")


@pytest.mark.parametrize("end", [("sent",), ("sent", "failed"), REPORTS[:2], REPORTS])
def test_reports_lead_to_one_status_in_every_order(session: Session, end: tuple[str, ...]) -> None:
    best = max(end, key=("sent", "failed", "delivered", "read").index)
    for number, order in enumerate(permutations(end)):
        message_id = sending(session)
        conversations.mark_sent(session, message_id, f"SM{number}")
        for report in order:
            conversations.record_status(session, "twilio", f"SM{number}", report)
        assert status(session, message_id) == best, order


def test_a_report_before_our_own_note_finds_the_message_by_our_id(session: Session) -> None:
    message_id = sending(session)
    conversations.record_status(session, "twilio", "SM9", "delivered", message_id=message_id)
    assert status(session, message_id) == "delivered"
    conversations.mark_sent(session, message_id, "SM9", "queued")
    assert status(session, message_id) == "delivered"


def test_a_report_nobody_can_place_yet_counts_once_the_id_is_known(session: Session) -> None:
    message_id = sending(session)
    assert conversations.record_status(session, "twilio", "SM9", "delivered") is None
    conversations.mark_sent(session, message_id, "SM9", "queued")
    assert status(session, message_id) == "delivered"


def test_a_report_resolves_an_unknown_fate(session: Session) -> None:
    message_id = sending(session)
    conversations.mark_unknown(session, message_id, "timeout")
    conversations.record_status(session, "twilio", "SM9", "sent", message_id=message_id)
    message = session.get_one(Message, message_id)
    assert (message.status, message.provider_id, message.error) == ("sent", "SM9", None)


def test_a_report_on_an_earlier_attempt_does_not_touch_the_later(session: Session) -> None:
    message_id = sending(session)
    conversations.requeue(session, message_id)
    conversations.record_status(session, "twilio", "SMold", "failed", message_id=message_id)
    assert status(session, message_id) == "queued"
    conversations.claim_delivery(session, message_id)
    conversations.mark_sent(session, message_id, "SMnew")
    conversations.record_status(session, "twilio", "SMold", "failed", message_id=message_id)
    assert status(session, message_id) == "sent"


def test_a_report_cannot_change_an_inbound_message(session: Session) -> None:
    stored = received(session, provider_id="SMin")
    conversations.record_status(session, "twilio", "SMx", "failed", message_id=stored.message.id)
    conversations.record_status(session, "twilio", "SMin", "failed")
    assert status(session, stored.message.id) == "received"


def test_every_report_is_kept_once(session: Session) -> None:
    for report in ("sent", "sent", "delivered", "nonsense"):
        conversations.record_status(session, "twilio", "SM1", report, raw={"a": "\x00"})
    kept = session.scalars(sa.select(StatusCallback.status).order_by(StatusCallback.id)).all()
    assert kept == ["sent", "delivered", "nonsense"]


def test_a_dropped_message_stays_dropped(session: Session) -> None:
    talk = received(session).conversation
    turn = conversations.begin_turn(session, talk.id)
    assert turn is not None
    conversations.set_handler(session, talk, "queue")
    (message,) = conversations.finish_turn(session, turn.turn_id, [Draft("Halo")])
    assert conversations.claim_delivery(session, message.id) is None
    conversations.record_status(session, "twilio", "SM1", "read", message_id=message.id)
    assert status(session, message.id) == "dropped"


def test_a_worker_that_died_while_sending_is_noticed(session: Session) -> None:
    with time_machine.travel(MOMENT, tick=False) as clock:
        message_id = sending(session)
        clock.shift(timedelta(seconds=30))
        assert conversations.stale_sending(session) == []
        clock.shift(timedelta(seconds=1))
        assert conversations.stale_sending(session) == [message_id]


def test_times_of_the_way_out_are_kept(session: Session) -> None:
    with time_machine.travel(MOMENT, tick=False) as clock:
        message_id = sending(session)
        conversations.mark_sent(session, message_id, "SM1")
        clock.shift(timedelta(seconds=2))
        conversations.record_status(session, "twilio", "SM1", "delivered")
        clock.shift(timedelta(seconds=3))
        conversations.record_status(session, "twilio", "SM1", "read")
    message = session.get_one(Message, message_id)
    assert message.sent_at == MOMENT
    assert message.delivered_at == MOMENT + timedelta(seconds=2)
    assert message.read_at == MOMENT + timedelta(seconds=5)


def test_the_reason_of_a_failure_is_kept(session: Session) -> None:
    message_id = sending(session)
    conversations.mark_failed(session, message_id, "63016", "window closed")
    (view,) = conversations.latest(
        session, session.get_one(Message, message_id).conversation_id, limit=1
    )
    assert (view.status, view.error_code) == ("failed", "63016")


def test_a_refusal_by_the_recipient_stops_their_address(session: Session) -> None:
    message_id = sending(session)
    conversations.note_opt_out(session, message_id)
    talk = session.get_one(Message, message_id).conversation
    assert talk.address.stopped_at is not None


def test_an_unknown_message_cannot_be_marked(session: Session) -> None:
    with pytest.raises(NotFound, match="message_not_found"):
        conversations.mark_sent(session, 4711, "SM1")


def test_a_notice_goes_to_the_conversation_used_last(session: Session) -> None:
    with time_machine.travel(MOMENT, tick=False) as clock:
        first = conversation(session)
        customer = first.customer
        address = customers.address_row(session, "web", "web:1")
        address.customer_id = customer.id
        session.flush()
        clock.shift(60)
        second = conversations.receive(session, inbound("hai", "web:1")).conversation
        message = conversations.notify(session, customer, "bot_unavailable")
    assert message is not None
    assert (message.conversation_id, message.author) == (second.id, "system")


def test_a_customer_without_a_conversation_is_not_told(session: Session) -> None:
    customer = customers.for_address(session, "web", "web:lonely")
    assert conversations.notify(session, customer, "bot_unavailable") is None


def test_the_same_notice_is_said_once_within_its_time(session: Session) -> None:
    with time_machine.travel(MOMENT, tick=False) as clock:
        talk = conversation(session)
        every = timedelta(minutes=10)
        assert conversations.say_once(session, talk, "bot_unavailable", every) is not None
        clock.shift(timedelta(minutes=9))
        assert conversations.say_once(session, talk, "bot_unavailable", every) is None
        clock.shift(timedelta(minutes=2))
        assert conversations.say_once(session, talk, "bot_unavailable", every) is not None


def test_a_queued_message_is_announced_for_the_delivery(session: Session) -> None:
    talk = conversation(session)
    message = conversations.say(session, talk, "Halo", author="agent")
    expected = {"message_id": message.id, "conversation_id": talk.public_id}
    assert db.Event("message_queued", expected) in db.announced(session)


def test_parallel_claims_give_the_message_to_one_worker(database: sa.Engine) -> None:
    (message_id,) = committed(database, lambda session: queued(session, "Halo"))
    results = at_once(database, *[lambda s: conversations.claim_delivery(s, message_id)] * 6)
    assert len([result for result in results if result is not None]) == 1


def test_parallel_claims_keep_the_order_of_a_conversation(database: sa.Engine) -> None:
    ids = committed(database, lambda session: queued(session, "satu", "dua", "tiga"))
    results = at_once(
        database, *[lambda s, i=i: conversations.claim_delivery(s, i) for i in reversed(ids)]
    )
    assert [result.text for result in results if result is not None] == ["satu"]


def test_a_report_that_waited_for_our_own_note_counts(database: sa.Engine) -> None:
    """Twilio reports "delivered" while its own answer, "queued", is being written down."""
    message_id = committed(database, sending)
    with db.sessions(database)() as noting, ThreadPoolExecutor(1) as pool:
        conversations.mark_sent(noting, message_id, "SM1", "queued")
        report = pool.submit(
            committed,
            database,
            lambda session: conversations.record_status(
                session, "twilio", "SM1", "delivered", message_id=message_id
            ),
        )
        waiting(database, 1)
        noting.commit()
        report.result(timeout=60)
    assert committed(database, lambda session: status(session, message_id)) == "delivered"
