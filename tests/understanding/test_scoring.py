"""The trained assistant is scored and read in a process of its own, as learning needs it."""

from __future__ import annotations

from pathlib import Path

import pytest

from channels.supervisor import assistant, lessons
from crm_core.learning import Figures
from crm_core.settings import Settings

pytestmark = pytest.mark.rasa


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    settings = Settings()
    assistant.train(settings, tmp_path_factory.mktemp("training") / "training.log")
    return assistant.model_file(settings)


def test_a_model_is_scored_in_per_mille_over_all_and_by_register(
    model: Path, tmp_path: Path
) -> None:
    asked = tmp_path / "asked.tsv"
    rows = (
        ("halo kak", "greet", "everyday"),
        ("mau bicara dengan orang", "talk_to_human", "everyday"),
        ("terima kasih banyak", "complain", "shop"),  # labelled wrongly, so it counts as wrong
        ("siapa presiden indonesia", "out_of_scope", "shop"),
    )
    lines = ["text\tintent\tregister", *("\t".join(row) for row in rows)]
    asked.write_text("\n".join(lines) + "\n", encoding="utf-8")
    found = lessons.score(model, asked)
    assert found == Figures(4, 750, 1000, {"everyday": 1000, "shop": 500})


def test_customers_words_are_read_and_never_obeyed(model: Path) -> None:
    read = lessons.read_again(model, ["halo kak", "/restart", "dua\nbaris"])
    assert len(read) == 3
    assert read[0]["intent"] == "greet"
    assert read[1]["intent"] != "restart"
