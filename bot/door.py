"""Rasa's REST channel behind a shared secret, for servers that are reached over a network.

Whoever may talk to the plain channel may speak as any customer. Named in the credentials that
``bot/serve.py`` writes; run by bot/.venv (Rasa's Python 3.10).
"""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable
from typing import Any

from rasa.core.channels.channel import UserMessage
from rasa.core.channels.rest import RestInput
from sanic import Blueprint, Request
from sanic.response import HTTPResponse, json


class GuardedRest(RestInput):
    """As the plain channel, and on its address, but answers only bearers of the token."""

    def __init__(self, token: str) -> None:
        self._expected = f"Bearer {token}".encode()

    @classmethod
    def from_credentials(cls, credentials: dict[str, Any] | None) -> GuardedRest:
        """Made from ``token`` in the credentials; raises ValueError when there is none."""
        token = str((credentials or {}).get("token") or "")
        if not token:
            raise ValueError("the guarded channel needs a token")
        return cls(token)

    def blueprint(self, on_new_message: Callable[[UserMessage], Awaitable[None]]) -> Blueprint:
        """The plain channel's routes behind the check."""
        routes = super().blueprint(on_new_message)

        async def check(request: Request) -> HTTPResponse | None:
            shown = request.headers.get("Authorization", "").encode()
            if hmac.compare_digest(shown, self._expected):
                return None
            return json({"error": "not allowed"}, status=401)

        routes.middleware("request")(check)
        return routes
