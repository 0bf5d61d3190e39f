"""Writes of the API: one transaction each, and done once however often they are sent.

A program that gets no answer sends its request again with the same ``Idempotency-Key``. The answer
is stored in the transaction that makes the change, so there is never one without the other; a
refused request changed nothing and leaves its key free.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from typing import Any

from flask import Response, json, jsonify, request
from flask_smorest import Blueprint
from marshmallow import Schema
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from channels import context
from crm_core import db, effects, sealing
from crm_core.errors import Conflict, InvalidInput

HEADER = "Idempotency-Key"
REPLAYED = "Idempotency-Replayed"
MOST_SIGNS = 200

ACCEPTS_KEY = {
    "in": "header",
    "name": HEADER,
    "required": False,
    "schema": {"type": "string", "minLength": 1, "maxLength": MOST_SIGNS},
    "description": "Name the request yourself (a UUID, your document's number): sent again with "
    "the same key and body it gets the first answer and changes nothing. Another body: 422, "
    "still at work: 409.",
}


def accepts_key(blueprint: Blueprint) -> Any:
    """Decorator: the description of the API says that this write takes an Idempotency-Key."""
    return blueprint.doc(parameters=[ACCEPTS_KEY])


def once(
    schema: type[Schema],
    deed: Callable[[Session], Any],
    phase: str = "",
    *,
    secret: bool = False,
) -> Response:
    """Do ``deed`` in a transaction and answer with its result as ``schema`` shows it.

    With the header, a request that was answered gets that answer again. Raises InvalidInput
    ("idempotency_key_invalid", "idempotency_key_reused") and Conflict ("request_in_progress").
    ``phase`` tells apart the transactions of one request; a ``secret`` answer is kept sealed.
    """
    key = request.headers.get(HEADER)
    if key is None:
        return jsonify(db.again(lambda: _done(schema, deed)))
    name = f"api:{_checked(key)}{phase}"
    stored, now = db.again(lambda: _done_once(schema, deed, name, secret=secret))
    kept = stored["answer"]
    answer = jsonify(json.loads(sealing.opened(kept)) if secret else kept)
    if not now:
        answer.headers[REPLAYED] = "true"
    return answer


def _done(schema: type[Schema], deed: Callable[[Session], Any]) -> Any:
    with context.current().unit_of_work() as session:
        return schema().dump(deed(session))


def _done_once(
    schema: type[Schema], deed: Callable[[Session], Any], name: str, *, secret: bool
) -> tuple[dict[str, Any], bool]:
    def made() -> dict[str, Any]:
        answer = schema().dump(deed(session))
        return {
            "request": wanted,
            "answer": sealing.seal(json.dumps(answer)) if secret else answer,
        }

    with context.current().unit_of_work() as session:
        _hold(session, name)
        wanted = fingerprint()
        stored, now = effects.once(session, name, made)
        if stored["request"] != wanted:
            raise InvalidInput("idempotency_key_reused")
        return stored, now


def fingerprint() -> str:
    """What the present request asks for, the same however its JSON is spaced and ordered."""
    body = request.get_json(silent=True)
    told = json.dumps(body, sort_keys=True) if body is not None else request.get_data(as_text=True)
    asked = "\n".join((request.method, request.full_path, told))
    return hashlib.sha256(asked.encode()).hexdigest()


def _checked(key: str) -> str:
    if not (1 <= len(key) <= MOST_SIGNS and key.isascii() and key.isprintable()):
        raise InvalidInput("idempotency_key_invalid", most=MOST_SIGNS)
    return key


def _hold(session: Session, name: str) -> None:
    """Nobody else works on the key until this transaction ends; refuse if somebody does."""
    free = select(func.pg_try_advisory_xact_lock(func.hashtextextended(name, 0)))
    if not session.execute(free).scalar_one():
        raise Conflict("request_in_progress")


def refuse_unstorable() -> None:
    """Refuse text that no database column can hold, before it reaches one.

    PostgreSQL stores neither the sign NUL nor halves of surrogate pairs. Raises InvalidInput
    ("text_unusable").
    """
    try:
        body = request.get_json(silent=True) if request.is_json else None
        told = "".join(_texts(body))
        plain = f"{request.path}{told}{''.join(request.args.values())}"
        plain.encode()
    except (UnicodeEncodeError, RecursionError):
        raise InvalidInput("text_unusable") from None
    if "\0" in plain:
        raise InvalidInput("text_unusable")


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for name, one in value.items():
            yield name
            yield from _texts(one)
    elif isinstance(value, list):
        for one in value:
            yield from _texts(one)
