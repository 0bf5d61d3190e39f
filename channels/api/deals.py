"""``/customers/…/points``, ``/promotions`` and ``/bargains``: what makes prices lower."""

from __future__ import annotations

from typing import Any

from flask.views import MethodView
from marshmallow import Schema, fields, validate

from channels import context
from channels.api.blueprints import api_blueprint
from channels.api.schemas import ChangedQuery, PageQuery, Record, page_of
from crm_core import clock, customers, loyalty, pricing
from crm_core.errors import NotFound
from crm_core.loyalty import Tier

blueprint = api_blueprint("deals", "Points, promotions and agreed prices")

PROMOTION_STATES = ("running", "planned", "over")
BARGAIN_STATES = ("asked", "offered", "accepted", "refused", "used", "expired")


class PointsSchema(Record):
    """Where a customer stands; ``owed`` points are taken from the next ones earned."""

    balance = fields.Integer()
    owed = fields.Integer()
    worth_idr = fields.Integer(attribute="worth")
    of_year = fields.Integer(metadata={"description": "of twelve months; they make the tier"})
    tier = fields.Enum(Tier, by_value=True)
    next_tier = fields.Enum(Tier, by_value=True, allow_none=True)
    missing = fields.Integer(metadata={"description": "points to the next tier"})


class PointsEntrySchema(Record):
    """One change; ``points`` of the balance and ``owed`` are signed."""

    id = fields.Integer()
    kind = fields.String(
        metadata={"description": "earned, redeemed, given_back, reversed or corrected"}
    )
    points = fields.Integer()
    owed = fields.Integer()
    order_code = fields.String(allow_none=True)
    reason = fields.String()
    created_at = fields.AwareDateTime()


class PromotionsQuery(PageQuery):
    """Which promotions."""

    state = fields.String(validate=validate.OneOf(PROMOTION_STATES))


class PromotionSchema(Record):
    """A promotion, or a voucher if it has a ``code``; ``value`` is percent or rupiah."""

    id = fields.Integer()
    code = fields.String(allow_none=True)
    name_id = fields.String()
    name_en = fields.String()
    kind = fields.String(metadata={"description": "percent or amount"})
    value = fields.Integer()
    max_discount_idr = fields.Integer(allow_none=True)
    category = fields.String(allow_none=True)
    part_code = fields.String(allow_none=True)
    min_items_idr = fields.Integer()
    price_class = fields.String(allow_none=True)
    starts_at = fields.AwareDateTime()
    ends_at = fields.AwareDateTime()
    limit_total = fields.Integer(allow_none=True)
    limit_per_customer = fields.Integer(allow_none=True)
    used = fields.Integer()
    given_idr = fields.Integer()
    state = fields.Function(
        lambda one: one.state(clock.now()),
        metadata={"type": "string", "description": "planned, running, used_up or over"},
    )
    created_at = fields.AwareDateTime()
    updated_at = fields.AwareDateTime()


class BargainsQuery(Schema):
    """Which bargains; the newest of them."""

    state = fields.String(validate=validate.OneOf(BARGAIN_STATES))
    limit = fields.Integer(load_default=50, validate=validate.Range(1, 200))


class BargainSchema(Record):
    """A price that was asked for; amounts are for one piece."""

    id = fields.Integer()
    customer_id = fields.String()
    part_code = fields.String()
    quantity = fields.Integer()
    price_idr = fields.Integer()
    asked_idr = fields.Integer()
    offered_idr = fields.Integer(allow_none=True)
    decided_by = fields.String(allow_none=True, metadata={"description": "rule or staff"})
    staff_name = fields.String(allow_none=True)
    state = fields.String()
    created_at = fields.AwareDateTime()
    decided_at = fields.AwareDateTime(allow_none=True)
    expires_at = fields.AwareDateTime(allow_none=True)


class BargainsSchema(Record):
    """The newest bargains."""

    items = fields.List(fields.Nested(BargainSchema))


@blueprint.route("/customers/<uuid:customer_id>/points")
class Points(MethodView):
    """What a customer has collected."""

    @blueprint.response(200, PointsSchema)
    def get(self, customer_id: Any) -> Any:
        """Balance, worth and tier. 404 ``no_points`` where the shop has no programme."""
        with context.current().unit_of_work() as session:
            customer = customers.by_public_id(session, str(customer_id))
            found = loyalty.standing(session, customer.id)
            if found is None:
                raise NotFound("no_points")
            return found


@blueprint.route("/customers/<uuid:customer_id>/points/entries")
class PointsEntries(MethodView):
    """The ledger."""

    @blueprint.arguments(ChangedQuery, location="query")
    @blueprint.response(200, page_of(PointsEntrySchema))
    def get(self, asked: dict[str, Any], customer_id: Any) -> Any:
        """Every change of a customer's points, newest first."""
        with context.current().unit_of_work() as session:
            customer = customers.by_public_id(session, str(customer_id))
            page = loyalty.ledger(session, customer.id, **asked)
            names = ("id", "kind", "points", "owed", "reason", "created_at")
            items = [
                {"order_code": code, **{name: getattr(one, name) for name in names}}
                for one, code in page.items
            ]
            return {"items": items, "next": page.next}


@blueprint.route("/promotions")
class Promotions(MethodView):
    """Promotions and vouchers in pages."""

    @blueprint.arguments(PromotionsQuery, location="query")
    @blueprint.response(200, page_of(PromotionSchema))
    def get(self, asked: dict[str, Any]) -> Any:
        """Promotions, newest first."""
        with context.current().unit_of_work() as session:
            return pricing.promotions(session, **asked)


@blueprint.route("/bargains")
class Bargains(MethodView):
    """Agreed prices."""

    @blueprint.arguments(BargainsQuery, location="query")
    @blueprint.response(200, BargainsSchema)
    def get(self, asked: dict[str, Any]) -> Any:
        """The newest bargains."""
        with context.current().unit_of_work() as session:
            return {"items": pricing.bargains(session, **asked)}
