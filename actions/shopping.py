"""Lists: pasted, sent as a file, corrected by line numbers, answered line by line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from actions import cart, finding, lists, reading
from actions.base import CrmAction
from actions.reply import Reply, say
from crm_core import catalogue, customers
from crm_core.catalogue import ListLine
from crm_core.errors import InvalidInput, NotFound

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from actions.turn import Turn
    from crm_core.catalogue import BikeRef, Edit, ShoppingList


class SendList(CrmAction):
    """A list, or an answer about the list that is open."""

    action_name = "action_send_list"
    changes = True

    def perform(self, session: Session, turn: Turn) -> Reply:
        """Quote a new list; else do what is said about the open one."""
        row = catalogue.open_list(session, turn.conversation.id)
        if turn.entity("line"):
            return _tapped(session, turn, row)
        if turn.file is not None:
            return _from_file(session, turn)
        edits = catalogue.read_edits(turn.text)
        if row is not None and edits:
            return _edit(session, turn, row, edits)
        lines = catalogue.listed(turn.text)
        if lines:
            return lists.begin(session, turn, lines, finding.bikes_of(session, turn))
        if row is not None:
            return lists.answer(session, turn, row)
        if edits:  # they speak of the lines of the cart
            return cart.correct(session, turn.as_typed())
        return finding.find(session, turn, turn.text)


class DeclineList(CrmAction):
    """The no to a question about a list: leave that line out, or the whole list alone."""

    action_name = "action_decline_list"
    changes = True

    def perform(self, session: Session, turn: Turn) -> Reply:
        """Go on with the next line; at the end nothing goes into the cart."""
        row = catalogue.open_list(session, turn.conversation.id)
        if row is None or turn.awaiting == "list_all" or reading.calls_off(turn.typed):
            return lists.drop(session, row)
        if turn.awaiting == "list_bike":
            catalogue.bikes_differ(session, row)
            return lists.go_on(session, turn, row)
        return lists.skip(session, turn, row)


def _edit(session: Session, turn: Turn, row: ShoppingList, edits: Sequence[Edit]) -> Reply:
    try:
        return lists.edit(session, turn, row, edits)
    except NotFound as error:  # the list and its question stay
        return say(f"utter_error_{error.code}", **error.facts) + lists.ask_again(session, turn)


def _tapped(session: Session, turn: Turn, row: ShoppingList | None) -> Reply:
    named, _, number = str(turn.entity("line")).partition(".")
    if row is None or str(row.id) != named:
        return say("utter_list_gone") if row is None else lists.again(session, turn, row)
    choice = str(turn.entity("choice") or "")
    if turn.entity("part_code") and number:
        catalogue.choose_part(session, row, int(number), str(turn.entity("part_code")))
        return lists.go_on(session, turn, row, told=int(number))
    if choice == "all":
        return lists.into_cart(session, turn, row)
    if choice == "tell":
        return lists.tell(session, turn, row)
    if choice == "drop":
        return lists.drop(session, row)
    if choice == "each" or choice.startswith("bike:"):
        return lists.say_bike(session, turn, row, _own_bike(session, turn, choice))
    if choice == "rest":
        quote = catalogue.list_quote(session, row)
        catalogue.skip_lines(session, row, [line.number for line in quote.lines if line.open])
    elif choice == "skip" and number:
        catalogue.skip_lines(session, row, [int(number)])
    return lists.go_on(session, turn, row)


def _from_file(session: Session, turn: Turn) -> Reply:
    sent = turn.file or {}
    if sent.get("error"):
        raise InvalidInput(str(sent["error"]), **dict(sent.get("facts") or {}))
    lines = [ListLine(**line) for line in sent.get("lines") or ()]
    return lists.begin(session, turn, lines, finding.bikes_of(session, turn))


def _own_bike(session: Session, turn: Turn, choice: str) -> BikeRef | None:
    wanted = choice.removeprefix("bike:")
    for bike in customers.bikes(session, turn.customer):
        if str(bike.id) == wanted:
            return catalogue.BikeRef(bike.model, bike.generation, bike.year)
    return None
