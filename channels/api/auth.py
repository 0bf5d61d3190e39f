"""Who may ask: the bearer of the token in ``SAPA_API_TOKEN``."""

from __future__ import annotations

import hmac

from flask import request
from werkzeug.exceptions import Unauthorized

from channels import context
from crm_core.errors import Unavailable


def require_token() -> None:
    """Let the request through, or raise 401; Unavailable while no token is configured at all."""
    expected = context.current().settings.api_token
    if expected is None:
        raise Unavailable("api_token_missing", setting="SAPA_API_TOKEN")
    given = request.authorization
    token = given.token if given and given.type == "bearer" else None
    if not token or not hmac.compare_digest(token.encode(), expected.get_secret_value().encode()):
        raise Unauthorized
