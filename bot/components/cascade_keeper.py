"""What Rasa's components that hold a `cascade.Cascade` share: keeping it with Rasa's model."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar, TypeVar

import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.components import meaning, remembered
from bot.components.cascade import Cascade, MeaningVectors
from bot.components.views import VIEWS, View

_Keeper = TypeVar("_Keeper", bound="CascadeKeeper")


def sources(*folders: Path) -> str:
    """A hash of this package's code and of the files in `folders`.

    Rasa's cache knows only the class of a component, not what that class calls.
    """
    digest = hashlib.sha256()
    for folder in (Path(__file__).parent, *folders):
        for path in sorted(folder.glob("*.*")):
            digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()


def vectors_for_training() -> MeaningVectors | None:
    """What makes sentence vectors while learning; None where this machine cannot."""
    return remembered.vectors if meaning.available() else None


class CascadeKeeper(GraphComponent):
    """Stores its cascade without pickle and loads it again; says nothing about messages."""

    VIEWS: ClassVar[Sequence[View]] = VIEWS
    """What of the wording its cascade counts."""

    def __init__(self, config: dict[str, Any], storage: ModelStorage, resource: Resource) -> None:
        self.config = config
        self._storage = storage
        self._resource = resource
        self.cascade: Cascade | None = None

    @classmethod
    def create(
        cls: type[_Keeper],
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,  # noqa: ARG003 - Rasa's signature
    ) -> _Keeper:
        """A component that has learned nothing yet."""
        return cls(config, model_storage, resource)

    @staticmethod
    def required_packages() -> list[str]:
        """What Rasa checks before it trains or loads."""
        return ["sklearn"]

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str | None:  # noqa: ARG003 - Rasa's
        """Other code needs another training, whatever Rasa's cache holds."""
        return sources()

    def keep(self, cascade: Cascade, **facts: float) -> Resource:
        """Use a trained cascade from now on, and store it with Rasa's model."""
        told, arrays = cascade.state()
        with self._storage.write_to(self._resource) as folder:
            written = json.dumps({**told, **facts}, ensure_ascii=False)
            (folder / "facts.json").write_text(written, "utf-8")
            np.savez(folder / "arrays.npz", **arrays)
        self.cascade = cascade
        return self._resource

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Nothing after such a component needs predictions on training data."""
        return training_data

    @classmethod
    def load(
        cls: type[_Keeper],
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,  # noqa: ARG003 - Rasa's signature
        **_: Any,
    ) -> _Keeper:
        """A trained component. RuntimeError if it needs sentence vectors and cannot make them."""
        keeper = cls(config, model_storage, resource)
        with model_storage.read_from(resource) as folder:
            facts = json.loads((folder / "facts.json").read_text("utf-8"))
            stored = np.load(folder / "arrays.npz", allow_pickle=False)
            arrays = {name: stored[name] for name in stored.files}
        needed = "both" in facts["sharpness"]
        vectors = meaning.vectors if needed and meaning.available() else None
        keeper.cascade = Cascade.from_state(facts, arrays, vectors, cls.VIEWS)
        return keeper
