"""``/orders`` and ``/payments``: what was sold and what is paid."""

from __future__ import annotations

from typing import Any

from flask.views import MethodView
from marshmallow import Schema, fields, validate

from channels import context
from channels.api.blueprints import api_blueprint
from channels.api.schemas import OrderSchema, PaymentSchema, PhoneQuery, page_of
from channels.api.writing import accepts_key, once
from crm_core import checkout, orders, payments
from crm_core.orders import OrderView
from crm_core.payments import PaymentRow
from crm_core.timeline import Actor

blueprint = api_blueprint("orders", "Orders and their payments")
ERP = Actor.system("api")


class StateQuery(PhoneQuery):
    """Which orders or payments."""

    state = fields.String(metadata={"description": "one state of the contract"})


def shown(order: OrderView) -> dict[str, Any]:
    """``order`` with the fields of the contract."""
    return {
        "order_code": order.order_code,
        "customer_id": order.customer_id,
        "state": order.state.value,
        "lines": order.lines,
        "items_idr": order.items_idr,
        "shipping_idr": order.shipping_idr,
        "discounts": order.discounts,
        "discount_idr": order.discount_idr,
        "total_idr": order.total_idr,
        "recipient": {
            "name": order.recipient_name,
            "phone": order.recipient_phone,
            "address": order.address,
            "district": order.district,
        },
        "note": order.note,
        "courier": order.courier,
        "tracking_number": order.tracking_number,
        "created_at": order.created_at,
        "expires_at": order.expires_at,
        "updated_at": order.updated_at,
    }


def shown_payment(payment: PaymentRow) -> dict[str, Any]:
    """``payment`` with the fields of the contract."""
    return {
        "order_code": payment.order_code,
        "state": payment.state.value,
        "amount_due_idr": payment.amount_due_idr,
        "unique_code": payment.unique_code,
        "amount_received_idr": payment.amount_received_idr,
        "bank_account": payment.bank_account,
        "updated_at": payment.updated_at,
    }


@blueprint.route("/orders")
class Orders(MethodView):
    """Orders in pages."""

    @blueprint.arguments(StateQuery, location="query")
    @blueprint.response(200, page_of(OrderSchema))
    def get(self, asked: dict[str, Any]) -> Any:
        """Orders, newest first; ``phone`` is the customer's or the recipient's."""
        with context.current().unit_of_work() as session:
            page = orders.listing(session, **asked)
            return {"items": [shown(order) for order in page.items], "next": page.next}


@blueprint.route("/orders/<order_code>")
class OneOrder(MethodView):
    """One order."""

    @blueprint.response(200, OrderSchema)
    def get(self, order_code: str) -> Any:
        """The order with this code."""
        with context.current().unit_of_work() as session:
            return shown(orders.view(session, orders.by_code(session, order_code)))


class CancelSchema(Schema):
    """Why an order ends."""

    reason = fields.String(required=True, validate=validate.Length(1, 500))


class ShipSchema(Schema):
    """With whom a parcel leaves."""

    courier = fields.String(required=True, validate=validate.Length(1, 60))
    tracking_number = fields.String(load_default=None, validate=validate.Length(5, 60))


@blueprint.route("/orders/<order_code>/cancel")
class CancelOrder(MethodView):
    """The end of an order before it is shipped."""

    @accepts_key(blueprint)
    @blueprint.arguments(CancelSchema)
    @blueprint.response(200, OrderSchema)
    def post(self, told: dict[str, Any], order_code: str) -> Any:
        """Cancel the order: stock free, money received due for a refund.

        Refused with 409 once it is shipped, or while the customer says that money is on its way.
        """

        def cancel(session: Any) -> dict[str, Any]:
            order = orders.by_code(session, order_code)
            return _now(session, checkout.cancel(session, order, actor=ERP, reason=told["reason"]))

        return once(OrderSchema, cancel)


@blueprint.route("/orders/<order_code>/pack")
class PackOrder(MethodView):
    """The parts lie in the parcel."""

    @accepts_key(blueprint)
    @blueprint.response(200, OrderSchema)
    def post(self, order_code: str) -> Any:
        """Mark a paid order as packed; the customer is told. An unpaid one is refused with 409."""

        def pack(session: Any) -> dict[str, Any]:
            order = orders.lock(session, orders.by_code(session, order_code))
            return _now(session, orders.pack(session, order, ERP))

        return once(OrderSchema, pack)


@blueprint.route("/orders/<order_code>/ship")
class ShipOrder(MethodView):
    """The parcel has left."""

    @accepts_key(blueprint)
    @blueprint.arguments(ShipSchema)
    @blueprint.response(200, OrderSchema)
    def post(self, told: dict[str, Any], order_code: str) -> Any:
        """Send a packed order off; the customer is told how to follow it."""

        def ship(session: Any) -> dict[str, Any]:
            order = orders.lock(session, orders.by_code(session, order_code))
            if told["tracking_number"]:
                number, courier = told["tracking_number"], told["courier"]
                orders.set_tracking(session, order, ERP, number, courier)
            return _now(session, orders.ship(session, order, ERP, told["courier"]))

        return once(OrderSchema, ship)


def _now(session: Any, order: orders.Order) -> dict[str, Any]:
    return shown(orders.view(session, order))


@blueprint.route("/payments")
class Payments(MethodView):
    """Payments in pages."""

    @blueprint.arguments(StateQuery, location="query")
    @blueprint.response(200, page_of(PaymentSchema))
    def get(self, asked: dict[str, Any]) -> Any:
        """Payments, newest first."""
        with context.current().unit_of_work() as session:
            page = payments.listing(session, **asked)
            return {"items": [shown_payment(one) for one in page.items], "next": page.next}
