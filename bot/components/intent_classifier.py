"""Sapa's intent classifier in Rasa: `cascade.Cascade`, trained and kept with Rasa's model.

Measured against Rasa's DIET and its LogisticRegressionClassifier in docs/decisions/0016.
"""

from __future__ import annotations

import time
from dataclasses import fields
from typing import Any

import numpy as np
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.shared.nlu.constants import INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.components.cascade import Cascade, Settings
from bot.components.cascade_keeper import CascadeKeeper, vectors_for_training

RANKING = 10
VALUE = "inform"
STRANGE = 0.25
"""What a confidence is worth where no word was ever seen: such a message may be a name or an
address, but whoever reads a wish in it is guessing. Leads below the fallback's threshold."""
FOUND_OUT = "chat_answer"
"""Message data for later components: the classifier's `cascade.Answer`."""


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class ChatIntentClassifier(CascadeKeeper, IntentClassifier):
    """Words answer; where they leave a doubt, words and the sentence's meaning do."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """The fields of `cascade.Settings`; `meanings: 0` does without sentence vectors."""
        return {one.name: one.default for one in fields(Settings)}

    def train(self, training_data: TrainingData) -> Resource:
        """Learn from the training messages and store the model without pickle."""
        begun = time.monotonic()
        messages = [example for example in training_data.intent_examples if example.get(TEXT)]
        settings = Settings(**{one.name: self.config[one.name] for one in fields(Settings)})
        vectors = vectors_for_training() if settings.meanings > 0 else None
        cascade = Cascade(settings, vectors, self.VIEWS).fit(
            [message.get(TEXT) for message in messages],
            [message.get(INTENT) for message in messages],
        )
        return self.keep(cascade, seconds=time.monotonic() - begun)

    def process(self, messages: list[Message]) -> list[Message]:
        """Set the best intent and a ranking of ten, each with its probability."""
        cascade = self.cascade
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
