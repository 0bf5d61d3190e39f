"""What of a message's wording is counted: words, word classes, bones, letters, neighbours.

Everything here is plain Python on short strings: a message is read once and all its terms are
found in about a third of a millisecond.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.sparse import csr_matrix

from bot.components import text
from bot.components.language import detect_language

Source = Literal["canonical", "classes", "bones", "tone"]
Kind = Literal["words", "letters", "skips"]


@dataclass(frozen=True, slots=True)
class Reading:
    """One message in the spellings that the views look at."""

    canonical: str
    classes: str
    bones: str
    spelled_out: str
    tone: str
    english: bool = False


def read(message: str) -> Reading:
    """Read a message once for all views."""
    pieces = text.tokens(message)
    canonical = " ".join(piece.form for piece in pieces)
    english = detect_language(message) == "en"
    return Reading(
        canonical,
        text.with_word_classes(canonical),
        text.skeleton(canonical),
        # Canonical spellings are Indonesian: they would break up an English sentence.
        text.plain(message) if english else text.spelled_out(message, pieces),
        text.tone(message),
        english,
    )


@dataclass(frozen=True, slots=True)
class View:
    """Which terms of which spelling are counted; `least`: in how many training messages."""

    name: str
    source: Source
    kind: Kind
    shortest: int
    longest: int
    least: int

    def terms(self, reading: Reading) -> list[str]:
        """The terms of one message, repeated as often as they stand in it."""
        spelled = getattr(reading, self.source)
        if self.kind == "letters":
            return _letters(spelled, self.shortest, self.longest)
        words = ["^", *spelled.split(), "$"]
        if self.kind == "skips":
            return [
                f"{word} ~ {later}"
                for place, word in enumerate(words)
                for later in words[place + self.shortest : place + self.longest + 1]
            ]
        return [
            " ".join(words[place : place + length])
            for length in range(self.shortest, self.longest + 1)
            for place in range(len(words) - length + 1)
        ]


VIEWS = (
    View("words", "canonical", "words", 1, 2, 1),
    View("classes", "classes", "words", 1, 3, 2),
    View("bones", "bones", "words", 1, 2, 2),
    View("letters", "canonical", "letters", 2, 5, 2),
    View("bone_letters", "bones", "letters", 2, 5, 2),
    View("skips", "classes", "skips", 2, 3, 2),
)
"""What tells intents apart."""
MOOD_VIEWS = (
    View("words", "canonical", "words", 1, 3, 1),
    View("letters", "canonical", "letters", 2, 5, 2),
    View("tone", "tone", "words", 1, 1, 1),
)
"""What tells moods apart: how it is written counts too."""


def _letters(spelled: str, shortest: int, longest: int) -> list[str]:
    """Runs of letters within words, a space standing for a word's edge."""
    found: list[str] = []
    for word in spelled.split():
        padded = f" {word} "
        for length in range(shortest, longest + 1):
            if length >= len(padded):
                found.append(padded)
                break
            found += [padded[place : place + length] for place in range(len(padded) - length + 1)]
    return found


class TermCounter:
    """TF-IDF over several views with one numbering of columns; each view has unit length."""

    def __init__(self, views: Sequence[View] = VIEWS) -> None:
        self.views = tuple(views)
        self._columns: list[dict[str, int]] = [{} for _ in self.views]
        self._rarity = np.zeros(0, dtype=np.float32)

    @property
    def width(self) -> int:
        """How many columns there are."""
        return len(self._rarity)

    def fit(self, readings: Sequence[Reading]) -> TermCounter:
        """Learn which terms there are and how rare each is."""
        rarities: list[float] = []
        for number, view in enumerate(self.views):
            seen: Counter[str] = Counter()
            for reading in readings:
                seen.update(set(view.terms(reading)))
            kept = sorted(term for term, count in seen.items() if count >= view.least)
            start = len(rarities)
            self._columns[number] = {term: start + place for place, term in enumerate(kept)}
            rarities += [math.log((1 + len(readings)) / (1 + seen[term])) + 1 for term in kept]
        self._rarity = np.array(rarities, dtype=np.float32)
        return self

    def columns_of(self, names: Sequence[str]) -> np.ndarray:
        """The columns of the named views."""
        chosen = [
            known
            for view, known in zip(self.views, self._columns)  # noqa: B905 - Python 3.10 as well
            if view.name in names
        ]
        return np.array([column for known in chosen for column in known.values()], dtype=np.int64)

    def knows(self, reading: Reading) -> bool:
        """Whether any word of a message stood in the training messages."""
        return any(word in self._columns[0] for word in reading.canonical.split())

    def row(self, reading: Reading) -> tuple[np.ndarray, np.ndarray]:
        """Columns (int64) and values (float32) of one message."""
        columns: list[int] = []
        values: list[np.ndarray] = []
        for view, known in zip(self.views, self._columns):  # noqa: B905 - Python 3.10 as well
            counted = Counter(known[term] for term in view.terms(reading) if term in known)
            if not counted:
                continue
            here = list(counted)
            weighed = (1 + np.log(np.fromiter(counted.values(), dtype=np.float32))) * self._rarity[
                here
            ]
            columns += here
            values.append(weighed / math.sqrt(float(weighed @ weighed)))
        if not columns:
            return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.float32)
        return np.array(columns, dtype=np.int64), np.concatenate(values)

    def rows(self, readings: Iterable[Reading]) -> csr_matrix:
        """All messages as a sparse matrix, shape (messages, width)."""
        found = [self.row(reading) for reading in readings]
        ends = np.cumsum([0, *(len(columns) for columns, _ in found)])
        columns = np.concatenate([columns for columns, _ in found])
        values = np.concatenate([values for _, values in found])
        return csr_matrix((values, columns, ends), shape=(len(found), self.width))

    def state(self) -> tuple[dict[str, list[str]], np.ndarray]:
        """Terms by view in column order, and the rarity of each column."""
        terms = {
            view.name: list(known)
            for view, known in zip(self.views, self._columns)  # noqa: B905
        }
        return terms, self._rarity

    @classmethod
    def from_state(
        cls, terms: dict[str, list[str]], rarity: np.ndarray, views: Sequence[View] = VIEWS
    ) -> TermCounter:
        """The inverse of `state`."""
        counter = cls(views)
        start = 0
        for number, view in enumerate(counter.views):
            known = terms[view.name]
            counter._columns[number] = {term: start + place for place, term in enumerate(known)}
            start += len(known)
        counter._rarity = np.asarray(rarity, dtype=np.float32)
        return counter
