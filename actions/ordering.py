"""Ordering into the cart: a part that is named, the one that was shown, or only a number."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from actions import amending, cartlines, finding, partly, pending, reading
from actions.base import CrmAction
from actions.cart import correct, said_quantity, whole
from actions.reply import Reply, ask
from crm_core import carts, catalogue
from crm_core.catalogue import Understood

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from actions.turn import Turn


BARGAINING = frozenset({"bargain", "bargain_price", "rephrase"})
"""After these questions "yodah sikat 2" takes the part that was shown."""
SPEAKS_OF_SHOWN = frozenset({"quantity", "part", None, "more"}) | BARGAINING


class OrderPart(CrmAction):
    """A wish to buy: "mau 2 kampas rem depan beat 2019", "iya" to the part shown, a tap."""

    action_name = "action_order_part"
    changes = True

    def perform(self, session: Session, turn: Turn) -> Reply:
        """Put the part into the cart when it is clear which one; otherwise find out."""
        agreed = partly.chosen(turn)
        if agreed is not None:
            return partly.take(session, turn, *agreed)
        if turn.tapped and turn.entity("part_code"):
            part = catalogue.find_part(session, str(turn.entity("part_code")))
            return finding.add_to_cart(session, turn, part, turn.number("quantity") or 1)
        last = turn.slots.get("part_code")
        if last and len(turn.typed.split()) <= 5 and _final(session, turn, str(last)):
            return correct(session, replace(turn, slots={**turn.slots, "awaiting": "more"}))
        said = catalogue.understand(session, turn.typed)
        if catalogue.read_quantity(turn.typed):
            said = Understood()  # "ambil dua" is a number, whatever its words resemble
        kept = turn.slots.get("part_code")
        speaks_of_kept = turn.awaiting in SPEAKS_OF_SHOWN and kept
        if not finding.names_part(said) and not said.bike and speaks_of_kept:
            part = catalogue.find_part(session, str(kept))
            quantity = said_quantity(turn) or whole(turn.slots.get("quantity")) or 1
            quantity = catalogue.sold_as(quantity, turn.typed, part.unit)
            return finding.add_to_cart(session, turn, part, quantity)
        wanted = said_quantity(turn)
        if wanted and only_counts(session, turn):
            part = catalogue.find_part(session, str(kept))
            wanted = catalogue.sold_as(wanted, turn.typed, part.unit)
            return finding.add_to_cart(session, turn, part, wanted)
        if not (finding.names_part(said) or said.bike or kept) and wanted:
            asked = ask("utter_which_part", awaiting="part")
            return asked.remember(quantity=wanted, goal="order")
        if _more_of_a_line(session, turn, said):
            return correct(session, turn)
        if turn.awaiting == "confirm_order" and not finding.names_part(said) and not said.bike:
            return pending.back_to(session, turn)  # "lanjut pesan" below the summary orders nothing
        first = _taken_along(session, turn)
        further = finding.find(session, turn, turn.text, order=True)
        return first + further if first else further


class GiveQuantity(CrmAction):
    """A bare answer to "how many?"."""

    action_name = "action_give_quantity"
    changes = True

    def perform(self, session: Session, turn: Turn) -> Reply:
        """Add that many; another part or bike in the answer is a new search."""
        code = turn.slots.get("part_code")
        quantity = said_quantity(turn)
        if not quantity or not code:
            said = catalogue.understand(session, turn.typed)
            if finding.names_part(said) or said.bike:
                return finding.find(session, turn, turn.text)
            return ask("utter_quantity_unclear", awaiting="quantity")
        if _final(session, turn, str(code)):
            return correct(session, replace(turn, slots={**turn.slots, "awaiting": "more"}))
        part = catalogue.find_part(session, str(code))
        quantity = catalogue.sold_as(quantity, turn.typed, part.unit)
        return finding.add_to_cart(session, turn, part, quantity)


_ALONG = re.compile(r"\b(?:se?kalian\w*|skalian\w*|along with it|together with)\b", re.IGNORECASE)
_IN_ALL = re.compile(
    r"\bit is\b|\bmake it\b|\bin (?:all|total)\b|\bjadi\w*\b|"
    r"\b(?:itu|tu|segitu)\s+(?:aja|saja|jak|je)\b",
    re.IGNORECASE,
)


def only_counts(session: Session, turn: Turn) -> bool:
    """Whether words answer "how many?" with a number and name nothing that the shop has: "yodah
    sikat 2", "ok gimme 2"."""
    shown = turn.awaiting in {"quantity", *BARGAINING} and turn.slots.get("part_code")
    if not shown or not said_quantity(turn):
        return False
    if len(turn.typed.split()) > 5 or catalogue.read_bike(session, turn.typed) is not None:
        return False
    return not catalogue.search(session, catalogue.without_taking(turn.typed)).hits


def _taken_along(session: Session, turn: Turn) -> Reply | None:
    """ "Sekalian X" below a part that was shown: that one is wanted as well, one of it."""
    code = turn.slots.get("part_code")
    if turn.awaiting != "quantity" or not code or not _ALONG.search(turn.typed):
        return None
    if any(line.part_code == code for line in carts.show(session, turn.customer).lines):
        return None
    part = catalogue.find_part(session, str(code))
    if part.price_idr is None or part.stock_available <= 0:
        return None
    added = finding.add_to_cart(session, turn, part, 1)
    return Reply(added.says[:1], dict(added.slots))


def _final(session: Session, turn: Turn, code: str) -> bool:
    """ "2 it is", "ya itu aja 2": how many in all, of a part that is in the cart already."""
    if not _IN_ALL.search(turn.typed) or said_quantity(turn) is None:
        return False
    return any(line.part_code == code for line in carts.show(session, turn.customer).lines)


def _more_of_a_line(session: Session, turn: Turn, said: Understood) -> bool:
    """ "Tambah 1 lagi kampasnya", "kampasnya 4 deng": another number for a part in the cart."""
    other = reading.changes_by(turn.typed) or amending.marked(turn.typed)
    sided = said.positions or reading.sides_in(turn.typed)
    if not other or said.bike or not (finding.names_part(said) or sided):
        return False
    said = replace(said, positions=sided)
    return len(cartlines.meant(session, carts.show(session, turn.customer), said)) == 1
