"""Messages that were not understood, and trainings, on the real database."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine
from sqlalchemy.orm import Session

from crm_core import conversations, customers, db, learning, timeline
from crm_core.conversations import Draft, Message
from crm_core.errors import Conflict, CrmError, InvalidInput, NotFound
from crm_core.learning import Figures, Misunderstood, Reason, State, Training
from crm_core.timeline import Actor
from tests import factories
from tests.factories import BUDI, MOMENT, SITI

GOOD = Figures(1000, 950, 900, {"formal": 950})
SYSTEM = Actor.system("test")


def noted(session: Session, text: str, address: str = BUDI, **more: object) -> Misunderstood:
    message = factories.received(session, text, address).message
    more = {"reason": Reason.FALLBACK, "ranking": [("find_part", 0.214)]} | more
    row = learning.note(session, message.id, text=text, language="id", **more)  # type: ignore[arg-type]
    assert row is not None
    return row


def states(session: Session) -> list[tuple[str, str | None]]:
    rows = session.scalars(sa.select(Misunderstood).order_by(Misunderstood.id))
    return [(row.state, row.label) for row in rows]


def labelled(session: Session, text: str, intent: str = "find_part") -> Misunderstood:
    row = noted(session, text)
    learning.label(session, row.id, intent, actor=SYSTEM, staff=None)
    return row


def trained(session: Session, after: Figures = GOOD, learned: Mapping[str, str] | None = None) -> bool:  # fmt: skip # noqa: E501
    training = learning.request(session, SYSTEM)
    assert learning.begin(session, training.id)
    texts = [one for one in learning.labelled_texts(session) if not one.measures]
    known = learned or {one.key: one.label for one in texts}
    return learning.finish(
        session, training.id, before=GOOD, after=after, learned=known, labels=len(known)
    )


def test_the_names_and_streets_of_the_customers_record_are_not_kept(session: Session) -> None:
    customer = factories.received(session, "halo", BUDI).conversation.customer
    customer.name = "Budi Santoso"
    customers.remember_address(
        session,
        customer,
        recipient_name="Rina",
        phone=None,
        address="Jl. Merdeka 7",
        district_id=None,
    )
    row = noted(session, "punya santoso kirim ke rina di jl merdeka 7, kiprok sapa tau")
    assert row.text == "punya ‹nama› kirim ke ‹nama› di ‹alamat›, kiprok sapa tau"


def test_a_message_is_on_the_list_once_with_the_guess_in_per_mille(session: Session) -> None:
    row = noted(session, "stang seher wa 081234567890")
    again = learning.note(session, row.message_id, text="lain", language="id", reason=Reason.FLAGGED)  # fmt: skip # noqa: E501
    assert again is row
    assert (row.text, row.guess, row.confidence) == ("stang seher wa 0812xxxxxxxx", "find_part", 214)  # fmt: skip # noqa: E501
    assert row.ranking == [["find_part", 214]]


def test_a_message_without_words_is_not_on_the_list(session: Session) -> None:
    message = factories.received(session, "").message
    assert learning.note(session, message.id, text=" ", language="id", reason=Reason.FALLBACK) is None  # fmt: skip # noqa: E501


def test_what_the_shop_said_cannot_be_on_the_list(session: Session) -> None:
    talk = factories.conversation(session)
    said = session.scalars(
        sa.select(Message).where(
            Message.conversation_id == talk.id, Message.direction == "outbound"
        )
    ).first()
    assert said is not None
    with pytest.raises(NotFound, match="message_not_found"):
        learning.note(session, said.id, text="halo", language="id", reason=Reason.FLAGGED)


def test_equal_messages_are_one_row_counted_together(session: Session) -> None:
    noted(session, "stang seher")
    newest = noted(session, "Stang  SEHER??", SITI)
    noted(session, "lain lagi")
    rows = learning.listing(session).items
    assert [(row.text, row.times) for row in rows] == [("Stang SEHER??", 2), ("lain lagi", 1)]
    assert rows[0].id == newest.id
    assert [row.times for row in learning.listing(session, order="newest").items] == [1, 2]
    assert learning.counts(session) == learning.Counts(2, 0, 0, 0, 0)


@pytest.mark.parametrize("order", learning.ORDERS)
def test_the_list_is_leafed_through_without_gap_or_repeat(session: Session, order: str) -> None:
    for number in range(7):
        for _ in range(1 + number % 3):
            noted(session, f"pesan {number}")
    whole = [row.text for row in learning.listing(session, order=order).items]
    seen: list[str] = []
    cursor = None
    while True:
        part = learning.listing(session, order=order, cursor=cursor, limit=2)
        seen += [row.text for row in part.items]
        cursor = part.next
        if cursor is None:
            break
    assert len(whole) == 7
    assert seen == whole


@pytest.mark.parametrize("cursor", ["x", "1", "1-", "-1-1", "1-1;drop", "9" * 40 + "-1"])
def test_a_cursor_that_is_none_is_refused(session: Session, cursor: str) -> None:
    with pytest.raises(InvalidInput, match="cursor_invalid"):
        learning.listing(session, cursor=cursor)


def test_one_label_settles_the_same_words_everywhere_and_is_on_the_record(session: Session) -> None:
    noted(session, "stang seher")
    row = noted(session, "STANG SEHER", SITI)
    noted(session, "lain")
    sari = factories.member(session)
    settled = learning.label(session, row.id, "find_part", actor=Actor.of_staff(sari), staff=sari)
    assert settled == 2
    assert states(session) == [("labelled", "find_part")] * 2 + [("open", None)]
    entry = timeline.entries(session, subject="misunderstood")[0]
    assert (entry.action, entry.actor_name) == ("labelled", "Sari")
    assert entry.facts == {"intent": "find_part", "messages": 2}
    assert learning.listing(session, state=State.LABELLED).items[0].decided_by == "Sari"


def test_a_label_that_is_no_intent_changes_nothing(session: Session) -> None:
    row = noted(session, "stang seher")
    with pytest.raises(InvalidInput, match="intent_unknown"):
        learning.label(session, row.id, "nlu_fallback", actor=SYSTEM, staff=None)
    assert states(session) == [("open", None)]


def test_a_customer_cannot_label(session: Session) -> None:
    row = noted(session, "stang seher")
    actor = Actor.customer(row.conversation.customer)
    with pytest.raises(Conflict, match="illegal_transition"):
        learning.label(session, row.id, "find_part", actor=actor, staff=None)
    assert states(session) == [("open", None)]


def test_the_same_words_later_follow_the_decision(session: Session) -> None:
    labelled(session, "stang seher")
    learning.dismiss(session, noted(session, "asdf").id, actor=SYSTEM, staff=None)
    noted(session, "Stang seher?", SITI)
    noted(session, "asdf", SITI)
    assert states(session)[2:] == [("labelled", "find_part"), ("dismissed", None)]


def test_words_that_were_learned_and_still_not_understood_are_open_again(session: Session) -> None:
    labelled(session, "stang seher")
    assert trained(session)
    noted(session, "stang seher", SITI)
    assert states(session)[1] == ("open", None)


def test_words_that_need_another_lesson_are_not_counted_as_learned(session: Session) -> None:
    labelled(session, "stang seher")
    assert trained(session)
    row = noted(session, "stang seher??", SITI)
    learning.label(session, row.id, "find_part", actor=SYSTEM, staff=None)
    [text] = learning.labelled_texts(session)
    assert text.learned is False
    assert text.wordings == ("stang seher??", "stang seher")
    assert learning.counts(session).to_learn == 1


def test_the_newest_label_counts_for_all_the_same_words(session: Session) -> None:
    labelled(session, "stang seher")
    assert trained(session)
    row = noted(session, "stang seher", SITI)
    learning.label(session, row.id, "order_part", actor=SYSTEM, staff=None)
    assert states(session) == [("labelled", "order_part")] * 2
    assert [(one.label, one.learned) for one in learning.labelled_texts(session)] == [
        ("order_part", False)
    ]


def test_a_decision_can_be_taken_back(session: Session) -> None:
    row = labelled(session, "stang seher")
    learning.reopen(session, row.id, actor=SYSTEM, staff=None)
    assert states(session) == [("open", None)]
    assert learning.counts(session).to_learn == 0


def test_a_flagged_message_is_labelled_at_once_in_the_customers_language(session: Session) -> None:
    message = factories.received(session, "udah tak tf ye").message
    row = learning.flag(session, message.id, "report_payment", actor=SYSTEM, staff=None)
    assert (row.reason, row.state, row.label) == ("flagged", "labelled", "report_payment")
    learning.flag(session, message.id, "order_status", actor=SYSTEM, staff=None)
    assert states(session) == [("labelled", "order_status")]


def test_a_photo_without_words_cannot_be_flagged(session: Session) -> None:
    message = factories.received(session, "").message
    with pytest.raises(InvalidInput, match="text_missing"):
        learning.flag(session, message.id, "find_part", actor=SYSTEM, staff=None)
    assert states(session) == []


def test_the_row_goes_with_its_message(session: Session) -> None:
    row = noted(session, "stang seher")
    session.execute(sa.delete(Message).where(Message.id == row.message_id))
    assert session.scalar(sa.select(sa.func.count(Misunderstood.id))) == 0


def test_what_is_labelled_otherwise_during_a_training_waits_for_the_next(session: Session) -> None:
    row = labelled(session, "stang seher")
    training = learning.request(session, SYSTEM)
    assert learning.begin(session, training.id)
    learned = {one.key: one.label for one in learning.labelled_texts(session)}
    learning.label(session, row.id, "order_part", actor=SYSTEM, staff=None)
    assert learning.finish(session, training.id, before=GOOD, after=GOOD, learned=learned, labels=1)
    assert learning.counts(session).to_learn == 1


def test_a_training_that_makes_nothing_worse_is_taken(session: Session) -> None:
    labelled(session, "stang seher")
    assert trained(session)
    assert learning.counts(session) == learning.Counts(0, 1, 0, 0, 0)
    [view] = learning.latest_trainings(session)
    assert (view.state, view.labels, view.before, view.after) == ("taken", 1, GOOD, GOOD)
    assert view.busy is False


def test_a_training_that_makes_a_register_worse_leaves_the_labels_unlearned(
    session: Session,
) -> None:
    labelled(session, "stang seher")
    assert not trained(session, Figures(1000, 960, 900, {"formal": 944}))
    assert learning.counts(session).to_learn == 1
    [view] = learning.latest_trainings(session)
    assert (view.state, view.worse) == ("refused", ("formal",))


def test_without_new_labels_there_is_nothing_to_train(session: Session) -> None:
    noted(session, "stang seher")
    with pytest.raises(Conflict, match="nothing_to_learn"):
        learning.request(session, SYSTEM)
    assert session.scalar(sa.select(sa.func.count(Training.id))) == 0


def test_a_second_training_waits_until_the_first_has_ended(session: Session) -> None:
    labelled(session, "stang seher")
    first = learning.request(session, SYSTEM)
    with pytest.raises(Conflict, match="training_busy"):
        learning.request(session, SYSTEM)
    learning.fail(session, first.id, "training_failed")
    assert learning.request(session, SYSTEM).id > first.id


def test_a_training_begins_once(session: Session) -> None:
    labelled(session, "stang seher")
    training = learning.request(session, SYSTEM)
    assert learning.requested(session) == [training.id]
    assert learning.begin(session, training.id) is True
    assert learning.begin(session, training.id) is False
    assert learning.requested(session) == []


def test_a_training_that_was_ended_meanwhile_is_not_taken(session: Session) -> None:
    labelled(session, "stang seher")
    training = learning.request(session, SYSTEM)
    learning.begin(session, training.id)
    learning.fail(session, training.id, "interrupted")
    with pytest.raises(Conflict, match="training_over"):
        learning.finish(session, training.id, before=GOOD, after=GOOD, learned={}, labels=0)
    assert learning.counts(session).to_learn == 1


def test_with_thirty_labels_a_third_measures_and_never_learns(session: Session) -> None:
    for number in range(30):
        labelled(session, f"pesan nomor {number}")
    training = learning.request(session, SYSTEM)
    learning.begin(session, training.id)
    texts = learning.labelled_texts(session)
    held = {one.key for one in texts if one.measures}
    assert held == {one.key for one in texts if learning.rules.held_back(one.key)}
    assert 3 < len(held) < 18
    counts = learning.counts(session)
    assert (counts.measuring, counts.to_learn) == (len(held), 30 - len(held))


def test_with_fewer_labels_all_are_learned(session: Session) -> None:
    for number in range(29):
        labelled(session, f"pesan nomor {number}")
    assert trained(session)
    assert learning.counts(session) == learning.Counts(0, 29, 0, 0, 0)


def test_a_training_whose_process_is_gone_ends_as_interrupted(database: sa.Engine) -> None:
    sessions = db.sessions(database)
    with db.unit_of_work(sessions) as session:
        labelled(session, "stang seher")
        training = learning.request(session, SYSTEM)
    with database.connect() as connection, learning.alone(connection) as mine:
        assert mine
        with db.unit_of_work(sessions) as session:
            learning.begin(session, training.id)
        with database.connect() as other, learning.alone(other) as theirs:
            assert theirs is False
        with db.unit_of_work(sessions) as session:
            assert learning.end_interrupted(session) == 0
    with db.unit_of_work(sessions) as session:
        assert learning.end_interrupted(session) == 1
        [view] = learning.latest_trainings(session)
        assert (view.state, view.error) == ("failed", "interrupted")


def test_a_training_that_nobody_takes_up_ends_after_an_hour(session: Session) -> None:
    with time_machine.travel(MOMENT, tick=False) as clock:
        labelled(session, "stang seher")
        learning.request(session, SYSTEM)
        assert learning.end_interrupted(session) == 0
        clock.shift(timedelta(hours=1, seconds=1))
        assert learning.end_interrupted(session) == 1


def test_a_days_turns_are_counted_by_what_became_of_them(session: Session) -> None:
    with time_machine.travel(MOMENT, tick=False):
        for intent, outcome in (("greet", None), ("find_part", None), ("nlu_fallback",
                                "asked_again"), ("nlu_fallback", "handed_over")):  # fmt: skip
            talk = factories.received(session, f"pesan {outcome} {intent}").conversation
            work = factories.work(session, talk)
            conversations.note_reading(session, work.turn_id, intent, 700)
            if outcome:
                conversations.note_outcome(session, work.turn_id, outcome)
            conversations.finish_turn(session, work.turn_id, [Draft("ya")])
        factories.conversation(session, SITI)  # a turn that no action read
        [day] = learning.by_day(session)
        assert (day.day.isoformat(), day.turns) == ("2026-11-20", 4)
        assert (day.understood, day.asked_again, day.handed_over) == (2, 1, 1)
        assert day.percent(day.understood) == 50


def test_the_first_reading_of_a_turn_counts_and_a_burst_is_one_text(session: Session) -> None:
    factories.received(session, "kampas rem")
    talk = factories.received(session, "beat").conversation
    work = factories.work(session, talk)
    conversations.note_reading(session, work.turn_id, "find_part", 812)
    conversations.note_reading(session, work.turn_id, "greet", 900)
    assert learning.read_turns(session, days=1) == [
        learning.ReadTurn("kampas rem\nbeat", "find_part", 812)
    ]


def test_unknown_rows_are_not_found(session: Session) -> None:
    for act in (learning.dismiss, learning.reopen):
        with pytest.raises(CrmError, match="misunderstood_not_found"):
            act(session, 4711, actor=SYSTEM, staff=None)
