"""The part of the API's description that flask-smorest does not write: events we send."""

from __future__ import annotations

from typing import Any

from crm_core import webhooks

_TEXT = {"type": "string"}
_WHOLE = {"type": "integer"}
_FACTS: dict[str, dict[str, Any]] = {
    "order_code": _TEXT | {"description": "P-7KM2Q; see /orders"},
    "return_code": _TEXT | {"description": "R-4HN7T; see /returns"},
    "complaint_code": _TEXT | {"description": "K-9TR4B; see /complaints"},
    "customer_id": {"type": ["string", "null"], "description": "see /customers"},
    "into_customer_id": _TEXT | {"description": "the customer who stays"},
    "difference_id": _WHOLE,
    "part_code": _TEXT | {"description": "see /parts"},
    "kind": _TEXT,
    "outcome": _TEXT | {"description": "refund, credit, exchange or nothing"},
    "total_idr": _WHOLE | {"description": "whole rupiah"},
    "amount_idr": _WHOLE | {"description": "whole rupiah"},
    "on_hand": _WHOLE,
    "reserved": _WHOLE,
    "available": _WHOLE,
    "quantity": _WHOLE | {"description": "signed, as it changed the figure"},
}
_ABOUT_NOBODY = {"stock.changed"}

_HEADERS = [
    {
        "in": "header",
        "name": name,
        "required": True,
        "schema": {"type": "string"},
        "description": text,
    }
    for name, text in (
        ("webhook-id", "names the event; the same whenever it is sent again"),
        ("webhook-timestamp", "Unix time of this attempt; refuse what is older than 5 minutes"),
        ("webhook-signature", "v1,<base64> (HMAC-SHA256 of id.timestamp.body), several by spaces"),
    )
]


def events() -> dict[str, Any]:
    """Every type of event, for the section ``webhooks`` of OpenAPI 3.1."""
    return {kind: {"post": _operation(kind, told)} for kind, told in webhooks.EVENTS.items()}


def _operation(kind: str, told: Any) -> dict[str, Any]:
    names = [*told.facts, *(() if kind in _ABOUT_NOBODY else ("customer_id",))]
    body = {
        "type": "object",
        "required": ["type", "timestamp", "data"],
        "properties": {
            "type": {"const": kind},
            "timestamp": {"type": "string", "format": "date-time"},
            "data": {"type": "object", "properties": {name: _FACTS[name] for name in names}},
        },
    }
    return {
        "summary": told.text,
        "operationId": f"hear_{kind.replace('.', '_')}",
        "parameters": _HEADERS,
        "requestBody": {"required": True, "content": {"application/json": {"schema": body}}},
        "responses": {
            "2XX": {"description": "taken; anything else is sent again for more than a day"},
            "410": {"description": "gone: nothing is sent until people say so"},
        },
    }
