"""Sapa's intent classifier in Rasa: `cascade.Cascade`, trained and kept with Rasa's model.

Measured against Rasa's DIET and its LogisticRegressionClassifier in docs/decisions/0016.
"""

from __future__ import annotations

import hashlib
import json
import time
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.shared.nlu.constants import INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.components import meaning
from bot.components.cascade import Cascade, MeaningVectors, Settings

RANKING = 10
VALUE = "inform"
STRANGE = 0.25
"""What a confidence is worth where no word was ever seen: such a message may be a name or an
address, but whoever reads a wish in it is guessing. Leads below the fallback's threshold."""
FOUND_OUT = "chat_answer"
"""Message data for later components: the classifier's `cascade.Answer`."""


def sources(*folders: Path) -> str:
    """A hash of this package's code and of the files in `folders`.

    Rasa's cache knows only the class of a component, not what that class calls.
    """
    digest = hashlib.sha256()
    for folder in (Path(__file__).parent, *folders):
        for path in sorted(folder.glob("*.*")):
            digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()


def _meaning_vectors(settings: Settings) -> MeaningVectors | None:
    return meaning.vectors if settings.meanings > 0 and meaning.available() else None


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class ChatIntentClassifier(IntentClassifier, GraphComponent):
    """Words answer; where they leave a doubt, words and the sentence's meaning do."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """The fields of `cascade.Settings`; `meanings: 0` does without sentence vectors."""
        return {one.name: one.default for one in fields(Settings)}

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str | None:  # noqa: ARG003 - Rasa's
        """Other code needs another training, whatever Rasa's cache holds."""
        return sources()

    @staticmethod
    def required_packages() -> list[str]:
        """What Rasa checks before it trains or loads."""
        return ["sklearn"]

    def __init__(self, config: dict[str, Any], storage: ModelStorage, resource: Resource) -> None:
        self._settings = Settings(**{one.name: config[one.name] for one in fields(Settings)})
        self._storage = storage
        self._resource = resource
        self._cascade: Cascade | None = None

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,  # noqa: ARG003 - Rasa's signature
    ) -> ChatIntentClassifier:
        """An untrained classifier."""
        return cls(config, model_storage, resource)

    def train(self, training_data: TrainingData) -> Resource:
        """Learn from the training messages and store the model without pickle."""
        begun = time.monotonic()
        messages = [example for example in training_data.intent_examples if example.get(TEXT)]
        cascade = Cascade(self._settings, _meaning_vectors(self._settings)).fit(
            [message.get(TEXT) for message in messages],
            [message.get(INTENT) for message in messages],
        )
        facts, arrays = cascade.state()
        facts["seconds"] = time.monotonic() - begun
        with self._storage.write_to(self._resource) as folder:
            (folder / "facts.json").write_text(json.dumps(facts, ensure_ascii=False), "utf-8")
            np.savez(folder / "arrays.npz", **arrays)
        self._cascade = cascade
        return self._resource

    def process(self, messages: list[Message]) -> list[Message]:
        """Set the best intent and a ranking of ten, each with its probability."""
        cascade = self._cascade
        if cascade is None:
            return messages
        for message in messages:
            answer = cascade.answer(message.get(TEXT) or "")
            ranking = [
                {"name": cascade.labels[place], "confidence": float(answer.chances[place])}
                for place in np.argsort(-answer.chances)[:RANKING]
            ]
            if ranking[0]["name"] != VALUE and not cascade.knows(answer.reading):
                ranking = [
                    {**guess, "confidence": guess["confidence"] * STRANGE} for guess in ranking
                ]
            message.set("intent", ranking[0], add_to_output=True)
            message.set("intent_ranking", ranking, add_to_output=True)
            message.set(FOUND_OUT, answer)
        return messages

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Nothing after this component needs predictions on training data."""
        return training_data

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,  # noqa: ARG003 - Rasa's signature
        **_: Any,
    ) -> ChatIntentClassifier:
        """A trained classifier. RuntimeError if it needs sentence vectors and cannot make them."""
        classifier = cls(config, model_storage, resource)
        with model_storage.read_from(resource) as folder:
            facts = json.loads((folder / "facts.json").read_text("utf-8"))
            stored = np.load(folder / "arrays.npz", allow_pickle=False)
            arrays = {name: stored[name] for name in stored.files}
        needed = "both" in facts["sharpness"]
        vectors = meaning.vectors if needed and meaning.available() else None
        classifier._cascade = Cascade.from_state(facts, arrays, vectors)
        return classifier
