"""The checkout form: reads a delivery out of what people write and asks for what is missing.

One message may hold everything ("Budi, Jl. Gajah Mada 5, Pontianak Selatan"). A question in the
middle leaves every slot as it is: the form rejects the turn, the question's own rule answers it,
and the form asks again.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from rasa_sdk.events import ActiveLoop, EventType, SlotSet

from actions import delivering, deliverywords, reading, remarkwords, vouchers
from actions.base import CrmAction
from actions.checkout_flow import AT_COUNTER, district_options
from actions.reply import Option, Reply, ask, command
from crm_core import carts, catalogue, shipping

if TYPE_CHECKING:
    from rasa_sdk.executor import CollectingDispatcher
    from sqlalchemy.orm import Session

    from actions.deliverywords import DeliverySaid
    from actions.turn import Turn
    from actions.words import Words
    from crm_core.shipping import DistrictView

VALUE_INTENTS = frozenset({"inform", "update_profile", "nlu_fallback"})
PART_INTENTS = frozenset(
    {"find_part", "order_part", "check_fitment", "ask_part_detail", "request_part"}
)
STOP_INTENTS = frozenset(
    {"cancel_order", "deny", "talk_to_human", "complain", "send_photo", "send_list"}
)
SURE = 0.6
MOST_DISTRICTS = 6


class FormAction(CrmAction):
    """An action that runs inside a form: it only sets slots or asks, the form goes on itself."""

    of_form = True

    def _events(self, reply: Reply, active: str | None) -> list[EventType]:  # noqa: ARG002
        events: list[EventType] = [SlotSet(name, value) for name, value in reply.slots.items()]
        if reply.leave_form:
            events += [ActiveLoop(None), SlotSet("requested_slot", None)]
        return events

    def _trouble(
        self, dispatcher: CollectingDispatcher, words: Words, active: str | None
    ) -> list[EventType]:
        """The question stays open by itself: a form that was called once more from here would call
        this again, until Rasa stops predicting in this talk for good."""
        super()._trouble(dispatcher, words, active)
        return []


class ValidateCheckoutForm(FormAction):
    """Reads the answer to the question that the form asked."""

    action_name = "validate_checkout_form"

    def perform(self, session: Session, turn: Turn) -> Reply:
        """The slots that this message fills; none lets the message's own rule answer it."""
        asked = turn.slots.get("requested_slot")
        if asked is None:
            return Reply(slots=_known(session, turn))
        if turn.tapped:
            return Reply(slots=_tapped(session, turn, str(asked)))
        only = _only_one(session, turn) if asked == "district" else None
        if only is not None and turn.intent == "affirm":
            return Reply(slots={"district": str(only.id), "district_query": None})
        if only is not None and turn.intent == "deny" and not reading.calls_off(turn.typed):
            other = _names_place(session, turn.typed)
            named = _district(session, turn, turn.typed) if other else {"district_query": None}
            return Reply(slots=named)
        said = deliverywords.read(turn.typed)
        if said is not None and not said.asks:
            chosen = _chosen(session, turn, said)
            if chosen or not reading.surely_address(turn.typed):
                return Reply(slots=chosen)
        found = read_delivery(session, turn, str(asked))
        return Reply(slots=found)


class AskRecipientName(FormAction):
    """The first question: everything at once, with an example."""

    action_name = "action_ask_checkout_form_recipient_name"

    def perform(self, session: Session, turn: Turn) -> Reply:  # noqa: ARG002
        """Ask for all of it, or only for the name when the rest is known."""
        if turn.slots.get("delivery_address"):
            return ask("utter_ask_recipient_name")
        return ask("utter_ask_delivery")


class AskRecipientPhone(FormAction):
    """Where the courier can call: only asked on the web, elsewhere the number is known."""

    action_name = "action_ask_checkout_form_recipient_phone"

    def perform(self, session: Session, turn: Turn) -> Reply:  # noqa: ARG002
        """Ask for a number."""
        return ask("utter_ask_recipient_phone")


class AskDeliveryAddress(FormAction):
    """The street."""

    action_name = "action_ask_checkout_form_delivery_address"

    def perform(self, session: Session, turn: Turn) -> Reply:  # noqa: ARG002
        """Ask for the address."""
        return ask("utter_ask_delivery_address")


class AskDistrict(FormAction):
    """The district, which decides the price of shipping."""

    action_name = "action_ask_checkout_form_district"

    def perform(self, session: Session, turn: Turn) -> Reply:
        """Ask; offer what the text can mean; after two tries offer a person."""
        places = _offered(session, turn)
        if len(places) == 1:
            yes = Option(turn.words.label("yes"), command("inform", choice=str(places[0].id)))
            return ask("utter_ask_district_only", [yes], place=places[0].near)
        if 0 < len(places) <= MOST_DISTRICTS:
            options = district_options(places, "inform")
            return ask("utter_ask_district_choose", options)
        if int(turn.slots.get("district_tries") or 0) >= 2:
            return ask("utter_ask_district_person", [turn.option("person", "talk_to_human")])
        if turn.slots.get("district_tries"):
            return ask("utter_ask_district_again")
        return ask("utter_ask_district")


def read_delivery(session: Session, turn: Turn, asked: str) -> dict[str, Any]:
    """The delivery slots that the customer's words fill when ``asked`` was asked.

    A phone number or a street is taken whenever it comes, also when something else was asked.
    """
    text = turn.typed
    found: dict[str, Any] = {}
    named = reading.recipient_in(text) if "?" not in text else None
    if named and asked != "recipient_name":
        found["recipient_name"] = named
        text = reading.without_recipient(text)
        if not reading.address_like(text):
            return found  # "eh salah, namanya Andi" while the street was asked
    elif _is_something_else(session, turn, asked):
        return {}
    phone = reading.phone_in(text)
    if phone:
        found["recipient_phone"] = phone
        text = reading.without_phone(text)
    if not text:
        return found
    if asked == "recipient_name":
        found |= _name_and_address(session, turn, text)
    elif reading.surely_address(text) or (asked == "delivery_address" and _is_place(text)):
        found |= _address(session, turn, reading.value_of("delivery_address", text))
    elif asked == "district" and not phone:
        found |= _district(session, turn, reading.value_of("district", text))
    return found


def _is_place(text: str) -> bool:
    """Whether a text that answers "which address?" can be one, although it names no street."""
    return reading.address_like(text) or (len(text) >= 8 and len(text.split()) >= 2)


def _known(session: Session, turn: Turn) -> dict[str, Any]:
    """What need not be asked when the form opens."""
    known: dict[str, Any] = {}
    if turn.customer.phone and not turn.slots.get("recipient_phone"):
        known["recipient_phone"] = turn.customer.phone
    hint = turn.slots.get("address_hint")
    if hint:
        known |= _name_and_address(session, turn, str(hint)) | {"address_hint": None}
    if carts.show(session, turn.customer).method == shipping.PICKUP:
        known |= {"delivery_address": AT_COUNTER, "district": AT_COUNTER}
    return known


def _chosen(session: Session, turn: Turn, said: DeliverySaid) -> dict[str, Any]:
    """The slots after a way was chosen in the middle of the form: the counter needs no address.

    Empty when the choice cannot be: the message's own action then says why.
    """
    if delivering.choose(session, turn, said) is not None:
        return {}
    if said.method != "pickup":
        back = said.method is not None and turn.slots.get("district") == AT_COUNTER
        return {"delivery_address": None, "district": None} if back else {}
    found: dict[str, Any] = {"delivery_address": AT_COUNTER, "district": AT_COUNTER}
    name = reading.recipient_in(turn.typed) or turn.customer.name
    if name and not turn.slots.get("recipient_name"):
        found["recipient_name"] = name
    return found


def _tapped(session: Session, turn: Turn, asked: str) -> dict[str, Any]:
    choice = str(turn.entity("choice") or "")
    if asked != "district" or turn.intent != "inform" or not choice.isdigit():
        return {}
    return {"district": str(shipping.district(session, int(choice)).id), "district_query": None}


def _is_something_else(session: Session, turn: Turn, asked: str) -> bool:
    """Whether the message is a question or a wish of its own rather than the answer asked for."""
    text, intent = turn.typed, turn.intent
    if remarkwords.is_note(text):
        return True
    if reading.surely_address(text) or (reading.phone_in(text) and "?" not in text):
        return False
    if not text or "?" in text or reading.corrects(text) or vouchers.mentioned(text):
        return True
    if remarkwords.points_wanted(text) is not None or remarkwords.note_in(text) is not None:
        return True
    if intent in VALUE_INTENTS:
        return False
    if asked == "district" and _names_place(session, text):
        return intent in STOP_INTENTS
    return _speaks_of_parts(session, turn) or (
        intent not in PART_INTENTS and (turn.confidence >= SURE or intent in STOP_INTENTS)
    )


def _is_place_name(session: Session, text: str) -> bool:
    """Whether a text is the name of one district and nothing else, as no person is called."""
    said = reading.value_of("district", text).casefold()
    places = shipping.find_districts(session, text)
    return bool(places) and all(place.is_called(said) for place in places)


def _names_place(session: Session, text: str) -> bool:
    """Whether a district or its regency is written out, not merely resembled ("sudah", Subah)."""
    said = text.casefold()
    return any(
        place.is_named_in(said) or place.regency.split()[-1].casefold() in said
        for place in shipping.find_districts(session, text)
    )


def _speaks_of_parts(session: Session, turn: Turn) -> bool:
    """Whether what looks like shopping has a part's word in it, as "Santoso Motor" has not.

    A word that merely resembles one does not count: Ratna is not a chain (rantai).
    """
    if turn.intent not in PART_INTENTS:
        return False
    said = catalogue.understand(session, turn.typed)
    words = turn.typed.casefold()
    return bool(said.codes) or any(term in words for term in said.part_terms)


def _name_and_address(session: Session, turn: Turn, text: str) -> dict[str, Any]:
    if _is_place_name(session, text):
        return {"district": _district(session, turn, text).get("district")}
    named = reading.recipient_in(text)
    street = reading.without_recipient(text)
    if named and reading.surely_address(street):
        return {"recipient_name": named} | _address(
            session, turn, reading.value_of("delivery_address", street)
        )
    pieces = [piece.strip() for piece in re.split(r"[\n,;]+|\s/\s", text) if piece.strip()]
    head = reading.value_of("recipient_name", pieces[0]) if pieces else ""
    rest = ", ".join(pieces[1:])
    if rest and reading.name_like(head) and not reading.surely_address(head):
        return {"recipient_name": head[:80]} | _address(
            session, turn, reading.value_of("delivery_address", rest)
        )
    apart = reading.name_and_street(text)
    if apart is not None and not _is_place_name(session, apart[0]):
        return {"recipient_name": apart[0][:80]} | _address(session, turn, apart[1])
    if len(pieces) == 1 and reading.name_like(head) and not reading.surely_address(head):
        return {"recipient_name": head[:80]}
    if reading.address_like(text):
        found = _address(session, turn, reading.value_of("delivery_address", text))
        if turn.customer.name:
            found["recipient_name"] = turn.customer.name
        return found
    return {}


def _address(session: Session, turn: Turn, text: str) -> dict[str, Any]:
    if len(text) < 5:
        return {}
    places = shipping.find_districts(session, text)
    priced = _only_one(session, turn)
    if priced in places:
        places = [priced]
    found: dict[str, Any] = {"delivery_address": text[:500]}
    if len(places) == 1:
        found["district"] = str(places[0].id)
    elif places:
        found["district_query"] = text
    return found


def _offered(session: Session, turn: Turn) -> list[DistrictView]:
    """The districts that the text kept for it can mean: typed in the form, or priced before it."""
    query = turn.slots.get("district_query")
    return shipping.find_districts(session, str(query)) if query else []


def _only_one(session: Session, turn: Turn) -> DistrictView | None:
    places = _offered(session, turn)
    return places[0] if len(places) == 1 else None


def _district(session: Session, turn: Turn, text: str) -> dict[str, Any]:
    places = shipping.find_districts(session, text)
    if len(places) == 1:
        return {"district": str(places[0].id), "district_query": None}
    if places:
        return {"district_query": text, "district_tries": 0}
    return {
        "district_tries": int(turn.slots.get("district_tries") or 0) + 1,
        "district_query": None,
    }
