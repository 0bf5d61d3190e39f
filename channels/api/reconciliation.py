"""``/reconciliation``: the books of one day, as the console's page of the day shows them."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import Response
from flask.views import MethodView
from marshmallow import Schema, fields, validate

from channels import booksheet, context
from channels.api.blueprints import api_blueprint
from channels.api.schemas import BankAccountSchema, Record
from crm_core.payments import AccountView, Books, books

blueprint = api_blueprint("reconciliation", "What was expected, what came, what differs")


class DayQuery(Schema):
    """Which day."""

    day = fields.Date(
        required=True,
        validate=validate.Range(date(2000, 1, 1), date(2999, 12, 31)),
        metadata={"description": "a day in Pontianak, 2026-11-21"},
    )


class ExpectedSchema(Record):
    """An order's money that was awaited on the day."""

    order_code = fields.String()
    bank_account = fields.Nested(BankAccountSchema, attribute="account")
    amount_idr = fields.Integer()
    outcome = fields.String(metadata={"description": "at the day's end: paid, open or ended"})


class CameSchema(Record):
    """Money of the day; ``state`` null: no file shows it, a person said so or counted cash."""

    mutation_id = fields.Integer(allow_none=True)
    bank_account = fields.Nested(BankAccountSchema, attribute="account")
    direction = fields.Function(
        lambda one: "in" if one.incoming else "out",
        metadata={"type": "string", "description": "in or out"},
    )
    cash = fields.Boolean()
    amount_idr = fields.Integer()
    state = fields.String(allow_none=True)
    order_code = fields.String(allow_none=True)
    reference = fields.String()
    description = fields.String()


class SentBackSchema(Record):
    """A refund carried out on the day."""

    order_code = fields.String(allow_none=True)
    bank_account = fields.Nested(BankAccountSchema, attribute="account")
    amount_idr = fields.Integer()
    to = fields.String()


class DayDifferenceSchema(Record):
    """Money and orders that do not agree; ``owner`` null: a task of the managers."""

    id = fields.Integer()
    kind = fields.String()
    state = fields.String()
    amount_idr = fields.Integer()
    order_code = fields.String(allow_none=True)
    mutation_id = fields.Integer(allow_none=True)
    owner = fields.String(allow_none=True)
    unsettled = fields.Boolean()


class SumsSchema(Record):
    """The sums of the day's lists, in rupiah."""

    expected_idr = fields.Integer()
    expected_paid_idr = fields.Integer()
    came_idr = fields.Integer(metadata={"description": "shown by the bank's files"})
    on_word_idr = fields.Integer(metadata={"description": "accepted, not shown by a file yet"})
    cash_idr = fields.Integer()
    went_idr = fields.Integer()
    sent_back_idr = fields.Integer()
    differences_open_idr = fields.Integer()


class AccountSumsSchema(Record):
    """The sums of one account, in rupiah."""

    bank_account = fields.Nested(BankAccountSchema)
    expected_idr = fields.Integer()
    expected_paid_idr = fields.Integer()
    came_idr = fields.Integer()
    on_word_idr = fields.Integer()
    cash_idr = fields.Integer()
    went_idr = fields.Integer()
    sent_back_idr = fields.Integer()
    differences_open_idr = fields.Integer()


class ReconciliationSchema(Record):
    """The books of a day."""

    day = fields.Date()
    accounts = fields.List(fields.Nested(AccountSumsSchema))
    sums = fields.Nested(SumsSchema)
    expected = fields.List(fields.Nested(ExpectedSchema))
    came = fields.List(fields.Nested(CameSchema))
    sent_back = fields.List(fields.Nested(SentBackSchema))
    differences = fields.List(fields.Nested(DayDifferenceSchema))


@blueprint.route("/reconciliation")
class Reconciliation(MethodView):
    """The books of one day."""

    @blueprint.arguments(DayQuery, location="query")
    @blueprint.response(200, ReconciliationSchema)
    def get(self, asked: dict[str, Any]) -> Any:
        """What was expected on the day, what came and went, and every difference."""
        with context.current().unit_of_work() as session:
            return _shown(books.of_day(session, asked["day"]))


@blueprint.route("/reconciliation.csv")
class ReconciliationFile(MethodView):
    """The books of one day as a file."""

    @blueprint.arguments(DayQuery, location="query")
    @blueprint.response(200, {"type": "string"}, content_type="text/csv")
    def get(self, asked: dict[str, Any]) -> Any:
        """The same rows as a table that a spreadsheet opens safely."""
        with context.current().unit_of_work() as session:
            table = booksheet.csv_of(books.of_day(session, asked["day"]))
        answer = Response(table, mimetype="text/csv")
        name = f"reconciliation-{asked['day'].isoformat()}.csv"
        answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
        return answer


def _sums(day: Books) -> dict[str, Any]:
    return {
        "expected_idr": day.expected_sum(),
        "expected_paid_idr": day.expected_sum("paid"),
        "came_idr": day.came_sum(),
        "on_word_idr": day.word_sum,
        "cash_idr": day.cash_sum,
        "went_idr": day.went_sum,
        "sent_back_idr": day.sent_back_sum,
        "differences_open_idr": day.open_sum,
    }


def _by_account(day: Books) -> list[dict[str, Any]]:
    """The day once more for each account that anything of it concerns."""
    named = [one.account for one in day.expected] + [one.account for one in day.came]
    named += [one.account for one in day.sent_back] + [one.account for one in day.differences]
    concerned = {(one.bank, one.number): one for one in named}
    return [
        {"bank_account": account, **_sums(_only(day, account))}
        for _, account in sorted(concerned.items())
    ]


def _only(day: Books, account: AccountView) -> Books:
    return Books(
        day=day.day,
        expected=tuple(one for one in day.expected if one.account == account),
        came=tuple(one for one in day.came if one.account == account),
        sent_back=tuple(one for one in day.sent_back if one.account == account),
        differences=tuple(one for one in day.differences if one.account == account),
    )


def _shown(day: Books) -> dict[str, Any]:
    return {
        "day": day.day,
        "accounts": _by_account(day),
        "sums": _sums(day),
        "expected": day.expected,
        "came": day.came,
        "sent_back": day.sent_back,
        "differences": day.differences,
    }
