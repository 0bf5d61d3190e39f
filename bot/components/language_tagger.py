"""Adds the entities `language` (where the message says) and the values of `values.find_values`."""

from __future__ import annotations

from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.extractors.extractor import EntityExtractorMixin
from rasa.shared.nlu.constants import ENTITIES, TEXT
from rasa.shared.nlu.training_data.message import Message

from bot.components.language import detect_language
from bot.components.values import find_values


class _Tagger(GraphComponent, EntityExtractorMixin):
    """What both taggers share: they learn nothing and add entities to a message."""

    def __init__(self, config: dict[str, Any]) -> None:
        self._config = config

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,  # noqa: ARG003 - Rasa's signature
        resource: Resource,  # noqa: ARG003 - Rasa's signature
        execution_context: ExecutionContext,  # noqa: ARG003 - Rasa's signature
    ) -> _Tagger:
        """Nothing is trained or stored."""
        return cls(config)

    def entities(self, written: str) -> list[dict[str, Any]]:
        """Entities of one message in Rasa's form."""
        raise NotImplementedError

    def process(self, messages: list[Message]) -> list[Message]:
        """Add the entities of each message to those already found."""
        for message in messages:
            found = self.add_extractor_name(self.entities(message.get(TEXT) or ""))
            message.set(ENTITIES, [*message.get(ENTITIES, []), *found], add_to_output=True)
        return messages


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=False)
class LanguageTagger(_Tagger):
    """`language` = id or en over the whole message; none when unsure, so a slot stays as it was."""

    def entities(self, written: str) -> list[dict[str, Any]]:
        """At most one entity."""
        language = detect_language(written)
        if language is None:
            return []
        return [{"entity": "language", "value": language, "start": 0, "end": len(written)}]


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=False)
class ValueTagger(_Tagger):
    """`bike`, `quantity`, `money` and `order_code`, read by rules rather than learned."""

    def entities(self, written: str) -> list[dict[str, Any]]:
        """Entities in the order in which they stand."""
        return [
            {"entity": found.entity, "value": found.value, "start": found.start, "end": found.end}
            for found in find_values(written)
        ]
