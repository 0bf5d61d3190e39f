"""Fewer are there than are wanted: what is there now, and word of the rest when it comes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from actions import reading, remarkwords
from actions.nexts import more_options, what_next
from actions.reply import Option, Reply, ask, command, say
from actions.showing import short, sum_of
from crm_core import carts

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from actions.turn import Turn
    from crm_core.carts import CartLineView
    from crm_core.catalogue import PartView

WHAT_THERE_IS = "available"
"""The choice of so many as there are, the rest being waited for."""


def short_of(turn: Turn, part: PartView, *, wanted: int, mine: int) -> Reply:
    """``wanted`` more of a part, of which ``mine`` are in the cart already, are too many."""
    name, there = short(part.name), part.stock_available
    possible = there - mine
    if possible <= 0:
        later = _option(
            turn.words.label("take_rest_only", rest=wanted), part.part_code, mine + wanted
        )
        options = [later, *more_options(turn)]
        return ask("utter_cart_has_all", options, awaiting="more", name=name, count=there)
    rest = wanted - possible
    options = [
        _option(
            turn.words.label("take_rest", count=possible, rest=rest), part.part_code, mine + wanted
        ),
        Option(
            turn.words.label("take_n", count=possible),
            command("order_part", part_code=part.part_code, quantity=possible),
        ),
        turn.option("tell_me", "request_part", part_code=part.part_code, quantity=wanted),
    ]
    reply = ask(
        "utter_stock_short", options, awaiting="quantity", name=name, count=possible, rest=rest
    )
    kept = {"part_code": part.part_code, "wanted": mine + wanted}
    return reply.remember(part_code=part.part_code, quantity=possible, short=kept)


def of_line(turn: Turn, line: CartLineView, wanted: int) -> Reply:
    """So many of a line of the cart are not there (any more)."""
    name, there = short(line.name), line.stock_available
    rest = wanted - max(there, 0)
    if there <= 0:
        options = [
            _option(turn.words.label("take_rest_only", rest=rest), line.part_code, wanted),
            Option(
                turn.words.label("remove", name=name),
                command("change_cart", part_code=line.part_code, choice="remove"),
            ),
        ]
        return ask("utter_line_gone", options, awaiting="more", name=name)
    options = [
        _option(turn.words.label("take_rest", count=there, rest=rest), line.part_code, wanted),
        Option(
            turn.words.label("take_n", count=there),
            command("change_cart", part_code=line.part_code, quantity=there),
        ),
    ]
    reply = ask("utter_stock_short", options, awaiting="more", name=name, count=there, rest=rest)
    kept = {"part_code": line.part_code, "wanted": wanted}
    return reply.remember(part_code=line.part_code, short=kept)


def chosen(turn: Turn) -> tuple[str, int] | None:
    """The part and the pieces wanted in all, after "3 now, 2 later" was tapped or agreed to."""
    if turn.tapped and turn.entity("choice") == WHAT_THERE_IS and turn.entity("part_code"):
        return str(turn.entity("part_code")), int(turn.entity("quantity") or 1)
    kept = turn.slots.get("short")
    if turn.tapped or not isinstance(kept, dict) or turn.awaiting not in {"quantity", "more"}:
        return None
    offered = (one.payload for _, options in turn.last_said for one in options)
    if not any(WHAT_THERE_IS in payload for payload in offered):
        return None  # the talk has gone on since
    agreed = turn.intent == "affirm" and not any(sign.isdigit() for sign in turn.typed)
    if not agreed and not (remarkwords.rest_later(turn.typed) and len(turn.typed.split()) <= 10):
        return None
    return str(kept["part_code"]), int(kept["wanted"])


def counts(turn: Turn) -> bool:
    """Whether "3 aja", or the very number that is there, was said below our choices as a count."""
    if not turn.tapped or turn.awaiting != "quantity" or not turn.slots.get("short"):
        return False
    return reading.only_count(turn.text) or turn.text.strip() == str(turn.slots.get("quantity"))


def take(session: Session, turn: Turn, part_code: str, wanted: int) -> Reply:
    """What is there goes into the cart; the customer is told of the rest when it has come."""
    found = carts.take_available(
        session,
        turn.customer,
        part_code,
        wanted,
        turn.actor,
        conversation_id=turn.conversation.id,
    )
    line = next((one for one in found.cart.lines if one.part_code == part_code), None)
    if line is None:
        told = say("utter_waited_for", count=found.missing)
        told = told if found.cart.empty else told + what_next(turn)
        return told.forget("short", "part_code", "quantity")
    response = "utter_taken_partly" if found.missing else "utter_cart_changed"
    told = say(
        response,
        name=short(line.name),
        quantity=found.taken,
        rest=found.missing,
        total=sum_of(turn, found.cart),
    )
    added = {"part_code": part_code, "quantity": found.taken}
    kept = {"part_code": part_code, "quantity": None, "query": None, "goal": None, "short": None}
    return (told + what_next(turn)).remember(**kept, added=added)


def _option(label: str, part_code: str, wanted: int) -> Option:
    payload = command("order_part", part_code=part_code, quantity=wanted, choice=WHAT_THERE_IS)
    return Option(label, payload)
