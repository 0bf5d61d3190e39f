"""The broker may end at any moment; whoever waits for it goes on waiting."""

from __future__ import annotations

from pathlib import Path

from celery import Celery

from channels.celery_app import configure
from channels.supervisor.embedded import EmbeddedValkey
from crm_core.settings import Settings


def test_a_worker_outlives_a_broker_that_ends_while_it_has_wake_ups(tmp_path: Path) -> None:
    valkey = EmbeddedValkey(tmp_path / "valkey", tmp_path / "valkey.log").start()
    app = Celery("worker")
    configure(app, Settings(redis_url=valkey.url()))
    with app.connection_for_read() as connection, connection.SimpleQueue("wake-ups") as queue:
        queue.put({"wake": 1})
        queue.get(timeout=5)
        taken = queue.channel.qos
        assert len(taken._delivered) == 1
        valkey.stop()
        queue.channel.connection.client = None  # so Celery leaves it when the link breaks
        taken.restore_unacked_once()
    app.close()
