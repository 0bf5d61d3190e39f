"""What we know of a customer: name, number, address, motorcycles, consent."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from actions import checkout_flow, finding, garage, pending, people, reading, remarking
from actions.base import CrmAction
from actions.reply import Reply, ask, say
from actions.showing import bike_slot, bike_text
from crm_core import carts, catalogue, customers, orders, payments, shipping
from crm_core.phone import mask

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from actions.turn import Turn

_EMAIL = re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]+")
_ASKS = re.compile(
    r"\b(?:ada|ade|adakah|brp|berapa|berape|cari|nyari|butuh|perlu|ready|redi|stok|need|have|got|"
    r"looking|how much)\b",
    re.IGNORECASE,
)
_NAMED = re.compile(
    r"(?:nama\s*(?:saya|ku|nya|penerima(?:nya)?)?|name(?:\s+is)?|panggil\s+(?:saya|aja)|atas nama|"
    r"call me|(?:saya|kami|sy|ini)\s+(?:dari|dr)(?=\s+(?:bengkel|toko|cv|pt|ud)\b))"
    r"\s*(?:diubah|diganti|ganti|jadi|menjadi|ke|to|is|adalah|:|=)*\s*"
    r"([^\W\d_][^\d_,;?!\n]{1,59})",
    re.IGNORECASE,
)
_ADDRESS = re.compile(
    r"\b(?:alamat\w*|address|(?:kirim|antar)(?:kan|in|nya)? ke|send (?:it )?to)\b(?:[\s:=,]|"
    r"\b(?:saya|ku|nya|kirim\w*|baru|lengkap|my|new|rumah|pengiriman|diubah|diganti|ganti|jadi|"
    r"menjadi|ke|to|is|adalah|di|salah|slh|yg|yang|bener|benar|betul|bnr|itu|tadi|should be|"
    r"wrong|instead|maksudnya|nya)\b)*(.*)",
    re.IGNORECASE | re.DOTALL,
)


class UpdateProfile(CrmAction):
    """ "Nama saya …, nomor saya …, alamat saya …": kept; an address under way is used at once."""

    action_name = "action_update_profile"
    changes = True

    def perform(self, session: Session, turn: Turn) -> Reply:
        """Take what is readable, say what was kept; without a value ask which one."""
        if turn.entity("choice") == "address":
            return checkout_flow.ask_again_where(turn)
        text = turn.typed
        if garage.replaces(text):
            return garage.change(session, turn)
        kept = _contacts(session, turn)
        other = _sent_elsewhere(session, turn)
        if other is not None:
            return other
        address = _ADDRESS.search(reading.without_phone(text))
        place = address.group(1).strip() if address else ""
        if address and (noted := remarking.to_waiting_order(session, turn)):
            return noted
        if address and (reading.address_like(place) or (not place and not kept)):
            asked = checkout_flow.ask_again_where(turn)
            return asked.remember(address_hint=place) if place else asked
        named = _NAMED.search(reading.without_phone(text))
        if named and reading.name_like(named.group(1).strip()):
            customer = customers.rename(
                session, turn.customer, named.group(1).strip(), actor=turn.actor
            )
            kept.append(turn.words.line("kept_name", value=customer.name))
        if not kept and catalogue.understand(session, text).codes:
            return finding.find(session, turn, turn.text)  # "06455 K46 N21" resembles a phone
        if not kept:
            return ask("utter_update_what", awaiting="profile")
        done = say("utter_profile_kept", kept=", ".join(kept)) + _mailed(session, turn)
        if turn.awaiting == "confirm_order" and not carts.show(session, turn.customer).empty:
            return done + checkout_flow.summary(session, turn)
        return done


def _contacts(session: Session, turn: Turn) -> list[str]:
    """Keep the phone number and the e-mail address that were said; what was kept, in words."""
    kept: list[str] = []
    number, email = reading.phone_in(turn.typed), _EMAIL.search(turn.typed)
    if number:
        customers.set_phone(session, turn.customer, number, actor=turn.actor)
        kept.append(turn.words.line("kept_phone", value=masked(number)))
    if email:
        customers.set_email(session, turn.customer, email.group().rstrip("."), actor=turn.actor)
        kept.append(turn.words.line("kept_email", value=email.group()))
    return kept


def _mailed(session: Session, turn: Turn) -> Reply:
    """How to pay goes by e-mail too, as soon as there is an address; nothing to say otherwise."""
    codes = payments.mail_open(session, turn.customer) if _EMAIL.search(turn.typed) else []
    return say("utter_details_mailed", codes=", ".join(codes)) if codes else Reply()


def _sent_elsewhere(session: Session, turn: Turn) -> Reply | None:
    """Below the summary: the same with another name or house number on the parcel; the customer's
    own name stays. None where neither is said."""
    text = turn.typed
    if turn.awaiting != "confirm_order" or reading.surely_address(text):
        return None
    house = reading.house_number(text)
    km = None if house else reading.milestone(text)
    name = None if house or km or reading.address_like(text) else reading.recipient_in(text)
    known = customers.default_address(session, turn.customer) if house or km or name else None
    if known is None or carts.show(session, turn.customer).empty:
        return None
    customers.remember_address(
        session,
        turn.customer,
        recipient_name=name or known.recipient_name,
        phone=known.phone,
        address=_moved(known.address, house, km),
        district_id=known.district_id,
    )
    return checkout_flow.summary(session, turn)


def _moved(address: str, house: str | None, km: str | None) -> str:
    if house:
        return reading.with_house_number(address, house)
    return reading.with_milestone(address, km) if km else address


class AddBike(CrmAction):
    """ "Motor saya Beat 2019": kept in the garage; a search that waits for a bike goes on."""

    action_name = "action_add_bike"
    changes = True

    def perform(self, session: Session, turn: Turn) -> Reply:
        """Remember the motorcycle; ask for its model when none can be read."""
        bike = catalogue.read_bike(session, turn.text)
        if bike is None:
            return ask("utter_add_bike_which", awaiting="garage")
        waiting = turn.slots.get("query")
        if turn.awaiting == "bike" and waiting:
            customers.add_bike(
                session, turn.customer, bike.model, bike.generation, bike.year, actor=turn.actor
            )
            kept = say("utter_bike_kept", bike=bike_text(bike)).remember(bike=bike_slot(bike))
            order = turn.slots.get("goal") == "order"
            return kept + finding.find(session, turn, f"{waiting} {turn.text}", order=order)
        asked_for = turn.awaiting == "garage" and turn.slots.get("goal") == "replace_bike"
        replacing = asked_for or garage.replaces(turn.text)
        kept = garage.put(session, turn, bike, replacing=replacing)
        if turn.active_form or not _ASKS.search(turn.typed):
            return kept
        # "Motorku Scoopy 2021, akinya soak. Ada aki baru?"
        found = catalogue.understand(session, turn.text)
        return finding.find(session, turn, turn.text) if finding.names_part(found) else kept


class AskMyData(CrmAction):
    """What do you know about me?"""

    action_name = "action_ask_my_data"
    side = True

    def perform(self, session: Session, turn: Turn) -> Reply:
        """Everything kept about the customer, in words."""
        customer = turn.customer
        none = turn.words.line("none")
        bikes = [
            " ".join(str(value) for value in (bike.model, bike.generation, bike.year) if value)
            for bike in customers.bikes(session, customer)
        ]
        kept = customers.default_address(session, customer)
        where = none
        if kept is not None:
            where = kept.address
            if kept.district_id:
                where += f", {shipping.district(session, kept.district_id).name}"
        return say(
            "utter_my_data",
            name=customer.name or none,
            phone=masked(customer.phone) if customer.phone else none,
            address=where,
            bikes=", ".join(bikes) or none,
            orders=len(orders.of_customer(session, customer, limit=100)),
            promo=turn.words.line("promo_on" if customer.promo_consent else "promo_off"),
        )


class DeleteMyData(CrmAction):
    """Delete my data: first a yes, then a person does it."""

    action_name = "action_delete_my_data"

    def perform(self, session: Session, turn: Turn) -> Reply:  # noqa: ARG002 - one signature
        """Say what it means and ask for a yes."""
        options = pending.delete_options(turn)
        return ask("utter_ask_delete_data", options, awaiting="confirm_delete").end_form()


class ConfirmDelete(CrmAction):
    """The yes to deleting: handed to a person, who checks who is asking."""

    action_name = "action_confirm_delete"
    changes = True
    needs_sure_yes = True

    def perform(self, session: Session, turn: Turn) -> Reply:
        """Hand over with the reason; consent to promotions ends at once."""
        customers.set_consent(session, turn.customer, promo=False, actor=turn.actor)
        return people.hand_over(session, turn, reason="delete_data", response="utter_delete_passed")


class OptOut(CrmAction):
    """No more promotions."""

    action_name = "action_opt_out"
    changes = True

    def perform(self, session: Session, turn: Turn) -> Reply:
        """Take back the consent; news about orders still comes."""
        customers.set_consent(session, turn.customer, promo=False, actor=turn.actor)
        return say("utter_opted_out")


class OptIn(CrmAction):
    """Promotions, please."""

    action_name = "action_opt_in"
    changes = True

    def perform(self, session: Session, turn: Turn) -> Reply:
        """Keep the consent and how to end it."""
        customers.set_consent(session, turn.customer, promo=True, actor=turn.actor)
        return say("utter_opted_in")


def masked(number: str) -> str:
    """A phone number with its middle hidden, in letters that fit a plain SMS."""
    return mask(number).replace("•", "*")
