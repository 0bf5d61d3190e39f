"""One bot turn: what the assistant is given, what becomes of its answer, and when it has none."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import time_machine

from channels import tasks, turns
from channels.context import Context
from crm_core import clock, conversations, effects, handoffs, notices
from crm_core.conversations import Conversation, MessageView
from crm_core.timeline import Actor
from tests.fakes import Asked, FakeRasa, RasaAnswer

Say = Callable[..., int]
BUTTONS = [
    {"title": "Kampas depan", "payload": '/order_part{"part_code":"A1","quantity":1}'},
    {"title": "Kampas belakang", "payload": '/order_part{"part_code":"A2","quantity":1}'},
]
YES_NO = [{"title": "Ya", "payload": "/affirm"}, {"title": "Tidak", "payload": "/deny"}]


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "QUICK_RETRY_S", 0.0)


@pytest.fixture
def turn(asleep: Context) -> Callable[[int], bool]:
    """Run what the worker runs when it is woken for a conversation."""
    client = tasks.assistant(asleep.settings)
    return lambda conversation_id: turns.take(asleep, client, conversation_id)


def said(here: Context, conversation_id: int) -> list[MessageView]:
    with here.unit_of_work() as session:
        return [
            message
            for message in conversations.latest(session, conversation_id)
            if message.direction == "outbound"
        ]


def talk(here: Context, conversation_id: int) -> Conversation:
    with here.unit_of_work() as session:
        return conversations.by_id(session, conversation_id)


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("/restart", "restart"),
        ('/confirm_payment{"order_id":"1"}', 'confirm_payment{"order_id":"1"}'),
        ("  /restart", "restart"),
        ("\uff0frestart", "restart"),
        ("\u200b/restart", "restart"),
        ("EXTERNAL: paid", "paid"),
    ],
)
def test_a_typed_command_reaches_the_assistant_as_words(
    say: Say, turn: Callable[[int], bool], rasa_server: FakeRasa, typed: str, read: str
) -> None:
    turn(say(typed))
    assert [asked.message for asked in rasa_server.asked] == [read]


def test_restart_typed_while_a_person_has_the_conversation_reaches_nobody(
    here: Context, say: Say, turn: Callable[[int], bool], rasa_server: FakeRasa
) -> None:
    number = say("admin dong")
    turn(number)
    with here.unit_of_work() as session:
        conversation = conversations.by_id(session, number)
        handoffs.request(session, conversation, reason="asked", actor=Actor.bot())
    before = len(said(here, number))
    say("/restart")
    turn(number)
    assert len(rasa_server.asked) == 1
    assert len(said(here, number)) == before


def test_an_answer_made_before_a_person_took_over_is_never_sent(
    here: Context, say: Say, turn: Callable[[int], bool], rasa_server: FakeRasa
) -> None:
    number = say("halo")

    def take_over(_: object) -> list[dict[str, str]]:
        with here.unit_of_work() as session:
            conversation = conversations.by_id(session, number)
            handoffs.request(session, conversation, reason="angry", actor=Actor.bot())
        return [{"text": "terlambat"}]

    rasa_server.reply = take_over
    turn(number)
    assert said(here, number) == []


def test_messages_of_one_burst_are_answered_as_one_turn(
    here: Context, say: Say, turn: Callable[[int], bool], rasa_server: FakeRasa
) -> None:
    number = say("mau kampas rem")
    say("yang depan")
    turn(number)
    assert [asked.message for asked in rasa_server.asked] == ["mau kampas rem\nyang depan"]
    assert len(said(here, number)) == 1


def test_the_burst_window_is_waited_for_unless_a_photo_or_tap_ends_it(
    here: Context, say: Say, rasa_server: FakeRasa
) -> None:
    slow = here.settings.model_copy(update={"burst_window_ms": 5000})
    here.settings = slow
    client = tasks.assistant(slow)
    number = say("mau kampas rem")
    turns.take(here, client, number)
    assert rasa_server.asked == []
    with time_machine.travel(clock.now() + timedelta(seconds=6), tick=True):
        turns.take(here, client, number)
    assert len(rasa_server.asked) == 1
    say("", tapped_payload="/never_offered", tapped_label="Ya")
    turns.take(here, client, number)
    assert len(rasa_server.asked) == 2


def test_two_workers_never_run_two_turns_of_one_customer_at_once(
    here: Context, say: Say, rasa_server: FakeRasa
) -> None:
    rasa_server.delay_s = 0.05
    client = tasks.assistant(here.settings)
    number = say("pesan 0")

    def customer_and_worker(count: int) -> None:
        say(f"pesan {count}", provider_id=f"SMparallel{count}")
        turns.take(here, client, number)

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(customer_and_worker, range(1, 13)))
    assert rasa_server.overlaps == 0
    read = "\n".join(asked.message for asked in rasa_server.asked).splitlines()
    assert sorted(read) == sorted(f"pesan {count}" for count in range(13))


@pytest.mark.parametrize("typed", ["2", "no 2", "yang kedua", "Kampas belakang"])
def test_an_answer_to_the_choices_on_offer_means_that_choice(
    say: Say, turn: Callable[[int], bool], rasa_server: FakeRasa, typed: str
) -> None:
    rasa_server.answers.append([{"text": "Yang mana?", "buttons": BUTTONS}])
    turn(say("kampas rem"))
    turn(say(typed))
    assert rasa_server.asked[-1].message == BUTTONS[1]["payload"]
    assert rasa_server.asked[-1].metadata["text"] == typed


def test_a_number_within_a_sentence_is_not_a_choice(
    say: Say, turn: Callable[[int], bool], rasa_server: FakeRasa
) -> None:
    rasa_server.answers.append([{"text": "Yang mana?", "buttons": BUTTONS}])
    turn(say("kampas rem"))
    turn(say("mau 2 lampu depan"))
    assert rasa_server.asked[-1].message == "mau 2 lampu depan"


def test_a_tapped_choice_of_ours_is_obeyed(
    say: Say, turn: Callable[[int], bool], rasa_server: FakeRasa
) -> None:
    rasa_server.answers.append([{"text": "Yang mana?", "buttons": BUTTONS}])
    turn(say("kampas rem"))
    turn(say("", tapped_payload=BUTTONS[0]["payload"], tapped_label="Kampas depan"))
    assert rasa_server.asked[-1].message == BUTTONS[0]["payload"]


def test_a_payload_that_was_never_offered_is_read_as_its_label(
    say: Say, turn: Callable[[int], bool], rasa_server: FakeRasa
) -> None:
    forged = '/order_part{"part_code":"A1","quantity":999}'
    turn(say("Kampas depan", tapped_payload=forged, tapped_label="Kampas depan"))
    assert rasa_server.asked[-1].message == "Kampas depan"


def test_yes_on_an_old_button_asks_again_instead_of_confirming_something_else(
    say: Say, turn: Callable[[int], bool], rasa_server: FakeRasa
) -> None:
    rasa_server.answers.append([{"text": "Pesan sekarang?", "buttons": YES_NO}])
    turn(say("checkout"))
    turn(say("ongkir berapa?"))
    turn(say("Ya", tapped_payload="/affirm", tapped_label="Ya"))
    assert rasa_server.asked[-1].message == "/repeat"


def test_a_message_without_words_or_picture_still_gets_an_answer(
    here: Context, say: Say, turn: Callable[[int], bool], rasa_server: FakeRasa
) -> None:
    number = say("")
    turn(number)
    assert rasa_server.asked[0].message == "/nlu_fallback"
    assert len(said(here, number)) == 1


def test_several_utterances_become_one_reply_with_all_choices(
    here: Context, say: Say, turn: Callable[[int], bool], rasa_server: FakeRasa
) -> None:
    rasa_server.answers.append([{"text": "Satu."}, {"text": "Dua.", "buttons": BUTTONS}])
    number = say("halo")
    turn(number)
    [reply] = said(here, number)
    assert reply.text == "Satu.\n\nDua."
    assert [choice.label for choice in reply.choices] == ["Kampas depan", "Kampas belakang"]


def test_a_reply_too_long_for_one_message_is_cut_at_a_line_and_keeps_its_order(
    here: Context, say: Say, turn: Callable[[int], bool], rasa_server: FakeRasa
) -> None:
    lines = [f"{number}. sebuah barang dengan nama yang agak panjang" for number in range(60)]
    rasa_server.answers.append([{"text": "\n".join(lines), "buttons": YES_NO}])
    number = say("daftar semua")
    turn(number)
    parts = said(here, number)
    assert len(parts) == 2
    assert all(len(part.text) <= 1600 for part in parts)
    assert "\n".join(part.text for part in parts).splitlines() == lines
    assert [bool(part.choices) for part in parts] == [False, True]


@pytest.mark.parametrize("answer", [[], 500, None, [{"text": ""}]], ids=str)
def test_no_answer_from_the_assistant_is_never_silence(
    here: Context,
    say: Say,
    turn: Callable[[int], bool],
    rasa_server: FakeRasa,
    answer: list[dict[str, str]] | int | None,
) -> None:
    rasa_server.answers.extend([answer, answer])
    number = say("halo")
    turn(number)
    assert len(rasa_server.asked) == 2  # tried again at once: it may only be restarting
    assert [message.text for message in said(here, number)] == [
        notices.render("bot_unavailable", "id")
    ]


def test_a_turn_whose_action_failed_is_run_again_instead_of_asking_the_customer_to(
    here: Context, say: Say, turn: Callable[[int], bool], rasa_server: FakeRasa
) -> None:
    trouble = [{"text": "Maaf Kak, coba lagi"}, {"custom": {"failed_action": "action_place_order"}}]
    rasa_server.answers.append(trouble)
    number = say("ya, pesankan")
    turn(number)
    assert [message.text for message in said(here, number)] == ["re: ya, pesankan"]
    assert len({asked.metadata["turn_id"] for asked in rasa_server.asked}) == 1


def test_a_hanging_assistant_is_given_up_after_the_time_out(
    here: Context, say: Say, rasa_server: FakeRasa
) -> None:
    here.settings = here.settings.model_copy(update={"rasa_timeout_s": 0.5})
    given_up = threading.Event()

    def hang(_: Asked) -> RasaAnswer:
        given_up.wait(60)
        return None

    rasa_server.reply = hang
    number = say("halo")
    turns.take(here, tasks.assistant(here.settings), number)
    given_up.set()
    assert len(rasa_server.asked) == 1
    assert len(said(here, number)) == 1


def test_when_the_assistant_is_back_the_message_is_answered_after_all(
    here: Context, say: Say, turn: Callable[[int], bool], rasa_server: FakeRasa
) -> None:
    rasa_server.answers.extend([500, 500])
    number = say("kampas rem beat")
    turn(number)
    turn(number)
    assert len(rasa_server.asked) == 2  # not before its pause is over
    with time_machine.travel(clock.now() + timedelta(seconds=6), tick=True):
        turn(number)
    assert [message.text for message in said(here, number)][-1] == "re: kampas rem beat"
    assert len({asked.metadata["turn_id"] for asked in rasa_server.asked}) == 1


def test_the_apology_is_said_once_however_often_the_turn_is_tried(
    here: Context, say: Say, turn: Callable[[int], bool], rasa_server: FakeRasa
) -> None:
    rasa_server.answers.extend([500] * 10)
    number = say("halo")
    start = clock.now()
    for seconds in (0, 6, 20, 50):
        with time_machine.travel(start + timedelta(seconds=seconds), tick=True):
            turn(number)
    assert len(said(here, number)) == 1


def test_writing_again_to_an_absent_assistant_brings_a_person(
    here: Context, say: Say, turn: Callable[[int], bool], rasa_server: FakeRasa
) -> None:
    rasa_server.answers.extend([500] * 4)
    number = say("halo")
    start = clock.now()
    turn(number)
    say("halo?? ada orang?")
    with time_machine.travel(start + timedelta(seconds=6), tick=True):
        turn(number)
    assert talk(here, number).handler == "queue"
    with here.unit_of_work() as session:
        [handoff] = handoffs.waiting(session)
    texts = [message.text for message in said(here, number)]
    assert handoff.reason == "bot_unavailable"
    assert texts == [
        notices.render("bot_unavailable", "id"),
        notices.render("handoff_after_failure", "id", promised_at=handoff.promised_at),
    ]


def test_who_writes_again_hears_of_the_order_that_was_made_before_the_answer_was_lost(
    here: Context, say: Say, turn: Callable[[int], bool], rasa_server: FakeRasa
) -> None:
    def order(asked: Asked) -> RasaAnswer:
        if asked.message == turns.RESUME:
            return [{"text": "Pesanan sudah dibuat ya, Kak."}]
        number = int(asked.metadata["turn_id"])
        with here.unit_of_work() as session:
            effects.once(session, f"turn:{number}:order", dict, turn_id=number)
        return 500

    rasa_server.reply = order
    rasa_server.answers.extend([500, 500])
    number = say("ya, pesankan")
    start = clock.now()
    turn(number)
    say("halo?? sudah?")
    for seconds in (6, 20):
        with time_machine.travel(start + timedelta(seconds=seconds), tick=True):
            turn(number)
    assert talk(here, number).handler == "bot"
    assert "Pesanan sudah dibuat ya, Kak." in [message.text for message in said(here, number)]


def test_a_message_that_always_fails_goes_to_a_person_in_the_end(
    here: Context, say: Say, turn: Callable[[int], bool], rasa_server: FakeRasa
) -> None:
    rasa_server.reply = lambda _: 500
    number = say("pesan beracun")
    start = clock.now()
    for attempt in range(turns.MAX_ATTEMPTS):
        with time_machine.travel(start + timedelta(minutes=4 * attempt), tick=True):
            turn(number)
    assert talk(here, number).handler == "queue"


def test_a_turn_left_behind_by_a_killed_worker_is_taken_up_with_its_own_id(
    here: Context, say: Say, turn: Callable[[int], bool], rasa_server: FakeRasa
) -> None:
    number = say("mau 2")
    with here.unit_of_work() as session:
        begun = conversations.begin_turn(session, number)
    assert begun is not None
    turn(number)
    assert [asked.metadata["turn_id"] for asked in rasa_server.asked] == [begun.turn_id]
    assert len(said(here, number)) == 1


def test_a_message_that_ends_every_worker_goes_to_people_and_is_not_taken_up_for_ever(
    here: Context, say: Say, turn: Callable[[int], bool], rasa_server: FakeRasa
) -> None:
    number = say("pesan beracun")
    for _ in range(turns.MAX_ATTEMPTS):
        with here.unit_of_work() as session:
            assert conversations.begin_turn(session, number) is not None  # and the worker dies
    turn(number)
    assert rasa_server.asked == []
    assert talk(here, number).handler == "queue"
    [notice] = said(here, number)
    assert "kami teruskan ke orang toko" in notice.text


def test_a_resumed_turn_whose_effect_is_recorded_is_not_read_again(
    here: Context, say: Say, turn: Callable[[int], bool], rasa_server: FakeRasa
) -> None:
    number = say("ya, pesan")
    with here.unit_of_work() as session:
        begun = conversations.begin_turn(session, number)
        assert begun is not None
        effects.once(session, "turn:order", dict, turn_id=begun.turn_id)
    turn(number)
    assert [asked.message for asked in rasa_server.asked] == ["/resume_turn"]


def test_a_worker_that_is_to_end_finishes_its_turn_and_begins_no_other(
    asleep: Context, say: Say, turn: Callable[[int], bool], rasa_server: FakeRasa
) -> None:
    """The customer writes on while the assistant is at work."""
    conversation = say("satu")

    def writes_on(asked: Asked) -> RasaAnswer:
        say("dan lagi")
        turns.STOPPING.set()
        return [{"recipient_id": asked.sender, "text": "baik"}]

    rasa_server.reply = writes_on
    try:
        assert turn(conversation)
    finally:
        turns.STOPPING.clear()
    assert [asked.message for asked in rasa_server.asked] == ["satu"]
    with asleep.unit_of_work() as session:
        assert conversations.due_turns(session) == [conversation]
