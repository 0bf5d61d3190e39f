"""Words about a deal that were read as something else: vouchers, points, notes, bids, "kalau ambil
10?"."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from actions import (
    bargaining,
    bids,
    checkout_flow,
    finding,
    lists,
    partly,
    remarking,
    remarkwords,
    vouchers,
)
from crm_core import catalogue

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from actions.turn import Turn

_LEFT_ALONE = frozenset(
    {"complain", "report_payment", "talk_to_human", "return_part", "delete_my_data", "send_photo"}
)
_BULK = re.compile(
    r"\b(?:grosir\w*|grosiran|partai|borongan|wholesale|bulk|harga\s+(?:bengkel|reseller|banyak))\b|"
    r"\b(?:kal[ao]u?|klo|kl|klu|if|for)\s+(?:(?:sa?ya|aku|i|we)\s+)?"
    r"(?:ambil|ngambil|beli|order|pesan|borong|take|buy|order)\s+\d",
    re.IGNORECASE,
)
_PRICE = re.compile(
    r"\?|\b(?:berapa\w*|brp\w*|brapa\w*|berape|harg[ae]\w*|hrg\w*|dapat|dapet|dpt|diskon\w*|price|"
    r"how much|cheaper|murah\w*)\b",
    re.IGNORECASE,
)


def elsewhere(session: Session, turn: Turn) -> tuple[str, Turn] | None:
    """The action that words about a price are meant for; None for all other words."""
    note = _about_order(turn) and remarkwords.is_note(turn.typed)
    if note and _for_the_shop(turn) and remarkwords.note_in(turn.typed) is not None:
        return "action_write_note", turn
    if partly.counts(turn):
        return "action_give_quantity", turn.as_typed()
    if not turn.typed or turn.intent in _LEFT_ALONE:
        return None
    if partly.chosen(turn) is not None:
        return "action_order_part", turn
    if remarkwords.points_wanted(turn.typed) is not None:
        return "action_use_points", turn
    if not turn.active_form and remarking.of_line(session, turn):
        return "action_write_note", turn
    if _about_order(turn) and remarkwords.note_in(turn.typed) is not None:
        return "action_write_note", turn
    if vouchers.drops(turn.typed) or vouchers.named(session, turn.typed) is not None:
        return "action_use_voucher", turn
    return bargaining.answered(session, turn) or _bulk(session, turn)


def _about_order(turn: Turn) -> bool:
    """Whether a note can be to an order: in a complaint or a list it is part of that."""
    return turn.active_form in {None, checkout_flow.FORM} and turn.awaiting not in lists.ASKING


def _for_the_shop(turn: Turn) -> bool:
    """ "Catatan: tolong telepon dulu" calls nobody, and "hapus catatan" erases no customer."""
    few = len(turn.typed.split()) <= 3
    return turn.intent == "talk_to_human" or (turn.intent == "delete_my_data" and few)


def _bulk(session: Session, turn: Turn) -> tuple[str, Turn] | None:
    text = turn.typed
    if turn.active_form or not (_BULK.search(text) and _PRICE.search(text)):
        return None
    if len(text.split()) > 14 or catalogue.listed(text) or bids.sum_named(text):
        return None
    said = catalogue.understand(session, text)
    if finding.names_part(said):
        return ("action_find_part", turn) if turn.intent in {"bargain", "ask_promo"} else None
    counted = bids.count_in(text) or catalogue.find_quantity(text)
    if not counted and turn.intent == "ask_promo":
        return None
    return "action_bulk_price", turn
