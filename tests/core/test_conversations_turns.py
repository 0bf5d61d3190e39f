from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from crm_core import conversations, db
from crm_core.conversations import Choice, Draft, InboundMedia, Message, Turn
from tests.factories import SITI, answered, conversation, received, work
from tests.world import at_once, committed

YES_NO = (Choice("Ya, lanjut", "/affirm"), Choice("Batal", "/deny"))


def statuses(messages: list[Message]) -> list[str]:
    return [message.status for message in messages]


def test_all_unanswered_messages_are_one_turn(session: Session) -> None:
    talk = received(session, "ada kampas rem").conversation
    received(session, "buat vario 125")
    received(session, "pesan orang lain", address=SITI)
    turn = work(session, talk)
    assert turn.text == "ada kampas rem\nbuat vario 125"
    assert (turn.attempt, turn.resumed, turn.epoch) == (1, False, 0)
    assert turn.conversation_public_id == talk.public_id
    assert turn.customer_public_id == talk.customer.public_id
    assert len(turn.message_ids) == 2


def test_nothing_is_due_once_everything_is_answered(session: Session) -> None:
    talk = received(session).conversation
    answered(session, talk, Draft("Halo Kak"))
    assert conversations.begin_turn(session, talk.id) is None
    assert conversations.due_turns(session) == []


def test_an_unfinished_turn_is_resumed_with_its_own_messages(session: Session) -> None:
    talk = received(session, "pesan 2").conversation
    first = work(session, talk)
    received(session, "halo?")
    again = work(session, talk)
    assert (again.turn_id, again.request_id) == (first.turn_id, first.request_id)
    assert (again.text, again.attempt, again.resumed) == ("pesan 2", 2, True)
    conversations.finish_turn(session, again.turn_id, [Draft("Siap")])
    assert work(session, talk).text == "halo?"


def test_an_answer_is_queued_and_its_last_choices_are_on_offer(session: Session) -> None:
    talk = received(session).conversation
    first = (Choice("A", "/a"),)
    messages = answered(session, talk, Draft("Satu", first), Draft("Dua", YES_NO), Draft("Tiga"))
    assert statuses(messages) == ["queued"] * 3
    assert [message.author for message in messages] == ["bot"] * 3
    received(session, "ya")
    assert work(session, talk).choices == YES_NO


def test_an_answer_without_choices_takes_the_old_ones_off(session: Session) -> None:
    talk = received(session).conversation
    answered(session, talk, Draft("Lanjut?", YES_NO))
    received(session, "jam buka?")
    answered(session, talk, Draft("Jam 8"))
    received(session, "ya")
    assert work(session, talk).choices == ()


def test_empty_drafts_are_not_sent(session: Session) -> None:
    talk = received(session).conversation
    assert answered(session, talk, Draft(" \n"), Draft("")) == []
    assert session.get_one(Turn, newest_turn(session)).state == "answered"


def newest_turn(session: Session) -> int:
    return session.scalars(sa.select(Turn.id).order_by(Turn.id.desc()).limit(1)).one()


def test_an_answer_made_under_an_older_epoch_is_dropped(session: Session) -> None:
    talk = received(session, "cs dong").conversation
    turn = work(session, talk)
    conversations.set_handler(session, talk, "queue")
    messages = conversations.finish_turn(session, turn.turn_id, [Draft("Halo", YES_NO)])
    assert statuses(messages) == ["dropped"]
    assert conversations.due_deliveries(session) == []
    assert talk.choices is None
    assert session.get_one(Turn, turn.turn_id).state == "dropped"
    assert "Halo" not in [view.text for view in conversations.transcript(session, talk.id)]


def test_the_turn_that_asked_for_the_hand_off_still_says_so(session: Session) -> None:
    talk = received(session, "mau bicara orang").conversation
    turn = work(session, talk)
    conversations.set_handler(session, talk, "queue", turn_id=turn.turn_id)
    messages = conversations.finish_turn(session, turn.turn_id, [Draft("Baik, admin kami bantu")])
    assert statuses(messages) == ["queued"]


def test_its_confirmation_is_dropped_once_a_person_has_taken_over(session: Session) -> None:
    talk = received(session, "mau bicara orang").conversation
    turn = work(session, talk)
    conversations.set_handler(session, talk, "queue", turn_id=turn.turn_id)
    conversations.set_handler(session, talk, "queue")
    messages = conversations.finish_turn(session, turn.turn_id, [Draft("Baik")])
    assert statuses(messages) == ["dropped"]


def test_a_hand_off_turn_left_by_a_crash_is_resumed_although_the_bot_is_mute(
    session: Session,
) -> None:
    talk = received(session, "mau bicara orang").conversation
    turn = work(session, talk)
    conversations.set_handler(session, talk, "queue", turn_id=turn.turn_id)
    assert conversations.due_turns(session) == [talk.id]
    again = work(session, talk)
    assert (again.turn_id, again.resumed) == (turn.turn_id, True)


def test_another_turn_left_by_a_crash_is_closed_after_a_hand_off(session: Session) -> None:
    talk = received(session, "halo").conversation
    turn = work(session, talk)
    conversations.set_handler(session, talk, "queue")
    assert conversations.begin_turn(session, talk.id) is None
    assert session.get_one(Turn, turn.turn_id).state == "dropped"
    assert conversations.due_turns(session) == []


def test_messages_the_bot_has_not_taken_are_the_peoples_after_a_hand_off(session: Session) -> None:
    talk = received(session, "mau bicara orang").conversation
    turn = work(session, talk)
    received(session, "cepat ya")
    conversations.set_handler(session, talk, "queue", turn_id=turn.turn_id)
    conversations.finish_turn(session, turn.turn_id, [Draft("Baik")])
    assert conversations.begin_turn(session, talk.id) is None
    conversations.set_handler(session, talk, "bot")
    assert conversations.begin_turn(session, talk.id) is None


def test_finishing_a_finished_turn_returns_the_first_answer(session: Session) -> None:
    talk = received(session).conversation
    turn = work(session, talk)
    first = conversations.finish_turn(session, turn.turn_id, [Draft("Halo")])
    again = conversations.finish_turn(session, turn.turn_id, [Draft("Halo lagi")])
    assert [message.id for message in again] == [message.id for message in first]


def test_failures_in_a_row_are_counted_and_an_answer_resets_them(session: Session) -> None:
    talk = received(session).conversation
    failures = []
    for _ in range(2):
        failures.append(conversations.fail_turn(session, work(session, talk).turn_id, "timeout"))
        received(session)
    assert [failure.failures for failure in failures] == [1, 2]
    assert not failures[1].taken_over
    answered(session, talk, Draft("Halo"))
    assert talk.bot_failures == 0


def test_a_failure_after_a_hand_off_counts_nothing_and_says_so(session: Session) -> None:
    talk = received(session).conversation
    turn = work(session, talk)
    conversations.set_handler(session, talk, "queue")
    failure = conversations.fail_turn(session, turn.turn_id, "timeout")
    assert (failure.failures, failure.taken_over) == (0, True)


def test_an_internal_turn_comes_before_new_messages(session: Session) -> None:
    talk = conversation(session)
    conversations.set_handler(session, talk, "queue")
    conversations.set_handler(session, talk, "bot")
    conversations.add_internal_turn(session, talk, "/handed_back")
    received(session, "halo")
    turn = work(session, talk)
    assert (turn.internal_payload, turn.text, turn.resumed) == ("/handed_back", "", False)
    conversations.finish_turn(session, turn.turn_id, [])
    assert work(session, talk).text == "halo"


def test_an_internal_turn_is_dropped_when_people_take_over_again(session: Session) -> None:
    talk = conversation(session)
    conversations.add_internal_turn(session, talk, "/handed_back")
    conversations.set_handler(session, talk, "queue")
    assert conversations.begin_turn(session, talk.id) is None


def test_a_photo_without_words_is_a_turn_with_media(session: Session) -> None:
    media = (InboundMedia("https://x.test/1", "image/jpeg"),)
    stored = received(session, "", media=media)
    turn = work(session, stored.conversation)
    assert (turn.text, turn.media_ids) == ("", (stored.message.media[0].id,))


def test_a_tap_on_an_offered_choice_is_its_payload(session: Session) -> None:
    talk = received(session).conversation
    answered(session, talk, Draft("Lanjut?", YES_NO))
    received(session, "Ya, lanjut", tapped_payload="/affirm", tapped_label="Ya, lanjut")
    assert work(session, talk).tapped_payload == "/affirm"


def test_a_payload_that_was_never_offered_here_is_only_words(session: Session) -> None:
    other = received(session, address=SITI).conversation
    answered(session, other, Draft("Lanjut?", YES_NO))
    talk = received(session, "x", tapped_payload="/affirm").conversation
    turn = work(session, talk)
    assert (turn.tapped_payload, turn.text) == (None, "x")


def test_people_answering_take_the_bots_choices_off(session: Session) -> None:
    talk = received(session).conversation
    answered(session, talk, Draft("Lanjut?", YES_NO))
    conversations.say(session, talk, "Pembayaran diterima", author="system")
    assert talk.choices is not None
    conversations.say(session, talk, "Halo, saya Sari", author="agent")
    assert talk.choices is None


def test_two_workers_never_hold_one_conversation(database: sa.Engine) -> None:
    lock = conversations.lock_conversation
    with database.connect() as one, database.connect() as two, lock(one, 7) as first:
        with lock(two, 7) as second, lock(two, 8) as other:
            assert (first, second, other) == (True, False, True)
        assert not one.in_transaction()
    with database.connect() as two, lock(two, 7) as now:
        assert now


def test_parallel_beginnings_give_the_messages_to_one_turn(database: sa.Engine) -> None:
    talk_id = committed(database, lambda session: received(session).conversation.id)
    results = at_once(database, *[lambda s: conversations.begin_turn(s, talk_id)] * 4)
    assert {result.turn_id for result in results if result} == {
        committed(database, lambda s: s.scalar(sa.select(Turn.id)))
    }


def test_the_answer_and_a_take_over_at_once_leave_one_speaker(database: sa.Engine) -> None:
    for attempt in range(5):
        address = f"whatsapp:+62812345678{attempt:02}"

        def begin(session: Session, address: str = address) -> tuple[int, int]:
            talk = received(session, address=address).conversation
            return talk.id, work(session, talk).turn_id

        talk_id, turn_id = committed(database, begin)

        def finish(session: Session, turn_id: int = turn_id) -> list[str]:
            return statuses(conversations.finish_turn(session, turn_id, [Draft("Halo")]))

        def take(session: Session, talk_id: int = talk_id) -> list[str]:
            talk = conversations.by_id(session, talk_id)
            conversations.set_handler(session, talk, "queue")
            reply = conversations.say(session, talk, "Sari di sini", author="agent")
            return [str(reply.id)]

        said, reply = at_once(database, finish, take)
        with db.unit_of_work(db.sessions(database)) as session:
            rows = session.execute(
                sa.select(Message.id, Message.author, Message.status).where(
                    Message.conversation_id == talk_id, Message.direction == "outbound"
                )
            ).all()
        bots = [row for row in rows if row.author == "bot"]
        assert [bot.status for bot in bots] == said
        # Either the bot spoke first, or its words were dropped; never after the person.
        assert said == ["dropped"] or bots[0].id < int(reply[0])
