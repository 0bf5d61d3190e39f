"""What sending costs, and the way the customer wants it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from actions import checkout_flow, delivering, pending, reading
from actions.base import CrmAction
from actions.reply import Reply, ask, say
from crm_core import carts, catalogue, customers, shipping
from crm_core.money import format_rupiah

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from actions.turn import Turn
    from crm_core.shipping import DistrictView

ONE_KILOGRAM = 1000
MOST_DISTRICTS = 6
_TO = re.compile(
    r"\b(?:ke|k|to|for|kec\w*|daerah|wilayah)\s+(?!sana|situ|sini|there)\w", re.IGNORECASE
)
"""Where a place is named, also one that we do not know."""
_WHO_PAYS = re.compile(
    r"\b(?:siapa|siape|sape|sp|who)\b.*\b(?:(?:me)?na[nm]gg?[uo]ng|bayar\w*|pays?|covers?)\b|"
    r"\b(?:di|me)?tanggung (?:siapa|siape|toko|kami|pembeli)\b",
    re.IGNORECASE,
)


class AskShipping(CrmAction):
    """ "Ongkir ke Sungai Raya berapa?": the price for the cart, the part spoken of, or 1 kg."""

    action_name = "action_ask_shipping"
    side = True

    def perform(self, session: Session, turn: Turn) -> Reply:
        """Quote for the named district, else the remembered one, else ask."""
        return self._answer(session, turn, brief=False)

    def in_short(self, session: Session, turn: Turn) -> Reply:
        """The same; a price comes without asking what else."""
        return self._answer(session, turn, brief=True)

    def _answer(self, session: Session, turn: Turn, *, brief: bool) -> Reply:
        chosen = str(turn.entity("choice") or "")
        if chosen.isdigit():
            return self._quote(session, turn, shipping.district(session, int(chosen)), brief)
        text = reading.value_of("district", turn.typed)
        places = shipping.find_districts(session, text) if text else []
        if not places and _WHO_PAYS.search(turn.typed):
            return say("utter_who_pays_return")
        asked = str(turn.slots.get("district_query") or "")
        if not places and asked and not _TO.search(turn.typed):
            places = shipping.find_districts(session, asked)  # "hari ini bisa?", the place was said
        if len(places) == 1:
            return self._quote(session, turn, places[0], brief)
        if 1 < len(places) <= MOST_DISTRICTS and not turn.active_form:
            options = checkout_flow.district_options(places, "ask_shipping")
            return ask("utter_shipping_which_district", options, awaiting="district")
        kept = customers.default_address(session, turn.customer)
        if not places and kept and kept.district_id and turn.awaiting != "district":
            place = shipping.district(session, kept.district_id)
            return self._quote(session, turn, place, brief)
        if turn.awaiting == "district" and not places:
            options = [turn.option("person", "talk_to_human")]
            return ask("utter_shipping_unknown_district", options, awaiting="district")
        if turn.active_form:
            return say("utter_shipping_after_address")
        return ask("utter_shipping_where", awaiting="district")

    @staticmethod
    def _quote(session: Session, turn: Turn, place: DistrictView, brief: bool) -> Reply:
        cart = carts.show(session, turn.customer)
        weight, volume = cart.weight_g, cart.volume_mm3
        code = turn.slots.get("part_code")
        if not weight and code:
            part = catalogue.find_part(session, str(code))
            weight, volume = part.weight_g, part.volume_mm3
        quote = shipping.quote(session, place.id, weight or ONE_KILOGRAM, None, volume)
        response = "utter_shipping_cart" if not cart.empty else "utter_shipping"
        if brief:
            response = "utter_shipping_only"
        asks = response == "utter_shipping_cart"
        reply = ask(
            response,
            [turn.option("checkout", "checkout")] if asks else [],
            awaiting="more" if asks else None,
            district=f"{place.name}, {place.regency}",
            cost=format_rupiah(quote.cost),
            how=checkout_flow.how(turn, quote),
            days=checkout_flow.days(turn, quote.days_min, quote.days_max),
            kilograms=max(1, -(-quote.weight_g // 1000)),
        )
        # Who then gives an address without its district is asked whether it is this one.
        return reply.remember(district_query=f"{place.name}, {place.regency}")


class ChooseDelivery(CrmAction):
    """ "Ambil sendiri aja", "pakai kurir", "COD ya": kept with the cart, then the summary again."""

    action_name = "action_choose_delivery"
    changes = True

    def perform(self, session: Session, turn: Turn) -> Reply:
        """Keep the choice; without one, or for a question, tell which ways there are."""
        said = delivering.said_by(turn)
        if said is None or said.asks:
            answer = delivering.ways_answer(session, turn, said)
            return answer if answer.awaiting else answer + pending.back_to(session, turn)
        if carts.show(session, turn.customer).empty:
            return delivering.ways_answer(session, turn, said)
        problem = delivering.choose(session, turn, said)
        if problem is not None:
            return problem
        if turn.active_form == checkout_flow.FORM:
            return Reply()
        reply = checkout_flow.begin(session, turn)
        if reply.form and reading.surely_address(turn.typed):
            return reply.remember(address_hint=turn.typed)
        places = shipping.find_districts(session, turn.typed) if reply.form else []
        if len(places) != 1:
            return reply
        return reply.remember(district_query=f"{places[0].name}, {places[0].regency}")
