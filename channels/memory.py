"""What Rasa remembers of a turn, read from its dialogue cache in Redis.

A worker that is killed while Rasa answers leaves a turn that Rasa has finished. Giving Rasa the
same words again would answer the *next* question with them ("Budi" as the address), so the answer
is looked up first. The cache may be gone; then there is nothing to recall.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import redis
import structlog

from channels import rasa
from channels.context import redis_at
from crm_core.conversations import Choice

if TYPE_CHECKING:
    from collections.abc import Sequence

    from channels.context import Context
    from crm_core.conversations import Draft, Work
    from crm_core.settings import Settings

log = structlog.get_logger(__name__)

DATABASE = 2
KEY = "sapa:tracker:{sender}"
"""Where the supervisor tells Rasa's RedisTrackerStore to keep dialogues."""


def recall(here: Context, work: Work) -> Draft | None:
    """The answer that Rasa gave to ``work``; None if it knows of none."""
    url = here.settings.redis_url
    if not url:
        return None
    try:
        cache = urlsplit(url)._replace(path=f"/{DATABASE}").geturl()
        with redis_at(cache, socket_timeout=2.0) as client:
            stored = client.get(KEY.format(sender=work.conversation_public_id))
        events = json.loads(stored)["events"] if stored else []
        said = answer_in(events, work.turn_id)
    except (redis.RedisError, ValueError, KeyError, TypeError) as error:
        log.warning("nothing_recalled", reason=type(error).__name__)
        return None
    return rasa.join(said) if said else None


def answer_in(events: Sequence[dict[str, Any]], turn_id: int) -> list[rasa.RasaMessage]:
    """What the bot said after the message of ``turn_id`` in a dialogue's events."""
    said: list[rasa.RasaMessage] = []
    ours = False
    for event in events:
        if event["event"] == "user":
            ours = (event.get("metadata") or {}).get("turn_id") == turn_id
            if ours:
                said = []
        elif ours and event["event"] == "bot":
            data = event.get("data") or {}
            if rasa.FAILED in (data.get("custom") or {}):
                return []  # an apology for work that was not done is no answer to keep
            buttons = data.get("buttons") or ()
            choices = tuple(
                Choice(button["title"], button["payload"], button.get("description"))
                for button in buttons
            )
            said.append(rasa.RasaMessage(str(event.get("text") or "").strip(), choices))
    return said if any(message.text for message in said) else []


def forget(settings: Settings, conversation_ids: Sequence[str]) -> bool:
    """Take these dialogues out of Rasa's memory; False when it cannot be reached."""
    if not settings.redis_url or not conversation_ids:
        return True
    try:
        cache = urlsplit(settings.redis_url)._replace(path=f"/{DATABASE}").geturl()
        with redis_at(cache, socket_timeout=2.0) as client:
            client.delete(*[KEY.format(sender=one) for one in conversation_ids])
    except redis.RedisError as error:
        log.warning("dialogues_not_forgotten", reason=type(error).__name__)
        return False
    return True
