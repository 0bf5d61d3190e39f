"""One table from the core's errors to HTTP: problem+json for programs, a page for people."""

from __future__ import annotations

import http
from typing import TYPE_CHECKING

import structlog
from flask import Flask, Response, g, json, render_template, request
from sqlalchemy.exc import InterfaceError, OperationalError, TimeoutError  # noqa: A004
from werkzeug.exceptions import HTTPException

from crm_core.errors import (
    Conflict,
    CrmError,
    ExternalError,
    InvalidInput,
    NotAllowed,
    NotFound,
    Unavailable,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

log = structlog.get_logger(__name__)

STATUS: tuple[tuple[type[CrmError], int], ...] = (
    (NotFound, 404),
    (InvalidInput, 422),
    (NotAllowed, 403),
    (Conflict, 409),
    (Unavailable, 503),
    (ExternalError, 502),
)
"""The first class that fits decides; a plain CrmError is a mistake of ours, 500."""

PROGRAM_PATHS = ("/api/", "/webchat/", "/twilio/", "/gateway/", "/phone/")


def status_of(error: CrmError) -> int:
    """The HTTP status that stands for ``error``."""
    return next((status for kind, status in STATUS if isinstance(error, kind)), 500)


def for_program() -> bool:
    """Whether the request being answered was made by a program, not by a person's browser."""
    if request.path.startswith(PROGRAM_PATHS):
        return True
    best = request.accept_mimetypes.best_match(["text/html", "application/json"])
    return best == "application/json"


def problem(status: int, code: str, facts: Mapping[str, object] | None = None) -> Response:
    """An RFC 9457 problem document; ``facts`` are the core error's, never an exception text."""
    body = {
        "type": f"urn:sapa:{code}",
        "title": http.HTTPStatus(status).phrase,
        "status": status,
        "code": code,
        "request_id": g.get("request_id"),
        **dict(facts or {}),
    }
    text = json.dumps(body, default=str)
    return Response(text, status=status, content_type="application/problem+json")


def answer_with(
    status: int, code: str, facts: Mapping[str, object] | None = None
) -> Response | tuple[str, int]:
    """The refusal as whoever asks can read it: a problem document or a page."""
    if for_program():
        return problem(status, code, facts)
    return render_template("error.html", status=status, code=code), status


def register(app: Flask) -> None:
    """Install the handlers on ``app``."""

    @app.errorhandler(CrmError)
    def _core(error: CrmError) -> Response | tuple[str, int]:
        status = status_of(error)
        if status >= 500:
            log.error("request_failed", code=error.code, status=status)
        return answer_with(status, error.code, error.facts)

    @app.errorhandler(HTTPException)
    def _http(error: HTTPException) -> Response | tuple[str, int] | HTTPException:
        status = error.code or 500
        if error.response is not None or status < 400:
            return error  # a redirect or an answer that a library has already made
        answer = answer_with(status, error.name.lower().replace(" ", "_").replace("'", ""))
        if status == 405 and isinstance(answer, Response):
            answer.headers["Allow"] = ", ".join(getattr(error, "valid_methods", None) or ())
        return answer

    @app.errorhandler(OperationalError)
    @app.errorhandler(InterfaceError)
    @app.errorhandler(TimeoutError)
    def _database(error: Exception) -> Response | tuple[str, int]:
        # 503 makes Twilio use its fallback and retry rules instead of losing the message.
        log.error("database_unreachable", kind=type(error).__name__)
        return answer_with(503, "database_unreachable")

    @app.errorhandler(Exception)
    def _unexpected(error: Exception) -> Response | tuple[str, int]:
        # The last edge: without it a person would get Werkzeug's bare page.
        log.exception("request_crashed", kind=type(error).__name__)
        return answer_with(500, "internal_error")
