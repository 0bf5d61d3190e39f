"""Where Rasa keeps dialogues: in Redis, as its own store does, at a fraction of the work.

Named in the endpoints that ``bot/serve.py`` writes; run by bot/.venv (Rasa's Python 3.10).

One turn of a conversation runs at a time (the core's lock, and Rasa's own), so nobody can have
written between the reading of a dialogue and its keeping. A server that finds in Redis what it kept
there itself goes on with the dialogue that it still has in memory: mostly a conversation comes back
to the same server, and making a dialogue from its events is a third of what its turn costs.
"""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import rasa.shared.core.trackers
import ujson
from rasa.core.tracker_store import RedisTrackerStore
from rasa.shared.core.constants import ACTION_LISTEN_NAME
from rasa.shared.core.events import (
    ActionExecuted,
    ActionReverted,
    ActiveLoop,
    AllSlotsReset,
    BotUttered,
    ConversationPaused,
    Event,
    Restarted,
    SessionStarted,
    SlotSet,
    UserUtteranceReverted,
    UserUttered,
)
from rasa.shared.core.trackers import DialogueStateTracker

MOST_TURNS, KEPT_TURNS = 24, 12
"""A dialogue with more turns loses the oldest, and keeps these. Nothing looks further back: the
actions at the 40 sentences said last, the rules at one turn."""
MOST_DIALOGUES = 128
"""So many are also kept in memory, about 100 kB each."""
DERIVED = ("intent_ranking", "text_tokens")
"""What was thought of a message on the way to its meaning: read in its own turn only."""
OF_THE_MODEL = ("model_id", "assistant_id")
"""What Rasa notes at every event for a broker, which there is none here."""


@dataclass
class _Kept:
    """A dialogue as it was kept: the object, each event as JSON, and all of it as Redis has it."""

    tracker: DialogueStateTracker
    parts: list[str]
    text: str


class Dialogues(RedisTrackerStore):
    """Writes what was read and has gone on since, without reading it all again to compare.

    What is kept is the running session: nothing ever looks at earlier ones, their slots have been
    carried over.
    """

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self._kept: OrderedDict[str, _Kept] = OrderedDict()

    async def retrieve(self, sender_id: str) -> DialogueStateTracker | None:
        """The running session of ``sender_id``; None if there is none."""
        stored = self.red.get(self.key_prefix + sender_id)
        # Out of the memory until it is kept again: a turn that fails leaves a half-changed object.
        kept = self._kept.pop(sender_id, None)
        if stored is None:
            return None
        if kept is not None and kept.text == stored:
            self._kept[sender_id] = _Kept(kept.tracker, kept.parts, "")
            return kept.tracker
        whole = self.deserialise_tracker(sender_id, stored)
        sessions = rasa.shared.core.trackers.get_trackers_for_conversation_sessions(whole)
        return sessions[-1] if len(sessions) > 1 else whole

    async def save(
        self,
        tracker: DialogueStateTracker,
        timeout: float | None = None,  # noqa: ASYNC109
    ) -> None:
        """Keep the dialogue as it is now."""
        await self.stream_events(tracker)
        known = self._kept.pop(tracker.sender_id, None)
        parts = known.parts if known is not None and known.tracker is tracker else []
        shorter = shortened(list(tracker.events))
        if shorter is not None:
            tracker, parts = self._told_again(tracker, shorter), []
        parts += [_json(event) for event in list(tracker.events)[len(parts) :]]
        name = json.dumps(tracker.sender_id)
        text = f'{{"events":[{",".join(parts)}],"name":{name}}}'
        self.red.set(self.key_prefix + tracker.sender_id, text, ex=timeout or self.record_exp)
        if sum(isinstance(event, SessionStarted) for event in tracker.events) <= 1:
            self._kept[tracker.sender_id] = _Kept(tracker, parts, text)
            if len(self._kept) > MOST_DIALOGUES:
                self._kept.popitem(last=False)

    def _told_again(
        self, tracker: DialogueStateTracker, events: Sequence[Event]
    ) -> DialogueStateTracker:
        made = self.init_tracker(tracker.sender_id)
        for event in events:
            made.update(event)
        made.model_id, made.assistant_id = tracker.model_id, tracker.assistant_id
        return made


def shortened(events: Sequence[Event]) -> list[Event] | None:
    """The last turns, with what the earlier ones left behind: slots. None: it is short enough, or
    what was left behind is more than slots.

    The turn in which an open form began stays, and all since.
    """
    turns = [place for place, event in enumerate(events) if isinstance(event, UserUttered)]
    if len(turns) <= MOST_TURNS:
        return None
    cut = turns[-KEPT_TURNS]
    opened = None
    for place, event in enumerate(events[:cut]):
        if isinstance(event, ActiveLoop):
            opened = place if event.name else None
    if opened is not None:
        cut = max((place for place in turns if place < opened), default=0)
    unusual = (ActionReverted, UserUtteranceReverted, Restarted, ConversationPaused, AllSlotsReset)
    if cut == 0 or any(isinstance(event, unusual) for event in events):
        return None
    begun, slots = _begun(events[:cut])
    if begun is None:
        return None
    return [*begun, *slots, ActionExecuted(ACTION_LISTEN_NAME), *events[cut:]]


def _begun(events: Sequence[Event]) -> tuple[list[Event] | None, list[SlotSet]]:
    """The start of the session, and the last value of each slot that was set in it."""
    started = [place for place, event in enumerate(events) if isinstance(event, SessionStarted)]
    if not started:
        return None, []
    place = started[-1]
    slots = {event.key: event for event in events[place:] if isinstance(event, SlotSet)}
    return list(events[max(0, place - 1) : place + 1]), list(slots.values())


def _json(event: Event) -> str:
    """One event in Rasa's form, which reads what is missing as nothing; numbers that JSON does not
    have are refused as before."""
    told: dict[str, Any] = event.as_dict()
    told["metadata"] = _without(told.get("metadata"), OF_THE_MODEL)
    if isinstance(event, UserUttered):
        told["parse_data"] = _without(told.get("parse_data"), DERIVED)
    if isinstance(event, BotUttered):
        told["data"] = _without_nothing(told.get("data") or {})
    told = _without_nothing(told)
    try:
        return str(ujson.dumps(told, escape_forward_slashes=False))
    except (OverflowError, TypeError):
        return json.dumps(told)


def _without(facts: Mapping[str, Any] | None, names: Sequence[str]) -> dict[str, Any]:
    return {name: value for name, value in (facts or {}).items() if name not in names}


def _without_nothing(facts: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in facts.items() if value is not None and value != {}}
