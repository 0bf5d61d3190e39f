"""``/parts``: the catalogue with live price and stock."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask.views import MethodView
from marshmallow import Schema, fields, validate

from channels import context
from channels.api.blueprints import api_blueprint
from channels.api.schemas import ChangedQuery, PartSchema, Record, page_of
from channels.api.writing import accepts_key, once
from crm_core import catalogue, cursors
from crm_core.cursors import Slice
from crm_core.timeline import Actor

blueprint = api_blueprint("parts", "The catalogue, live")


class PartsQuery(ChangedQuery):
    """Which parts."""

    category = fields.String(metadata={"description": "slug of a category"})
    query = fields.String(
        metadata={"description": "what a customer would write; one page of parts, the best first"}
    )


def _whole(most: int, **more: Any) -> fields.Integer:
    return fields.Integer(strict=True, validate=validate.Range(0, most), **more)


class WantedPartSchema(Schema):
    """What is to be true of a part; what is not said stays. A new part needs a name.

    ``price_idr`` null or 0: on request for a new part, not told for one whose price is known.
    """

    part_code = fields.String(required=True, validate=validate.Length(1, 60))
    name = fields.String(validate=validate.Length(1, 400))
    category = fields.String(validate=validate.Length(1, 80))
    price_idr = _whole(1_000_000_000_000, allow_none=True)
    stock = _whole(10_000_000, metadata={"description": "pieces on the shelf"})
    weight_g = _whole(10_000_000)
    length_mm = _whole(5_000)
    width_mm = _whole(5_000)
    height_mm = _whole(5_000)
    warranty_days = _whole(3_650)
    unit = fields.String(validate=validate.Length(1, 20))
    description = fields.String(validate=validate.Length(1, 2000))
    original = fields.Boolean(truthy={True}, falsy={False})
    active = fields.Boolean(
        truthy={True}, falsy={False}, metadata={"description": "false: no longer sold"}
    )
    models = fields.List(
        fields.String(validate=validate.Length(1, 120)),
        validate=validate.Length(max=200),
        metadata={"description": 'bikes it fits: "Vario 125 (2018-2022)"'},
    )


class WantedPartsSchema(Schema):
    """Parts to add or change."""

    items = fields.List(
        fields.Nested(WantedPartSchema), required=True, validate=validate.Length(1, 1000)
    )


class RejectedRowSchema(Record):
    """A row that was left out; rows are counted from 1."""

    row = fields.Integer()
    part_code = fields.String()
    reason = fields.String()


class UpsertedSchema(Record):
    """What became of the rows: their sum is the number of rows sent."""

    inserted = fields.Integer()
    updated = fields.Integer()
    unchanged = fields.Integer()
    rejected = fields.List(fields.Nested(RejectedRowSchema))


@blueprint.route("/parts")
class Parts(MethodView):
    """The catalogue in pages."""

    @blueprint.arguments(PartsQuery, location="query")
    @blueprint.response(200, page_of(PartSchema))
    def get(self, asked: dict[str, Any]) -> Any:
        """Parts in the order of their codes, or what the catalogue search finds for ``query``."""
        query = (asked.pop("query", None) or "").strip()
        with context.current().unit_of_work() as session:
            if not query:
                return catalogue.listing(session, **asked)
            limit = cursors.checked_limit(asked.get("limit", 50))
            hits = catalogue.search(session, query, limit=limit).hits
            since, shelf = asked.get("updated_since"), asked.get("category")
            parts = (hit.part for hit in hits)
            kept = (p for p in parts if not shelf or p.category == shelf)
            return Slice(tuple(p for p in kept if not since or _is_since(p, since)), None)

    @accepts_key(blueprint)
    @blueprint.arguments(WantedPartsSchema)
    @blueprint.response(200, UpsertedSchema)
    def post(self, told: dict[str, Any]) -> Any:
        """Add or change parts by their codes; a row that cannot be used does not stop the others.

        Look at ``rejected``: such a row changed nothing.
        """
        return once(UpsertedSchema, lambda session: _upserted(session, told["items"]))


def _upserted(session: Any, rows: list[dict[str, Any]]) -> dict[str, Any]:
    report = catalogue.upsert_parts(session, rows, actor=Actor.system("api"))
    rejected = [
        {"row": row, "part_code": rows[row - 1]["part_code"], "reason": reason}
        for row, reason in report.rejected
    ]
    return {
        "inserted": report.inserted,
        "updated": report.updated,
        "unchanged": report.unchanged,
        "rejected": rejected,
    }


def _is_since(part: catalogue.PartView, since: datetime) -> bool:
    return part.updated_at is not None and part.updated_at >= since


@blueprint.route("/parts/<part_code>")
class Part(MethodView):
    """One part."""

    @blueprint.response(200, PartSchema)
    def get(self, part_code: str) -> Any:
        """The part with this code, in any spelling."""
        with context.current().unit_of_work() as session:
            return catalogue.find_part(session, part_code)
