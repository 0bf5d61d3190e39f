"""Finding a part, whether it fits, what it is, and keeping a wish for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from actions import cart, detail, finding, garage, lacking, reading, showing
from actions.base import CrmAction
from actions.nexts import order_option
from actions.reply import Reply, ask, say
from actions.showing import bike_slot, bike_text, shown
from actions.topic import Topic
from crm_core import catalogue

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from actions.turn import Turn
    from crm_core.catalogue import BikeRef, PartView


class FindPart(CrmAction):
    """Somebody looks for a part or its price; a tapped choice shows one part."""

    action_name = "action_find_part"
    changes = True

    def perform(self, session: Session, turn: Turn) -> Reply:
        """Search, or show the part that was tapped."""
        code = turn.entity("part_code")
        if turn.tapped and code:
            part = catalogue.find_part(session, str(code))
            quantity = turn.number("quantity")
            return finding.show_part(
                session, turn, part, quantity=quantity, bike=finding.bike_of(session, turn)
            )
        return finding.find(session, turn, turn.text, order=turn.orders)


class GiveBike(CrmAction):
    """The answer to "for which motorcycle?": completes the waiting search."""

    action_name = "action_give_bike"
    changes = True

    def perform(self, session: Session, turn: Turn) -> Reply:
        """Search again with the bike; anything else that was said is read as it stands."""
        order = turn.slots.get("goal") == "order"
        waiting = str(turn.slots.get("query") or "")
        own = garage.chosen(session, turn)
        if own is not None:
            return finding.find(session, turn, f"{waiting} {bike_text(own)}", order=order)
        bike = catalogue.read_bike(session, turn.text)
        said = catalogue.understand(session, turn.text)
        if finding.names_part(said) or not waiting:
            return finding.find(session, turn, turn.text, order=order)
        if bike is None:
            reply = ask("utter_bike_unknown", awaiting="bike", query=waiting[:80])
            return reply.remember(query=waiting, quantity=turn.slots.get("quantity"))
        text = f"{waiting} {turn.text}"
        return finding.find(session, turn, text, order=order)


class SearchWithoutBike(CrmAction):
    """The customer does not know the motorcycle: show what there is."""

    action_name = "action_search_without_bike"
    changes = True

    def perform(self, session: Session, turn: Turn) -> Reply:
        """The best parts for the waiting search, as choices; calling it off ends the search."""
        waiting = str(turn.slots.get("query") or "")
        if not waiting or reading.calls_off(turn.typed):
            return say("utter_search_dropped").forget("query", "quantity", "goal")
        result = catalogue.search(session, waiting)
        quantity = turn.slots.get("quantity")
        order = turn.slots.get("goal") == "order"
        if not result.hits:
            return finding.find(session, turn, waiting, order=order)
        return finding.choose(turn, result.hits, quantity=quantity, order=order)


class CheckFitment(CrmAction):
    """Does it fit my bike? An answer with its evidence, or the fact that is missing."""

    action_name = "action_check_fitment"
    changes = True

    def perform(self, session: Session, turn: Turn) -> Reply:
        """Judge the part of the message, or the one shown last, against the bike."""
        if catalogue.listed(turn.typed):
            return finding.find(session, turn, turn.text)
        result = catalogue.search(session, turn.typed, bikes=finding.bikes_of(session, turn))
        bike = result.understood.bike or garage.sibling(
            session, turn.typed, finding.bikes_of(session, turn)
        )
        bike = bike or finding.bike_of(session, turn)
        part = finding.part_of(session, turn)
        named = finding.names_part(result.understood)
        # "Masuk ga di PCX?" below a part speaks of that part, whatever a word of it resembles.
        if (
            named
            and not (result.sure and result.hits)
            and (result.hits or part is None or not bike)
        ):
            return finding.find(session, turn, turn.text)
        part = result.hits[0].part if result.hits else part
        if part is None:
            return finding.find(session, turn, turn.text)
        if bike is None:
            reply = ask("utter_fit_which_bike", awaiting="bike", name=shown(part.name))
            return reply.remember(part_code=part.part_code, query=part.part_code)
        reply = _fit(turn, part, bike)
        said = result.understood
        return reply.remember(topic=Topic.of(said, bike).to_slot()) if named else reply


class AskPartDetail(CrmAction):
    """What a part is: genuine, weight, what it fits, description."""

    action_name = "action_ask_part_detail"
    changes = True

    def perform(self, session: Session, turn: Turn) -> Reply:
        """The detail card of the part in question; without one, find it first."""
        result = catalogue.search(session, turn.typed, bikes=finding.bikes_of(session, turn))
        part = None
        if result.sure and result.hits:
            part = result.hits[0].part
        elif not finding.names_part(result.understood):
            part = finding.part_of(session, turn)
        if part is None:
            if finding.names_part(result.understood):
                return finding.find(session, turn, turn.text)
            return ask("utter_detail_which_part", awaiting="part")
        if part.price_idr is None or part.stock_available > 0:
            return detail.card(turn, part)
        told = detail.card(turn, part).told(turn.words.responses)
        return told + lacking.out_of_stock(session, turn, part, None)


class RequestPart(CrmAction):
    """Tell me when it is back, order it in for me: kept as a wish."""

    action_name = "action_request_part"
    changes = True

    def perform(self, session: Session, turn: Turn) -> Reply:
        """Keep the wish for the named part, or in the customer's own words."""
        if cart.corrects_cart(session, turn):
            return cart.correct(session, turn)
        part, query = self._wanted(session, turn)
        quantity = turn.number("quantity")
        if part is None and not query:
            return ask("utter_request_what", awaiting="part")
        wanted = (quantity or 1) if turn.tapped else 1  # only our own choice means "so many"
        if part is not None and part.stock_available >= wanted and part.price_idr is not None:
            there = say("utter_request_is_there", name=shown(part.name))
            bike = finding.bike_of(session, turn)
            return there + finding.show_part(session, turn, part, quantity=quantity, bike=bike)
        lacking.record_wish(
            session,
            turn,
            reason="out_of_stock" if part else "not_found",
            query=query or (part.name if part else ""),
            part=part,
            quantity=quantity,
            notify=True,
            at_least=wanted,
        )
        name = shown(part.name) if part else query[:80]
        options = [turn.option("person", "talk_to_human")]
        return ask("utter_wish_kept", options, name=name).forget("query", "quantity", "goal")

    @staticmethod
    def _wanted(session: Session, turn: Turn) -> tuple[PartView | None, str]:
        if turn.typed:
            result = catalogue.search(session, turn.typed, bikes=finding.bikes_of(session, turn))
            if result.sure and result.hits:
                return result.hits[0].part, turn.typed
            if finding.names_part(result.understood):
                return None, turn.typed
        part = finding.part_of(session, turn)
        return part, str(turn.slots.get("query") or "") if part is None else ""


def _fit(turn: Turn, part: PartView, bike: BikeRef) -> Reply:
    answer = catalogue.fits_part(part, bike)
    facts: dict[str, Any] = {"name": shown(part.name), "bike": bike_text(bike)}
    kept = {"part_code": part.part_code, "bike": bike_slot(bike), "query": None}
    if answer.verdict == "fits":
        evidence = shown(answer.evidence or "") or showing.fitment_text(part)
        sellable = part.price_idr is not None and part.stock_available > 0
        options = [order_option(turn, part, 1)] if sellable else []
        price, stock = showing.price(turn, part), showing.stock(turn, part)
        reply = ask(
            "utter_fits",
            options,
            awaiting="quantity" if sellable else None,
            evidence=evidence,
            price=price,
            stock=stock,
            **facts,
        )
        return reply.remember(**kept)
    if answer.verdict == "does_not_fit":
        reply = ask("utter_fits_not", awaiting="part", models=showing.fitment_text(part), **facts)
        return reply.remember(**kept)
    if answer.missing in {"generation", "year"}:
        reply = ask("utter_fit_needs_year", awaiting="bike", **facts)
        return reply.remember(**(kept | {"query": f"{part.part_code} {bike.model}"}))
    options = [turn.option("person", "talk_to_human")]
    return ask("utter_fit_unknown", options, awaiting="offer_human", **facts).remember(**kept)
