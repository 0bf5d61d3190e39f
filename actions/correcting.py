"""Words that take something back, whatever they were read as: "klaksonnya dihapus saja",
"bukan km 20, km 22", "kalau ambil 12, ada harga khusus?".

A part that is refused is never added, a number that is only supposed orders nothing, and the
number of a house is no number of pieces.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from actions import (
    amending,
    cartlines,
    checkout_flow,
    correctwords,
    finding,
    lists,
    pending,
    reading,
    remarking,
    wishes,
)
from actions.reply import Reply
from crm_core import carts, catalogue, customers
from crm_core.money import Rupiah, format_rupiah

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from actions.correctwords import Place
    from actions.turn import Turn
    from crm_core.catalogue import Understood

_ORDERING = frozenset(
    {
        "order_part", "find_part", "inform", "change_cart", "nlu_fallback", "out_of_scope",
        "affirm", "checkout", "deny", "request_part", "repeat", "check_fitment",
        "ask_part_detail", "show_cart",
    }
)  # fmt: skip
"""Messages that may take a part out or suppose a number whatever they were read as."""
_OF_OTHERS = frozenset(
    {"complain", "return_part", "talk_to_human", "report_payment", "opt_out", "delete_my_data"}
)
_AFTER_ORDERING = frozenset(
    {"more", "confirm_order", "quantity", "line_quantity", "rephrase", None}
)
_PLACE_WORDS = frozenset({"nomor", "number", "rumah", "speedometer"})
"""What "nomor rumahnya" and "km" would be among parts."""


def elsewhere(session: Session, turn: Turn) -> tuple[str, Turn] | None:
    """The action for words that take a part back or only suppose a number; else None."""
    text = turn.typed
    if not text or turn.active_form or turn.awaiting in lists.ASKING:
        return None
    if turn.intent in _ORDERING and correctwords.supposes(text):
        named = finding.names_part(catalogue.understand(session, text))
        return "action_find_part" if named else "action_bulk_price", turn
    counted = _recounts(session, turn)
    if counted is not None:
        return counted, turn
    if _in_all(session, turn):
        return "action_change_cart", replace(turn, slots={**turn.slots, "awaiting": "more"})
    clause = correctwords.takes_out(text)
    if clause is None or turn.intent in _OF_OTHERS or len(text.split()) > 14:
        return None
    return ("action_change_cart", turn) if _takes_a_part_out(session, turn, clause) else None


def _in_all(session: Session, turn: Turn) -> bool:
    """ "Cool then 2 it is" of a part that is shown again and in the cart already."""
    code, text = turn.slots.get("part_code"), turn.typed
    if turn.awaiting != "quantity" or not code or not correctwords.counts_in_all(text):
        return False
    if catalogue.find_quantity(text) is None and reading.bare_number(text) is None:
        return False
    said = catalogue.understand(session, text)
    there = any(one.part_code == code for one in carts.show(session, turn.customer).lines)
    return there and not (finding.names_part(said) or said.bike) and len(text.split()) <= 8


def _recounts(session: Session, turn: Turn) -> str | None:
    """The action for two numbers of which one is refused: "1 aja ga jadi 2" of what is there."""
    text = turn.typed
    refused = catalogue.without_refused(text) != text and catalogue.find_quantity(text)
    if not refused or turn.intent in _OF_OTHERS or len(text.split()) > 14:
        return None
    said = catalogue.understand(session, text)
    said = replace(said, positions=said.positions or reading.sides_in(text))
    named = finding.names_part(said) or said.positions
    if turn.awaiting == "quantity" and turn.slots.get("part_code") and not named:
        return "action_give_quantity"
    cart = carts.show(session, turn.customer)
    there = cartlines.meant(session, cart, said) if named else cart.lines
    return "action_change_cart" if there and turn.awaiting in _AFTER_ORDERING else None


def _takes_a_part_out(session: Session, turn: Turn, clause: str) -> bool:
    said = catalogue.understand(session, correctwords.without_out(clause))
    said = replace(said, positions=said.positions or reading.sides_in(clause))
    if not (finding.names_part(said) or said.positions or reading.YEAR.search(clause)):
        return False
    if turn.awaiting == "choose_part":
        return not said.positions and _names_all_choices(session, turn, said)
    cart = carts.show(session, turn.customer)
    if cartlines.meant(session, cart, said):
        return True
    return turn.intent in _ORDERING and not correctwords.beside(turn.typed)


def _names_all_choices(session: Session, turn: Turn, said: Understood) -> bool:
    """ "Ga jadi businya" below a choice of them takes none of them."""
    options = next((options for _, options in reversed(turn.last_said) if options), ())
    own = [set(catalogue.understand(session, one.label).part_terms) for one in options]
    return bool(said.part_terms and own) and all(set(said.part_terms) <= terms for terms in own)


def remark(session: Session, turn: Turn) -> Reply | None:
    """The answer to a correction of the address below the summary, or to a yes that may as well be
    a no; None for all else."""
    text = turn.typed
    if not text or turn.active_form:
        return None
    if _may_be_no(turn):
        return pending.back_to(session, turn)
    place = correctwords.place_in(text)
    if turn.awaiting != "confirm_order":
        sure = place is not None and correctwords.surely_house(text) and amending.marked(text)
        return remarking.to_waiting_order(session, turn) if sure else None
    known = customers.default_address(session, turn.customer)
    if known is None or reading.surely_address(text) or carts.show(session, turn.customer).empty:
        return None
    if place is None or not _about_the_address(session, text, place):
        place = correctwords.instead(known.address, text)
    address = correctwords.moved(known.address, place) if place else None
    address = address or correctwords.renamed(known.address, text)
    if address is None:
        return None
    customers.remember_address(
        session,
        turn.customer,
        recipient_name=known.recipient_name,
        phone=known.phone,
        address=address,
        district_id=known.district_id,
    )
    return checkout_flow.summary(session, turn)


def _may_be_no(turn: Turn) -> bool:
    """Whether "btl" came right below the summary; said again to the question it is a yes."""
    if turn.awaiting != "confirm_order" or not correctwords.either_way(turn.typed):
        return False
    total = format_rupiah(Rupiah(int(turn.slots.get("summary_total") or 0)))
    return any(total in text for text, _ in turn.last_said)


def _about_the_address(session: Session, text: str, place: Place) -> bool:
    """Whether a number is one of the address: "no 5" alone may be of many things."""
    if correctwords.surely_house(text):
        return True
    terms = set(catalogue.understand(session, text).part_terms) - _PLACE_WORDS
    corrects = amending.marked(text) or catalogue.without_refused(text) != text
    return not terms and (place.kind != "house" or corrects)


def is_one(turn: Turn) -> bool:
    """Whether what is supposed and what is asked of it are one wish: "bila ambil 12, ada harga
    khusus?"."""
    others = wishes.QUESTIONS - {"bargain", "ask_promo"}
    asked = {str(clause["intent"]) for clause in turn.clauses}
    return correctwords.supposes(turn.typed) and not asked & others
