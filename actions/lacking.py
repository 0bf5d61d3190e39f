"""What is not there: out of stock, no price yet, nothing found. Each is kept as a wish."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from actions import handing
from actions.reply import Option, Reply, ask, command
from actions.showing import bike_text, price, short, shown, stock, unit
from crm_core import catalogue
from crm_core.catalogue import BikeRef, PartView
from crm_core.errors import NotFound

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from actions.turn import Turn


def out_of_stock(session: Session, turn: Turn, part: PartView, quantity: int | None) -> Reply:
    """Nothing left: kept as a wish; what can replace it, and the offer to tell when it is back."""
    record_wish(session, turn, reason="out_of_stock", query=part.name, part=part, quantity=quantity)
    others = [
        other
        for other in catalogue.substitutes(session, part.part_code)
        if other.stock_available > 0 and other.price_idr is not None
    ][:3]
    options = [*(choice(turn, other, quantity, order=False) for other in others)]
    options.append(turn.option("tell_me", "request_part", part_code=part.part_code))
    response = "utter_out_of_stock_substitutes" if others else "utter_out_of_stock"
    reply = ask(response, options, awaiting="offer_wish", name=short(part.name))
    return reply.remember(part_code=part.part_code, quantity=quantity, query=None, goal=None)


def on_request(session: Session, turn: Turn, part: PartView, quantity: int | None) -> Reply:
    """No price yet: it can be asked for, not ordered."""
    record_wish(session, turn, reason="on_request", query=part.name, part=part, quantity=quantity)
    count = quantity or 1
    options = [turn.option("ask_price", "talk_to_human", part_code=part.part_code, quantity=count)]
    reply = ask("utter_price_on_request", options, awaiting="offer_human", name=short(part.name))
    return reply.remember(part_code=part.part_code, quantity=quantity, query=None, goal=None)


def price_question(session: Session, turn: Turn) -> Reply | None:
    """The hand-over with the question what a part costs: after our offer to ask, or its tap.

    None when a person is wanted for something else.
    """
    tapped = turn.tapped and turn.entity("part_code")
    code = turn.entity("part_code") if tapped else turn.slots.get("part_code")
    if not code or not (tapped or turn.awaiting == "offer_human"):
        return None
    try:
        part = catalogue.find_part(session, str(code))
    except NotFound:
        return None
    if part.price_idr is not None:
        return None
    count = turn.number("quantity") or 1
    bike = bike_text(_bike(turn))
    question = {
        "kind": "price_on_request",
        "part_code": part.part_code,
        "name": part.name,
        "quantity": count,
        "bike": bike or None,
    }
    return handing.hand_over(
        session,
        turn,
        reason="price_on_request",
        response="utter_price_asked",
        question=question,
        name=short(part.name),
        count=count,
        unit=unit(turn, part),
    )


def _bike(turn: Turn) -> BikeRef | None:
    kept = turn.slots.get("bike")
    if isinstance(kept, dict) and kept.get("model"):
        return BikeRef(kept["model"], kept.get("generation"), kept.get("year"))
    own = turn.customer.bikes
    return BikeRef(own[0].model, own[0].generation, own[0].year) if len(own) == 1 else None


def record_wish(
    session: Session,
    turn: Turn,
    *,
    reason: str,
    query: str,
    part: PartView | None = None,
    quantity: int | None = None,
    notify: bool = False,
    understood: dict[str, Any] | None = None,
    at_least: int = 1,
) -> None:
    """Keep what was asked for and not had, so that the shop learns what to stock."""
    catalogue.record_wish(
        session,
        customer_id=turn.customer.id,
        conversation_id=turn.conversation.id,
        query=query,
        understood=understood or {},
        reason=reason,
        part_code=part.part_code if part else None,
        quantity=quantity,
        notify=notify,
        at_least=at_least,
    )


def choice(turn: Turn, part: PartView, quantity: int | None, *, order: bool) -> Option:
    """A part as a choice: with a known ``quantity`` it goes straight into the cart."""
    values: dict[str, str | int] = {"part_code": part.part_code}
    if quantity:
        values["quantity"] = quantity
    payload = command("order_part" if order and quantity else "find_part", **values)
    facts = turn.words.line("choice", price=price(turn, part), stock=stock(turn, part))
    return Option(shown(part.name), payload, facts)
