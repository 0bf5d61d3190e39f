"""Errors of the API as RFC 9457 problem details (``application/problem+json``)."""

from __future__ import annotations

from flask import Response
from marshmallow import INCLUDE, Schema, fields
from werkzeug.exceptions import Unauthorized, UnprocessableEntity

from channels import errors


class Problem(Schema):
    """What every refusal of the API looks like; facts of the refusal stand beside these."""

    class Meta:
        """A refusal names its facts by their own names: part_code, most, available …"""

        unknown = INCLUDE

    type = fields.String(metadata={"description": "a name for the kind of refusal"})
    title = fields.String(metadata={"description": "the HTTP status in words"})
    status = fields.Integer(metadata={"description": "the HTTP status"})
    code = fields.String(metadata={"description": "the kind of refusal, for programs"})
    request_id = fields.String(metadata={"description": "quote it when you ask for help"})
    errors = fields.Dict(metadata={"description": "per field, for input that cannot be used"})


def input_unusable(error: UnprocessableEntity) -> Response:
    """A query or body that webargs refused: what is wrong with which field."""
    messages = (getattr(error, "data", None) or {}).get("messages", {})
    return errors.problem(422, "input_unusable", {"errors": messages})


def token_needed(_error: Unauthorized) -> Response:
    """No token or a wrong one, with the challenge that HTTP asks for."""
    answer = errors.problem(401, "token_needed")
    answer.headers["WWW-Authenticate"] = "Bearer"
    return answer
