"""How many webhooks a minute are let in, from one address and from all: counted in Redis for all
processes, here when Redis is away.

Both counters are one request to Redis; the limits of the other pages (:mod:`channels.security`)
need one for each limit and each header that tells of it, too many for a door that is passed two
hundred times a second.
"""

from __future__ import annotations

import threading
import time

import redis
import structlog
from flask import request
from werkzeug.exceptions import TooManyRequests

from channels import context

log = structlog.get_logger(__name__)

MINUTE_S = 60
AWAY_S = 5.0
"""After a failure Redis is not asked for this long: a webhook must not wait for it."""


class _Here:
    lock = threading.Lock()
    away_until = 0.0
    minute_ends = 0.0
    counted: dict[str, int] = {}  # noqa: RUF012 - this process's counters


def knock() -> None:
    """Count the webhook being answered; raises TooManyRequests (429) beyond ``webhook_per_min``
    from its address or twice as many from all."""
    most = context.current().settings.webhook_per_min
    limits = {f"from:{request.remote_addr}": most, "all": 2 * most}
    counted = _counted(list(limits))
    if any(count > limit for count, limit in zip(counted, limits.values(), strict=True)):
        raise TooManyRequests(retry_after=MINUTE_S)


def forget() -> None:
    """Begin to count anew, here and in Redis."""
    with _Here.lock:
        _Here.counted, _Here.away_until = {}, 0.0
    client = context.current().redis
    for key in client.scan_iter("sapa:knocks:*"):
        client.delete(key)


def _counted(names: list[str]) -> list[int]:
    """How many there were of each name since its minute began, with the first."""
    if time.monotonic() >= _Here.away_until:
        try:
            with context.current().redis.pipeline(transaction=False) as pipe:
                for name in names:
                    pipe.incr(f"sapa:knocks:{name}")
                    pipe.expire(f"sapa:knocks:{name}", MINUTE_S, nx=True)
                return [int(count) for count in pipe.execute()[::2]]
        except redis.RedisError as error:
            _Here.away_until = time.monotonic() + AWAY_S
            log.warning("knocks_counted_here", reason=type(error).__name__)
    with _Here.lock:
        if time.monotonic() >= _Here.minute_ends:
            _Here.minute_ends, _Here.counted = time.monotonic() + MINUTE_S, {}
        for name in names:
            _Here.counted[name] = _Here.counted.get(name, 0) + 1
        return [_Here.counted[name] for name in names]
