"""``/shipments``: where the parcels are, and what an ERP or a courier has to tell of them."""

from __future__ import annotations

from typing import Any

from flask.views import MethodView
from marshmallow import Schema, fields, validate

from channels import context
from channels.api.blueprints import api_blueprint
from channels.api.schemas import ChangedQuery, Record, page_of
from channels.api.writing import accepts_key, once
from crm_core import orders, shipments
from crm_core.errors import InvalidInput
from crm_core.orders import OrderState
from crm_core.shipments import EventKind
from crm_core.timeline import Actor

blueprint = api_blueprint("shipments", "Parcels and their news")


class ShipmentsQuery(ChangedQuery):
    """Which parcels."""

    state = fields.String(metadata={"description": "packed, shipped, delivered … of the order"})
    order_code = fields.String()
    tracking_number = fields.String(metadata={"description": "any spelling"})


class ShipmentEventSchema(Record):
    """One piece of news; ``kind`` is ours, ``text`` the courier's own words."""

    at = fields.AwareDateTime()
    kind = fields.String()
    text = fields.String()
    place = fields.String(allow_none=True)
    source = fields.String()


class ShipmentSchema(Record):
    """The parcel of an order; ``cash_due_idr`` is to be collected when it is handed over."""

    order_code = fields.String()
    customer_id = fields.String()
    state = fields.String()
    method = fields.String(metadata={"description": "driver, courier or pickup"})
    courier = fields.String(allow_none=True)
    tracking_number = fields.String(allow_none=True)
    cash_due_idr = fields.Integer()
    packed_at = fields.AwareDateTime(allow_none=True)
    shipped_at = fields.AwareDateTime(allow_none=True)
    delivered_at = fields.AwareDateTime(allow_none=True)
    updated_at = fields.AwareDateTime()
    events = fields.List(fields.Nested(ShipmentEventSchema))


class NewEventSchema(Schema):
    """News of a parcel; the same news again adds nothing."""

    at = fields.AwareDateTime(required=True, metadata={"description": "ISO 8601 with zone"})
    kind = fields.String(required=True, validate=validate.OneOf([str(one) for one in EventKind]))
    text = fields.String(load_default="", validate=validate.Length(max=300))
    place = fields.String(load_default=None, allow_none=True, validate=validate.Length(max=120))


class NewShipmentSchema(Schema):
    """What is told of one parcel: named by its order or, once known, by its number.

    ``ship``: a packed order leaves now, with ``courier``.
    """

    order_code = fields.String(validate=validate.Length(max=20))
    tracking_number = fields.String(validate=validate.Length(max=60))
    courier = fields.String(validate=validate.Length(max=60))
    ship = fields.Boolean(load_default=False)
    events = fields.List(
        fields.Nested(NewEventSchema), load_default=list, validate=validate.Length(max=100)
    )


@blueprint.route("/shipments")
class Shipments(MethodView):
    """Parcels in pages, and news of one."""

    @blueprint.arguments(ShipmentsQuery, location="query")
    @blueprint.response(200, page_of(ShipmentSchema))
    def get(self, asked: dict[str, Any]) -> Any:
        """Parcels that are packed or have left, newest first."""
        state = asked.pop("state", None)
        with context.current().unit_of_work() as session:
            return shipments.listing(session, states=[state] if state else (), **asked)

    @accepts_key(blueprint)
    @blueprint.arguments(NewShipmentSchema)
    @blueprint.response(200, ShipmentSchema)
    def post(self, told: dict[str, Any]) -> Any:
        """Keep a tracking number and news of one parcel: all of it or nothing.

        An order that is unpaid or has ended is refused with 409, whatever is told of it.
        """
        return once(ShipmentSchema, lambda session: _tell(session, told))


def _tell(session: Any, told: dict[str, Any]) -> shipments.ShipmentView:
    code, number = told.get("order_code"), told.get("tracking_number")
    courier = told.get("courier")
    actor = Actor.system(f"api {courier or ''}".strip())
    if code:
        order = orders.lock(session, orders.by_code(session, code))
        if number:
            orders.set_tracking(session, order, actor, number, courier)
    elif number:
        order = orders.lock(session, orders.by_tracking(session, number))
    else:
        raise InvalidInput("shipment_unnamed")
    if told["ship"] and order.state != OrderState.SHIPPED:
        orders.ship(session, order, actor, courier or order.courier or "")
    for news in sorted(told["events"], key=lambda one: one["at"]):
        shipments.add_event(session, order, **news, source=order.courier or actor.name, actor=actor)
    return shipments.view(session, order)
