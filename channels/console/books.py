"""The books of a day: what was expected, what came, and what differs, with its owner."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from flask import Response, render_template, request

from channels import booksheet
from channels.console.frame import blueprint, work
from channels.login import allows
from crm_core import payments

if TYPE_CHECKING:
    from datetime import date

    from sqlalchemy.orm import Session

    from crm_core.payments import Books


def _asked(session: Session) -> tuple[Books, int | None]:
    day: date = payments.read_day(request.args.get("day"))
    account = request.args.get("account", type=int)
    return payments.books.of_day(session, day, account_id=account), account


@blueprint.get("/bank/day")
@allows("payments")
def bank_day() -> str:
    """The day as a page."""
    with work() as session:
        books, account = _asked(session)
        one_day = timedelta(days=1)
        return render_template(
            "console/bank_day.html",
            books=books,
            account=account,
            accounts=payments.accounts(session, active=False),
            before=books.day - one_day,
            after=books.day + one_day,
        )


@blueprint.get("/bank/day.csv")
@allows("payments")
def bank_day_csv() -> Response:
    """The day as a table that a spreadsheet opens safely."""
    with work() as session:
        books, _ = _asked(session)
    answer = Response(booksheet.csv_of(books), mimetype="text/csv")
    name = f"buku-{books.day.isoformat()}.csv"
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer
