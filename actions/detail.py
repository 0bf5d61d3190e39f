"""The detail card of a part: genuine or not, what it fits, price and stock."""

from __future__ import annotations

from typing import TYPE_CHECKING

from actions import reading, showing
from actions.nexts import order_option
from actions.reply import Reply, ask
from actions.showing import shown

if TYPE_CHECKING:
    from actions.turn import Turn
    from crm_core.catalogue import PartView


def card(turn: Turn, part: PartView) -> Reply:
    """All that is known of ``part``, and the question how many."""
    fits = showing.fitment_text(part)
    reply = ask(
        "utter_part_detail",
        [order_option(turn, part, 1)] if part.price_idr and part.stock_available > 0 else [],
        awaiting="quantity",
        name=shown(part.name),
        code=part.part_code,
        warranty=_warranty(turn, part),
        genuine=turn.words.line("genuine" if part.original else "not_genuine"),
        description=_described(turn, part),
        fits=turn.words.line("fits_models", models=fits) if fits else "",
        price=showing.price(turn, part),
        stock=showing.stock(turn, part),
    )
    return reply.remember(part_code=part.part_code, quantity=None)


def _warranty(turn: Turn, part: PartView) -> str:
    """How long it is covered; that it is not only where that was asked."""
    if part.warranty_days:
        return turn.words.line("warranty", days=part.warranty_days)
    return turn.words.line("no_warranty") if reading.WARRANTY.search(turn.typed) else ""


def _described(turn: Turn, part: PartView) -> str:
    """The description behind a sentence; the shop writes it in Indonesian only."""
    return f" {shown(part.description)}" if part.description and turn.language == "id" else ""
