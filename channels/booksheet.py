"""The books of a day as a table: the same rows for the console's file and the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from channels import spreadsheet

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crm_core.payments import AccountView, Books
    from crm_core.payments.books import Came

HEADING = (
    "day", "section", "bank", "account", "order", "amount_idr", "state", "owner", "reference",
    "text",
)  # fmt: skip


def csv_of(books: Books) -> str:
    """All rows of the books; amounts that left are below zero."""
    return spreadsheet.table(HEADING, rows(books))


def rows(books: Books) -> Iterator[tuple[object, ...]]:
    """Expected, received, sent out, refunds and differences, one row each."""
    day = books.day.isoformat()
    for asked in books.expected:
        place = _place(asked.account, asked.order_code)
        yield day, "expected", *place, asked.amount_idr, asked.outcome, "", "", ""
    for came in books.came:
        place = _place(came.account, came.order_code)
        amount = came.amount_idr if came.incoming else -came.amount_idr
        state = came.state or ("cash" if came.cash else "on_word")
        yield day, _section(came), *place, amount, state, "", came.reference, came.description
    for back in books.sent_back:
        place = _place(back.account, back.order_code)
        yield day, "refund", *place, -back.amount_idr, "done", "", "", back.to
    for one in books.differences:
        place = _place(one.account, one.order_code)
        state, owner = f"{one.kind} {one.state}", one.owner or "manager"
        yield day, "difference", *place, one.amount_idr, state, owner, "", one.reason or ""


def _place(account: AccountView, order_code: str | None) -> tuple[str, str, str]:
    return account.bank, account.number, order_code or ""


def _section(came: Came) -> str:
    if came.state is None:
        return "cash" if came.cash else "on_word"
    return "received" if came.incoming else "sent"
