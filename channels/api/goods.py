"""``/goods-receipts``, ``/parts/…/stock`` and ``/parts/…/prices``: what an ERP knows of goods."""

from __future__ import annotations

from typing import Any

from flask.views import MethodView
from marshmallow import Schema, fields, validate

from channels import context
from channels.api.blueprints import api_blueprint
from channels.api.schemas import Record
from channels.api.writing import accepts_key, once
from crm_core import catalogue, pricing, stock
from crm_core.pricing import PRICE_CLASSES
from crm_core.timeline import Actor

blueprint = api_blueprint("goods", "Goods received, counted and priced")
ERP = Actor.system("api")
MOST_PIECES = 10_000_000


def pieces(least: int = 0, **more: Any) -> fields.Integer:
    """A whole number of pieces, from ``least`` on."""
    return fields.Integer(strict=True, validate=validate.Range(least, MOST_PIECES), **more)


def code(**more: Any) -> fields.String:
    """A part code in any spelling."""
    return fields.String(validate=validate.Length(1, 40), **more)


class GoodsLineSchema(Record):
    """Pieces of one part."""

    part_code = code(required=True)
    name = fields.String(dump_only=True)
    quantity = pieces(1, required=True)


class NewGoodsReceiptSchema(Schema):
    """A delivery: all its lines or none."""

    supplier = fields.String(required=True, validate=validate.Length(1, 80))
    document = fields.String(
        required=True,
        validate=validate.Length(1, 80),
        metadata={"description": "the supplier's number; the same again adds nothing"},
    )
    note = fields.String(load_default="", validate=validate.Length(max=500))
    lines = fields.List(
        fields.Nested(GoodsLineSchema), required=True, validate=validate.Length(1, 1000)
    )


class GoodsReceiptSchema(Record):
    """A delivery that was taken in."""

    id = fields.Integer()
    supplier = fields.String()
    document = fields.String()
    note = fields.String()
    received_at = fields.AwareDateTime()
    pieces = fields.Integer()
    lines = fields.List(fields.Nested(GoodsLineSchema))


class CountSchema(Schema):
    """What a count of the shelf found."""

    on_hand = pieces(required=True)
    reason = fields.String(required=True, validate=validate.Length(1, 200))


class StockSchema(Record):
    """Pieces of a part; ``available`` can be ordered now."""

    part_code = fields.String()
    on_hand = fields.Integer()
    reserved = fields.Integer()
    available = fields.Integer()


class TierSchema(Record):
    """What one piece costs a class of customers from a number of pieces on."""

    price_class = fields.String(required=True, validate=validate.OneOf(PRICE_CLASSES))
    min_quantity = pieces(1, required=True)
    price_idr = fields.Integer(
        required=True, strict=True, validate=validate.Range(1, 1_000_000_000_000)
    )


class TiersSchema(Record):
    """All class prices and quantity breaks of a part; its list price stands in ``/parts``."""

    tiers = fields.List(fields.Nested(TierSchema), required=True, validate=validate.Length(max=100))


@blueprint.route("/goods-receipts")
class GoodsReceipts(MethodView):
    """Deliveries of suppliers."""

    @accepts_key(blueprint)
    @blueprint.arguments(NewGoodsReceiptSchema)
    @blueprint.response(200, GoodsReceiptSchema)
    def post(self, told: dict[str, Any]) -> Any:
        """Take in a delivery. The same document with the same pieces again changes nothing.

        With other pieces it is refused with 409, an unknown part with 404: then nothing is taken.
        """
        lines = [(line["part_code"], line["quantity"]) for line in told.pop("lines")]
        return once(
            GoodsReceiptSchema,
            lambda session: stock.receive_goods(session, lines, **told, actor=ERP),
        )


@blueprint.route("/parts/<part_code>/stock")
class PartStock(MethodView):
    """The pieces of one part."""

    @blueprint.response(200, StockSchema)
    def get(self, part_code: str) -> Any:
        """Pieces on the shelf and held for orders."""
        with context.current().unit_of_work() as session:
            return _pieces(session, part_code)

    @accepts_key(blueprint)
    @blueprint.arguments(CountSchema)
    @blueprint.response(200, StockSchema)
    def put(self, told: dict[str, Any], part_code: str) -> Any:
        """Set what a count found; fewer than are held for orders is refused with 409."""

        def count(session: Any) -> dict[str, Any]:
            stock.correct(session, part_code, told["on_hand"], ERP, told["reason"])
            return _pieces(session, part_code)

        return once(StockSchema, count)


@blueprint.route("/parts/<part_code>/prices")
class PartPrices(MethodView):
    """The class prices and quantity breaks of one part."""

    @blueprint.response(200, TiersSchema)
    def get(self, part_code: str) -> Any:
        """Every price of the part besides its list price."""
        with context.current().unit_of_work() as session:
            return {"tiers": pricing.tiers(session, part_code)}

    @accepts_key(blueprint)
    @blueprint.arguments(TiersSchema)
    @blueprint.response(200, TiersSchema)
    def put(self, told: dict[str, Any], part_code: str) -> Any:
        """Make these prices all that the part has; one that cannot be refuses them all."""
        rows = [
            (one["price_class"], one["min_quantity"], one["price_idr"]) for one in told["tiers"]
        ]
        return once(
            TiersSchema,
            lambda session: {"tiers": pricing.set_tiers(session, part_code, rows, actor=ERP)},
        )


def _pieces(session: Any, part_code: str) -> dict[str, Any]:
    level = stock.level(session, part_code)
    return {
        "part_code": catalogue.view_part(session, part_code).part_code,
        "on_hand": level.on_hand,
        "reserved": level.reserved,
        "available": level.on_hand - level.reserved,
    }
