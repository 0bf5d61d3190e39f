"""What this process has done, counted for Prometheus.

Web servers tell it at ``/metrics``, workers at ``SAPA_METRICS_PORT``. Nothing here names a person.
What waits in the database is another matter: ``channels/backlog.py``.
"""

from __future__ import annotations

import time
from functools import lru_cache
from threading import Lock

from flask import Flask, Response, g, request
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, start_http_server

TURN_SECONDS = (0.025, 0.05, 0.1, 0.15, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 15.0, 30.0)


@lru_cache(maxsize=1)
def registry() -> CollectorRegistry:
    """The figures of this process."""
    return CollectorRegistry()


@lru_cache(maxsize=1)
def _requests() -> tuple[Counter, Histogram]:
    labels = ["endpoint", "method", "status"]
    return (
        Counter("sapa_requests", "Requests answered", labels, registry=registry()),
        Histogram(
            "sapa_request_seconds", "Time to the first byte", ["endpoint"], registry=registry()
        ),
    )


class _Work:
    """Made at first use, so that a process shows only figures of its own kind."""

    def __init__(self) -> None:
        kept = registry()
        self.turns = Counter(
            "sapa_turns", "Turns by their end: answered, or why not", ["end"], registry=kept
        )
        self.turn_seconds = Histogram(
            "sapa_turn_seconds",
            "From the beginning of a turn to its stored answer",
            buckets=TURN_SECONDS,
            registry=kept,
        )
        self.paused = Gauge(
            "sapa_assistant_paused",
            "1 while the assistant is not asked, as nobody has had an answer lately",
            registry=kept,
        )
        self.deliveries = Counter(
            "sapa_deliveries",
            "Attempts at messages: sent, refused, postponed, uncertain or withheld by us",
            ["provider", "outcome", "code"],
            registry=kept,
        )


_lock = Lock()
_works: list[_Work] = []


def _work() -> _Work:
    with _lock:
        if not _works:
            _works.append(_Work())
        return _works[0]


def turn_ended(end: str, seconds: float | None = None) -> None:
    """Count a turn: ``answered`` after so many seconds, or the reason of its failure."""
    _work().turns.labels(end).inc()
    if seconds is not None:
        _work().turn_seconds.observe(seconds)


def assistant_paused(paused: bool) -> None:
    """Show whether this process asks the assistant at present."""
    _work().paused.set(int(paused))


def delivery_ended(provider: str, outcome: str, code: str = "") -> None:
    """Count one attempt at a delivery; ``code`` is the provider's own, or our reason."""
    _work().deliveries.labels(provider, outcome, code).inc()


def install(app: Flask) -> None:
    """Count and time the requests of ``app``."""

    @app.before_request
    def _start() -> None:
        g.started = time.perf_counter()

    @app.after_request
    def _finish(response: Response) -> Response:
        counter, histogram = _requests()
        endpoint = request.endpoint or "unknown"
        counter.labels(endpoint, request.method, str(response.status_code)).inc()
        if "started" in g:
            histogram.labels(endpoint).observe(time.perf_counter() - g.started)
        return response


def serve(port: int, host: str) -> None:
    """Show the figures of a process that is no web server, in a thread of its own."""
    _work()
    start_http_server(port, host, registry=registry())
