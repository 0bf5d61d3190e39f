"""The questions about a quoted list: which bike, which part, all of it into the cart?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from actions.reply import Option, Reply, ask, command
from actions.showing import bike_text, price, short, shown, stock
from crm_core import catalogue, customers

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from actions.turn import Turn
    from crm_core.catalogue import QuoteLine, ShoppingList

INTENT = "send_list"


def which_bike(
    session: Session, turn: Turn, row: ShoppingList, lines: Sequence[QuoteLine]
) -> Reply:
    """Which bike several lines are for; the customer's own are offered."""
    owned = customers.bikes(session, turn.customer)[:4]
    options = []
    for bike in owned:
        known = catalogue.BikeRef(bike.model, bike.generation, bike.year)
        payload = list_command(row, choice=f"bike:{bike.id}")
        options.append(Option(bike_text(known), payload))
    options.append(Option(turn.words.label("list_each"), list_command(row, choice="each")))
    numbers = ", ".join(str(line.number) for line in lines)
    return ask("utter_list_bike", options, awaiting="list_bike", lines=numbers)


def which_part(turn: Turn, row: ShoppingList, doubtful: Sequence[QuoteLine]) -> Reply:
    """Which part the first doubtful line means, or whether its substitute will do."""
    line = doubtful[0]
    about = {"number": line.number, "said": shown(line.entry.line.text)[:60]}
    options: list[Option] = []
    if line.state == "out" and line.part is not None and line.substitute is not None:
        other = line.substitute
        label = turn.words.label("list_swap", name=short(other.name))
        facts = turn.words.line("choice", price=price(turn, other), stock=stock(turn, other))
        options.append(Option(label, list_command(row, line, part_code=other.part_code), facts))
        about["said"] = short(line.part.name)
        response = "utter_list_out"
    else:
        for part in line.choices:
            facts = turn.words.line("choice", price=price(turn, part), stock=stock(turn, part))
            payload = list_command(row, line, part_code=part.part_code)
            options.append(Option(shown(part.name), payload, facts))
        response = "utter_list_which"
    options.append(Option(turn.words.label("list_skip"), list_command(row, line, choice="skip")))
    if len(doubtful) > 1:
        options.append(Option(turn.words.label("list_skip_rest"), list_command(row, choice="rest")))
    return ask(response, options, awaiting="list_line", left=len(doubtful), **about)


def list_command(row: ShoppingList, line: QuoteLine | None = None, **entities: str | int) -> str:
    """The command of a choice about one list, and about one line of it."""
    place = f"{row.id}.{line.number}" if line else str(row.id)
    return command(INTENT, line=place, **entities)
