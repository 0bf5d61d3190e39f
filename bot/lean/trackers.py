"""What Rasa does with a dialogue and its domain around each message and action.

A state is copied as it is instead of told again from its first event, and what the domain says is
worked out once.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable
from typing import Any

from rasa.core.actions.action import ActionExtractSlots
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import Event
from rasa.shared.core.slots import Slot
from rasa.shared.core.trackers import DialogueStateTracker

_extract = ActionExtractSlots.run
_is_empty = Domain.is_empty


def copy_of(self: DialogueStateTracker) -> DialogueStateTracker:
    """As Rasa's: another tracker with the same events and in the same state."""
    made = DialogueStateTracker.__new__(type(self))
    made.__dict__.update(self.__dict__)
    made.events = self.events.copy()
    made.slots = type(self.slots)()
    made.slots.update({name: slot_copy(slot) for name, slot in self.slots.items()})
    made.active_loop = copy.copy(self.active_loop)
    made.latest_action = copy.copy(self.latest_action)
    return made


def slot_copy(self: Slot) -> Slot:
    """As ``copy.copy``, which asks the slot how it would be pickled."""
    made = type(self).__new__(type(self))
    made.__dict__.update(self.__dict__)
    return made


class _Filled:
    """A domain of which only the slots are seen that something in a message can fill."""

    def __init__(self, domain: Domain) -> None:
        self._domain = domain
        self.slots = [one for one in domain.slots if _is_filled(one.mappings)]

    def __getattr__(self, name: str) -> Any:
        return getattr(self._domain, name)


def _is_filled(mappings: Iterable[dict[str, Any]]) -> bool:
    return any(one.get("type") != "custom" or one.get("action") for one in mappings)


async def extract(
    self: ActionExtractSlots, channel: Any, nlg: Any, tracker: DialogueStateTracker, domain: Domain
) -> list[Event]:
    """As Rasa's, which also goes through all the slots that only actions set."""
    filled: _Filled | None = getattr(domain, "_sapa_filled", None)
    if filled is None:
        filled = domain._sapa_filled = _Filled(domain)  # type: ignore[attr-defined]
    return await _extract(self, channel, nlg, tracker, filled)


def is_empty(self: Domain) -> bool:
    """As Rasa's, which writes both domains out for every message to compare them."""
    known: bool | None = getattr(self, "_sapa_empty", None)
    if known is None:
        known = self._sapa_empty = _is_empty(self)  # type: ignore[attr-defined]
    return known
