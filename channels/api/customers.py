"""``/customers``: who writes to the shop."""

from __future__ import annotations

from typing import Any

from flask.views import MethodView

from channels import context
from channels.api.blueprints import api_blueprint
from channels.api.schemas import CustomerSchema, PhoneQuery, page_of
from crm_core import customers
from crm_core.customers import Customer

blueprint = api_blueprint("customers", "Customers and their bikes")


def shown(customer: Customer) -> dict[str, Any]:
    """``customer`` with the fields of the contract."""
    return {
        "id": customer.public_id,
        "name": customer.name,
        "phone": customer.phone,
        "language": customer.language,
        "addresses": customer.addresses,
        "bikes": customer.bikes,
        "consents": {"promo": customer.promo_consent},
        "updated_at": customer.updated_at,
    }


@blueprint.route("/customers")
class Customers(MethodView):
    """Customers in pages."""

    @blueprint.arguments(PhoneQuery, location="query")
    @blueprint.response(200, page_of(CustomerSchema))
    def get(self, asked: dict[str, Any]) -> Any:
        """Customers from the least to the most recently changed."""
        with context.current().unit_of_work() as session:
            page = customers.listing(session, **asked)
            return {"items": [shown(customer) for customer in page.items], "next": page.next}


@blueprint.route("/customers/<uuid:customer_id>")
class OneCustomer(MethodView):
    """One customer."""

    @blueprint.response(200, CustomerSchema)
    def get(self, customer_id: Any) -> Any:
        """The customer with this id."""
        with context.current().unit_of_work() as session:
            return shown(customers.by_public_id(session, str(customer_id)))
