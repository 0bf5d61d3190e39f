"""The list that a conversation is about: kept between turns until it is in the cart.

One per conversation; another list takes its place. A choice on an old message names the list it
was made for, so it can never change a later one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from crm_core import clock
from crm_core.catalogue import queries, shoppingquotes
from crm_core.catalogue.models import ShoppingList
from crm_core.catalogue.shoppingedits import Edit
from crm_core.catalogue.shoppinglist import MOST_LINES, ListLine, read_list
from crm_core.catalogue.shoppingquotes import Entry, ListQuote
from crm_core.catalogue.types import BikeRef
from crm_core.errors import InvalidInput, NotFound

KEPT = timedelta(days=2)
"""After that a list is forgotten: stock has moved on, and so has the customer."""


def keep_list(
    session: Session, *, customer_id: int, conversation_id: int, entries: Sequence[Entry]
) -> ShoppingList:
    """Keep a list in place of the one before."""
    session.execute(delete(ShoppingList).where(ShoppingList.conversation_id == conversation_id))
    row = ShoppingList(
        customer_id=customer_id,
        conversation_id=conversation_id,
        lines=[entry.to_json() for entry in entries],
    )
    session.add(row)
    session.flush()
    return row


def open_list(session: Session, conversation_id: int) -> ShoppingList | None:
    """The conversation's list, locked until the transaction ends; None without a recent one."""
    query = (
        select(ShoppingList)
        .where(
            ShoppingList.conversation_id == conversation_id,
            ShoppingList.updated_at > clock.now() - KEPT,
        )
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return session.scalars(query).first()


def close_list(session: Session, row: ShoppingList) -> None:
    """The list is done with."""
    session.delete(row)
    session.flush()


def entries_of(row: ShoppingList) -> list[Entry]:
    """What was decided about each line."""
    return [Entry.from_json(stored) for stored in row.lines]


def list_quote(session: Session, row: ShoppingList) -> ListQuote:
    """The list with price and stock of now."""
    return shoppingquotes.priced(session, entries_of(row))


def choose_part(session: Session, row: ShoppingList, number: int, part_code: str) -> None:
    """Settle a line. Raises NotFound ("list_line_not_found", "part_not_found")."""
    part = queries.find_part(session, part_code)
    _change(session, row, number, lambda entry: shoppingquotes.settled(entry, part))


def skip_lines(session: Session, row: ShoppingList, numbers: Sequence[int]) -> None:
    """Leave lines out. Raises NotFound ("list_line_not_found") before anything is changed."""
    for number in numbers:
        _place(row, number)
    for number in numbers:
        _change(session, row, number, lambda entry: replace(entry, skipped=True))


def tell_bike(session: Session, row: ShoppingList, bike: BikeRef, numbers: Sequence[int]) -> None:
    """Look for lines again, for this bike."""
    for number in numbers:
        _change(
            session,
            row,
            number,
            lambda entry: shoppingquotes.find(session, replace(entry.line, bike=bike)),
        )


def bikes_differ(session: Session, row: ShoppingList) -> None:
    """No one bike holds for the doubtful lines: each is asked about by itself."""
    row.lines = [
        replace(entry, missing=None).to_json() if entry.missing == "bike" else entry.to_json()
        for entry in entries_of(row)
    ]
    _touch(session, row)


def extend_list(session: Session, row: ShoppingList, lines: Sequence[ListLine]) -> None:
    """Add lines at the end. Raises InvalidInput ("list_too_long")."""
    count = len(row.lines)
    if count + len(lines) > MOST_LINES:
        raise InvalidInput("list_too_long", lines=count + len(lines), most=MOST_LINES)
    new = [replace(line, number=count + at) for at, line in enumerate(lines, start=1)]
    row.lines = [
        *row.lines,
        *(entry.to_json() for entry in shoppingquotes.look_up(session, new)),
    ]
    _touch(session, row)


def edit_lines(session: Session, row: ShoppingList, edits: Sequence[Edit]) -> None:
    """Change lines as the customer said; all of it or nothing.

    Raises NotFound ("list_line_not_found" with line and lines).
    """
    for edit in edits:
        _place(row, edit.line)
    for edit in edits:
        _change(session, row, edit.line, partial(_edited, session, edit))


def say_line(session: Session, row: ShoppingList, number: int, words: str) -> None:
    """Other or further words for a line: what they leave out stays as it was."""
    edit_lines(session, row, [Edit(number, "say", None, words)])


def _edited(session: Session, edit: Edit, entry: Entry) -> Entry:
    if edit.kind == "remove":
        return replace(entry, skipped=True)
    if edit.kind == "quantity":
        quantity = edit.quantity or entry.line.quantity
        line = replace(entry.line, quantity=quantity, counted=True, written="")
        return replace(entry, line=line, skipped=False)
    return _said_again(session, entry, edit.text)


def _said_again(session: Session, entry: Entry, words: str) -> Entry:
    said = read_list(words)
    line = entry.line
    bike = queries.read_bike_text(words)
    if said:  # it names a part: the words replace the line's
        told = said[0]
        quantity, counted = line.quantity, line.counted
        if told.counted:
            quantity, counted = told.quantity, True
        new = replace(
            line, text=told.text, quantity=quantity, counted=counted, written=told.written
        )
        if new.bike is None or bike:
            new = replace(new, bike=bike or entry.bike)
    else:
        new = replace(line, text=f"{line.text}, {words}"[:200], bike=bike or line.bike)
    return shoppingquotes.find(session, new)


def _place(row: ShoppingList, number: int) -> int:
    for place, stored in enumerate(row.lines):
        if stored["number"] == number:
            return place
    raise NotFound("list_line_not_found", line=number, lines=len(row.lines))


def _change(
    session: Session, row: ShoppingList, number: int, how: Callable[[Entry], Entry]
) -> None:
    place = _place(row, number)
    lines = list(row.lines)
    lines[place] = how(Entry.from_json(lines[place])).to_json()
    row.lines = lines
    _touch(session, row)


def _touch(session: Session, row: ShoppingList) -> None:
    row.updated_at = clock.now()
    session.flush()
