"""Is this process alive, is every component ready, and the figures for Prometheus."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import httpx
import redis
from flask import Blueprint, Response, jsonify
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from channels import context, metrics, rasa, security

if TYPE_CHECKING:
    from collections.abc import Callable

blueprint = Blueprint("health", __name__)

WORKER_SEEN = "sapa:worker:seen"
"""Redis key: when the last sweep ran, seconds since 1970."""
WORKER_FRESH_S = 30.0


@blueprint.get("/healthz")
@security.limiter.exempt
def alive() -> Response:
    """This process answers; nothing else is asked."""
    return jsonify(status="ok")


@blueprint.get("/readyz")
@security.limiter.exempt
def ready() -> tuple[Response, int]:
    """200 when every component works, else 503; each one named either way."""
    checks: dict[str, Callable[[], bool]] = {
        "database": _database,
        "redis": _redis,
        "rasa": _rasa,
        "actions": _actions,
        "worker": _worker,
    }
    components = {name: "ok" if check() else "failed" for name, check in checks.items()}
    good = all(state == "ok" for state in components.values())
    body = jsonify(status="ok" if good else "failed", components=components)
    return body, 200 if good else 503


@blueprint.get("/metrics")
@security.limiter.exempt
def figures() -> Response:
    """Prometheus' text format; counts only, no names or numbers of people."""
    return Response(generate_latest(metrics.registry()), content_type=CONTENT_TYPE_LATEST)


def note_worker() -> None:
    """Called by each sweep: the worker is there and beat reaches it."""
    context.current().redis.set(WORKER_SEEN, f"{time.time():.0f}", ex=600)


def _database() -> bool:
    try:
        with context.current().engine.connect() as connection:
            return bool(connection.execute(text("SELECT 1")).scalar())
    except (SQLAlchemyError, RuntimeError):
        return False


def _redis() -> bool:
    try:
        return bool(context.current().redis.ping())
    except redis.RedisError:
        return False


def _rasa() -> bool:
    client = rasa.client_for(context.current().settings)
    try:
        return client.alive()
    finally:
        client.close()


def _actions() -> bool:
    port = context.current().settings.actions_port
    try:
        answer = httpx.get(f"http://127.0.0.1:{port}/health", timeout=2.0, trust_env=False)
    except httpx.HTTPError:
        return False
    return answer.status_code == 200


def _worker() -> bool:
    try:
        seen = context.current().redis.get(WORKER_SEEN)
    except redis.RedisError:
        return False
    return seen is not None and time.time() - float(seen) < WORKER_FRESH_S
