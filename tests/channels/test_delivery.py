"""Sending: once, in order, and never a second time while it may have been sent already."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from types import SimpleNamespace

import pytest
import sqlalchemy as sa
import time_machine

from channels import celery_app, delivery, tasks
from channels.context import Context
from channels.twin import Trouble, Twin
from crm_core import clock, conversations
from crm_core.conversations import Choice

BUDI = "whatsapp:+6281234567001"
SITI = "sms:+6281234567002"
Say = Callable[..., int]


@pytest.fixture
def reply(asleep: Context, say: Say) -> Callable[..., int]:
    """``reply("teks") -> message id``: an outgoing message, queued."""

    def queue(text: str, address: str = BUDI, choices: tuple[Choice, ...] = ()) -> int:
        with asleep.unit_of_work() as session:
            conversation = conversations.of_address(session, address)
        number = conversation.id if conversation else say("halo", address=address)
        with asleep.unit_of_work() as session:
            talk = conversations.by_id(session, number)
            return conversations.say(session, talk, text, author="agent", choices=choices).id

    return queue


def status(here: Context, message_id: int) -> tuple[str, str | None]:
    with here.unit_of_work() as session:
        message = session.get_one(conversations.Message, message_id)
        return message.status, message.error_code


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """A trouble of Twilio that takes time lasts until this is set."""
    over = threading.Event()
    waits = SimpleNamespace(sleep=lambda seconds: seconds and over.wait(60))
    monkeypatch.setattr("channels.twin.server.time", waits)
    yield over
    over.set()


def later(seconds: float) -> time_machine.travel:
    return time_machine.travel(clock.now() + timedelta(seconds=seconds), tick=True)


def test_a_message_is_sent_with_its_sender_and_a_callback_that_names_it(
    here: Context, reply: Callable[..., int], twilio_server: Twin
) -> None:
    number = reply("Sudah siap, Kak")
    delivery.deliver(here, number)
    [sent] = twilio_server.ledger
    assert (sent.sender, sent.to, sent.body) == ("whatsapp:+15550100200", BUDI, "Sudah siap, Kak")
    assert sent.status_callback == f"https://sapa.test/twilio/status?message={number}"
    assert status(here, number) == ("sent", None)


def test_an_sms_goes_to_the_bare_number_with_numbered_choices_and_no_stars(
    here: Context, reply: Callable[..., int], twilio_server: Twin
) -> None:
    choices = (Choice("Depan", "/a"), Choice("Belakang", "/b", "Rp 50.000"))
    delivery.deliver(here, reply("Mau *yang* mana?", SITI, choices))
    [sent] = twilio_server.ledger
    assert (sent.sender, sent.to) == ("+15550100300", "+6281234567002")
    assert sent.body == "Mau yang mana?\n\n1. Depan\n2. Belakang - Rp 50.000"


def test_a_message_is_sent_once_however_often_it_is_delivered(
    here: Context, reply: Callable[..., int], twilio_server: Twin
) -> None:
    number = reply("sekali saja")
    for _ in range(3):
        delivery.deliver(here, number)
    assert len(twilio_server.ledger) == 1


def test_a_later_message_waits_for_the_earlier_one(
    here: Context, reply: Callable[..., int], twilio_server: Twin
) -> None:
    first, second = reply("satu"), reply("dua")
    assert delivery.deliver(here, second) is False
    delivery.deliver(here, first)
    delivery.deliver(here, second)
    assert twilio_server.bodies_to(BUDI) == ["satu", "dua"]


def test_429_is_tried_again_after_a_pause_until_it_is_taken(
    here: Context, reply: Callable[..., int], twilio_server: Twin
) -> None:
    twilio_server.troubles.extend([Trouble(429, 20429)] * 3)
    number = reply("pelan-pelan")
    delivery.deliver(here, number)
    assert delivery.deliver(here, number) is False
    for seconds in (6, 20, 60):
        with later(seconds):
            delivery.deliver(here, number)
    assert twilio_server.bodies_to(BUDI) == ["pelan-pelan"]
    assert status(here, number)[0] == "sent"


@pytest.mark.parametrize("code", [63016, 63014, 63018, 21211])
def test_a_refusal_is_final_and_keeps_the_code(
    here: Context, reply: Callable[..., int], twilio_server: Twin, code: int
) -> None:
    twilio_server.troubles.append(Trouble(400, code))
    number = reply("ditolak")
    delivery.deliver(here, number)
    tasks.sweep()
    assert status(here, number) == ("failed", str(code))
    assert len(twilio_server.attempts) == 1


def test_21610_stops_the_address(
    here: Context, reply: Callable[..., int], twilio_server: Twin
) -> None:
    twilio_server.troubles.append(Trouble(400, 21610))
    delivery.deliver(here, reply("halo", SITI))
    second = reply("masih di sana?", SITI)
    delivery.deliver(here, second)
    assert len(twilio_server.attempts) == 1
    assert status(here, second) == ("failed", "21610")


def test_free_text_after_24_hours_is_refused_before_whatsapp_does(
    here: Context, reply: Callable[..., int], twilio_server: Twin
) -> None:
    number = reply("kabar lama")
    with later(24 * 3600 + 60):
        delivery.deliver(here, number)
    assert status(here, number) == ("failed", "63016")
    assert twilio_server.attempts == []


def test_sms_has_no_24_hour_window(
    here: Context, reply: Callable[..., int], twilio_server: Twin
) -> None:
    number = reply("kabar lama", SITI)
    with later(24 * 3600 + 60):
        delivery.deliver(here, number)
    assert len(twilio_server.ledger) == 1


@pytest.mark.parametrize(
    "trouble",
    [Trouble(500, accepted=True), Trouble(None, accepted=True)],
    ids=["error 500", "connection lost"],
)
def test_a_message_that_was_taken_without_an_answer_is_found_and_not_sent_again(
    here: Context, reply: Callable[..., int], twilio_server: Twin, trouble: Trouble
) -> None:
    twilio_server.troubles.append(trouble)
    number = reply("hanya sekali")
    delivery.deliver(here, number)
    assert status(here, number)[0] == "unknown"
    with later(20):
        tasks.sweep()
        tasks.sweep()
    assert twilio_server.bodies_to(BUDI) == ["hanya sekali"]
    assert status(here, number)[0] == "sent"


@pytest.mark.parametrize("trouble", [Trouble(503), Trouble(None)], ids=["error", "lost"])
def test_a_message_that_surely_was_not_taken_is_sent_again(
    here: Context, reply: Callable[..., int], twilio_server: Twin, trouble: Trouble
) -> None:
    twilio_server.troubles.append(trouble)
    number = reply("pasti sampai")
    delivery.deliver(here, number)
    with later(20):
        tasks.sweep()
        delivery.deliver(here, number)
    assert twilio_server.bodies_to(BUDI) == ["pasti sampai"]
    assert status(here, number)[0] == "sent"


def test_nothing_is_decided_before_the_provider_had_time_to_list_it(
    here: Context, reply: Callable[..., int], twilio_server: Twin
) -> None:
    twilio_server.troubles.append(Trouble(503))
    number = reply("tunggu")
    delivery.deliver(here, number)
    tasks.sweep()
    assert status(here, number)[0] == "unknown"


def test_what_cannot_be_looked_up_stays_unknown_for_people(
    here: Context, reply: Callable[..., int], twilio_server: Twin
) -> None:
    twilio_server.troubles.append(Trouble(500, accepted=True))
    twilio_server.troubles.append(Trouble(503, 20503, on="list", times=9))
    number = reply("entahlah")
    delivery.deliver(here, number)
    for seconds in (20, 300, 3600):
        with later(seconds):
            tasks.sweep()
    assert status(here, number)[0] == "unknown"
    assert len(twilio_server.attempts) == 1


def test_the_same_words_sent_earlier_are_not_mistaken_for_the_lost_message(
    here: Context, reply: Callable[..., int], twilio_server: Twin
) -> None:
    with time_machine.travel(clock.now() - timedelta(hours=2), tick=True):
        first = reply("Baik, Kak")
        delivery.deliver(here, first)
        twilio_server.ledger[0].created_at = clock.now()
    twilio_server.troubles.append(Trouble(503))
    second = reply("Baik, Kak")
    delivery.deliver(here, second)
    with later(20):
        tasks.sweep()
        delivery.deliver(here, second)
    assert twilio_server.bodies_to(BUDI) == ["Baik, Kak", "Baik, Kak"]


def test_the_same_words_sent_a_moment_ago_are_not_mistaken_for_the_lost_message(
    here: Context, reply: Callable[..., int], twilio_server: Twin
) -> None:
    delivery.deliver(here, reply("Baik, Kak"))
    twilio_server.troubles.append(Trouble(503))
    second = reply("Baik, Kak")
    delivery.deliver(here, second)
    with later(20):
        tasks.sweep()
        delivery.deliver(here, second)
    assert status(here, second)[0] == "sent"
    assert len({sent.sid for sent in twilio_server.ledger}) == 2


def test_a_message_of_a_killed_worker_is_looked_up_before_it_is_sent_again(
    here: Context, reply: Callable[..., int], twilio_server: Twin
) -> None:
    number = reply("dari pekerja yang mati")
    with here.unit_of_work() as session:
        assert conversations.claim_delivery(session, number) is not None
    tasks.sweep()
    assert status(here, number)[0] == "sending"
    with later(40):
        tasks.sweep()
        delivery.deliver(here, number)
    assert twilio_server.bodies_to(BUDI) == ["dari pekerja yang mati"]


def test_a_message_that_a_worker_is_still_sending_is_left_to_it_however_long_it_takes(
    here: Context, reply: Callable[..., int], twilio_server: Twin, held: threading.Event
) -> None:
    twilio_server.troubles.append(Trouble(200, accepted=True, delay_s=1.5))
    number = reply("masih di jalan")
    with ThreadPoolExecutor(1) as pool:
        sending = pool.submit(delivery.deliver, here, number)
        while not twilio_server.troubles.injected:
            assert not sending.done()
        with later(600):
            tasks.sweep()
        assert status(here, number)[0] == "sending"
        held.set()
        assert sending.result(timeout=60)
    assert twilio_server.bodies_to(BUDI) == ["masih di jalan"]
    assert status(here, number)[0] == "sent"


def test_a_message_of_a_killed_worker_is_looked_up_within_half_a_minute(
    here: Context, reply: Callable[..., int], twilio_server: Twin
) -> None:
    number = reply("segera disusul")
    with here.unit_of_work() as session:
        assert conversations.claim_delivery(session, number) is not None
    with later(30 - celery_app.TIMETABLE["sweep"]):
        tasks.sweep()
        delivery.deliver(here, number)
    assert twilio_server.bodies_to(BUDI) == ["segera disusul"]


def test_an_unreachable_provider_is_tried_again_because_nothing_was_sent(
    here: Context, reply: Callable[..., int], twilio_server: Twin
) -> None:
    good = here.settings
    here.settings = good.model_copy(update={"twilio_api_url": "http://127.0.0.1:1"})
    number = reply("nanti")
    delivery.deliver(here, number)
    assert status(here, number)[0] == "queued"
    here.settings = good
    with later(10):
        delivery.deliver(here, number)
    assert twilio_server.bodies_to(BUDI) == ["nanti"]


def test_a_hanging_provider_holds_the_worker_no_longer_than_the_time_out(
    here: Context, reply: Callable[..., int], twilio_server: Twin, held: threading.Event
) -> None:
    here.settings = here.settings.model_copy(update={"twilio_timeout_s": 0.2})
    twilio_server.troubles.append(Trouble(200, accepted=True, delay_s=1.0))
    number = reply("lama")
    delivery.deliver(here, number)
    assert not held.is_set()
    assert status(here, number)[0] == "unknown"


def test_a_long_message_of_an_agent_goes_out_in_parts_in_order(
    here: Context, reply: Callable[..., int], twilio_server: Twin
) -> None:
    lines = [f"baris {number} " + "x" * 90 for number in range(40)]
    number = reply("\n".join(lines))
    delivery.deliver(here, number)
    tasks.send_due(_conversation(here, number))
    bodies = twilio_server.bodies_to(BUDI)
    assert len(bodies) == 3
    assert all(len(body) <= 1600 for body in bodies)
    assert "\n".join(bodies).splitlines() == lines


def _conversation(here: Context, message_id: int) -> int:
    query = sa.text("SELECT conversation_id FROM messages WHERE id = :id")
    with here.engine.connect() as connection:
        return int(connection.execute(query, {"id": message_id}).scalar_one())
