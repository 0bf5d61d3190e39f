"""``/parts``: the catalogue with live price and stock."""

from __future__ import annotations

from typing import Any

from flask.views import MethodView
from marshmallow import fields

from channels import context
from channels.api.blueprints import api_blueprint
from channels.api.schemas import ChangedQuery, PartSchema, page_of
from crm_core import catalogue

blueprint = api_blueprint("parts", "The catalogue, live")


class PartsQuery(ChangedQuery):
    """Which parts."""

    category = fields.String(metadata={"description": "slug of a category"})
    query = fields.String(metadata={"description": "words or a part number, as in the shop"})


@blueprint.route("/parts")
class Parts(MethodView):
    """The catalogue in pages."""

    @blueprint.arguments(PartsQuery, location="query")
    @blueprint.response(200, page_of(PartSchema))
    def get(self, asked: dict[str, Any]) -> Any:
        """Parts in the order of their codes."""
        with context.current().unit_of_work() as session:
            return catalogue.listing(session, **asked)


@blueprint.route("/parts/<part_code>")
class Part(MethodView):
    """One part."""

    @blueprint.response(200, PartSchema)
    def get(self, part_code: str) -> Any:
        """The part with this code, in any spelling."""
        with context.current().unit_of_work() as session:
            return catalogue.find_part(session, part_code)
