"""``sapa nlu learn`` and ``sapa nlu replay``: what a person at the terminal sees."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session
from typer.testing import CliRunner, Result

from channels.cli.app import app
from crm_core import conversations, learning
from crm_core.conversations import Draft
from crm_core.learning import Reason
from crm_core.timeline import Actor
from tests import factories
from tests.standin import Rasa, standin
from tests.world import committed


@pytest.fixture
def folder(
    database: sa.Engine, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """The data folder of a shop with a trained model."""
    monkeypatch.setenv("SAPA_DATABASE_URL", database_url)
    monkeypatch.setenv("SAPA_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("COLUMNS", "200")
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "assistant.tar.gz").write_text("the first model")
    return tmp_path


@pytest.fixture
def rasa(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Rasa:
    return standin(folder, monkeypatch)


def sapa(*words: str) -> Result:
    return CliRunner().invoke(app, ["nlu", *words])


def one_label(session: Session) -> None:
    message = factories.received(session, "stang seher").message
    row = learning.note(
        session, message.id, text=message.text, language="id", reason=Reason.FALLBACK
    )
    assert row is not None
    learning.label(session, row.id, "find_part", actor=Actor.system("test"), staff=None)


def read_turns(session: Session) -> None:
    for text, intent in (
        ("stang seher wa 081234567890", "nlu_fallback"),
        ("pagi", "greet"),
        ("laher", "find_part"),
    ):
        work = factories.work(session, factories.received(session, text).conversation)
        conversations.note_reading(session, work.turn_id, intent, 500)
        conversations.finish_turn(session, work.turn_id, [Draft("ya")])


def test_learning_prints_every_figure_before_and_after(
    rasa: Rasa, folder: Path, database: sa.Engine
) -> None:
    committed(database, one_label)
    done = sapa("learn")
    assert done.exit_code == 0, done.output
    assert "taken: 1 labels learned" in done.output
    row = next(line for line in done.output.splitlines() if "pontianak" in line)
    assert row.replace("│", " ").split() == ["pontianak", "91.0", "92.0"]
    assert "stang seher" in (folder / "models" / "assistant.tar.gz").read_text()


def test_a_worse_model_is_not_taken_and_the_command_fails(
    rasa: Rasa, folder: Path, database: sa.Engine
) -> None:
    committed(database, one_label)
    rasa.plan(before=0.95, after=0.9)
    done = sapa("learn")
    assert done.exit_code == 1
    assert "not taken, the old model stays" in done.output
    assert (folder / "models" / "assistant.tar.gz").read_text() == "the first model"


def test_without_labels_one_line_says_so(rasa: Rasa) -> None:
    done = sapa("learn")
    assert done.exit_code == 1
    assert "nothing is labelled that the assistant has not learned already" in done.output


def test_without_a_model_the_way_to_one_is_named(rasa: Rasa, folder: Path) -> None:
    (folder / "models" / "assistant.tar.gz").unlink()
    done = sapa("learn")
    assert done.exit_code == 1
    assert "run `sapa train` first" in done.output


def test_a_replay_shows_what_another_model_would_understand_differently(
    rasa: Rasa, database: sa.Engine
) -> None:
    committed(database, read_turns)
    rasa.plan(intents={"pagi": "greet"})
    done = sapa("replay", "--days", "7")
    assert done.exit_code == 0, done.output
    assert "1 of 3 typed messages would be understood differently" in done.output
    assert "stang seher wa 0812xxxxxxxx" in done.output
    assert "081234567890" not in done.output
    row = next(line for line in done.output.splitlines() if "nlu_fallback" in line)
    assert row.replace("│", " ").split()[:3] == ["nlu_fallback", "find_part", "1"]


def test_a_replay_without_messages_says_so(rasa: Rasa) -> None:
    done = sapa("replay")
    assert (done.exit_code, "no typed messages" in done.output) == (0, True)
