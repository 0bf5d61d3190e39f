"""What the intent classifier looks at: five views of the words, and the sentence's meaning."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix, hstack
from sklearn.feature_extraction.text import TfidfVectorizer

from bot.components import meaning, text


def _canonical(message: str) -> str:
    return text.normalize(message)


def _classes(message: str) -> str:
    return text.with_word_classes(text.normalize(message))


def _bones(message: str) -> str:
    return text.skeleton(text.normalize(message))


@dataclass(frozen=True)
class View:
    """One way to read a message: how it is written down, and which n-grams are counted."""

    name: str
    read: Callable[[str], str]
    analyzer: str
    ngrams: tuple[int, int]
    least: int

    def vectorizer(self, vocabulary: dict[str, int] | None = None) -> TfidfVectorizer:
        """A fresh TF-IDF counter for this view."""
        return TfidfVectorizer(
            analyzer=self.analyzer,
            ngram_range=self.ngrams,
            token_pattern=r"(?u)\S+",  # noqa: S106 - a pattern, not a password
            lowercase=False,
            sublinear_tf=True,
            min_df=self.least,
            vocabulary=vocabulary,
        )


VIEWS = (
    View("words", _canonical, "word", (1, 2), 1),
    View("classes", _classes, "word", (1, 2), 1),
    View("bones", _bones, "word", (1, 2), 1),
    View("letters", _canonical, "char_wb", (2, 5), 2),
    View("bone_letters", _bones, "char_wb", (2, 5), 2),
)


class ChatFeatures:
    """Turns messages into rows of numbers; `state` and `from_state` save it without pickle."""

    def __init__(self, *, meaning_weight: float, use_meaning: bool) -> None:
        self.meaning_weight = meaning_weight
        self.use_meaning = use_meaning
        self._counters: dict[str, TfidfVectorizer] = {}
        self._centre = np.zeros(0)
        self._spread = np.ones(0)

    def fit_transform(self, messages: Sequence[str]) -> csr_matrix:
        """Learn vocabularies and scales from the training messages, and give their rows."""
        self._counters = {view.name: view.vectorizer() for view in VIEWS}
        parts: list[Any] = [
            self._counters[view.name].fit_transform([view.read(message) for message in messages])
            for view in VIEWS
        ]
        if self.use_meaning:
            raw = self._raw_meaning(messages)
            self._centre, self._spread = raw.mean(axis=0), raw.std(axis=0)
            parts.append(self._scaled(raw))
        return hstack(parts).tocsr()

    def transform(self, messages: Sequence[str]) -> csr_matrix:
        """Rows for new messages, columns as learned."""
        parts: list[Any] = [
            self._counters[view.name].transform([view.read(message) for message in messages])
            for view in VIEWS
        ]
        if self.use_meaning:
            parts.append(self._scaled(self._raw_meaning(messages)))
        return hstack(parts).tocsr()

    @staticmethod
    def _raw_meaning(messages: Sequence[str]) -> np.ndarray:
        return meaning.vectors([_canonical(message) or " " for message in messages])

    def _scaled(self, raw: np.ndarray) -> csr_matrix:
        unit = (raw - self._centre) / self._spread / np.sqrt(raw.shape[1])
        return csr_matrix(unit * self.meaning_weight)

    def state(self) -> tuple[dict[str, list[str]], dict[str, np.ndarray]]:
        """Vocabularies by view (words in column order), and arrays by name."""
        words = {
            name: [str(term) for term in counter.get_feature_names_out()]
            for name, counter in self._counters.items()
        }
        arrays = {f"idf_{name}": counter.idf_ for name, counter in self._counters.items()}
        return words, {**arrays, "centre": self._centre, "spread": self._spread}

    @classmethod
    def from_state(
        cls,
        words: dict[str, list[str]],
        arrays: dict[str, np.ndarray],
        *,
        meaning_weight: float,
        use_meaning: bool,
    ) -> ChatFeatures:
        """The inverse of `state`."""
        features = cls(meaning_weight=meaning_weight, use_meaning=use_meaning)
        for view in VIEWS:
            vocabulary = {term: column for column, term in enumerate(words[view.name])}
            counter = view.vectorizer(vocabulary)
            counter.idf_ = arrays[f"idf_{view.name}"]
            features._counters[view.name] = counter
        features._centre, features._spread = arrays["centre"], arrays["spread"]
        return features
