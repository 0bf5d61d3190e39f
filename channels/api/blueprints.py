"""How every blueprint of the API begins: the token asked for, refusals in the one shape."""

from __future__ import annotations

from flask_smorest import Blueprint
from werkzeug.exceptions import Unauthorized, UnprocessableEntity

from channels.api.auth import require_token
from channels.api.problems import input_unusable, token_needed
from channels.api.writing import refuse_unstorable
from channels.security import csrf


def api_blueprint(name: str, description: str) -> Blueprint:
    """A blueprint for the resources called ``name``, to be mounted under ``/api/v1``."""
    blueprint = Blueprint(f"api_{name}", __name__, description=description)
    blueprint.before_request(require_token)
    blueprint.before_request(refuse_unstorable)
    csrf.exempt(blueprint)  # a bearer token, never a cookie: nothing to forge
    blueprint.register_error_handler(UnprocessableEntity, input_unusable)
    blueprint.register_error_handler(Unauthorized, token_needed)
    return blueprint
