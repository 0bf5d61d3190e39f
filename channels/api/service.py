"""``/complaints`` and ``/handoffs``: what went wrong and who looks after it."""

from __future__ import annotations

from typing import Any

from flask.views import MethodView
from marshmallow import fields

from channels import context
from channels.api.blueprints import api_blueprint
from channels.api.schemas import (
    ComplaintSchema,
    HandoffSchema,
    PhoneQuery,
    page_of,
)
from crm_core import complaints, handoffs

blueprint = api_blueprint("service", "Complaints and hand-offs")


class ComplaintsQuery(PhoneQuery):
    """Which complaints."""

    state = fields.String(metadata={"description": "one state of the contract"})


class HandoffsQuery(PhoneQuery):
    """Which hand-offs."""

    state = fields.String(metadata={"description": "waiting, claimed or returned"})


@blueprint.route("/complaints")
class Complaints(MethodView):
    """Complaints in pages."""

    @blueprint.arguments(ComplaintsQuery, location="query")
    @blueprint.response(200, page_of(ComplaintSchema))
    def get(self, asked: dict[str, Any]) -> Any:
        """Complaints, newest first."""
        with context.current().unit_of_work() as session:
            return complaints.listing(session, **asked)


@blueprint.route("/handoffs")
class Handoffs(MethodView):
    """Hand-offs in pages."""

    @blueprint.arguments(HandoffsQuery, location="query")
    @blueprint.response(200, page_of(HandoffSchema))
    def get(self, asked: dict[str, Any]) -> Any:
        """Hand-offs, newest first."""
        with context.current().unit_of_work() as session:
            return handoffs.listing(session, **asked)
