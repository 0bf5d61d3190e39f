"""The broker may end at any moment; whoever waits for it goes on waiting."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from celery import Celery

from channels.celery_app import configure
from channels.supervisor.embedded import EmbeddedValkey
from crm_core.settings import Settings


@pytest.mark.parametrize(
    "then",
    [lambda held, _: held.restore_unacked_once(), lambda held, tag: held.ack(tag)],
    ids=["put back", "acknowledged"],
)
def test_a_worker_outlives_a_broker_that_ends_while_it_has_wake_ups(
    tmp_path: Path, then: Callable[[Any, str], None]
) -> None:
    valkey = EmbeddedValkey(tmp_path / "valkey", tmp_path / "valkey.log").start()
    app = Celery("worker")
    configure(app, Settings(redis_url=valkey.url()))
    with app.connection_for_read() as connection, connection.SimpleQueue("wake-ups") as queue:
        queue.put({"wake": 1})
        tag = queue.get(timeout=60).delivery_tag
        held = queue.channel.qos
        assert list(held._delivered) == [tag]
        valkey.stop()
        queue.channel.connection.client = None  # so Celery leaves it when the link breaks
        queue.channel._pool = None
        then(held, tag)
    app.close()
