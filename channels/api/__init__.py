"""The API for ERP and BI: ``/api/v1``, bearer token, OpenAPI, cursor pages, problem+json.

``register(app)`` is called by the application factory. Which fields stay is written in
:mod:`channels.api.schemas`; refusals take the shape of :mod:`channels.errors`.
"""

from __future__ import annotations

from flask import Flask
from flask_smorest import Api as SmorestApi

from channels.api import (
    bank,
    conversations,
    customers,
    goods,
    orders,
    parts,
    reconciliation,
    service,
    shipments,
)
from channels.api.problems import Problem

PREFIX = "/api/v1"

OPENAPI = {
    "API_TITLE": "Sapa",
    "API_VERSION": "v1",
    "OPENAPI_VERSION": "3.0.3",
    "OPENAPI_URL_PREFIX": PREFIX,
    "OPENAPI_JSON_PATH": "openapi.json",
    "API_SPEC_OPTIONS": {
        "info": {
            "description": "Conversations, customers, parts, orders, payments, complaints and "
            "hand-offs of the shop. Times are ISO 8601 in UTC, money is whole rupiah."
        },
        "components": {"securitySchemes": {"token": {"type": "http", "scheme": "bearer"}}},
        "security": [{"token": []}],
    },
}


class Api(SmorestApi):
    """flask-smorest whose errors are those of :mod:`channels.errors`."""

    ERROR_SCHEMA = Problem

    def _register_error_handlers(self) -> None:
        """None of its own: they would also answer for the pages."""


def register(app: Flask) -> None:
    """Mount the API on ``app``."""
    app.config.update(OPENAPI)
    api = Api(app)
    for module in (
        parts,
        goods,
        customers,
        conversations,
        orders,
        service,
        bank,
        reconciliation,
        shipments,
    ):
        api.register_blueprint(module.blueprint, url_prefix=PREFIX)
