"""Learning from labels with a stand-in for Rasa's programs: what is trained on, what is taken."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
import yaml

from channels import tasks
from channels.context import Context
from channels.supervisor import assistant, lessons
from crm_core import learning
from crm_core.errors import Conflict
from crm_core.learning import LabelledText, Reason, TrainingView
from crm_core.settings import Settings
from crm_core.timeline import Actor
from tests import factories
from tests.standin import Rasa, standin

pytestmark = pytest.mark.slow

_FILE = Path(__file__).parents[1] / "understanding" / "heldout.tsv"
HELD_OUT = len(_FILE.read_text("utf-8").splitlines()) - 1


@pytest.fixture
def rasa(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Rasa:
    return standin(tmp_path, monkeypatch)


@pytest.fixture
def shop(asleep: Context) -> Context:
    """A shop with a model in use."""
    model = assistant.model_file(asleep.settings)
    model.parent.mkdir(parents=True)
    model.write_text("the first model")
    return asleep


def label(here: Context, *texts: str, intent: str = "find_part") -> None:
    with here.unit_of_work() as session:
        for text in texts:
            message = factories.received(session, text).message
            row = learning.note(
                session, message.id, text=text, language="id", reason=Reason.FALLBACK
            )
            assert row is not None
            learning.label(session, row.id, intent, actor=Actor.system("test"), staff=None)


def learn(here: Context, **more: Any) -> TrainingView:
    found = lessons.learn(here.engine, here.settings, actor=Actor.system("test"), **more)
    assert found is not None
    return found


def model(settings: Settings) -> str:
    return assistant.model_file(settings).read_text()


def taught(path: Path) -> dict[str, str]:
    data = yaml.safe_load(path.read_text(encoding="utf-8"))
    return {block["intent"]: block["examples"] for block in data["nlu"]}


def test_a_better_model_takes_the_place_with_what_it_learned(shop: Context, rasa: Rasa) -> None:
    label(shop, "stang seher", "wa 081234567890 [x](part_code)")
    label(shop, "pagi wak", intent="greet")
    found = learn(shop)
    assert (found.state, found.labels, found.worse) == ("taken", 3, ())
    assert found.before is not None
    assert found.after is not None
    assert (found.before.accuracy, found.after.accuracy) == (910, 920)
    assert found.before.messages == HELD_OUT
    learned = assistant.learned_file(shop.settings)
    assert taught(learned) == {
        "find_part": "- stang seher\n- wa 0812xxxxxxxx x part_code\n",
        "greet": "- pagi wak\n",
    }
    assert model(shop.settings) == learned.read_text()
    assert assistant.is_trained(shop.settings)
    with shop.unit_of_work() as session:
        assert learning.counts(session).to_learn == 0


def test_a_worse_model_leaves_everything_as_it_was(shop: Context, rasa: Rasa) -> None:
    label(shop, "stang seher")
    before = assistant.model_identity(shop.settings)
    rasa.plan(before=0.92, after=0.914)
    found = learn(shop)
    assert found.state == "refused"
    assert "accuracy" in found.worse
    assert assistant.model_identity(shop.settings) == before
    assert model(shop.settings) == "the first model"
    assert not assistant.learned_file(shop.settings).exists()
    assert list((shop.settings.data_dir / "learned").iterdir()) == []
    with shop.unit_of_work() as session:
        assert learning.counts(session).to_learn == 1


@pytest.mark.parametrize(
    ("plan", "error"),
    [({"training": 1}, "training_failed"), ({"after": 0}, "scoring_failed")],
)
def test_what_cannot_be_done_is_said_and_changes_nothing(
    shop: Context, rasa: Rasa, plan: dict[str, Any], error: str
) -> None:
    label(shop, "stang seher")
    rasa.plan(**plan)
    found = learn(shop)
    assert (found.state, found.error) == ("failed", error)
    assert model(shop.settings) == "the first model"
    assert not assistant.learned_file(shop.settings).exists()
    rasa.plan()
    assert learn(shop).state == "taken"


def test_where_rasa_is_not_installed_that_is_what_is_said(
    shop: Context, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    label(shop, "stang seher")
    monkeypatch.setattr(assistant, "PYTHON", tmp_path / "nowhere")
    assert learn(shop).error == "assistant_elsewhere"


def test_what_was_learned_before_is_learned_again_and_what_is_gone_is_not(
    shop: Context, rasa: Rasa
) -> None:
    label(shop, "stang seher", "asal saja")
    learn(shop)
    with shop.unit_of_work() as session:
        gone = next(row for row in learning.listing(session, state="labelled").items
                    if row.text == "asal saja")  # fmt: skip
        learning.dismiss(session, gone.id, actor=Actor.system("test"), staff=None)
    label(shop, "laher tromol")
    assert learn(shop).labels == 1
    learned = taught(assistant.learned_file(shop.settings))
    assert learned == {"find_part": "- stang seher\n- laher tromol\n"}


def test_held_back_texts_measure_under_a_register_of_their_own(shop: Context, rasa: Rasa) -> None:
    label(shop, *[f"pesan nomor {number}" for number in range(30)])
    found = learn(shop)
    with shop.unit_of_work() as session:
        held = [one.text for one in learning.labelled_texts(session) if one.measures]
    lines = taught(assistant.learned_file(shop.settings))["find_part"].splitlines()
    assert not {f"- {text}" for text in held} & set(lines)
    assert len(lines) + len(held) == 30
    assert found.after is not None
    assert found.after.registers[lessons.OWN_REGISTER] == 920
    assert found.after.messages == HELD_OUT + len(held)


def test_the_worker_runs_what_a_manager_asked_for(shop: Context, rasa: Rasa) -> None:
    label(shop, "stang seher")
    with shop.unit_of_work() as session:
        asked = learning.request(session, Actor.system("test")).id
    tasks.learn(asked)
    tasks.learn(asked)  # a second wake-up finds that it is done
    with shop.unit_of_work() as session:
        [found] = learning.latest_trainings(session)
    assert (found.id, found.state) == (asked, "taken")


def test_while_one_trains_another_is_refused_and_the_worker_leaves_it_waiting(
    shop: Context, rasa: Rasa
) -> None:
    label(shop, "stang seher")
    with shop.unit_of_work() as session:
        asked = learning.request(session, Actor.system("test")).id
    with shop.engine.connect() as connection, learning.alone(connection):
        with pytest.raises(Conflict, match="training_busy"):
            learn(shop)
        tasks.learn(asked)
    with shop.unit_of_work() as session:
        assert learning.requested(session) == [asked]
    assert learn(shop).id == asked


def test_the_sweep_ends_a_training_whose_worker_was_killed(shop: Context, rasa: Rasa) -> None:
    label(shop, "stang seher")
    with shop.unit_of_work() as session:
        learning.begin(session, learning.request(session, Actor.system("test")).id)
    tasks.sweep()
    with shop.unit_of_work() as session:
        [found] = learning.latest_trainings(session)
    assert (found.state, found.error) == ("failed", "interrupted")


def test_the_assistant_counts_as_untrained_when_what_people_taught_it_changes(
    settings: Settings,
) -> None:
    learned = assistant.learned_file(settings)
    without = assistant.fingerprint(learned)
    lessons.write_lessons(learned, [_text("stang seher", "find_part")])
    first = assistant.fingerprint(learned)
    lessons.write_lessons(learned, [_text("stang seher", "greet")])
    assert len({without, first, assistant.fingerprint(learned)}) == 3


def _text(words: str, label: str) -> LabelledText:
    return LabelledText(words, words, label, learned=False, measures=False, wordings=(words,))


def test_every_wording_is_taught_with_and_without_its_last_signs(shop: Context, rasa: Rasa) -> None:
    label(shop, "stang seher??", "Stang, seher")
    assert learn(shop).labels == 1
    assert taught(assistant.learned_file(shop.settings)) == {
        "find_part": "- Stang, seher\n- stang seher??\n- stang seher\n"
    }


def test_a_text_that_teaches_nothing_is_not_written(tmp_path: Path) -> None:
    texts = [_text("()", "find_part")]
    assert lessons.write_lessons(tmp_path / "nlu.yml", texts) == 0
    assert taught(tmp_path / "nlu.yml") == {}


def test_nothing_of_the_rows_is_left_open(shop: Context, rasa: Rasa) -> None:
    label(shop, "stang seher")
    learn(shop)
    with shop.engine.connect() as connection:
        held = (  # of this database: the other workers' tests hold locks in theirs
            "SELECT count(*) FROM pg_locks JOIN pg_database ON pg_database.oid = database"
            " WHERE locktype = 'advisory' AND datname = current_database()"
        )
        assert connection.execute(sa.text(held)).scalar_one() == 0
