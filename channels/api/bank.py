"""``/bank-mutations``: what the bank's files show, and what became of each booking."""

from __future__ import annotations

from typing import Any

from flask.views import MethodView
from marshmallow import fields

from channels import context
from channels.api.blueprints import api_blueprint
from channels.api.schemas import BankAccountSchema, ChangedQuery, Record, page_of
from crm_core import payments
from crm_core.payments import MutationView

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
