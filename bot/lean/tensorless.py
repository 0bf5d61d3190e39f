"""Rasa without TensorFlow, for an assistant none of whose components uses it.

Rasa imports TensorFlow with its recipe, whatever the pipeline: 350 MB and half of the start. What
is imported here instead has every name that is asked of it, all of them empty classes: enough to
define the components that nobody uses. Whether one is used, the trained model itself says.
"""

from __future__ import annotations

import itertools
import json
import sys
import tarfile
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import Any

ABSENT = frozenset(
    {"tensorflow", "tensorflow_addons", "tensorflow_hub", "tensorflow_text", "keras"}
)
USERS = (
    "rasa.nlu.classifiers.diet_classifier",
    "rasa.nlu.selectors.response_selector",
    "rasa.nlu.featurizers.dense_featurizer",
    "rasa.core.policies.ted_policy",
    "rasa.core.policies.unexpected_intent_policy",
)
"""Rasa's modules and packages whose components calculate with it."""


def model_of(arguments: Sequence[str]) -> Path | None:
    """The file behind ``--model`` in a command line, if there is one."""
    for name, value in itertools.pairwise(arguments):
        if name in ("--model", "-m") and Path(value).is_file():
            return Path(value)
    return None


def needs_tensorflow(model: Path | None) -> bool:
    """Whether a component of ``model`` calculates with TensorFlow; unknown counts as yes."""
    if model is None:
        return True
    try:
        with tarfile.open(model) as archive:
            file = archive.extractfile("metadata.json")
            told = json.load(file) if file else {}
        nodes = told["predict_schema"]["nodes"].values()
        used = [str(node["uses"]) for node in nodes]
    except (OSError, KeyError, TypeError, ValueError, tarfile.TarError):
        return True
    return any(name.startswith(USERS) for name in used)


class _Nothing(type):
    """An empty class; whatever is asked of it is another one."""

    def __getattr__(cls, name: str) -> _Nothing:
        if name.startswith("__"):
            raise AttributeError(name)
        return _nothing(f"{cls.__name__}.{name}")

    def __getitem__(cls, _: object) -> _Nothing:
        return cls

    def __or__(cls, _: object) -> _Nothing:
        return cls

    __ror__ = __or__


def _nothing(name: str) -> _Nothing:
    def made(_self: object, *_: Any, **__: Any) -> None:
        """Takes whatever a decorator or a base class is given."""

    def decorated(self: object, *given: Any, **_: Any) -> Any:
        return given[0] if given else self

    return _Nothing(name, (), {"__init__": made, "__call__": decorated})


class _Module(ModuleType):
    def __getattr__(self, name: str) -> _Nothing:
        if name.startswith("__"):
            raise AttributeError(name)
        found = _nothing(f"{self.__name__}.{name}")
        setattr(self, name, found)
        return found


class _Importer(MetaPathFinder, Loader):
    def find_spec(self, name: str, *_: object) -> ModuleSpec | None:
        return (
            ModuleSpec(name, self, is_package=True)
            if name.split(".", maxsplit=1)[0] in ABSENT
            else None
        )

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        return _Module(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        """Nothing to run: every name is made when it is asked for."""


def stand_in() -> None:
    """From now on importing TensorFlow gives the empty one. Raises RuntimeError if it is here."""
    if here := ABSENT & set(sys.modules):
        raise RuntimeError(f"already imported: {', '.join(sorted(here))}")
    sys.meta_path.insert(0, _Importer())
