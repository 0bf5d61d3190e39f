"""``/parts``: the catalogue with live price and stock."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask.views import MethodView
from marshmallow import fields

from channels import context
from channels.api.blueprints import api_blueprint
from channels.api.schemas import ChangedQuery, PartSchema, page_of
from crm_core import catalogue, cursors
from crm_core.cursors import Slice

blueprint = api_blueprint("parts", "The catalogue, live")


class PartsQuery(ChangedQuery):
    """Which parts."""

    category = fields.String(metadata={"description": "slug of a category"})
    query = fields.String(
        metadata={"description": "what a customer would write; one page of parts, the best first"}
    )


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
