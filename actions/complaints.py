"""Complaints, returns and what became of them. Each gets a number; the angry get a person too."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from actions import people, returning
from actions.base import CrmAction
from actions.checkout_form import STOP_INTENTS, SURE, FormAction
from actions.reply import Option, Reply, ask, command, open_form, say
from crm_core import clock, complaints, orders, returns, shop
from crm_core.codes import COMPLAINT, ORDER, read_code
from crm_core.complaints import Urgency
from crm_core.complaints.rules import urgency

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from actions.turn import Turn
    from crm_core.complaints import Complaint
    from crm_core.orders import Order

FORM = "complaint_form"
ASIDE = frozenset({"ask_store_info", "ask_payment_method", "ask_shipping", "ask_promo"})
"""Questions that are no part of the story, when they are short and surely understood."""
ENOUGH_WORDS = 4
"""Fewer words than this ("mau komplain") do not say what is wrong, so it is asked."""
_ONLY_ASKS = re.compile(
    r"^(?:\W|\b(?:kak|bang|bg|min|gan|bos|pak|bu|eh|terus|trus|nanti|ntar|so|and|but|oh|ok)\b)*"
    r"(?:kal[aou]+|klo|klu|kl|jika|jik[ae]|misal\w*|andai\w*|seandainya|if|what if|in case|"
    r"(?:can|could|may) i (?:return|exchange|swap).{0,40}\bif)\b",
    re.IGNORECASE,
)
"""Something that has not happened: the shop's rule is wanted, nothing comes back yet."""
COMPLAINABLE = ("paid", "packed", "shipped", "delivered", "completed", "awaiting_payment")


class Complain(CrmAction):
    """Something went wrong: kept with a number, linked to the order when it is known."""

    action_name = "action_complain"
    changes = True

    def perform(self, session: Session, turn: Turn) -> Reply:
        """File what was said; when nothing was said yet, ask for it."""
        text = str(turn.slots.get("complaint_text") or "") or turn.typed
        told = turn.slots.get("complaint_text") or len(text.split()) >= ENOUGH_WORDS
        angry = turn.angry or urgency(text) == Urgency.HIGH
        if not told and not angry:
            return open_form(FORM).remember(complaint_goal="complain")
        remedy = turn.slots.get("complaint_goal") == "return_part"
        begun = returning.begin(session, turn, text) if remedy else None
        return begun or file(session, turn, text, remedy=remedy)


class ReturnPart(CrmAction):
    """A return, an exchange, a refund or a warranty claim."""

    action_name = "action_return_part"
    changes = True

    def perform(self, session: Session, turn: Turn) -> Reply:
        """Write it down piece by piece; of what was never sent, file the story for a person."""
        if turn.tapped and turn.entity("order_code"):
            text = str(turn.slots.get("complaint_text") or "")
            return returning.begin(session, turn, text) or say("utter_return_nothing")
        if _ONLY_ASKS.search(turn.typed) and not read_code(turn.typed, ORDER):
            days = returns.return_days(session)
            return ask("utter_return_rules", [turn.option("person", "talk_to_human")], days=days)
        if len(turn.typed.split()) < ENOUGH_WORDS:
            return open_form(FORM).remember(complaint_goal="return_part")
        return returning.begin(session, turn, turn.typed) or file(
            session, turn, turn.typed, remedy=True
        )


class ComplaintStatus(CrmAction):
    """What became of my complaint?"""

    action_name = "action_complaint_status"
    side = True

    def perform(self, session: Session, turn: Turn) -> Reply:
        """The state of the named complaint, else of the latest."""
        of_return = returning.status(session, turn)
        if of_return is not None:
            return of_return
        code = read_code(turn.typed, COMPLAINT)
        if code:
            complaint = complaints.by_code(session, code, customer=turn.customer)
        else:
            found = complaints.of_customer(session, turn.customer)
            back = returns.of_customer(session, turn.customer, limit=1)
            if back and (not found or back[0].created_at > found[0].created_at):
                return returning.status_of(session, turn, back[0])
            if not found:
                return say("utter_no_complaints")
            complaint = found[0]
        return say(
            "utter_complaint_status",
            code=complaint.complaint_code,
            state=turn.words.line(f"complaint_{complaint.state}"),
            date=turn.words.day(complaint.created_at),
        )


class LinkComplaint(CrmAction):
    """The answer to "which order is it about?"."""

    action_name = "action_link_complaint"
    changes = True

    def perform(self, session: Session, turn: Turn) -> Reply:
        """Add the order (or whatever was said) to the complaint as a note."""
        found = complaints.of_customer(session, turn.customer)
        if not found:
            return say("utter_no_complaints")
        code = str(turn.entity("order_code") or read_code(turn.typed, ORDER) or "")
        text = turn.typed
        if code:
            order = orders.by_code(session, code, customer=turn.customer)
            text = order.order_code
        complaints.add_note(session, found[0], text or turn.text, actor=turn.actor)
        return say("utter_complaint_noted", code=found[0].complaint_code)


class ValidateComplaintForm(FormAction):
    """Reads the story of a complaint: anything that is not a way out."""

    action_name = "validate_complaint_form"

    def perform(self, session: Session, turn: Turn) -> Reply:  # noqa: ARG002 - one signature
        """Take the whole message as the story."""
        if turn.slots.get("requested_slot") != "complaint_text" or turn.tapped:
            return Reply()
        way_out = turn.intent in STOP_INTENTS - {"complain"} and len(turn.typed.split()) <= 4
        aside = turn.intent in ASIDE and turn.confidence >= SURE and len(turn.typed.split()) <= 8
        if way_out or aside or not turn.typed:
            return Reply()
        return Reply(slots={"complaint_text": turn.typed[:2000]})


class AskComplaintText(FormAction):
    """What happened?"""

    action_name = "action_ask_complaint_form_complaint_text"

    def perform(self, session: Session, turn: Turn) -> Reply:  # noqa: ARG002 - one signature
        """Ask for the story."""
        wanted = turn.slots.get("complaint_goal") == "return_part"
        return ask("utter_ask_return_story" if wanted else "utter_ask_complaint_story")


def file(session: Session, turn: Turn, text: str, *, remedy: bool) -> Reply:
    """Keep the complaint, say its number and until when somebody answers."""
    order, several = _order(session, turn, text)
    complaint = complaints.file(
        session,
        turn.customer,
        text,
        order=order,
        conversation_id=turn.conversation.id,
        actor=turn.actor,
        angry=turn.angry,
    )
    kept = say(
        "utter_return_filed" if remedy else "utter_complaint_filed",
        code=complaint.complaint_code,
        about=turn.words.line("about_order", code=order.order_code) if order else "",
        when=turn.words.moment(shop.promise(session, clock.now())),
    ).forget("complaint_text", "complaint_goal", "media_ids", "message_ids")
    if _needs_person(complaint):
        return kept + people.hand_over(
            session, turn, reason="complaint", response="utter_complaint_person"
        )
    if several:
        return kept + _which_order(turn, several)
    return kept


def _needs_person(complaint: Complaint) -> bool:
    return complaint.urgency == Urgency.HIGH


def _order(session: Session, turn: Turn, text: str) -> tuple[Order | None, list[Order]]:
    code = read_code(text, ORDER)
    if code:
        return orders.by_code(session, code, customer=turn.customer), []
    found = [
        order
        for order in orders.of_customer(session, turn.customer, limit=5)
        if order.state in COMPLAINABLE
    ]
    if len(found) == 1:
        return found[0], []
    return None, found


def _which_order(turn: Turn, found: list[Order]) -> Reply:
    options = [
        Option(
            order.order_code,
            command("inform", order_code=order.order_code),
            turn.words.line(f"state_{order.state}"),
        )
        for order in found
    ]
    return ask("utter_complaint_which_order", options, awaiting="complaint_order")
