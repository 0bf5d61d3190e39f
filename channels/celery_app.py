"""The worker. A task is only a wake-up for rows that are due; losing all tasks loses nothing."""

from __future__ import annotations

from typing import Any

import structlog
from celery import Celery, Task
from celery.signals import beat_init, setup_logging, task_prerun, worker_init
from kombu.transport import redis as transport
from redis.exceptions import RedisError

from channels import context, logs
from crm_core.settings import Settings

log = structlog.get_logger(__name__)

TIMETABLE = {
    "sweep": 5.0,
    "expire_orders": 60.0,
    "remind_payers": 60.0,
    "look_after_handoffs": 60.0,
    "compare_proofs": 15.0,
    "tell_arrivals": 60.0,
    "match_wishes": 600.0,
    "forget_webhooks": 3600.0,
    "let_go": 30.0,
    "look_at_reviews": 900.0,
    "seal_timeline": 60.0,
}
"""Seconds between the runs of each task."""
ALMOST = 0.8
"""Of its interval must have passed since a task ran: beat's own steps are not exact."""


class _Unacknowledged(transport.QoS):
    """What a worker was given and has not done: put back at its end, if there is a Redis.

    Kombu lets errors of a channel whose connection is gone through, and with them a worker ended
    whenever Redis did. All it holds are wake-ups: the sweep finds their rows.
    """

    def ack(self, delivery_tag: str) -> None:
        """As kombu's; what was given over a connection that is gone cannot be acknowledged."""
        try:
            super().ack(delivery_tag)  # type: ignore[no-untyped-call]
        except AttributeError:
            log.warning("wake_up_not_acknowledged")

    def restore_unacked_once(self, stderr: Any = None) -> None:
        """As kombu's, but never an error."""
        try:
            super().restore_unacked_once(stderr)  # type: ignore[no-untyped-call]
        except Exception as error:  # noqa: BLE001 - the worker must go on, whatever it is
            log.warning("wake_ups_not_put_back", reason=type(error).__name__)


class _Channel(transport.Channel):
    """Kombu's, which makes a client for each message that it publishes or acknowledges: an eighth
    of a worker's work. A client is safe to share, and its connections are the pool's anyway."""

    QoS = _Unacknowledged
    _kept: Any = None

    def _create_client(self, asynchronous: bool = False) -> Any:
        if asynchronous:
            return super()._create_client(asynchronous=True)  # type: ignore[no-untyped-call]
        if self._kept is None or self._kept.connection_pool is not self.pool:
            self._kept = super()._create_client()  # type: ignore[no-untyped-call]
        return self._kept


transport.Transport.Channel = _Channel


def configure(celery: Celery, settings: Settings) -> None:
    """Apply ``settings`` to ``celery``: late acknowledgement, no results, quick failures."""
    celery.conf.update(
        broker_url=settings.redis_url or context.NOWHERE,
        broker_connection_retry_on_startup=True,
        # Publishing happens inside a webhook: with Redis away it must fail at once, not retry.
        task_publish_retry=False,
        broker_transport_options={
            "visibility_timeout": 600,  # longer than the longest task, or it would run twice
            "socket_connect_timeout": 1.0,
            "socket_timeout": 30.0,
            "retry_on_timeout": False,
            "max_retries": 1,
            "interval_start": 0,
            "interval_step": 0,
            "interval_max": 0,
        },
        broker_connection_timeout=1.0,
        broker_connection_max_retries=None,  # a worker waits for Redis however long it takes
        task_acks_late=True,
        task_reject_on_worker_lost=True,
        task_ignore_result=True,
        task_serializer="json",
        accept_content=["json"],
        worker_pool="threads",
        worker_concurrency=8,
        worker_prefetch_multiplier=4,
        worker_hijack_root_logger=False,
        worker_send_task_events=False,
        task_send_sent_event=False,
        worker_enable_remote_control=False,
        timezone="UTC",
        beat_schedule=_schedule(),
        # In memory: all tasks may run at any time, so nothing needs to survive a restart.
        beat_scheduler="celery.beat:Scheduler",
    )


class Timetabled(Task):
    """A task that beat asks for every ``every_s`` seconds, and that runs once in that time.

    After a pause many of one kind wait, and one is enough: the older ones would find the same
    rows. What decides is the clock of Redis, whatever those of beat and worker show (Celery's own
    ``expires`` compares the two). Without Redis it runs.
    """

    abstract = True
    every_s: float = 0.0

    def __call__(self, *arguments: Any, **named: Any) -> Any:
        """Run, unless a worker was given it and one has run a moment ago."""
        if self.request.called_directly or self._is_due():
            return super().__call__(*arguments, **named)  # type: ignore[no-untyped-call]
        return None

    def _is_due(self) -> bool:
        least_ms = int(self.every_s * 1000 * ALMOST)
        try:
            return bool(
                context.current().redis.set(f"sapa:ran:{self.name}", 1, nx=True, px=least_ms)
            )
        except RedisError:
            return True


def _schedule() -> dict[str, dict[str, object]]:
    return {name.replace("_", "-"): _every(seconds, name) for name, seconds in TIMETABLE.items()}


def _every(seconds: float, task: str) -> dict[str, object]:
    return {"task": f"channels.tasks.{task}", "schedule": seconds}


app = Celery("sapa", include=["channels.tasks"])


def timetabled(name: str) -> Any:
    """The decorator of a task of ``TIMETABLE``."""
    return app.task(name=f"channels.tasks.{name}", base=Timetabled, every_s=TIMETABLE[name])


def _read_settings(sender: Celery, **_: Any) -> None:
    configure(sender, context.current().settings)


if app.on_configure is not None:  # Celery's own type says that it may be None; it never is
    app.on_configure.connect(_read_settings)


@setup_logging.connect
def _own_logging(**_: Any) -> None:
    logs.setup(context.current().settings.log_level)


@worker_init.connect
@beat_init.connect
def _announce(**_: Any) -> None:
    from channels import live, tasks  # noqa: PLC0415 - tasks import this module

    live.install()
    tasks.install()


@task_prerun.connect
def _forget(**_: Any) -> None:
    structlog.contextvars.clear_contextvars()  # the thread's last task is not this one's story
