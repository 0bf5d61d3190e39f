"""Every list of the shop as a table: filter, sort, leaf, and take it away as a file."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import Response, abort, render_template, request, url_for

from channels import login, spreadsheet
from channels.console.frame import blueprint, work
from channels.login import allows
from crm_core import clock
from crm_core.errors import NotFound
from crm_core.reports import TABLES, Asked, Table, tables

OWN_PAGES = {
    "parts": ("part", "code"), "stock": ("part", "code"), "movements": ("part", "code"),
    "receipts": ("part", "code"), "prices": ("part", "code"), "orders": ("order", "code"),
    "payments": ("payment", "code"), "complaints": ("complaint", "code"),
    "returns": ("one_return", "code"), "customers": ("customer", "public_id"),
    "parcels": ("order", "code"), "talks": ("conversation", "public_id"),
    "comments": ("comment", "comment_id"), "bargains": ("bargain", "bargain_id"),
    "rounds": ("batch", "batch_id"), "rates": ("shipping_rate", "rate_id"),
    "mutations": ("bank_mutation", "mutation_id"), "differences": ("difference", "difference_id"),
    "bank_files": ("bank_file", "file_id"),
}  # fmt: skip
"""Where the record of a row is looked at: the view, and what its argument is called."""


@blueprint.get("/lists/<name>", endpoint="list")
@allows("reply")
def one_list(name: str) -> str:
    """A page of a list, as it was asked for."""
    table, asked = _table(name), _asked()
    with work() as session:
        found = tables.read(session, table, asked)
    mine = [other for other in TABLES.values() if login.me().may(other.permission)]
    return render_template(
        "console/list.html", table=table, found=found, asked=asked, lists=mine, page_of=_page_of,
        kept={key: value for key, value in request.args.items() if key not in {"page", "sort"}},
    )  # fmt: skip


@blueprint.get("/lists/<name>.csv")
@allows("reports")
def list_csv(name: str) -> Response:
    """The whole list, as it was filtered and sorted, for a spreadsheet."""
    table = _table(name)
    with work() as session:
        rows = tables.whole(session, table, _asked())
    plain = ([_plain(value) for value in row] for row in rows)
    text = spreadsheet.table([column.name for column in table.columns], plain)
    answer = Response(text, mimetype="text/csv")
    file = f"{table.name}-{clock.local_date(clock.now()).isoformat()}.csv"
    answer.headers["Content-Disposition"] = f'attachment; filename="{file}"'
    return answer


def _table(name: str) -> Table:
    table = TABLES.get(name)
    if table is None:
        raise NotFound("list_not_found")
    if not login.me().may(table.permission):
        abort(403)
    return table


def _asked() -> Asked:
    args = request.args
    values = {key.removeprefix("is_"): value for key, value in args.items() if key[:3] == "is_"}
    return Asked(
        query=args.get("q", "")[:200],
        values=values,
        since=args.get("since", ""),
        until=args.get("until", ""),
        sort=args.get("sort", ""),
        page=args.get("page", 1, type=int),
    )


def _page_of(table: Table, value: str) -> str | None:
    """The address of the record that ``value`` names; None if it has no page."""
    if table.name not in OWN_PAGES:
        return None
    view, argument = OWN_PAGES[table.name]
    named: dict[str, Any] = {argument: value}
    return url_for(f"console.{view}", **named)


def _plain(value: Any) -> object:
    if isinstance(value, datetime):
        return clock.local(value).strftime("%Y-%m-%d %H:%M")
    if isinstance(value, bool):
        return int(value)
    return value
