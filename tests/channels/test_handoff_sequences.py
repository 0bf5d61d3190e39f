"""Whatever customers, bot, two agents, clock and crashes do: one speaks and nobody is forgotten.

The real worker's code, PostgreSQL and a Rasa over HTTP that can be down; what others do while the
bot thinks happens inside its answer. ``HANDOFF_SEQUENCES=2000 pytest
tests/channels/test_handoff_sequences.py`` plays as many lives, the suite plays a few.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import time, timedelta
from itertools import count
from typing import ClassVar

import pytest
import sqlalchemy as sa
import time_machine
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy.orm import Session

from channels import clockwork, intake, tasks, turns
from channels.context import Context
from crm_core import clock, conversations, handoffs, notices, shop
from crm_core.conversations import Conversation, Message, Turn
from crm_core.errors import CrmError
from crm_core.handoffs import Handoff
from crm_core.staff import Staff
from crm_core.timeline import Actor
from crm_core.timeline.models import Entry
from tests import factories
from tests.fakes import Asked, FakeRasa, RasaAnswer

SEQUENCES = int(os.environ.get("HANDOFF_SEQUENCES", "5"))
STEPS = 20
ASKS = "mau bicara dengan orang"
MINUTES = (1, 6, 11, 20, 300)
MORE = {"promise_moved", "agent_away"}
GIVES = {
    "handed_off": "queue", "released": "queue", "taken_from_idle": "queue", "handed_back": "bot",
    "claimed": "",
}  # fmt: skip
"""What gives the word to whom ("": who did it)."""

who = st.integers(0, 1)
agent = st.integers(0, 1)
_lives = count(1)


class Shop(RuleBasedStateMachine):
    """Two customers, two agents; every life has customers of its own, the database is shared."""

    here: ClassVar[Context]
    rasa: ClassVar[FakeRasa]
    agents: ClassVar[list[int]]

    def __init__(self) -> None:
        super().__init__()
        life = next(_lives)
        self.addresses = [f"whatsapp:+62812{life:06d}{number}" for number in range(2)]
        start = factories.MOMENT + timedelta(days=life * 3)
        self.journey = time_machine.travel(start, tick=False)
        self.clock = self.journey.start()
        self.up = True
        self.meanwhile: list[Callable[[], None]] = []
        self.seen = 0
        self.rasa.reply = self.answer

    def teardown(self) -> None:
        try:
            self.everybody_gets_an_answer()
        finally:
            self.journey.stop()

    # The assistant ----------------------------------------------------------------------------

    def answer(self, asked: Asked) -> RasaAnswer:
        """As Rasa and its actions do: in another process, over another connection."""
        for deed in self.meanwhile:
            deed()
        self.meanwhile = []
        if not self.up:
            return 503
        if asked.message == ASKS:
            with self.here.unit_of_work() as session:
                talk = conversations.by_public_id(session, asked.sender)
                turn_id = asked.metadata["turn_id"]
                handoffs.request(session, talk, reason="asked", actor=Actor.bot(), turn_id=turn_id)
        return [{"text": f"re: {asked.message}"}]

    def work(self, number: int) -> None:
        """The worker is woken for a conversation."""
        talk = self.talk(number)
        if talk is None:
            return
        assistant = tasks.assistant(self.here.settings)
        try:
            turns.take(self.here, assistant, talk)
        except turns.KillsWorkersError:  # workers died over it: now in a process of its own
            turns.take(self.here, assistant, talk, apart=True)

    # What happens -----------------------------------------------------------------------------

    @rule(number=who, text=st.sampled_from(["busi beat?", ASKS, "halo", "2"]), works=st.booleans())
    def a_customer_writes(self, number: int, text: str, works: bool) -> None:
        intake.take_in(factories.inbound(text, self.addresses[number]))
        if works:
            self.work(number)

    @rule(number=who)
    def a_worker_looks(self, number: int) -> None:
        self.work(number)

    @rule(number=who, text=st.sampled_from(["busi?", ASKS]), by=agent, then=st.booleans())
    def somebody_takes_it_while_the_bot_thinks(
        self, number: int, text: str, by: int, then: bool
    ) -> None:
        def deed() -> None:
            self.an_agent_claims(number, by)
            if then:
                self.an_agent_answers(number, by)

        self.meanwhile = [deed]
        self.a_customer_writes(number, text, works=True)
        self.meanwhile = []

    @rule(number=who)
    def the_customer_writes_on_while_the_bot_thinks(self, number: int) -> None:
        address = self.addresses[number]
        self.meanwhile = [lambda: void(intake.take_in(factories.inbound(ASKS, address)))]
        self.a_customer_writes(number, "kampas rem?", works=True)
        self.meanwhile = []

    @rule(number=who)
    def the_worker_dies_in_the_middle_of_a_turn(self, number: int) -> None:
        talk = self.talk(number)
        if talk is not None:
            with self.here.unit_of_work() as session:
                conversations.begin_turn(session, talk)

    @rule()
    def the_assistant_goes_down_or_comes_back(self) -> None:
        self.up = not self.up

    @rule(number=who, by=agent)
    def an_agent_claims(self, number: int, by: int) -> None:
        self.tried(number, lambda s, talk: handoffs.claim(s, talk, s.get_one(Staff, by_id(by))))

    @rule(number=who, by=agent)
    def an_agent_answers(self, number: int, by: int) -> None:
        before = self.handler(number)
        done = self.tried(
            number, lambda s, talk: handoffs.reply(s, talk, s.get_one(Staff, by_id(by)), "Halo Kak")
        )
        assert done == (before == ("agent", by_id(by)))

    @rule(number=who, by=agent, back=st.booleans())
    def an_agent_lets_go(self, number: int, by: int, back: bool) -> None:
        verb = handoffs.hand_back if back else handoffs.release
        before = self.handler(number)
        done = self.tried(number, lambda s, talk: verb(s, talk, s.get_one(Staff, by_id(by))))
        assert done == (before == ("agent", by_id(by)))

    @rule(minutes=st.sampled_from(MINUTES))
    def time_passes(self, minutes: int) -> None:
        self.clock.shift(timedelta(minutes=minutes))

    @rule()
    def the_clocks_job_runs(self) -> None:
        clockwork.look_after_handoffs(self.here.unit_of_work)
        with self.here.unit_of_work() as session:
            for handoff in self.open(session):
                waits = handoff.state == "waiting" or handoff.first_reply_at is None
                assert not (waits and handoff.promised_at < clock.now())

    @precondition(lambda self: self.up)
    @rule()
    def the_sweep_runs(self) -> None:
        for number in (0, 1):
            self.work(number)

    # What must hold ---------------------------------------------------------------------------

    @invariant()
    def one_speaks(self) -> None:
        """What was said was said by who had the word when it was said: the history tells who had
        it in each epoch."""
        with self.here.unit_of_work() as session:
            query = sa.select(Message).where(Message.id > self.seen, Message.status != "dropped")
            for message in session.scalars(query.order_by(Message.id)):
                self.seen = message.id
                if message.author in {"bot", "agent"}:
                    holder, turn_id = self.word(session, message)
                    if message.author == "agent":
                        assert holder == f"staff {message.staff_id}"
                    else:
                        assert holder == "bot" or turn_id == message.turn_id, holder

    def word(self, session: Session, message: Message) -> tuple[str, int | None]:
        """Who had the word in a message's epoch, and the turn that gave it away, if one did."""
        query = sa.select(Entry).where(
            Entry.subject == "conversation",
            Entry.subject_id == message.conversation_id,
            Entry.action.in_(GIVES),
        )
        changes = session.scalars(query.order_by(Entry.id)).all()[: message.epoch]
        assert len(changes) == message.epoch
        if not changes:
            return "bot", None
        last = changes[-1]
        holder = GIVES[last.action] or f"staff {last.actor_id}"
        handoff = sa.select(Handoff.turn_id).where(
            Handoff.conversation_id == message.conversation_id, Handoff.turn_id == message.turn_id
        )
        own = session.scalars(handoff).first() if last.action == "handed_off" else None
        return holder, own

    @invariant()
    def who_has_the_word_is_who_the_hand_off_says(self) -> None:
        with self.here.unit_of_work() as session:
            open_ = {handoff.conversation_id: handoff for handoff in self.open(session)}
            for talk in self.talks(session):
                handoff = open_.get(talk.id)
                state = None if handoff is None else str(handoff.state)
                expected = {None: "bot", "waiting": "queue", "claimed": "agent"}[state]
                assert talk.handler == expected
                assert talk.agent_id == (handoff.agent_id if handoff else None)

    @invariant()
    def the_queue_is_in_order_and_promises_are_in_opening_hours(self) -> None:
        with self.here.unit_of_work() as session:
            waiting = handoffs.waiting(session)
            talks = {talk.public_id: talk for talk in self.talks(session)}
            for place, one in enumerate(waiting, start=1):
                talk = talks.get(one.conversation_id)
                if talk is not None:
                    assert handoffs.position(session, talk) == place
            for handoff in self.open(session):
                assert shop.is_open(session, handoff.promised_at - minutes_of(handoff))

    @invariant()
    def every_broken_promise_was_told(self) -> None:
        with self.here.unit_of_work() as session:
            ids = [talk.id for talk in self.talks(session)]
            repairs = session.scalars(
                sa.select(Handoff.repairs).where(Handoff.conversation_id.in_(ids))
            )
            told = sa.select(sa.func.count()).where(
                Message.conversation_id.in_(ids), Message.notice.in_(MORE)
            )
            assert sum(repairs) == session.scalar(told)

    def everybody_gets_an_answer(self) -> None:
        """However it stands: with time, whoever wrote has an answer, or a person who comes."""
        for _ in range(8):
            self.clock.shift(timedelta(minutes=5))
            for number in (0, 1):
                self.work(number)
        with self.here.unit_of_work() as session:
            ids = [talk.id for talk in self.talks(session)]
            in_these = Message.conversation_id.in_(ids)
            assert (
                session.scalars(sa.select(Message.id).where(in_these, Message.awaits_bot)).all()
                == []
            )
            unfinished = Turn.state.in_(("pending", "running"))
            left = sa.select(Turn.id).where(Turn.conversation_id.in_(ids), unfinished)
            assert session.scalars(left).all() == []
            for talk in self.talks(session):
                assert talk.waiting_since is None or talk.handler != "bot", "nobody answers"
        clockwork.look_after_handoffs(self.here.unit_of_work)
        self.the_people_work_off_the_queue()

    def the_people_work_off_the_queue(self) -> None:
        for number in (0, 1):
            handler, holder = self.handler(number)
            if handler == "bot":
                continue
            by = self.agents.index(holder) if holder is not None else 0
            self.an_agent_claims(number, by)
            self.an_agent_answers(number, by)
            self.an_agent_lets_go(number, by, back=True)
        self.up = True
        for number in (0, 1):
            self.work(number)
        with self.here.unit_of_work() as session:
            assert self.open(session) == []
            assert [talk.waiting_since for talk in self.talks(session)].count(None) == len(
                self.talks(session)
            )

    # How to look ------------------------------------------------------------------------------

    def talk(self, number: int) -> int | None:
        with self.here.unit_of_work() as session:
            found = conversations.of_address(session, self.addresses[number])
            return found.id if found is not None else None

    def talks(self, session: Session) -> list[Conversation]:
        found = [conversations.of_address(session, address) for address in self.addresses]
        return [talk for talk in found if talk is not None]

    def open(self, session: Session) -> list[Handoff]:
        ids = [talk.id for talk in self.talks(session)]
        query = sa.select(Handoff).where(
            Handoff.conversation_id.in_(ids), Handoff.state != "returned"
        )
        return list(session.scalars(query))

    def handler(self, number: int) -> tuple[str, int | None]:
        with self.here.unit_of_work() as session:
            talk = conversations.of_address(session, self.addresses[number])
            return ("bot", None) if talk is None else (talk.handler, talk.agent_id)

    def tried(self, number: int, verb: Callable[[Session, Conversation], object]) -> bool:
        """Whether the core allowed it."""
        try:
            with self.here.unit_of_work() as session:
                talk = conversations.of_address(session, self.addresses[number])
                if talk is None:
                    return False
                verb(session, talk)
        except CrmError:
            return False
        return True


def by_id(number: int) -> int:
    return Shop.agents[number]


def minutes_of(handoff: Handoff) -> timedelta:
    """How far after an opening its promise was made."""
    return handoffs.rules.patience(handoff.repairs) if handoff.repairs else timedelta(minutes=15)


def void(_: object) -> None:
    """What a deed returns interests nobody."""


def test_one_speaks_and_nobody_is_forgotten(
    asleep: Context, rasa_server: FakeRasa, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turns, "QUICK_RETRY_S", 0.0)
    with time_machine.travel(factories.MOMENT, tick=False), asleep.unit_of_work() as session:
        shop.set_hours(session, {day: [(time(8), time(17))] for day in range(7)})
        Shop.agents = [factories.member(session, name=name).id for name in ("Sari", "Dedi")]
    Shop.here, Shop.rasa = asleep, rasa_server
    many = settings(
        max_examples=SEQUENCES,
        stateful_step_count=STEPS,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(Shop, settings=many)  # type: ignore[no-untyped-call]


def test_a_hand_off_after_failures_names_the_time(
    asleep: Context, rasa_server: FakeRasa, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turns, "QUICK_RETRY_S", 0.0)
    rasa_server.reply = lambda _: 503
    with time_machine.travel(factories.MOMENT, tick=False) as moving:
        with asleep.unit_of_work() as session:
            shop.set_hours(session, {day: [(time(12), time(17))] for day in range(7)})
        stored = intake.take_in(factories.inbound("busi beat?"))
        for _ in range(12):
            turns.take(asleep, tasks.assistant(asleep.settings), _id(asleep, stored))
            moving.shift(60)
        with asleep.unit_of_work() as session:
            talk = conversations.by_id(session, _id(asleep, stored))
            said = [one.text for one in conversations.latest(session, talk.id)]
            (handoff,) = handoffs.waiting(session)
    at = handoff.promised_at
    assert notices.render("handoff_after_failure", "id", promised_at=at) == said[-1]
    assert talk.handler == "queue"


def _id(here: Context, stored: intake.Stored) -> int:
    with here.unit_of_work() as session:
        return conversations.conversation_id_of(session, stored.conversation_id)
