"""Is this process alive, is every component ready, and the figures for Prometheus."""

from __future__ import annotations

import hmac
import ipaddress
from typing import TYPE_CHECKING

import httpx
import redis
from flask import Blueprint, Response, jsonify, request
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from channels import backlog, context, metrics, rasa, security
from channels.backlog import WORKER_SEEN
from crm_core import clock

if TYPE_CHECKING:
    from collections.abc import Callable

blueprint = Blueprint("health", __name__)

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


@blueprint.get("/readyz/web")
@security.limiter.exempt
def ready_to_store() -> tuple[Response, int]:
    """Whether this web server should get requests: 200 when what comes in can be stored.

    For load balancers: while Rasa or Redis is away messages must go on being taken in.
    """
    good = _database()
    return jsonify(status="ok" if good else "failed"), 200 if good else 503


@blueprint.get("/metrics")
@security.limiter.exempt
def figures() -> Response:
    """Prometheus' text format; counts only, no names or numbers of people.

    For this machine, and for bearers of ``SAPA_METRICS_TOKEN``.
    """
    if not _may_read_figures():
        return Response("a bearer token is needed\n", 401, content_type="text/plain")
    told = generate_latest(backlog.registry()) + generate_latest(metrics.registry())
    return Response(told, content_type=CONTENT_TYPE_LATEST)


def _may_read_figures() -> bool:
    token = context.current().settings.metrics_token
    if token is not None:
        expected = f"Bearer {token.get_secret_value()}".encode()
        if hmac.compare_digest(request.headers.get("Authorization", "").encode(), expected):
            return True
    # A proxy on this machine calls from loopback on behalf of anyone.
    forwarded = "X-Forwarded-For" in request.headers or "Forwarded" in request.headers
    try:
        return not forwarded and ipaddress.ip_address(request.remote_addr or "").is_loopback
    except ValueError:
        return False


def note_worker() -> None:
    """Called by each sweep: the worker is there and beat reaches it."""
    context.current().redis.set(WORKER_SEEN, f"{clock.now().timestamp():.0f}", ex=600)


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
    server = context.current().settings.action_server
    try:
        answer = httpx.get(f"{server}/health", timeout=2.0, trust_env=False)
    except httpx.HTTPError:
        return False
    return answer.status_code == 200


def _worker() -> bool:
    try:
        seen = context.current().redis.get(WORKER_SEEN)
    except redis.RedisError:
        return False
    return seen is not None and clock.now().timestamp() - float(seen) < WORKER_FRESH_S
