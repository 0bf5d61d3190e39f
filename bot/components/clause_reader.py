"""Reads the clauses of a message one by one, with whatever the pipeline holds between two places.

The classifier gives a message one intent. `ClauseSplitter` stands at the head of the pipeline and
sends the pieces of a message through it beside the message itself; `ClauseJoiner` stands at its
end, takes them out again and keeps what each was read as under `clauses`. Which of them matter is
decided where the dialogue is known (`actions/wishes.py`).
"""

from __future__ import annotations

from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message

from bot.components.clauses import pieces

CLAUSES = "clauses"
_PIECE_OF_OTHER = "piece_of_other"


class _ClauseComponent(GraphComponent):
    """What both share: nothing is learned."""

    @classmethod
    def create(
        cls,
        config: dict[str, Any],  # noqa: ARG003 - Rasa's signature
        model_storage: ModelStorage,  # noqa: ARG003 - Rasa's signature
        resource: Resource,  # noqa: ARG003 - Rasa's signature
        execution_context: ExecutionContext,  # noqa: ARG003 - Rasa's signature
    ) -> _ClauseComponent:
        """Nothing is trained or stored."""
        return cls()


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=False)
class ClauseSplitter(_ClauseComponent):
    """Puts the clauses of a message behind it, to be read like messages."""

    def process(self, messages: list[Message]) -> list[Message]:
        """The messages, then their pieces, each marked with the place of its message."""
        extra = [
            Message(data={TEXT: piece, _PIECE_OF_OTHER: place})
            for place, message in enumerate(messages)
            for piece in pieces(message.get(TEXT) or "")
        ]
        return [*messages, *extra]


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=False)
class ClauseJoiner(_ClauseComponent):
    """Takes the clauses out again and keeps their intents with the message they come from."""

    def process(self, messages: list[Message]) -> list[Message]:
        """The messages that came in, with `clauses` where there were some."""
        whole = [message for message in messages if message.get(_PIECE_OF_OTHER) is None]
        for place, message in enumerate(whole):
            parts = [
                {"text": part.get(TEXT), **_guess(part)}
                for part in messages
                if part.get(_PIECE_OF_OTHER) == place
            ]
            if parts:
                message.set(CLAUSES, parts, add_to_output=True)
        return whole


def _guess(part: Message) -> dict[str, Any]:
    intent = part.get(INTENT) or {}
    return {"intent": intent.get("name"), "confidence": float(intent.get("confidence") or 0.0)}
