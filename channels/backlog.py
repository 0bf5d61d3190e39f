"""What waits and what is away, for Prometheus: read from the databases when asked for.

So it is right whichever process answers, and after any restart.
"""

from __future__ import annotations

import shutil
from functools import lru_cache
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import redis
from prometheus_client import CollectorRegistry
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from channels import context, rasa, wakeups
from crm_core import clock

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from prometheus_client.metrics_core import Metric

WORKER_SEEN = "sapa:worker:seen"
"""Redis key: when the last sweep ran, seconds since 1970."""
WAKE_UPS = "celery"
"""Redis key: the list of tasks that no worker has taken yet; turns have one of their own."""

_WAITING = text(
    """
    SELECT 'unanswered_messages', count(*), min(created_at) FROM messages WHERE awaits_bot
    UNION ALL
    SELECT 'unfinished_turns', count(*), min(created_at) FROM turns
     WHERE state IN ('pending', 'running')
    UNION ALL
    SELECT 'undelivered_messages', count(*), min(created_at) FROM messages
     WHERE status IN ('queued', 'sending')
    UNION ALL
    SELECT 'uncertain_messages', count(*), min(created_at) FROM messages
     WHERE status = 'unknown' AND sent_again_as IS NULL
    UNION ALL
    SELECT 'pending_media', count(*), min(created_at) FROM media WHERE state = 'pending'
    UNION ALL
    SELECT 'waiting_handoffs', count(*), min(requested_at) FROM handoffs WHERE state = 'waiting'
    UNION ALL
    SELECT 'overdue_handoffs', count(*),
           min(CASE WHEN repairs > 0 THEN requested_at ELSE promised_at END) FROM handoffs
     WHERE state = 'waiting' AND (promised_at < now() OR repairs > 0)
    UNION ALL
    SELECT 'payment_differences', count(*), min(created_at) FROM differences
     WHERE state IN ('open', 'refund_proposed')
    UNION ALL
    SELECT 'unsent_mails', count(*), min(created_at) FROM mails
     WHERE state IN ('queued', 'sending')
    UNION ALL
    SELECT 'leftovers', count(*), min(created_at) FROM leftovers
    """
)
"""Each on an index over what is open, so asking costs the same however much history there is."""


class Waiting(Collector):
    """How much is waiting in the database, and for how long the oldest has."""

    def describe(self) -> Iterable[Metric]:
        """Nothing to read from the database at registration."""
        return []

    def collect(self) -> Iterator[Metric]:
        """One pair of gauges per kind of work, and whether the database answers."""
        size = GaugeMetricFamily("sapa_backlog", "Rows waiting to be worked on", labels=["work"])
        age = GaugeMetricFamily(
            "sapa_backlog_oldest_seconds", "Age of the oldest waiting row", labels=["work"]
        )
        try:
            with context.current().engine.connect() as connection:
                rows = connection.execute(_WAITING).all()
        except SQLAlchemyError:
            yield _one("sapa_database_up", "1 when the database answers", 0)
            return
        for work, count, oldest in rows:
            waited_s = (clock.now() - oldest).total_seconds() if oldest else 0.0
            size.add_metric([work], count)
            age.add_metric([work], max(0.0, waited_s))
        yield from (_one("sapa_database_up", "1 when the database answers", 1), size, age)


class Redis(Collector):
    """Whether Redis answers, what is in it for workers, and when the last sweep was."""

    def describe(self) -> Iterable[Metric]:
        """Nothing to read at registration."""
        return []

    def collect(self) -> Iterator[Metric]:
        """Without Redis only that it is away."""
        try:
            seen = context.current().redis.get(WORKER_SEEN)
            queued = context.current().redis.llen(WAKE_UPS) + wakeups.waiting()
        except redis.RedisError:
            yield _one("sapa_redis_up", "1 when Redis answers", 0)
            return
        yield _one("sapa_redis_up", "1 when Redis answers", 1)
        yield _one("sapa_wake_ups_queued", "Wake-ups that no worker has taken", float(queued))
        age = clock.now().timestamp() - float(seen) if seen else float("inf")
        yield _one("sapa_sweep_age_seconds", "Time since the last sweep", max(0.0, age))


class Servers(Collector):
    """Whether each Rasa server answers, and how much room is left for pictures."""

    def describe(self) -> Iterable[Metric]:
        """Nothing to read at registration."""
        return []

    def collect(self) -> Iterator[Metric]:
        """One gauge per server, named by host and port alone."""
        settings = context.current().settings
        up = GaugeMetricFamily("sapa_rasa_up", "1 when the server answers", labels=["server"])
        client = rasa.client_for(settings)
        try:
            for url, answers in client.states().items():
                parts = urlsplit(url)
                up.add_metric([f"{parts.hostname}:{parts.port or 80}"], float(answers))
        finally:
            client.close()
        yield up
        free = shutil.disk_usage(settings.data_dir).free if settings.data_dir.exists() else 0
        yield _one("sapa_data_free_bytes", "Room left where pictures are kept", float(free))


@lru_cache(maxsize=1)
def registry() -> CollectorRegistry:
    """What waits and what is away."""
    made = CollectorRegistry()
    for collector in (Waiting(), Redis(), Servers()):
        made.register(collector)
    return made


def _one(name: str, documentation: str, value: float) -> Metric:
    return GaugeMetricFamily(name, documentation, value=value)
