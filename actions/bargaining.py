"""Bargaining in chat: which part, what price, what the shop's rule says, who decides the rest."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from actions import bids, finding, lacking, reading, showing, vouchers
from actions.handing import hand_over
from actions.nexts import what_next
from actions.pending import yes_no
from actions.reply import Reply, ask, say
from actions.showing import short
from crm_core import carts, catalogue, pricing
from crm_core.errors import Conflict, NotFound
from crm_core.money import format_rupiah

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from actions.turn import Turn
    from crm_core.catalogue import PartView
    from crm_core.pricing import BargainView

QUESTIONS = frozenset({"bargain", "bargain_price"})
_TAKES = frozenset({"affirm", "order_part", "checkout", "inform"})
_MISREAD = frozenset(
    {
        "inform", "affirm", "order_part", "find_part", "ask_promo", "nlu_fallback", "checkout",
        "out_of_scope", "change_cart", "show_cart", "repeat", "request_part",
    }
)  # fmt: skip
_HAGGLES = re.compile(
    r"\b(?:boleh|bole|bisa|bs|ya|yah|aja|saja|deh|lah|dong|deal|dil|kasih|minta|diskon\w*|disc\w*|"
    r"nego\w*|ok|oke|please|pls|could|can)\b",
    re.IGNORECASE,
)
_DEAL = re.compile(
    r"\b(?:deal|dil|jadi|ambil|gas+|sikat|angkut|bungkus|oke?|ok|boleh|setuju|sip|take|yes)\b", re.I
)
_AGREED = re.compile(r"\b(?:harga\s+nego\w*|agreed price)\b", re.IGNORECASE)
_NO_DEAL = re.compile(r"\b(?:ga|gak|nggak|ndak|tidak|tak|tadak|jangan|no|not)\b", re.I)


@dataclass(frozen=True, slots=True)
class About:
    """What is bargained about: a part, how many of it, and what one costs now."""

    part: PartView
    quantity: int
    price: int


def about(session: Session, turn: Turn) -> About | None:
    """The part that the words, the part shown last or the cart mean; None when nothing does."""
    part = _part(session, turn)
    if part is None:
        return None
    held = {line.part_code: line.quantity for line in carts.show(session, turn.customer).lines}
    kept = turn.slots.get("quantity") if turn.slots.get("part_code") == part.part_code else None
    said = bids.count_in(turn.typed)
    quantity = said or held.get(part.part_code) or (kept if isinstance(kept, int) else None) or 1
    unit = pricing.price_of(session, turn.customer, {part.part_code: quantity})[part.part_code].unit
    return About(part, quantity, int(unit or 0))


def begin(session: Session, turn: Turn) -> Reply:
    """ "Bisa kurang?", "50rb ya": the next step of a bargain."""
    cart = carts.show(session, turn.customer)
    named = bids.sum_named(turn.typed)
    if len(cart.lines) > 1 and named and bids.speaks_of_all(turn.typed):
        return _whole_cart(session, turn, named)
    subject = about(session, turn)
    if subject is None:
        return _which(session, turn)
    part = subject.part
    if part.price_idr is None:
        return lacking.on_request(session, turn, part, subject.quantity)
    if part.stock_available <= 0:
        return lacking.out_of_stock(session, turn, part, subject.quantity)
    asked = bids.asked(turn.typed, subject.price, subject.quantity)
    if asked is None:
        return _how_much(session, turn, subject)
    return _answer(session, turn, subject, asked)


def answered(session: Session, turn: Turn) -> tuple[str, Turn] | None:
    """The action for words under a question of ours about a price, whatever they were read as."""
    if turn.active_form or not turn.typed:
        return None
    if _AGREED.search(turn.typed) and not _NO_DEAL.search(turn.typed):
        return ("action_accept_bargain", turn) if _open_offer(session, turn) else None
    if turn.awaiting not in QUESTIONS:
        return ("action_bargain", turn) if _bids(session, turn) else None
    said = catalogue.understand(session, turn.typed)
    if finding.names_part(said) or said.bike or turn.intent in {"talk_to_human", "deny"}:
        return None
    subject = about(session, turn)
    if subject is None:
        return None
    given_in = _gives_in(session, turn, subject)
    if given_in is not None:
        return given_in
    words = len(turn.typed.split())
    takes = turn.awaiting == "bargain" and turn.intent in _TAKES and _DEAL.search(turn.typed)
    if takes and words <= 6 and not _NO_DEAL.search(turn.typed) and not bids.sum_named(turn.typed):
        return "action_accept_bargain", turn
    if bids.asked(turn.typed, subject.price, subject.quantity) is not None and words <= 12:
        return "action_bargain", turn
    return None


def _gives_in(session: Session, turn: Turn, subject: About) -> tuple[str, Turn] | None:
    """ "Ya udah lanjut", an address, a yes instead of a price: the part stays at its own."""
    if turn.awaiting != "bargain_price":
        return None
    if reading.surely_address(turn.typed):
        return "action_inform", turn
    if bids.asked(turn.typed, subject.price, subject.quantity) is not None:
        return None
    if turn.intent == "checkout":
        return "action_checkout", turn
    if turn.intent != "affirm" or bids.sum_named(turn.typed):
        return None
    held = {line.part_code for line in carts.show(session, turn.customer).lines}
    if subject.part.part_code in held:
        return "action_affirm", turn
    shown = replace(turn, tapped=True, entities={"part_code": (subject.part.part_code,)})
    return "action_find_part", shown


def _bids(session: Session, turn: Turn) -> bool:
    """Whether words that were read as something else offer a price for the part just shown."""
    text = turn.typed
    if turn.awaiting not in {"quantity", "more", None} or turn.intent not in _MISREAD:
        return False
    if len(text.split()) > 8 or not _HAGGLES.search(text) or not turn.slots.get("part_code"):
        return False
    if bids.sum_named(text) is None and "%" not in text and "persen" not in text.casefold():
        return False
    said = catalogue.understand(session, text)
    if finding.names_part(said) or said.bike:
        return False
    subject = about(session, turn)
    if subject is None or not subject.price:
        return False
    asked = bids.asked(text, subject.price, subject.quantity)
    return asked is not None and subject.price <= asked * 2 < subject.price * 2


def accept(session: Session, turn: Turn) -> Reply:
    """The yes to an offered price: into the cart with it."""
    offer = _open_offer(session, turn)
    if offer is None:
        return say("utter_error_bargain_over", part="") + vouchers.after(session, turn)
    count = bids.count_in(turn.typed) or catalogue.find_quantity(turn.typed)
    try:
        cart = carts.take_bargain(session, turn.customer, offer.id, turn.actor, count)
    except Conflict as error:
        return vouchers.refused(turn, error).forget("bargain")
    line = next(line for line in cart.lines if line.part_code == offer.part_code)
    taken = say(
        "utter_bargain_taken",
        name=short(offer.name),
        count=line.quantity,
        offer=format_rupiah(offer.offered_idr or 0),
        total=format_rupiah(cart.total),
    )
    return (taken + what_next(turn)).remember(
        part_code=offer.part_code, quantity=None, query=None, goal=None, bargain=None
    )


def decline(session: Session, turn: Turn) -> Reply:
    """The no to an offered price: the part stays at its own."""
    offer = _open_offer(session, turn)
    if offer is not None:
        pricing.decline_bargain(session, turn.customer, offer.id, actor=turn.actor)
    return ask("utter_bargain_declined", awaiting="part").forget("bargain", "quantity")


def standing(session: Session, turn: Turn) -> Reply | None:
    """An offer of a person that waits for the customer's word, asked again; None without one."""
    offer = _open_offer(session, turn)
    return _offered(session, turn, offer, "utter_bargain_stands") if offer else None


def again(session: Session, turn: Turn) -> Reply:
    """The open question about a price, asked again; empty when there is none any more."""
    if turn.awaiting == "bargain":
        return standing(session, turn) or Reply()
    subject = about(session, turn)
    if subject is None:
        return Reply()
    return ask("utter_back_to_bargain", awaiting="bargain_price", name=short(subject.part.name))


def _answer(session: Session, turn: Turn, subject: About, asked: int) -> Reply:
    part = subject.part
    try:
        bargain = pricing.bargain(session, turn.customer, part.part_code, subject.quantity, asked)
    except Conflict as error:
        if error.code != "bargain_needless":
            raise
        shown = finding.show_part(session, turn, part, quantity=subject.quantity, bike=None)
        return say("utter_bargain_needless", name=short(part.name)) + shown
    if bargain.state in {"offered", "accepted"}:
        fresh = bargain.offered_idr == asked
        return _offered(
            session, turn, bargain, "utter_bargain_offer" if fresh else "utter_bargain_stands"
        )
    if bargain.state == "refused":
        options = [turn.option("person", "talk_to_human")]
        reply = ask(
            "utter_bargain_refused",
            options,
            awaiting="bargain_price",
            name=short(part.name),
            price=format_rupiah(subject.price),
            unit=showing.unit(turn, part),
        )
        return reply.remember(part_code=part.part_code, quantity=subject.quantity)
    question = {
        "kind": "bargain",
        "bargain_id": bargain.id,
        "part_code": part.part_code,
        "name": part.name,
        "quantity": bargain.quantity,
        "price_idr": int(bargain.price_idr),
        "asked_idr": int(bargain.asked_idr),
    }
    return hand_over(
        session,
        turn,
        reason="bargain",
        response="utter_bargain_passed",
        question=question,
        name=short(part.name),
        count=bargain.quantity,
        asked=format_rupiah(bargain.asked_idr),
        unit=showing.unit(turn, part),
    )


def _offered(session: Session, turn: Turn, bargain: BargainView, response: str) -> Reply:
    part = catalogue.find_part(session, bargain.part_code)
    offer = bargain.offered_idr or bargain.price_idr
    until: Any = bargain.expires_at
    reply = ask(
        response,
        yes_no(turn),
        awaiting="bargain",
        name=short(part.name),
        count=bargain.quantity,
        offer=format_rupiah(offer),
        unit=showing.unit(turn, part),
        total=format_rupiah(offer * bargain.quantity),
        until=turn.words.moment(until) if isinstance(until, datetime) else "",
    )
    return reply.remember(
        bargain=bargain.id, part_code=part.part_code, quantity=bargain.quantity, query=None
    )


def _how_much(session: Session, turn: Turn, subject: About) -> Reply:
    part = subject.part
    facts: dict[str, Any] = {
        "name": short(part.name),
        **showing.price_facts(turn, part, subject.quantity),
    }
    kept = {"part_code": part.part_code, "quantity": subject.quantity}
    if not pricing.bargaining_open(session):
        fixed = ask("utter_bargain_fixed", [turn.option("person", "talk_to_human")], **facts)
        return fixed.expect("offer_human").remember(**kept)
    return ask("utter_bargain_how_much", awaiting="bargain_price", **facts).remember(**kept)


def _which(session: Session, turn: Turn) -> Reply:
    if not pricing.bargaining_open(session):
        options = [turn.option("person", "talk_to_human")]
        return ask("utter_bargain", options, awaiting="offer_human")
    return ask("utter_bargain_which", awaiting="part")


def _whole_cart(session: Session, turn: Turn, asked: int) -> Reply:
    cart = carts.show(session, turn.customer)
    question = {
        "kind": "bargain",
        "name": "",
        "quantity": len(cart.lines),
        "price_idr": int(cart.total),
        "asked_idr": asked,
    }
    return hand_over(
        session,
        turn,
        reason="bargain",
        response="utter_bargain_cart_passed",
        question=question,
        asked=format_rupiah(asked),
        total=format_rupiah(cart.total),
    )


def _part(session: Session, turn: Turn) -> PartView | None:
    result = catalogue.search(session, turn.typed, bikes=finding.bikes_of(session, turn))
    if finding.names_part(result.understood):
        return result.hits[0].part if result.sure and result.hits else None
    try:
        kept = finding.part_of(session, turn)
    except NotFound:
        kept = None
    if kept is not None:
        return kept
    lines = carts.show(session, turn.customer).lines
    return catalogue.find_part(session, lines[-1].part_code) if len(lines) == 1 else None


def _open_offer(session: Session, turn: Turn) -> BargainView | None:
    """The offer spoken of, or the newest that waits for this customer's word."""
    found = pricing.bargains(session, customer=turn.customer, state="offered", limit=5)
    live = [one for one in found if pricing.still_open(one)]
    spoken = turn.slots.get("bargain")
    return next((one for one in live if one.id == spoken), live[0] if live else None)
