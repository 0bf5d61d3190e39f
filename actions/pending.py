"""Back to the open question after an answer to something else."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from actions import lists
from actions.nexts import order_option
from actions.reply import Option, Reply, ask
from actions.showing import bike_text, short
from crm_core import carts, catalogue
from crm_core.errors import NotFound

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from actions.turn import Turn


CHOOSING = frozenset({"choose_part", "which_order", "complaint_order", "offer_wish", "delivery"})
"""Questions that are asked again with the choices they were asked with."""


def confirm_options(turn: Turn) -> list[Option]:
    """Yes, change, cancel: the choices under an order's summary."""
    return [
        turn.option("yes_order", "affirm"),
        turn.option("change", "change_cart"),
        turn.option("no_order", "deny"),
    ]


def yes_no(turn: Turn) -> list[Option]:
    """A plain yes and no."""
    return [turn.option("yes", "affirm"), turn.option("no", "deny")]


def delete_options(turn: Turn) -> list[Option]:
    """Whether data is to be erased, said in full so that no tap is a slip."""
    return [turn.option("yes_delete", "affirm"), turn.option("no", "deny")]


def back_to(session: Session, turn: Turn) -> Reply:
    """The question that was open before this turn, asked again; empty when there was none.

    Inside a form nothing: the form asks by itself.
    """
    awaiting = turn.awaiting
    if turn.active_form or awaiting is None:
        return Reply()
    if awaiting == "quantity":
        return _quantity(session, turn)
    if awaiting in {"bargain", "bargain_price"}:
        from actions import bargaining  # noqa: PLC0415 - it asks back to here as well

        return bargaining.again(session, turn)
    if awaiting in lists.ASKING:
        return lists.ask_again(session, turn)
    if awaiting in {"confirm_order", "more"} and carts.show(session, turn.customer).empty:
        return Reply()
    questions: dict[str, Callable[[], Reply]] = {
        "confirm_order": lambda: ask("utter_back_to_confirm_order", confirm_options(turn)),
        "more": lambda: ask("utter_back_to_more", [turn.option("checkout", "checkout")]),
        "part": lambda: ask("utter_back_to_part"),
        "bike": lambda: ask("utter_back_to_bike", query=str(turn.slots.get("query") or "")[:80]),
        "confirm_cancel": lambda: ask(
            "utter_back_to_confirm_cancel",
            yes_no(turn),
            code=str(turn.slots.get("order_code") or ""),
        ),
    }
    choices = offered(turn)
    if awaiting in CHOOSING and choices:
        return ask("utter_back_to_choice", choices).expect(awaiting)
    if awaiting == "choose_part":
        return _which_part(session, turn)
    questions["confirm_clear"] = lambda: ask("utter_ask_clear_cart", yes_no(turn))
    questions["confirm_delete"] = lambda: ask("utter_ask_delete_data", delete_options(turn))
    question = questions.get(awaiting)
    return question().expect(awaiting) if question else Reply()


def offered(turn: Turn) -> tuple[Option, ...]:
    """The choices that stand below the last answer."""
    return next((options for _, options in reversed(turn.last_said) if options), ())


def _which_part(session: Session, turn: Turn) -> Reply:
    """The choice of parts once more, searched anew where the last answer did not show it."""
    from actions import finding  # noqa: PLC0415 - it asks back to here as well

    bike = finding.bike_of(session, turn)
    waiting = f"{turn.slots.get('query') or ''} {bike_text(bike)}".strip()
    hits = finding.fitting(catalogue.search(session, waiting).hits) if waiting else ()
    if not hits:
        return ask("utter_back_to_part", awaiting="part")
    order = turn.slots.get("goal") == "order"
    quantity = turn.number("quantity")
    reply = finding.choose(turn, hits, quantity=quantity, order=order, bike=bike)
    return reply.remember(query=turn.slots.get("query"))


def _quantity(session: Session, turn: Turn) -> Reply:
    code = turn.slots.get("part_code")
    if not code:
        return Reply()
    try:
        part = catalogue.find_part(session, str(code))
    except NotFound:
        return Reply()
    offered_so_many = turn.slots.get("quantity")
    counts = (int(offered_so_many),) if isinstance(offered_so_many, int | float) else (1, 2)
    options = [order_option(turn, part, n) for n in counts if 0 < n <= part.stock_available]
    return ask("utter_back_to_quantity", options, awaiting="quantity", name=short(part.name))
