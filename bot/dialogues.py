"""Where Rasa keeps dialogues: in Redis, as its own store does, at a third of the work.

Named in the endpoints that ``bot/serve.py`` writes; run by bot/.venv (Rasa's Python 3.10).
"""

from __future__ import annotations

import json
from typing import Any

import ujson
from rasa.core.tracker_store import RedisTrackerStore
from rasa.shared.core.trackers import DialogueStateTracker


class Dialogues(RedisTrackerStore):
    """Writes what was read and has gone on since, without reading it all again to compare.

    One turn of a conversation runs at a time (the core's lock, and Rasa's own), so nobody can have
    written meanwhile. What is kept is the running session: nothing ever looks at earlier ones,
    their slots have been carried over.
    """

    async def save(
        self,
        tracker: DialogueStateTracker,
        timeout: float | None = None,  # noqa: ASYNC109
    ) -> None:
        """Keep the dialogue as it is now."""
        await self.stream_events(tracker)
        text = self.serialise_tracker(tracker)
        self.red.set(self.key_prefix + tracker.sender_id, text, ex=timeout or self.record_exp)

    @staticmethod
    def serialise_tracker(tracker: DialogueStateTracker) -> str:
        """The dialogue as JSON; numbers that JSON does not have are refused as before."""
        kept: dict[str, Any] = tracker.as_dialogue().as_dict()
        try:
            return str(ujson.dumps(kept, escape_forward_slashes=False))
        except (OverflowError, TypeError):
            return json.dumps(kept)
