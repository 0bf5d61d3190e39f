"""What Rasa lacks to train the candidates of `nlu_compare.py`: sentence vectors as features."""

from __future__ import annotations

from typing import Any

import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.constants import FEATURIZER_CLASS_ALIAS
from rasa.nlu.featurizers.dense_featurizer.dense_featurizer import DenseFeaturizer
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.components import meaning


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=False)
class MeaningFeaturizer(DenseFeaturizer, GraphComponent):
    """The sentence vector of each message as it is written."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Nothing can be set."""
        return {FEATURIZER_CLASS_ALIAS: None}

    @classmethod
    def validate_config(cls, config: dict[str, Any]) -> None:
        """There is nothing to be wrong."""

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,  # noqa: ARG003 - Rasa's signature
        resource: Resource,  # noqa: ARG003 - Rasa's signature
        execution_context: ExecutionContext,
    ) -> MeaningFeaturizer:
        """Nothing is trained or stored."""
        return cls(execution_context.node_name, config)

    def process(self, messages: list[Message]) -> list[Message]:
        """Add the vector as a feature of the sentence."""
        written = [message for message in messages if message.get(TEXT)]
        for message, vector in zip(  # noqa: B905 - Rasa runs on Python 3.10
            written, meaning.vectors([message.get(TEXT) for message in written])
        ):
            feature = np.asarray(vector[np.newaxis, :])
            self.add_features_to_message(feature, feature, TEXT, message)
        return messages

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """The same for all messages to learn from."""
        self.process(training_data.training_examples)
        return training_data
