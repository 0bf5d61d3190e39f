"""How fast messages leave: per customer as WhatsApp allows it, per sender as the account allows.

Each has a next free moment, kept in Redis for all workers, or in this process when Redis is away
(each worker then keeps the pace by itself).
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import redis

if TYPE_CHECKING:
    from channels.context import Context
    from crm_core.conversations import Delivery

# The free moment of a key moves on by one step per message; it may lie up to `burst` steps ahead
# of now before anybody has to wait. Taken only if the wait is not longer than is wanted.
_TAKE = """
local now = redis.call('TIME')
now = now[1] + now[2] / 1000000
local free = math.max(tonumber(redis.call('GET', KEYS[1]) or 0), now)
local wait = free - now - ARGV[1] * (ARGV[2] - 1)
if wait <= tonumber(ARGV[3]) then
  redis.call('SET', KEYS[1], string.format('%.6f', free + ARGV[1]), 'PX',
    math.ceil((free - now + ARGV[1]) * 1000) + 1000)
end
return string.format('%.6f', math.max(wait, 0))
"""
WAITED_S = 1.5
"""A worker waits this long itself; for more the message is put back."""
PER_CUSTOMER_STEP_S = 6.0
"""WhatsApp: one message per 6 seconds to one customer in the long run (Meta error 131056)."""
AWAY_S = 5.0
"""After a failure Redis is not asked for this long: a message must not wait for it."""


class _Redis:
    away_until = 0.0


_local: dict[str, float] = {}
_lock = threading.Lock()


@dataclass(frozen=True, slots=True)
class Pace:
    """One message per ``step_s`` in the long run, ``burst`` of them at once."""

    key: str
    step_s: float
    burst: int


def paces(here: Context, delivery: Delivery) -> list[Pace]:
    """What ``delivery`` has to keep: none on this machine's own channels."""
    if delivery.provider != "twilio":
        return []
    settings = here.settings
    whatsapp = delivery.channel == "whatsapp"
    per_second = settings.twilio_whatsapp_per_s if whatsapp else settings.twilio_sms_per_s
    sender = Pace(f"sapa:pace:{delivery.channel}", 1 / per_second, per_second)
    if not whatsapp:
        return [sender]
    one = f"sapa:pace:customer:{delivery.conversation_public_id}"
    return [Pace(one, PER_CUSTOMER_STEP_S, settings.twilio_customer_burst), sender]


def to_wait(here: Context, pace: Pace) -> float:
    """Seconds until the next message may leave; at most WAITED_S means that this one has taken the
    place, and more that it has not."""
    if time.monotonic() < _Redis.away_until:
        return _to_wait_here(pace, time.monotonic())
    try:
        found = here.redis.eval(_TAKE, 1, pace.key, pace.step_s, pace.burst, WAITED_S)
        return float(found)
    except redis.RedisError:
        _Redis.away_until = time.monotonic() + AWAY_S
        return _to_wait_here(pace, time.monotonic())


def _to_wait_here(pace: Pace, now: float) -> float:
    with _lock:
        if len(_local) > 10_000:
            for key in [key for key, free in _local.items() if free <= now]:
                del _local[key]
        free = max(_local.get(pace.key, 0.0), now)
        wait = free - now - pace.step_s * (pace.burst - 1)
        if wait <= WAITED_S:
            _local[pace.key] = free + pace.step_s
        return max(wait, 0.0)


def forget_outage() -> None:
    """Ask Redis again at once."""
    _Redis.away_until = 0.0
