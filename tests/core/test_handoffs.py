"""Hand-offs: one speaker at a time and one owner."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine
from sqlalchemy.orm import Session

from crm_core import clock, conversations, handoffs
from crm_core.conversations import Conversation, Draft, Message
from crm_core.errors import Conflict, InvalidInput, NotAllowed
from crm_core.handoffs import Handoff, HandoffState
from crm_core.staff import Staff
from crm_core.timeline import Actor
from tests import factories, selling
from tests.world import at_once, committed


@pytest.fixture
def talk(session: Session) -> Conversation:
    return factories.conversation(session)


@pytest.fixture
def sari(session: Session) -> Staff:
    return factories.member(session, name="Sari")


@pytest.fixture
def dedi(session: Session) -> Staff:
    return factories.member(session, name="Dedi")


def ask(session: Session, talk: Conversation, reason: str = "asked") -> Handoff:
    return handoffs.request(
        session, talk, reason=reason, actor=Actor.customer(talk.customer), wish="mau tanya stok"
    )


def said(session: Session, author: str) -> list[str]:
    query = sa.select(Message.text).where(Message.author == author).order_by(Message.id)
    return list(session.scalars(query))


def test_asking_puts_the_conversation_into_the_queue_and_mutes_the_bot(
    session: Session, talk: Conversation
) -> None:
    epoch = talk.epoch
    with time_machine.travel(factories.MOMENT, tick=False):
        handoff = ask(session, talk)
        assert handoff.promised_at == clock.now() + timedelta(minutes=15)
    assert (handoff.state, talk.handler, talk.epoch) == ("waiting", "queue", epoch + 1)
    factories.received(session, "halo?")
    assert conversations.begin_turn(session, talk.id) is None


def test_asking_again_is_the_same_hand_off(session: Session, talk: Conversation) -> None:
    first = ask(session, talk)
    epoch = talk.epoch
    again = ask(session, talk, reason="anger")
    assert (again.id, again.reason, talk.epoch) == (first.id, "asked", epoch)


def test_a_turn_that_hands_off_may_still_say_so_and_later_ones_may_not(
    session: Session, talk: Conversation
) -> None:
    factories.received(session, "mau bicara sama orang")
    work = factories.work(session, talk)
    handoffs.request(
        session, talk, reason="asked", actor=Actor.customer(talk.customer), turn_id=work.turn_id
    )
    conversations.finish_turn(session, work.turn_id, [Draft("Sebentar ya Kak, admin datang.")])
    assert said(session, "bot")[-1] == "Sebentar ya Kak, admin datang."
    statuses = session.scalars(sa.select(Message.status).where(Message.author == "bot")).all()
    assert statuses[-1] == "queued"


def test_a_turn_of_before_the_hand_off_says_nothing(session: Session, talk: Conversation) -> None:
    factories.received(session, "kampas rem beat ada?")
    work = factories.work(session, talk)
    ask(session, talk)
    conversations.finish_turn(session, work.turn_id, [Draft("Ada Kak.")])
    statuses = session.scalars(sa.select(Message.status).where(Message.author == "bot")).all()
    assert statuses[-1] == "dropped"


def test_a_hand_off_needs_a_reason(session: Session, talk: Conversation) -> None:
    with pytest.raises(InvalidInput) as refused:
        ask(session, talk, reason=" ")
    assert refused.value.code == "reason_missing"
    assert talk.handler == "bot"


def test_the_first_agent_has_it_and_the_second_learns_who(
    session: Session, talk: Conversation, sari: Staff, dedi: Staff
) -> None:
    ask(session, talk)
    handoff = handoffs.claim(session, talk, sari)
    assert (handoff.state, talk.handler, talk.agent_id) == ("claimed", "agent", sari.id)
    with pytest.raises(Conflict) as refused:
        handoffs.claim(session, talk, dedi)
    assert selling.refusal(refused.value) == ("already_claimed", {"by": "Sari"})
    assert handoffs.claim(session, talk, sari).id == handoff.id
    assert talk.agent_id == sari.id


def test_a_conversation_may_be_taken_from_the_bot(
    session: Session, talk: Conversation, sari: Staff
) -> None:
    handoff = handoffs.claim(session, talk, sari)
    assert (handoff.reason, handoff.state, talk.handler) == ("taken_over", "claimed", "agent")
    assert said(session, "system") == []


def test_somebody_who_waited_is_told_who_is_there(
    session: Session, talk: Conversation, sari: Staff
) -> None:
    with time_machine.travel(factories.MOMENT, tick=False) as clock_:
        ask(session, talk)
        clock_.shift(61)
        handoffs.claim(session, talk, sari)
    (text,) = said(session, "system")
    assert text.startswith("Halo Kak, ini Sari.")


def test_somebody_who_has_just_asked_is_not_disturbed(
    session: Session, talk: Conversation, sari: Staff
) -> None:
    with time_machine.travel(factories.MOMENT, tick=False) as clock_:
        ask(session, talk)
        clock_.shift(59)
        handoffs.claim(session, talk, sari)
    assert said(session, "system") == []


def test_only_who_has_it_answers(
    session: Session, talk: Conversation, sari: Staff, dedi: Staff
) -> None:
    ask(session, talk)
    with pytest.raises(NotAllowed) as refused:
        handoffs.reply(session, talk, sari, "Halo")
    assert selling.refusal(refused.value) == ("not_claimed_by_you", {"by": None})
    handoffs.claim(session, talk, sari)
    with pytest.raises(NotAllowed) as refused:
        handoffs.reply(session, talk, dedi, "Halo")
    assert selling.refusal(refused.value) == ("not_claimed_by_you", {"by": "Sari"})
    assert said(session, "agent") == []


def test_an_answer_goes_out_under_the_agents_name(
    session: Session, talk: Conversation, sari: Staff
) -> None:
    ask(session, talk)
    handoff = handoffs.claim(session, talk, sari)
    factories.received(session, "halo?")
    message = handoffs.reply(session, talk, sari, "Ada Kak, stoknya 3.")
    assert (message.author, message.staff_id, message.status) == ("agent", sari.id, "queued")
    assert handoff.first_reply_at is not None
    assert talk.unread == 0


def test_an_empty_answer_is_refused(session: Session, talk: Conversation, sari: Staff) -> None:
    handoffs.claim(session, talk, sari)
    with pytest.raises(InvalidInput):
        handoffs.reply(session, talk, sari, "  ")
    assert said(session, "agent") == []


def test_handing_back_lets_the_bot_speak_and_tells_it(
    session: Session, talk: Conversation, sari: Staff
) -> None:
    ask(session, talk)
    handoffs.claim(session, talk, sari)
    epoch = talk.epoch
    handoff = handoffs.hand_back(session, talk, sari, note="stok dicek")
    assert (handoff.state, handoff.note) == (HandoffState.RETURNED, "stok dicek")
    assert (talk.handler, talk.agent_id, talk.epoch) == ("bot", None, epoch + 1)
    work = conversations.begin_turn(session, talk.id)
    assert work is not None
    assert work.internal_payload == "/handed_back"
    assert ask(session, talk).id != handoff.id


def test_only_who_has_it_or_a_manager_hands_it_back(
    session: Session, talk: Conversation, sari: Staff, dedi: Staff
) -> None:
    handoffs.claim(session, talk, sari)
    with pytest.raises(NotAllowed):
        handoffs.hand_back(session, talk, dedi)
    assert talk.handler == "agent"
    manager = factories.member(session, role="manager", name="Rina")
    handoffs.hand_back(session, talk, manager)
    assert talk.handler == "bot"


def test_what_the_bot_has_cannot_be_handed_back(
    session: Session, talk: Conversation, sari: Staff
) -> None:
    epoch = talk.epoch
    with pytest.raises(NotAllowed):
        handoffs.hand_back(session, talk, sari)
    assert (talk.handler, talk.epoch) == ("bot", epoch)


def test_an_agent_can_pass_it_on_to_a_colleague_with_its_packet(
    session: Session, talk: Conversation, sari: Staff, dedi: Staff
) -> None:
    first = ask(session, talk)
    handoffs.claim(session, talk, sari)
    handoffs.release(session, talk, sari, note="perlu orang gudang")
    assert (talk.handler, first.agent_id, first.state) == ("queue", None, "waiting")
    taken = handoffs.claim(session, talk, dedi)
    assert (taken.id, taken.note, talk.agent_id) == (first.id, "perlu orang gudang", dedi.id)


def test_somebody_who_left_cannot_claim(session: Session, talk: Conversation, sari: Staff) -> None:
    sari.active = False
    with pytest.raises(NotAllowed) as refused:
        handoffs.claim(session, talk, sari)
    assert refused.value.code == "staff_inactive"
    assert talk.handler == "bot"


def test_of_two_agents_who_claim_at_once_one_has_it(database: sa.Engine) -> None:
    def prepare(session: Session) -> tuple[int, list[int]]:
        talk = factories.conversation(session)
        ask(session, talk)
        return talk.id, [factories.member(session, name=name).id for name in ("Sari", "Dedi")]

    talk_id, agents = committed(database, prepare)

    def claim(session: Session, staff_id: int) -> str:
        talk, staff = session.get_one(Conversation, talk_id), session.get_one(Staff, staff_id)
        handoffs.claim(session, talk, staff)
        return staff.name

    results = at_once(database, *[lambda s, a=agent: claim(s, a) for agent in agents])
    (winner,) = [result for result in results if isinstance(result, str)]
    (refused,) = [result for result in results if not isinstance(result, str)]
    assert selling.refusal(refused) == ("already_claimed", {"by": winner})


def test_asked_for_many_times_at_once_it_is_one_hand_off(database: sa.Engine) -> None:
    talk_id = committed(database, lambda session: factories.conversation(session).id)

    def request(session: Session) -> int:
        return ask(session, session.get_one(Conversation, talk_id)).id

    results = at_once(database, *[request] * 6)
    assert len(set(results)) == 1
    with Session(database) as session:
        assert session.get_one(Conversation, talk_id).epoch == 1
