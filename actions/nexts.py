"""What follows when something is in the cart."""

from __future__ import annotations

from typing import TYPE_CHECKING

from actions.reply import Option, Reply, ask

if TYPE_CHECKING:
    from actions.turn import Turn


def what_next(turn: Turn) -> Reply:
    """The question after a change of the cart; none inside a form, which asks by itself."""
    if turn.active_form:
        return Reply()
    return ask("utter_more", more_options(turn), awaiting="more")


def more_options(turn: Turn) -> list[Option]:
    """Order now, or look at the cart."""
    return [turn.option("checkout", "checkout"), turn.option("show_cart", "show_cart")]
