"""Handing over to a person and taking the talk up again."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from actions.base import CrmAction
from actions.reply import Reply, ask, say
from actions.showing import shown
from crm_core import carts, catalogue, clock, effects, handoffs, orders, shop
from crm_core.errors import NotFound

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from actions.turn import Turn


class TalkToHuman(CrmAction):
    """A person, please."""

    action_name = "action_talk_to_human"
    changes = True

    def perform(self, session: Session, turn: Turn) -> Reply:
        """Hand over with what is known; say honestly until when somebody answers."""
        return hand_over(session, turn, reason="asked", response="utter_handed_over")


class HandedBack(CrmAction):
    """A person has given the talk back: say where we are, do not begin anew."""

    action_name = "action_handed_back"

    def perform(self, session: Session, turn: Turn) -> Reply:
        """The open matter, if there is one."""
        cart = carts.show(session, turn.customer)
        if not cart.empty:
            options = [turn.option("checkout", "checkout"), turn.option("show_cart", "show_cart")]
            count = len(cart.lines)
            return ask("utter_handed_back_cart", options, awaiting="more", count=count).end_form()
        unpaid = [
            order
            for order in orders.of_customer(session, turn.customer, only_open=True)
            if order.state == "awaiting_payment"
        ]
        if unpaid:
            return say("utter_handed_back_order", code=unpaid[0].order_code).end_form()
        return say("utter_handed_back").end_form()


class ResumeTurn(CrmAction):
    """A turn run again after a crash, whose change is already made: say what was stored with it."""

    action_name = "action_resume_turn"

    def perform(self, session: Session, turn: Turn) -> Reply:
        """The stored reply of this turn; without one, ask to say it again."""
        stored = effects.for_turn(session, turn.turn_id) if turn.turn_id is not None else []
        replies = [Reply.from_json(result) for result in stored if "says" in result]
        spoken = [reply for reply in replies if reply.says]
        return spoken[-1] if spoken else say("utter_trouble")


def hand_over(session: Session, turn: Turn, *, reason: str, response: str) -> Reply:
    """Ask for a person and say when: ``response``, or its ``_later`` form outside hours."""
    handoff = handoffs.request(
        session,
        turn.conversation,
        reason=reason,
        actor=turn.actor,
        wish=_wish(session, turn),
        turn_id=turn.turn_id,
        angry=turn.angry,
    )
    is_open = shop.is_open(session, clock.now())
    when = turn.words.moment(handoff.promised_at)
    return say(response if is_open else f"{response}_later", when=when).end_form()


def _wish(session: Session, turn: Turn) -> str | None:
    """What they said last, and the search or part that was being talked about."""
    about = str(turn.slots.get("query") or "")
    code = turn.slots.get("part_code")
    if not about and code:
        with contextlib.suppress(NotFound):
            about = shown(catalogue.find_part(session, str(code)).name)
    if not turn.typed:
        return about or None
    return f"{turn.typed} ({about})" if about else turn.typed
