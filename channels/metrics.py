"""Figures for Prometheus: requests of this process, and the state of the work in the database.

The second kind is read when asked for, so it is right whichever process answers.
"""

from __future__ import annotations

import time
from functools import lru_cache
from typing import TYPE_CHECKING

import structlog
from flask import Flask, Response, g, request
from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from channels import context

if TYPE_CHECKING:
    from collections.abc import Iterable

    from prometheus_client.metrics_core import Metric

log = structlog.get_logger(__name__)

_BACKLOG = text(
    """
    SELECT 'unanswered_messages', count(*), min(created_at) FROM messages WHERE awaits_bot
    UNION ALL
    SELECT 'unfinished_turns', count(*), min(created_at) FROM turns
     WHERE state IN ('pending', 'running')
    UNION ALL
    SELECT 'undelivered_messages', count(*), min(created_at) FROM messages
     WHERE status IN ('queued', 'sending')
    UNION ALL
    SELECT 'pending_media', count(*), min(created_at) FROM media WHERE state = 'pending'
    UNION ALL
    SELECT 'waiting_handoffs', count(*), min(requested_at) FROM handoffs WHERE state = 'waiting'
    """
)
"""Each on a partial index, so asking costs the same however much history there is."""


class Backlog(Collector):
    """How much is waiting, and for how long the oldest has."""

    def describe(self) -> Iterable[Metric]:
        """Nothing to read from the database at registration."""
        return []

    def collect(self) -> Iterable[Metric]:
        """One pair of gauges per kind of work."""
        size = GaugeMetricFamily("sapa_backlog", "Rows waiting to be worked on", labels=["work"])
        age = GaugeMetricFamily(
            "sapa_backlog_oldest_seconds", "Age of the oldest waiting row", labels=["work"]
        )
        up = GaugeMetricFamily("sapa_database_up", "1 when the database answers")
        try:
            with context.current().engine.connect() as connection:
                rows = connection.execute(_BACKLOG).all()
        except SQLAlchemyError:
            up.add_metric([], 0)
            return [up]
        up.add_metric([], 1)
        for work, count, oldest in rows:
            size.add_metric([work], count)
            age.add_metric([work], time.time() - oldest.timestamp() if oldest else 0)
        return [up, size, age]


@lru_cache(maxsize=1)
def registry() -> CollectorRegistry:
    """The figures of this process."""
    made = CollectorRegistry()
    made.register(Backlog())
    return made


@lru_cache(maxsize=1)
def _requests() -> tuple[Counter, Histogram]:
    labels = ["endpoint", "method", "status"]
    return (
        Counter("sapa_requests", "Requests answered", labels, registry=registry()),
        Histogram(
            "sapa_request_seconds", "Time to the first byte", ["endpoint"], registry=registry()
        ),
    )


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
