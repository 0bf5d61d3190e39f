"""What has just changed, to every open screen: Redis publish/subscribe behind server-sent events.

Redis only says "look again"; what is shown is read from the database. When Redis is away, the
streams look by themselves every two seconds, so a screen is late but never wrong.
"""

from __future__ import annotations

import json
import os
import queue
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import redis
import structlog
from flask import Response

from channels import context
from crm_core import db
from crm_core.db import Event

if TYPE_CHECKING:
    from collections.abc import Iterator

log = structlog.get_logger(__name__)

CHANNEL = "sapa:live"
HEARTBEAT_S = 15.0
POLL_S = 2.0
LOOK_S = 0.25
"""How often the subscription's thread looks whether it is to end."""
LIFE_S = 900.0
"""A stream ends after this long; the browser comes back at once and gone ones are cleaned up."""
POLL = Event("poll")
"""Yielded when something may have changed that nobody told us about: look again."""
TYPING = "person_typing"
"""Somebody of the shop is writing in a conversation; nothing that is kept has changed."""


def publish(events: list[Event]) -> None:
    """Tell all processes; a commit listener, so a failure is logged and changes nothing."""
    client = context.current().redis
    with client.pipeline(transaction=False) as pipe:
        for event in events:
            pipe.publish(CHANNEL, json.dumps({"kind": event.kind, "data": event.data}))
        try:
            pipe.execute()
        except redis.RedisError as error:
            log.warning("live_not_published", reason=type(error).__name__)


Wanted = Callable[[Event], bool]


class Hub:
    """One subscription of this process, spread over its open streams."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._lock = threading.Lock()
        self._queues: dict[queue.SimpleQueue[Event], Wanted] = {}
        self._thread: threading.Thread | None = None
        self.connected = threading.Event()
        self.closed = threading.Event()

    def join(self, wanted: Wanted) -> queue.SimpleQueue[Event]:
        """A queue that gets every event that is ``wanted`` from now on: of a thousand streams only
        those are woken that an event is for. ``wanted`` is asked in the hub's thread."""
        mine: queue.SimpleQueue[Event] = queue.SimpleQueue()
        with self._lock:
            self._queues[mine] = wanted
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="live", daemon=True)
                self._thread.start()
        self.connected.wait(1.0)
        return mine

    def leave(self, mine: queue.SimpleQueue[Event]) -> None:
        """No more events for ``mine``."""
        with self._lock:
            self._queues.pop(mine, None)

    def close(self) -> None:
        """End the subscription; returns when its thread is gone."""
        self.closed.set()
        self.connected.clear()
        self._spread(POLL)
        if self._thread is not None:
            self._thread.join(5.0)

    def _run(self) -> None:
        while not self.closed.is_set():
            try:
                self._listen()
            except redis.RedisError as error:
                if self.connected.is_set():
                    log.warning("live_lost", reason=type(error).__name__)
                self.connected.clear()
                self.closed.wait(POLL_S)

    def _listen(self) -> None:
        client = context.redis_at(self._url, socket_timeout=5.0)
        with client, client.pubsub(ignore_subscribe_messages=True) as channel:
            channel.subscribe(CHANNEL)
            self.connected.set()
            self._spread(POLL)  # what was published while we were away is in the database
            while not self.closed.is_set():
                message = channel.get_message(timeout=LOOK_S)
                if message is not None:
                    told = json.loads(message["data"])
                    self._spread(Event(told["kind"], told["data"]))

    def _spread(self, event: Event) -> None:
        with self._lock:
            for waiting, wanted in self._queues.items():
                if event.kind == POLL.kind or wanted(event):
                    waiting.put(event)


_hubs: dict[tuple[int, str], Hub] = {}
_hubs_lock = threading.Lock()


def hub() -> Hub:
    """This process's hub (a fork gets its own)."""
    url = context.current().settings.redis_url or context.NOWHERE
    with _hubs_lock:
        return _hubs.setdefault((os.getpid(), url), Hub(url))


def close() -> None:
    """End this process's subscriptions and its open streams."""
    with _hubs_lock:
        for one in _hubs.values():
            one.close()
        _hubs.clear()


def stream(wanted: Wanted, perhaps: Wanted | None = None) -> Iterator[Event | None]:
    """Events for which ``wanted`` is true, ``POLL`` when one should look anyway.

    None every 15 s: a heartbeat to send on. Ends after 15 minutes. ``perhaps`` decides in another
    thread whether this one is woken to decide; without it ``wanted`` does.
    """
    here = hub()
    mine = here.join(perhaps or wanted)
    end = time.monotonic() + LIFE_S
    try:
        yield POLL
        while (left := end - time.monotonic()) > 0:
            patience = HEARTBEAT_S if here.connected.is_set() else POLL_S
            try:
                event = mine.get(timeout=min(patience, left))
            except queue.Empty:
                if here.closed.is_set():
                    return
                yield None if here.connected.is_set() else POLL
                continue
            if here.closed.is_set():
                return
            if event.kind == POLL.kind or wanted(event):
                yield event
    finally:
        here.leave(mine)


def frame(event: str, data: object, *, event_id: int | None = None) -> str:
    """One server-sent event; JSON has no line breaks, so nothing can break out of ``data``."""
    head = f"id: {event_id}\n" if event_id is not None else ""
    return f"{head}event: {event}\ndata: {json.dumps(data, ensure_ascii=False, default=str)}\n\n"


HEARTBEAT = ": still here\n\n"


def sse(frames: Iterator[str]) -> Response:
    """The answer that carries ``frames`` as they come."""
    answer = Response(frames, mimetype="text/event-stream")
    answer.headers["Cache-Control"] = "no-cache"
    answer.headers["X-Accel-Buffering"] = "no"  # nginx would hold the events back
    return answer


_installed: list[Callable[[], None]] = []


def install() -> Callable[[], None]:
    """Publish what this process commits (once, however often asked); returns what stops it."""
    if _installed:
        return _installed[0]

    def remove() -> None:
        _installed.clear()
        stop()

    stop = db.on_commit(publish)
    _installed.append(remove)
    return remove
