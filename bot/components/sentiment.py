"""How a customer feels: negative, neutral or positive, and whether they are angry.

Trained on data/sentiment/*.tsv (text, sentiment, angry), the project's own sentences. It looks at
what the intent classifier has already found out about a message; it makes no sentence vector of
its own, so it costs a third of a millisecond.
"""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.components import meaning
from bot.components.cascade import Answer, Cascade, Settings
from bot.components.intent_classifier import FOUND_OUT, sources
from bot.components.views import MOOD_VIEWS

DATA = Path(__file__).resolve().parents[2] / "data" / "sentiment"
ANGRY = "angry"
FEELINGS = ("negative", "neutral", "positive")
_SETTINGS = Settings(penalty=0.5, meanings=2_000, folds=5)


def training_messages(folder: Path = DATA) -> list[tuple[str, str]]:
    """Messages and their label: one of FEELINGS, or ANGRY instead of negative."""
    found = []
    for path in sorted(folder.glob("*.tsv")):
        with path.open(encoding="utf-8", newline="") as stream:
            for row in csv.DictReader(stream, delimiter="\t", quoting=csv.QUOTE_NONE):
                label = ANGRY if row["angry"] == "yes" else row["sentiment"]
                found.append((row["text"], label))
    return found


def feeling(labels: list[str], chances: np.ndarray, angry_from: float) -> dict[str, Any]:
    """`label`, its `confidence`, and `angry` where anger is at least as likely as `angry_from`."""
    by_label = dict(zip(labels, (float(chance) for chance in chances)))  # noqa: B905 - Python 3.10
    anger = by_label.pop(ANGRY)
    by_label["negative"] += anger
    label = max(FEELINGS, key=lambda name: by_label[name])
    return {"label": label, "confidence": by_label[label], "angry": anger >= angry_from}


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=True)
class SentimentTagger(GraphComponent):
    """Adds `sentiment` to what is said about a message. Stands after the intent classifier."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """`angry_from`: the chance of anger that counts as anger."""
        return {"angry_from": 0.4}

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str | None:  # noqa: ARG003 - Rasa's
        """Other sentences or other code need another training, whatever Rasa's cache holds."""
        return sources(DATA)

    def __init__(self, config: dict[str, Any], storage: ModelStorage, resource: Resource) -> None:
        self._angry_from = float(config["angry_from"])
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
    ) -> SentimentTagger:
        """An untrained tagger."""
        return cls(config, model_storage, resource)

    def train(self, training_data: TrainingData) -> Resource:  # noqa: ARG002 - has data of its own
        """Learn from data/sentiment and store the model without pickle."""
        messages = training_messages()
        vectors = meaning.vectors if meaning.available() else None
        cascade = Cascade(_SETTINGS, vectors, MOOD_VIEWS).fit(
            [text for text, _ in messages], [label for _, label in messages]
        )
        facts, arrays = cascade.state()
        with self._storage.write_to(self._resource) as folder:
            (folder / "facts.json").write_text(json.dumps(facts, ensure_ascii=False), "utf-8")
            np.savez(folder / "arrays.npz", **arrays)
        self._cascade = cascade
        return self._resource

    def process(self, messages: list[Message]) -> list[Message]:
        """Set `sentiment`: label, confidence, angry."""
        cascade = self._cascade
        if cascade is None:
            return messages
        for message in messages:
            earlier: Answer | None = message.get(FOUND_OUT)
            chances = cascade.answer(message.get(TEXT) or "", earlier).chances
            found = feeling(cascade.labels, chances, self._angry_from)
            message.set("sentiment", found, add_to_output=True)
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
    ) -> SentimentTagger:
        """A trained tagger. RuntimeError if it needs sentence vectors and cannot make them."""
        tagger = cls(config, model_storage, resource)
        with model_storage.read_from(resource) as folder:
            facts = json.loads((folder / "facts.json").read_text("utf-8"))
            stored = np.load(folder / "arrays.npz", allow_pickle=False)
            arrays = {name: stored[name] for name in stored.files}
        needed = "both" in facts["sharpness"]
        vectors = meaning.vectors if needed and meaning.available() else None
        tagger._cascade = Cascade.from_state(facts, arrays, vectors, MOOD_VIEWS)
        return tagger
