"""What every action has in common: one transaction in a thread, an error becomes a sentence.

Rasa goes on as if nothing had happened when an action raises, so nothing here ever raises: a
refusal of the core is said as ``utter_error_<code>``, anything else is logged and answered with
``utter_trouble``. The last event always names what comes next, so Rasa never has to guess it.
"""

from __future__ import annotations

import asyncio
import logging
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from rasa_sdk.events import ActiveLoop, EventType, FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.interfaces import Action, Tracker

from actions import (
    amending,
    checkout_flow,
    commenting,
    correcting,
    dealing,
    delivering,
    hurrying,
    leftopen,
    pending,
    pointing,
    reading,
    remarking,
    wishes,
)
from actions.reply import Reply, say
from actions.turn import Turn, acted, heard
from actions.words import Words
from crm_core import catalogue, customers, db, effects
from crm_core.errors import CrmError
from crm_core.money import Rupiah, format_rupiah

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

log = logging.getLogger(__name__)

FAILED = "failed_action"
"""Beside the apology in an answer: the action that could not do its work."""
LISTEN = "action_listen"
ASKS = "action_ask_"
"""How the actions of a form begin that ask its next question, after the message was read."""
LEAVES_FORM = frozenset({"choose_part", "bike"})
"""Questions about a part that end the form for the address: their answer would go into it."""
SURE_YES = 0.8
"""Confidence below which a typed yes to an order or an ending is asked again. Our choice."""


class CrmAction(Action, ABC):
    """One action of the domain.

    ``changes``: it changes the shop's data, so it is done once per turn whatever happens.
    ``side``: it answers a question beside the matter; the open question is then asked again.
    ``of_form``: a form itself calls it, to read an answer or to ask.
    ``repeats``: it says itself what a turn has done before.
    ``needs_sure_yes``: a yes that is only guessed at does not count; the question is asked again.
    """

    action_name: ClassVar[str]
    changes: ClassVar[bool] = False
    side: ClassVar[bool] = False
    of_form: ClassVar[bool] = False
    needs_sure_yes: ClassVar[bool] = False
    repeats: ClassVar[bool] = False

    def __init__(self, sessions: db.Sessions) -> None:
        self._sessions = sessions

    def name(self) -> str:
        """The name in the domain."""
        return self.action_name

    @abstractmethod
    def perform(self, session: Session, turn: Turn) -> Reply:
        """Do the work of this turn and say what came of it. CrmError is answered by the base."""

    def in_short(self, session: Session, turn: Turn) -> Reply | None:  # noqa: ARG002 - one signature
        """What to say instead where a question or another answer follows anyway; None: the same."""
        return None

    def effect_name(self, turn: Turn) -> str:  # noqa: ARG002 - one signature
        """Under which name the effect of this turn is kept: once per turn and name."""
        return self.action_name

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Mapping[str, Any]
    ) -> list[EventType]:
        """Called by Rasa. The work waits for the database, so it runs in a thread."""
        return await asyncio.to_thread(self.answer, dispatcher, tracker, domain)

    def answer(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Mapping[str, Any]
    ) -> list[EventType]:
        """One transaction, then the words and the events; never raises."""
        responses = domain.get("responses") or {}
        active = (tracker.active_loop or {}).get("name")
        words = Words(responses, str(tracker.slots.get("language") or "id"))

        def work() -> Reply:
            nonlocal words
            with db.unit_of_work(self._sessions) as session:
                turn = Turn.read(session, tracker, responses)
                if turn.over:
                    log.warning("%s came too late and did nothing", self.action_name)
                    return Reply()
                turn = self._notice_person(session, turn)
                words = turn.words
                earlier = self._read_before(session, turn, acted(tracker))
                if earlier is not None:
                    return earlier
                asks = self.of_form and self.action_name.startswith(ASKS)
                comment = None if asks else commenting.heard(turn)
                if comment is not None:  # a form that is given nothing leaves the turn to others
                    return Reply() if self.of_form else commenting.keep(session, turn, comment)
                return self._once(session, self._own(session, turn))

        try:
            reply = db.again(work)
        except CrmError as error:
            log.info("%s refused: %s", self.action_name, error.code)
            reply = refusal(error, responses)
        except Exception:  # an exception would reach Rasa, which goes on as if all were well
            log.exception("%s failed", self.action_name)
            return self._trouble(dispatcher, words, active)
        utter(dispatcher, reply, words, heard(tracker))
        return self._events(reply, active)

    def _trouble(
        self, dispatcher: CollectingDispatcher, words: Words, active: str | None
    ) -> list[EventType]:
        """Nothing was done: the question stays open, and the mark lets the turn be run again."""
        mark = {FAILED: self.action_name}
        values: dict[str, Any] = {**words.forms}
        dispatcher.utter_message(response="utter_trouble", json_message=mark, **values)
        return [FollowupAction(active or LISTEN)]

    def _once(self, session: Session, turn: Turn) -> Reply:
        turn, note = remarking.apart(turn)

        def make() -> Reply:
            if self.needs_sure_yes and not turn.tapped and turn.confidence < SURE_YES:
                return pending.back_to(session, turn)
            waved = self.side and hurrying.waves_off(turn)
            asked = pending.back_to(session, turn) if self.side and not waved else Reply()
            follows = turn.active_form or turn.also or asked.says
            reply = self._by_context(session, turn)
            reply = reply or (self.in_short(session, turn) if follows and self.side else None)
            reply = self._with_others(session, turn, reply or self.perform(session, turn))
            if note and (reply.slots or not self.of_form):
                reply = wishes.with_remark(reply, remarking.beside(session, turn, note))
            if turn.active_form == checkout_flow.FORM and reply.awaiting in LEAVES_FORM:
                reply = reply.end_form()
            if turn.active_form and not (self.of_form or reply.leave_form or reply.form):
                return reply.told(turn.words.responses)
            reply = reply.forget("query", "quantity", "goal", "part_code") if waved else reply
            if not self.side or reply.awaiting or reply.form:
                return reply
            following = pending.back_to(session, turn) if turn.also else asked
            return (reply.without_options() if following.says else reply) + following

        contextual = amending.INTENTS | pointing.INTENTS
        once_only = self.changes or note or turn.also or turn.intent in contextual
        if turn.turn_id is None or self.of_form or not once_only:
            return make()
        return once(session, turn, self.effect_name(turn), make)

    def _by_context(self, session: Session, turn: Turn) -> Reply | None:
        """The answer to words that only mean something after what was said last; else None."""
        if self.of_form:
            return None
        corrected = correcting.remark(session, turn)
        if corrected is not None:
            return corrected
        meant = (
            dealing.elsewhere(session, turn)
            or correcting.elsewhere(session, turn)
            or amending.elsewhere(session, turn)
            or delivering.elsewhere(session, turn)
            or hurrying.elsewhere(session, turn)
        )
        other = _named(meant[0]) if meant else None
        if meant and other is not None:
            return other(self._sessions).perform(session, meant[1])
        return (
            hurrying.remark(session, turn)
            or leftopen.substitute(session, turn)
            or pointing.named_first(session, turn)
            or pointing.pointed(session, turn)
            or amending.second_thought(session, turn)
        )

    def _own(self, session: Session, turn: Turn) -> Turn:
        """The turn with its first wish only. Inside a form only the form divides."""
        served = turn.turn_id is not None and turn.slots.get("wishes_served") == turn.turn_id
        if served or (turn.active_form and not self.of_form) or correcting.is_one(turn):
            return turn

        def names_part(words: str) -> bool:
            return catalogue.names_part(catalogue.understand(session, words))

        turn = turn if self.of_form else hurrying.served_as(turn)
        return turn.divided(names_part, reading.moves_address, in_form=self.of_form)

    def _with_others(self, session: Session, turn: Turn, reply: Reply) -> Reply:
        """``reply`` with the answers to further wishes; what cannot be asked now comes later."""
        if self.of_form and not reply.slots:
            return reply  # the form found no answer: the message's own action serves it all
        kept = () if turn.intent in wishes.ENDS else wishes.left_over(turn.slots.get("later"))
        later: list[wishes.Wish] = []
        unchosen = None if self.of_form else leftopen.unchosen(session, turn, reply)
        if unchosen is not None:
            later.append(unchosen)
            reply = wishes.with_remark(reply, say("utter_wish_later", wish=unchosen.text[:80]))
        for wish in (*turn.also, *kept):
            answer = self._beside(session, turn.after(reply, wish))
            both = wishes.joined(reply, answer) if answer else reply
            if both is None:
                later.append(wish)
                if wish not in kept:
                    reply = wishes.with_remark(reply, say("utter_wish_later", wish=wish.text[:80]))
            else:  # what is asked about for the second time is let go after that
                reply = both.remember(goal="find") if wish in kept and asked_again(both) else both
        if later or turn.slots.get("later"):
            reply = reply.remember(later=[wish.to_slot() for wish in later[: wishes.MOST_LATER]])
        return reply.remember(wishes_served=turn.turn_id) if turn.also else reply

    def _beside(self, session: Session, turn: Turn) -> Reply | None:
        """The answer to a further wish by its own action; nothing of it stays when it fails."""
        action = _named(f"action_{turn.intent}")
        if action is None:
            return None
        try:
            with session.begin_nested():
                other = action(self._sessions)
                return other.in_short(session, turn) or other.perform(session, turn)
        except CrmError as error:
            return refusal(error, turn.words.responses)

    def _read_before(self, session: Session, turn: Turn, here: frozenset[str]) -> Reply | None:
        """What this turn has done already, when it was given to the assistant once before.

        A request that was given up may still be at work in the assistant. The same words then come
        once more, and meet a talk that has gone on: they would mean something else. ``here`` are
        the actions run in this reading.
        """
        if turn.turn_id is None or self.of_form or self.repeats:
            return None
        own = {f"turn:{turn.turn_id}:{name}" for name in (*here, self.action_name)}
        for key in turn.done:
            if not any(key == name or key.startswith(f"{name}:") for name in own):
                replies = map(Reply.from_json, effects.for_turn(session, turn.turn_id))
                spoken = [reply for reply in replies if reply.says]
                return spoken[-1] if spoken else None
        return None

    @staticmethod
    def _notice_person(session: Session, turn: Turn) -> Turn:
        """Keep which language they speak and how they want to be addressed; speak so at once."""
        if turn.language != turn.customer.language:
            customers.set_language(session, turn.customer, turn.language, actor=turn.actor)
        if turn.typed and turn.language == "id":
            customers.hear_honorific(session, turn.customer, turn.typed, actor=turn.actor)
        return turn.spoken_to(turn.customer.honorific)

    def _events(self, reply: Reply, active: str | None) -> list[EventType]:
        events: list[EventType] = [SlotSet(name, value) for name, value in reply.slots.items()]
        staying = active is not None and not reply.leave_form
        events.append(SlotSet("awaiting", None if staying else reply.awaiting))
        if "repairs" not in reply.slots:
            events.append(SlotSet("repairs", None))  # this turn was understood
        if active is not None and reply.leave_form:
            events += [ActiveLoop(None), SlotSet("requested_slot", None)]
        following = reply.form or (active if staying else None)
        events.append(FollowupAction(following or LISTEN))
        return events


def _named(name: str) -> type[CrmAction] | None:
    """The action of that name; None when there is none."""
    found: list[type[CrmAction]] = CrmAction.__subclasses__()
    for action in found:
        if getattr(action, "action_name", None) == name:
            return action
        found.extend(action.__subclasses__())
    return None


def once(session: Session, turn: Turn, name: str, make: Callable[[], Reply]) -> Reply:
    """``make`` done at most once in this turn under ``name``; later the stored reply comes back."""
    stored, _ = effects.once(
        session,
        f"turn:{turn.turn_id}:{name}",
        lambda: make().to_json(),
        turn_id=turn.turn_id,
        fatal=True,  # an error of an action ends its transaction
    )
    return Reply.from_json(stored)


def asked_again(reply: Reply) -> bool:
    """Whether a wish of before has come to a choice once more."""
    return reply.awaiting == "choose_part"


def refusal(error: CrmError, responses: Mapping[str, Any]) -> Reply:
    """The sentence for a refusal of the core; amounts in its facts are written as money."""
    response = f"utter_error_{error.code}"
    if response not in responses:
        return say("utter_error")
    facts = {
        name: format_rupiah(value) if isinstance(value, Rupiah) else value
        for name, value in error.facts.items()
    }
    return say(response, **facts)


def utter(
    dispatcher: CollectingDispatcher, reply: Reply, words: Words, heard: Sequence[str] = ()
) -> None:
    """Hand the sentences to Rasa, which chooses the language and fills in the variables.

    Of several wordings Rasa would take any; so the one said longest ago is sent along as text.
    """
    for said in reply.says:
        buttons = [
            {"title": option.label, "payload": option.payload, "description": option.description}
            for option in said.options
        ]
        values = {**words.forms, **said.variables}
        if said.response in words:
            values["text"] = words.fresh(said.response, heard, **said.variables)
        dispatcher.utter_message(response=said.response, buttons=buttons or None, **values)
