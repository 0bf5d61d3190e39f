"""Choices on WhatsApp: to tap where WhatsApp can show them, numbered where not, never lost."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine

from channels import delivery, tasks
from channels.context import Context
from channels.twin import Sent, Trouble, Twin
from crm_core import clock, conversations
from crm_core.conversations import Choice

BUDI = "whatsapp:+6281234567001"
YES_NO = (Choice("Ya, pesankan", "/affirm"), Choice("Batal", "/deny"))
PARTS = tuple(
    Choice(f"Kampas Rem {n}", f'/find_part{{"part_code":"0645{n}"}}', f"Rp {n}0.000")
    for n in range(1, 5)
)
Say = Callable[..., int]


@pytest.fixture
def offer(asleep: Context, say: Say) -> Callable[..., int]:
    """``offer("Pesan?", choices) -> message id``: the shop's words, delivered."""
    talk = say("halo", address=BUDI)

    def send(text: str, choices: tuple[Choice, ...]) -> int:
        with asleep.unit_of_work() as session:
            found = conversations.by_id(session, talk)
            number = conversations.say(session, found, text, author="agent", choices=choices).id
        delivery.deliver(asleep, number)
        return number

    return send


def row(here: Context, message_id: int) -> tuple[str, str | None]:
    with here.unit_of_work() as session:
        message = session.get_one(conversations.Message, message_id)
        return message.status, message.carried_as


def tap(here: Context, twin: Twin, sent: Sent, place: int, say: Say) -> str | None:
    """The customer taps; what the shop understood by it."""
    form = twin.tap(sent, place)
    payload = form.get("ButtonPayload") or form["ListId"]
    talk = say(form["Body"], address=BUDI, tapped_payload=payload)
    with here.unit_of_work() as session:
        return (
            conversations.latest(session, talk)[-1].text
            and session.get_one(
                conversations.Message, conversations.latest(session, talk)[-1].id
            ).tapped_payload
        )


def test_up_to_three_short_choices_are_replies_to_tap(
    here: Context, offer: Callable[..., int], twilio_server: Twin, say: Say
) -> None:
    number = offer("Pesan sekarang?\n\n*Total Rp 50.000*", YES_NO)
    [sent] = twilio_server.ledger
    assert (sent.body, sent.style) == ("Pesan sekarang?\n\n*Total Rp 50.000*", "buttons")
    assert [label for label, _ in sent.buttons] == ["Ya, pesankan", "Batal"]
    assert row(here, number) == ("sent", "taps")
    assert tap(here, twilio_server, sent, 1, say) == "/deny"


def test_more_choices_or_described_ones_are_a_list(
    here: Context, offer: Callable[..., int], twilio_server: Twin, say: Say
) -> None:
    offer("Yang mana, Kak?", PARTS)
    [sent] = twilio_server.ledger
    assert sent.style == "list"
    assert [label for label, _ in sent.buttons] == [choice.label for choice in PARTS]
    assert sent.descriptions == ("Rp 10.000", "Rp 20.000", "Rp 30.000", "Rp 40.000")
    assert tap(here, twilio_server, sent, 2, say) == PARTS[2].payload


def test_no_command_of_ours_leaves_the_house(
    offer: Callable[..., int], twilio_server: Twin
) -> None:
    offer("Yang mana, Kak?", PARTS)
    assert "find_part" not in str(twilio_server.attempts)


def test_a_shape_is_made_once_and_filled_with_other_words(
    offer: Callable[..., int], twilio_server: Twin
) -> None:
    offer("Pesan?", YES_NO)
    offer("Batalkan saja?", (Choice("Jangan", "/deny"), Choice("Ya", "/affirm")))
    assert len(twilio_server.book.contents) == 1
    assert twilio_server.bodies_to(BUDI)[1] == "Batalkan saja?\n\n[Jangan]\n[Ya]"


def test_after_a_restart_the_shape_is_remembered(
    offer: Callable[..., int], twilio_server: Twin
) -> None:
    offer("Pesan?", YES_NO)
    tasks.close_clients()
    twilio_server.troubles.append(Trouble(500, on="content", times=9))
    offer("Pesan lagi?", YES_NO)
    assert [sent.style for sent in twilio_server.ledger] == ["buttons", "buttons"]


def test_a_shape_whose_record_was_lost_is_found_by_its_name(
    here: Context, offer: Callable[..., int], twilio_server: Twin
) -> None:
    offer("Pesan?", YES_NO)
    [sid] = twilio_server.book.contents
    tasks.close_clients()
    with here.unit_of_work() as session:
        conversations.forget_content(session, twilio_server.account, sid)
    offer("Pesan lagi?", YES_NO)
    assert [*twilio_server.book.contents] == [sid]
    assert twilio_server.ledger[1].content_sid == sid


@pytest.mark.parametrize(
    "trouble",
    [
        Trouble(500, on="content", times=2),
        Trouble(429, 20429, on="content", times=2),
        Trouble(None, on="content", times=2),
        Trouble(500, accepted=True, on="content", skip=1),
    ],
    ids=["error", "busy", "lost", "made without an answer"],
)
def test_when_the_shape_cannot_be_made_the_customer_gets_numbers(
    here: Context, offer: Callable[..., int], twilio_server: Twin, trouble: Trouble
) -> None:
    twilio_server.troubles.append(trouble)
    number = offer("Pesan?", YES_NO)
    assert twilio_server.bodies_to(BUDI) == ["Pesan?\n\n1. Ya, pesankan\n2. Batal"]
    assert row(here, number)[0] == "sent"


def test_a_shape_that_was_made_without_an_answer_is_not_made_twice(
    offer: Callable[..., int], twilio_server: Twin
) -> None:
    twilio_server.troubles.append(Trouble(500, accepted=True, on="content", skip=1))
    offer("Pesan?", YES_NO)
    tasks.close_clients()  # the pause after a failure ends with the connection
    offer("Pesan?", YES_NO)
    assert len(twilio_server.book.contents) == 1
    assert twilio_server.ledger[1].style == "buttons"


def test_a_shape_deleted_at_twilio_is_said_in_numbers_at_once_and_made_anew(
    here: Context, offer: Callable[..., int], twilio_server: Twin
) -> None:
    offer("Satu?", YES_NO)
    twilio_server.book.contents.clear()
    number = offer("Dua?", YES_NO)
    offer("Tiga?", YES_NO)
    assert [sent.style for sent in twilio_server.ledger] == ["buttons", "none", "buttons"]
    assert twilio_server.ledger[1].body == "Dua?\n\n1. Ya, pesankan\n2. Batal"
    assert row(here, number) == ("sent", "text")


def test_choices_that_whatsapp_reports_as_not_shown_are_said_again_in_numbers(
    here: Context, offer: Callable[..., int], twilio_server: Twin
) -> None:
    number = offer("Pesan?", YES_NO)
    first = twilio_server.ledger[0].sid
    for _ in range(2):
        with here.unit_of_work() as session:
            conversations.record_status(
                session, "twilio", first, "failed", message_id=number, error_code="63021"
            )
    delivery.deliver(here, number)
    assert [sent.style for sent in twilio_server.ledger] == ["buttons", "none"]
    assert row(here, number) == ("sent", "text")


@pytest.mark.parametrize(
    "trouble",
    [Trouble(500, accepted=True), Trouble(None, accepted=True)],
    ids=["error 500", "connection lost"],
)
def test_choices_taken_without_an_answer_are_found_and_not_sent_again(
    here: Context, offer: Callable[..., int], twilio_server: Twin, trouble: Trouble
) -> None:
    twilio_server.troubles.append(trouble)
    number = offer("Pesan?", YES_NO)
    assert row(here, number)[0] == "unknown"
    with time_machine.travel(clock.now() + timedelta(seconds=20), tick=True):
        tasks.sweep()
    assert row(here, number)[0] == "sent"
    assert len(twilio_server.ledger) == 1


def test_choices_that_surely_were_not_taken_are_sent_again_once(
    here: Context, offer: Callable[..., int], twilio_server: Twin
) -> None:
    twilio_server.troubles.append(Trouble(503))
    number = offer("Pesan?", YES_NO)
    with time_machine.travel(clock.now() + timedelta(seconds=20), tick=True):
        tasks.sweep()
        delivery.deliver(here, number)
    assert twilio_server.bodies_to(BUDI) == ["Pesan?\n\n[Ya, pesankan]\n[Batal]"]


def test_a_tap_means_nothing_in_another_conversation(
    here: Context, offer: Callable[..., int], twilio_server: Twin, say: Say
) -> None:
    offer("Pesan?", YES_NO)
    (_, reference), _ = twilio_server.ledger[0].buttons
    stranger = say("Ya", address="whatsapp:+6281234567099", tapped_payload=reference)
    with here.unit_of_work() as session:
        said = conversations.latest(session, stranger)[-1]
        kept = session.get_one(conversations.Message, said.id).tapped_payload
        assert kept == reference
        assert not conversations.was_offered(session, stranger, str(kept))
