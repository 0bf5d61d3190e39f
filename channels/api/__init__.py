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
    deals,
    described,
    goods,
    orders,
    parts,
    reconciliation,
    returns,
    service,
    shipments,
    webhooks,
)
from channels.api.problems import Problem

PREFIX = "/api/v1"

OPENAPI = {
    "API_TITLE": "Sapa",
    "API_VERSION": "v1",
    "OPENAPI_VERSION": "3.1.0",
    "OPENAPI_URL_PREFIX": PREFIX,
    "OPENAPI_JSON_PATH": "openapi.json",
    "API_SPEC_OPTIONS": {
        "info": {
            "description": "Conversations, customers, parts, orders, payments, complaints and "
            "hand-offs of the shop. Times are ISO 8601 in UTC, money is whole rupiah. Events are "
            "posted to registered receivers as described under webhooks (Standard Webhooks)."
        },
        "components": {"securitySchemes": {"token": {"type": "http", "scheme": "bearer"}}},
        "security": [{"token": []}],
        "webhooks": described.events(),
    },
}


class Api(SmorestApi):
    """flask-smorest whose errors are those of :mod:`channels.errors`."""

    ERROR_SCHEMA = Problem
    DEFAULT_RESPONSE_CONTENT_TYPE = "application/json"

    def _register_responses(self) -> None:
        """In the description refusals have the media type that they have."""
        usual = self.DEFAULT_RESPONSE_CONTENT_TYPE
        self.DEFAULT_RESPONSE_CONTENT_TYPE = "application/problem+json"
        super()._register_responses()
        self.DEFAULT_RESPONSE_CONTENT_TYPE = usual

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
        returns,
        deals,
        webhooks,
    ):
        api.register_blueprint(module.blueprint, url_prefix=PREFIX)
