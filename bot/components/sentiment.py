"""How a customer feels: negative, neutral or positive, and whether they are angry.

Trained on data/sentiment/*.tsv (text, sentiment, angry), the project's own sentences. It looks at
what the intent classifier has already found out about a message; it makes no sentence vector of
its own, so it costs a third of a millisecond.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.components.cascade import Answer, Cascade, Settings
from bot.components.cascade_keeper import CascadeKeeper, sources, vectors_for_training
from bot.components.intent_classifier import FOUND_OUT
from bot.components.views import MOOD_VIEWS, View

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
class SentimentTagger(CascadeKeeper):
    """Adds `sentiment` to what is said about a message. Stands after the intent classifier."""

    VIEWS: ClassVar[Sequence[View]] = MOOD_VIEWS

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """`angry_from`: the chance of anger that counts as anger."""
        return {"angry_from": 0.4}

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str | None:  # noqa: ARG003 - Rasa's
        """Other sentences or other code need another training, whatever Rasa's cache holds."""
        return sources(DATA)

    def train(self, training_data: TrainingData) -> Resource:  # noqa: ARG002 - has data of its own
        """Learn from data/sentiment and store the model without pickle."""
        messages = training_messages()
        cascade = Cascade(_SETTINGS, vectors_for_training(), self.VIEWS).fit(
            [text for text, _ in messages], [label for _, label in messages]
        )
        return self.keep(cascade)

    def process(self, messages: list[Message]) -> list[Message]:
        """Set `sentiment`: label, confidence, angry."""
        cascade = self.cascade
        if cascade is None:
            return messages
        for message in messages:
            earlier: Answer | None = message.get(FOUND_OUT)
            chances = cascade.answer(message.get(TEXT) or "", earlier).chances
            found = feeling(cascade.labels, chances, float(self.config["angry_from"]))
            message.set("sentiment", found, add_to_output=True)
        return messages
