"""Notes to an order or to one part of it: read, kept with the cart or the order that waits."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from actions import cartlines, finding, remarkwords
from actions.reply import Reply, say
from actions.showing import short
from crm_core import carts, catalogue, orders

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from actions.cartlines import Line, Lines
    from actions.remarkwords import NoteSaid
    from actions.turn import Turn
    from crm_core.carts import CartView
    from crm_core.orders import Order


FORM = "checkout_form"
ORDERING = frozenset(
    {
        "order_part", "find_part", "inform", "update_profile", "checkout", "change_cart", "affirm",
        "nlu_fallback", "out_of_scope", "choose_delivery", "show_cart", "ask_shipping",
    }
)  # fmt: skip
"""Messages at whose end a note is one to the order."""


def keep(session: Session, turn: Turn, said: NoteSaid) -> Reply:
    """Write the note where it belongs and say what stands there now."""
    cart = carts.show(session, turn.customer)
    order = None if not cart.empty else _waiting(session, turn)
    if cart.empty and order is None:
        return say("utter_note_nothing")
    holder: Lines[Line] = cart if order is None else orders.view(session, order)
    line = None if said.drop else _line_meant(session, holder, said.words)
    before = line.note if line is not None else holder.note
    note = _together(before, said)
    code = line.part_code if line is not None else None
    if order is None:
        held: Lines[Line] = carts.write_note(session, turn.customer, note, turn.actor, code)
    else:
        orders.write_note(session, order, note, actor=turn.actor, part_code=code)
        held = orders.view(session, order)
    if said.drop:
        return say("utter_note_dropped" if before else "utter_note_none")
    if line is not None:
        kept = next(one.note for one in held.lines if one.part_code == code)
        return say("utter_note_kept_line", name=short(line.name), note=kept or "")
    if order is not None:
        return say("utter_note_kept_order", code=order.order_code, note=held.note or "")
    return say("utter_note_kept", note=held.note or "")


def to_waiting_order(session: Session, turn: Turn) -> Reply | None:
    """Another address for an order that is placed: its note, read by who packs it. None where a
    cart is being filled or no order waits."""
    if not carts.show(session, turn.customer).empty or _waiting(session, turn) is None:
        return None
    return keep(session, turn, remarkwords.NoteSaid(turn.typed))


def apart(turn: Turn) -> tuple[Turn, str]:
    """The turn without the note at its end, and that note; while an order is being made."""
    about_orders = turn.active_form in {None, FORM} and turn.intent in ORDERING
    rest, note = remarkwords.apart(turn.typed) if about_orders else ("", "")
    return (replace(turn, text=rest), note) if note else (turn, "")


def beside(session: Session, turn: Turn, note: str) -> Reply:
    """Keep a note that came at the end of a message about something else."""
    return keep(session, turn, remarkwords.NoteSaid(note))


def of_line(session: Session, turn: Turn) -> bool:
    """ "Yg vario warna hitam ya" of a part in the cart of which there is no black one.

    Where the catalogue knows such a part, the words ask for it instead.
    """
    text = turn.typed
    if turn.active_form or turn.awaiting not in {"more", "confirm_order"}:
        return False
    if not (remarkwords.of_one(text) and remarkwords.of_colour(text)) or "?" in text:
        return False
    said = catalogue.understand(session, text)
    cart: CartView = carts.show(session, turn.customer)
    line = None if cart.empty or said.quantity else _line_meant(session, cart, text)
    if line is None:
        return False
    own = finding.essence(catalogue.understand(session, line.name))
    wished = catalogue.understand(session, f"{own} {text}").colour
    hits = catalogue.search(
        session, f"{own} {wished}", bikes=(said.bike,) if said.bike else ()
    ).hits
    return wished is None or not any(
        catalogue.understand(session, hit.part.name).colour == wished for hit in hits
    )


def _waiting(session: Session, turn: Turn) -> Order | None:
    """The newest order whose note somebody still reads."""
    found = orders.of_customer(session, turn.customer, only_open=True)
    return next((order for order in found if order.state in orders.NOTED), None)


def _line_meant(session: Session, holder: Lines[Line], words: str) -> Line | None:
    """The one line that the words name by its part, or single out by its bike or colour."""
    said = catalogue.understand(session, words)
    named = finding.names_part(said)
    if not named and not (said.bike and remarkwords.of_one(words)):
        return None
    found = cartlines.meant(session, holder, said)
    return found[0] if len(found) == 1 else None


def _together(before: str | None, said: NoteSaid) -> str:
    if not before or said.anew or said.drop:
        return said.words
    return before if said.words.casefold() in before.casefold() else f"{before}; {said.words}"
