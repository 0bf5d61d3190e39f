"""The choices below a part, and what follows when something is in the cart."""

from __future__ import annotations

from typing import TYPE_CHECKING

from actions.reply import Option, Reply, ask, command

if TYPE_CHECKING:
    from actions.turn import Turn
    from crm_core.catalogue import PartView


def order_option(turn: Turn, part: PartView, count: int) -> Option:
    """The choice that puts ``count`` of ``part`` into the cart."""
    ordered = command("order_part", part_code=part.part_code, quantity=count)
    return Option(turn.words.label("order_n", count=count), ordered)


def what_next(turn: Turn) -> Reply:
    """The question after a change of the cart; none inside a form, which asks by itself."""
    if turn.active_form:
        return Reply()
    return ask("utter_more", more_options(turn), awaiting="more")


def more_options(turn: Turn) -> list[Option]:
    """Order now, or look at the cart."""
    return [turn.option("checkout", "checkout"), turn.option("show_cart", "show_cart")]
