"""``/bank-mutations``: bookings on the shop's accounts, told by files or by a program."""

from __future__ import annotations

from typing import Any

from flask.views import MethodView
from marshmallow import Schema, fields, validate

from channels import bankfiles, context
from channels.api.blueprints import api_blueprint
from channels.api.schemas import BankAccountSchema, ChangedQuery, Record, page_of
from channels.api.writing import accepts_key, once
from crm_core import payments
from crm_core.payments import Booking, MutationView
from crm_core.payments.statements import Direction
from crm_core.timeline import Actor

blueprint = api_blueprint("bank", "Bookings on the shop's bank accounts")


class MutationsQuery(ChangedQuery):
    """Which bookings."""

    state = fields.String(
        metadata={"description": "new, booked, open, not_ours, refunded, credit or outgoing"}
    )
    day = fields.Date(metadata={"description": "the bank's booking day, 2026-11-21"})


class DifferenceSchema(Record):
    """Why a booking and the orders do not agree; ``owner`` null: a task of the managers."""

    id = fields.Integer()
    kind = fields.String()
    state = fields.String()
    amount_idr = fields.Integer()
    owner = fields.String(allow_none=True)


class BankMutationSchema(Record):
    """One booking; ``reference`` is the bank's own or one made from the row."""

    id = fields.Integer()
    bank_account = fields.Nested(BankAccountSchema)
    booked_on = fields.Date()
    direction = fields.String(metadata={"description": "in or out"})
    amount_idr = fields.Integer()
    description = fields.String()
    reference = fields.String()
    state = fields.String()
    order_code = fields.String(allow_none=True)
    difference = fields.Nested(DifferenceSchema, allow_none=True)
    created_at = fields.AwareDateTime()
    updated_at = fields.AwareDateTime()


class BookingSchema(Schema):
    """A booking as the bank shows it; ``reference`` is the bank's own and says if it is known."""

    booked_on = fields.Date(required=True, metadata={"description": "not after today"})
    direction = fields.String(
        required=True, validate=validate.OneOf([str(one) for one in Direction])
    )
    amount_idr = fields.Integer(required=True, strict=True, validate=validate.Range(1, 10**15))
    description = fields.String(required=True, validate=validate.Length(max=500))
    reference = fields.String(required=True, validate=validate.Length(1, 80))


class NewMutationsSchema(Schema):
    """Bookings on one account."""

    account = fields.String(
        required=True,
        validate=validate.Regexp(r"^[0-9][0-9 .-]{3,38}$"),
        metadata={"description": "the account's number"},
    )
    items = fields.List(
        fields.Nested(BookingSchema), required=True, validate=validate.Length(1, 200)
    )


class TakenSchema(Record):
    """What was stored; ``known`` rows are counted from 1."""

    known = fields.List(fields.Integer())
    new = fields.List(fields.Integer())
    file_id = fields.Integer()


class PostedSchema(Record):
    """What became of the bookings: ``items`` are the new ones, ``known`` the rows that were there.

    Rows are counted from 1. A booking whose order is busy stays ``new`` for some minutes.
    """

    items = fields.List(fields.Nested(BankMutationSchema))
    known = fields.List(fields.Integer())


def shown(mutation: MutationView) -> dict[str, Any]:
    """``mutation`` with the fields of the schema."""
    task = mutation.difference
    difference = None
    if task is not None:
        difference = {
            "id": task.id,
            "kind": str(task.kind),
            "state": str(task.state),
            "amount_idr": task.amount_idr,
            "owner": task.owner,
        }
    return {
        "id": mutation.id,
        "bank_account": mutation.account,
        "booked_on": mutation.booked_on,
        "direction": mutation.direction,
        "amount_idr": mutation.amount_idr,
        "description": mutation.description,
        "reference": mutation.reference,
        "state": str(mutation.state),
        "order_code": mutation.order_code,
        "difference": difference,
        "created_at": mutation.created_at,
        "updated_at": mutation.updated_at,
    }


@blueprint.route("/bank-mutations")
class BankMutations(MethodView):
    """Bookings in pages."""

    @blueprint.arguments(MutationsQuery, location="query")
    @blueprint.response(200, page_of(BankMutationSchema))
    def get(self, asked: dict[str, Any]) -> Any:
        """Bookings, newest first."""
        state = asked.pop("state", None)
        with context.current().unit_of_work() as session:
            page = payments.ledger.mutations(session, states=[state] if state else (), **asked)
            return {"items": [shown(one) for one in page.items], "next": page.next}

    @accepts_key(blueprint)
    @blueprint.arguments(NewMutationsSchema)
    @blueprint.response(200, PostedSchema)
    def post(self, told: dict[str, Any]) -> Any:
        """Tell bookings: all are stored or none, then each is matched as those of a file are.

        A booking that is known changes nothing. Refused with 409: a reference that came with
        another day, way, amount or text, and days that a bank's file has covered.
        """
        bookings = [Booking(**one) for one in told["items"]]
        actor = Actor.system("api")
        stored = once(
            TakenSchema,
            lambda session: _stored(payments.post(session, told["account"], bookings, actor=actor)),
            phase=":stored",
        ).get_json()
        bankfiles.settle_each(context.current().unit_of_work, stored["new"])
        return once(PostedSchema, lambda session: _posted(session, stored))


def _stored(taken: payments.TakenIn) -> dict[str, Any]:
    return {"known": taken.known_rows, "new": taken.new, "file_id": taken.file_id}


def _posted(session: Any, stored: dict[str, Any]) -> dict[str, Any]:
    mutations = payments.ledger.of_file(session, stored["file_id"])
    return {"items": [shown(one) for one in mutations], "known": stored["known"]}
