"""Handing over to a person and taking the talk up again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from actions import bargaining, lacking
from actions.base import CrmAction
from actions.handing import hand_over
from actions.reply import Reply, ask, say
from crm_core import carts, effects, orders

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from actions.turn import Turn


__all__ = ["HandedBack", "ResumeTurn", "TalkToHuman", "hand_over"]


class TalkToHuman(CrmAction):
    """A person, please."""

    action_name = "action_talk_to_human"
    changes = True

    def perform(self, session: Session, turn: Turn) -> Reply:
        """Hand over with what is known; say honestly until when somebody answers."""
        priceless = lacking.price_question(session, turn)
        if priceless is not None:
            return priceless
        return hand_over(session, turn, reason="asked", response="utter_handed_over")


class HandedBack(CrmAction):
    """A person has given the talk back: say where we are, do not begin anew."""

    action_name = "action_handed_back"

    def perform(self, session: Session, turn: Turn) -> Reply:
        """The open matter, if there is one."""
        offer = bargaining.standing(session, turn)
        if offer is not None:
            return offer.end_form()
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
    repeats = True

    def perform(self, session: Session, turn: Turn) -> Reply:
        """The stored reply of this turn; without one, ask to say it again."""
        stored = effects.for_turn(session, turn.turn_id) if turn.turn_id is not None else []
        replies = [Reply.from_json(result) for result in stored if "says" in result]
        spoken = [reply for reply in replies if reply.says]
        return spoken[-1] if spoken else say("utter_trouble")
