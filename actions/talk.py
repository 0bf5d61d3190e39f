"""Small talk, and answers that stand alone: yes, no, a bare value."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from actions import cart, checkout_flow, commenting, finding, pending, reading, repair
from actions.base import CrmAction
from actions.orders import status
from actions.reply import Option, Reply, Say, ask, command, say
from crm_core import carts, catalogue, customers, honorifics, orders, shipping, shop
from crm_core.codes import ORDER, read_code
from crm_core.complaints import Mood
from crm_core.complaints.rules import mood

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from actions.turn import Turn


class Greet(CrmAction):
    """Hello."""

    action_name = "action_greet"
    changes = True
    side = True

    def perform(self, session: Session, turn: Turn) -> Reply:
        """Greet by name when it is known, and say what one can write; a part named is searched."""
        if _asks_for_part(session, turn):
            return finding.find(session, turn, turn.text)  # "bro ad seher beat ga"
        name = shop.facts(session).get("name", "Sapa")
        if turn.customer.name:
            first = honorifics.bare(turn.customer.name).split()[0]
            return say("utter_greet_name", shop=name, customer=first)
        return say("utter_greet", shop=name)

    def in_short(self, session: Session, turn: Turn) -> Reply | None:
        """Only hello."""
        return None if _asks_for_part(session, turn) else say("utter_greet_short")


def _asks_for_part(session: Session, turn: Turn) -> bool:
    return not turn.tapped and finding.names_part(catalogue.understand(session, turn.typed))


class Goodbye(CrmAction):
    """Bye."""

    action_name = "action_goodbye"

    def perform(self, session: Session, turn: Turn) -> Reply:
        """Say goodbye; remind of a cart that is left behind."""
        if not carts.show(session, turn.customer).empty and not turn.active_form:
            return ask("utter_goodbye_cart", [turn.option("checkout", "checkout")])
        return say("utter_goodbye")


class Thank(CrmAction):
    """Thanks."""

    action_name = "action_thank"
    side = True

    def perform(self, session: Session, turn: Turn) -> Reply:
        """You are welcome, and what else; praise is kept for those it is about."""
        kept = commenting.keep_praise(session, turn)
        return say("utter_praise_kept" if kept else "utter_thank")

    def in_short(self, session: Session, turn: Turn) -> Reply:  # noqa: ARG002 - one signature
        """Only that they are welcome."""
        return say("utter_thank_short")


class Help(CrmAction):
    """What can you do?"""

    action_name = "action_help"
    side = True

    def perform(self, session: Session, turn: Turn) -> Reply:  # noqa: ARG002 - one signature
        """Examples to copy, and the way to a person."""
        return ask("utter_help", [turn.option("person", "talk_to_human")])


class BotChallenge(CrmAction):
    """Are you a bot?"""

    action_name = "action_bot_challenge"
    side = True

    def perform(self, session: Session, turn: Turn) -> Reply:  # noqa: ARG002 - one signature
        """Yes, and people are near."""
        return ask("utter_bot", [turn.option("person", "talk_to_human")])


class ChangeLanguage(CrmAction):
    """Speak English, please."""

    action_name = "action_change_language"
    side = True

    def perform(self, session: Session, turn: Turn) -> Reply:
        """Go on in the language asked for, which the customer keeps."""
        wanted = reading.two_languages(turn.typed) or turn.entity("language")
        if wanted not in {"id", "en"}:
            options = [
                Option("Bahasa Indonesia", command("change_language", language="id")),
                Option("English", command("change_language", language="en")),
            ]
            return ask("utter_which_language", options)
        customers.set_language(session, turn.customer, str(wanted), actor=turn.actor)
        return say(f"utter_language_{wanted}").remember(language=wanted)


class Repeat(CrmAction):
    """Say that again."""

    action_name = "action_repeat"

    def perform(self, session: Session, turn: Turn) -> Reply:  # noqa: ARG002 - one signature
        """The last reply word for word with its choices; an open question stays open."""
        if turn.active_form:
            return Reply()
        if not turn.last_said:
            return say("utter_nothing_to_repeat")
        says = tuple(
            Say("utter_verbatim", {"words": text}, options) for text, options in turn.last_said
        )
        return Reply(says, awaiting=turn.awaiting)


class OutOfScope(CrmAction):
    """Something a parts shop has no answer for."""

    action_name = "action_out_of_scope"
    changes = True
    side = True

    def perform(self, session: Session, turn: Turn) -> Reply:
        """Say so kindly and what we can do. Words of no language at all are not understood, and a
        curse is no topic: it brings an apology and a person.
        """
        cursing = turn.angry and mood(turn.typed) == Mood.ANGRY  # capitals alone may be a spammer's
        if cursing or (turn.entity("language") is None and not turn.tapped):
            return repair.climb(session, turn)
        return ask("utter_out_of_scope", [turn.option("person", "talk_to_human")])


_GOES_ON = re.compile(
    r"\b(?:la?nj[ua]?t\w*|lnjt\w*|terus(?:kan|in)|proses\w*|go on|continue|proceed|go ahead)\b",
    re.IGNORECASE,
)


class Affirm(CrmAction):
    """A yes that answers no open question."""

    action_name = "action_affirm"

    def perform(self, session: Session, turn: Turn) -> Reply:
        """The most likely next step: the cart, else ask what is meant."""
        if turn.active_form:
            return Reply()
        if turn.awaiting == "choose_part":
            return ask("utter_affirm_choose", pending.offered(turn), awaiting="choose_part")
        if turn.awaiting == "which_order":
            return ask("utter_affirm_which", awaiting="which_order")
        if not carts.show(session, turn.customer).empty:
            if not turn.tapped and _GOES_ON.search(turn.typed):
                return checkout_flow.begin(session, turn)
            options = finding.more_options(turn)
            return ask("utter_affirm_cart", options, awaiting="more")
        return say("utter_affirm_nothing")


class Deny(CrmAction):
    """A no that answers no open question."""

    action_name = "action_deny"

    def perform(self, session: Session, turn: Turn) -> Reply:  # noqa: ARG002 - one signature
        """All right; inside a form it ends the form."""
        if turn.active_form:
            ended = (
                "utter_checkout_left" if turn.active_form == "checkout_form" else "utter_form_left"
            )
            return say(ended).end_form().forget("complaint_text", "complaint_goal")
        return say("utter_deny").forget("query", "quantity", "goal")


class Decline(CrmAction):
    """The no to an offer: a part, a person, a wish."""

    action_name = "action_decline"

    def perform(self, session: Session, turn: Turn) -> Reply:  # noqa: ARG002 - one signature
        """Drop the offer and stay helpful."""
        return say("utter_declined").forget("query", "quantity", "goal", "part_code")


class DeclineMore(CrmAction):
    """The no to "anything else?": on to checkout, unless it calls everything off."""

    action_name = "action_decline_more"
    changes = True

    def perform(self, session: Session, turn: Turn) -> Reply:
        """ "Itu aja" means done; "ga jadi" means the cart may be emptied."""
        if carts.show(session, turn.customer).empty:
            return say("utter_deny")
        if reading.calls_off(turn.typed):
            options = [turn.option("yes", "affirm"), turn.option("no", "deny")]
            return ask("utter_ask_clear_cart", options, awaiting="confirm_clear")
        return checkout_flow.begin(session, turn)


def _count(session: Session, turn: Turn, counted: int) -> Reply:
    """A bare number: of what is still to be chosen, else of a line of the cart."""
    if turn.awaiting == "choose_part":
        return pending.back_to(session, turn).remember(quantity=counted)
    return cart.correct(session, turn)


def _address(session: Session, turn: Turn, *, filled: bool) -> Reply:
    """What follows an address: the form, the open choice again, or the question for a part."""
    if filled:
        return checkout_flow.ask_again_where(turn)
    if turn.awaiting == "choose_part":
        return pending.back_to(session, turn)
    return ask("utter_address_kept", awaiting="part")


class Inform(CrmAction):
    """A bare value without an open question: a part, a bike, a code, a place, a number."""

    action_name = "action_inform"
    changes = True

    def perform(self, session: Session, turn: Turn) -> Reply:
        """Do the sensible thing with it."""
        text = turn.typed
        code = turn.entity("order_code") if turn.tapped else read_code(text, ORDER)
        if code:
            order = orders.by_code(session, str(code), customer=turn.customer)
            return status(session, turn, order)
        said = catalogue.understand(session, text)
        filled = not carts.show(session, turn.customer).empty
        counted = catalogue.read_quantity(text)
        if counted and (filled or turn.awaiting == "choose_part"):
            return _count(session, turn, counted)
        address = reading.surely_address(text) and not turn.active_form
        if turn.awaiting == "choose_part" and turn.slots.get("query") and not address:
            return finding.find(session, turn, text)
        if address:
            return _address(session, turn, filled=filled).remember(address_hint=text)
        if finding.names_part(said) or said.bike:
            return finding.find(session, turn, turn.text)
        number = reading.phone_in(text)
        if number:
            customers.set_phone(session, turn.customer, number, actor=turn.actor)
            return say("utter_phone_kept")
        places = shipping.find_districts(session, text) if text else []
        if places and filled:
            return ask("utter_inform_place", [turn.option("checkout", "checkout")], awaiting="more")
        if places:
            return ask("utter_inform_place_only", awaiting="part", district=places[0].name)
        return repair.climb(session, turn)
