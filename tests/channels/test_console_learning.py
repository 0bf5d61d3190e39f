"""The screen of what the bot did not understand: labels, the training's state, who may do what."""

from __future__ import annotations

import re

import pytest
import sqlalchemy as sa
from flask import Flask

from channels.context import Context
from crm_core import conversations, learning
from crm_core.conversations import Draft
from crm_core.learning import Figures, Misunderstood, Reason, Training
from crm_core.timeline import Actor
from tests import factories
from tests.channels.desk import Desk, desk_of, member, words

FIGURES = Figures(1000, 912, 871, {"formal": 950})


@pytest.fixture
def siti(asleep: Context, flask_app: Flask) -> Desk:
    return desk_of(flask_app, member(asleep, name="Siti"))


@pytest.fixture
def manager(asleep: Context, flask_app: Flask) -> Desk:
    return desk_of(flask_app, member(asleep, "manager", "Rina"))


def noted(here: Context, text: str = "stang seher", address: str = factories.BUDI) -> int:
    with here.unit_of_work() as session:
        message = factories.received(session, text, address).message
        row = learning.note(
            session,
            message.id,
            text=text,
            language="id",
            reason=Reason.LOW_CONFIDENCE,
            ranking=[("ask_points", 0.214), ("find_part", 0.2)],
        )
        assert row is not None
        return row.id


def labels(here: Context) -> list[tuple[str, str | None]]:
    with here.unit_of_work() as session:
        rows = session.scalars(sa.select(Misunderstood).order_by(Misunderstood.id))
        return [(row.state, row.label) for row in rows]


def test_a_misunderstood_message_is_shown_with_the_guess_in_words(
    asleep: Context, siti: Desk
) -> None:
    noted(asleep, "stang seher wa 081234567890")
    noted(asleep, "Stang seher wa 0812 3456 7890", factories.SITI)
    page = siti.text("/console/learning")
    assert "“Stang seher wa 0812xxxxxxxx”" in page
    assert "2× Indonesia" in page
    assert "Bot mengira: Tanya poin (21,4 %) · Bot tidak yakin" in page
    assert "7890" not in page


def test_the_screen_speaks_english(asleep: Context, siti: Desk) -> None:
    noted(asleep)
    page = siti.text("/console/learning?lang=en")
    assert "The bot thought: Asks about points (21.4%)" in page


def test_the_bots_guesses_are_offered_first(asleep: Context, siti: Desk) -> None:
    noted(asleep)
    page = siti.get("/console/learning").get_data(as_text=True)
    offered = re.findall(r'<option value="(\w+)"', page)
    assert offered[:2] == ["ask_points", "find_part"]
    assert set(offered) == set(learning.rules.LABELS)


def test_a_label_is_saved_for_equal_messages_and_said(asleep: Context, siti: Desk) -> None:
    row = noted(asleep)
    noted(asleep, "Stang Seher?", factories.SITI)
    shown = siti.send(f"/console/learning/{row}/label", {"label": "find_part"})
    assert "Disimpan untuk 2 pesan" in shown
    assert "Semua pesan dipahami" in shown
    assert labels(asleep) == [("labelled", "find_part")] * 2
    again = siti.text("/console/learning?state=labelled")
    assert "Maksudnya: Cari barang, stok, atau harga oleh Siti" in again


def test_saved_from_the_list_the_next_message_has_the_focus(asleep: Context, siti: Desk) -> None:
    noted(asleep, "satu lagi")
    row = noted(asleep)
    data = {"label": "find_part", "state": "open", "order": "newest", "index": "0"}
    answer = siti.post(f"/console/learning/{row}/label", data, **{"HX-Request": "true"})
    page = answer.get_data(as_text=True)
    assert answer.status_code == 200
    assert "<html" not in page
    assert "stang seher" not in page
    assert page.count("autofocus") == 1
    assert "Disimpan untuk 1 pesan" in answer.headers["HX-Trigger"]


def test_without_a_choice_nothing_is_saved(asleep: Context, siti: Desk) -> None:
    row = noted(asleep)
    assert "Pilih dulu maksudnya" in siti.send(f"/console/learning/{row}/label", {"label": ""})
    assert labels(asleep) == [("open", None)]


def test_a_dismissed_message_can_be_taken_back(asleep: Context, siti: Desk) -> None:
    row = noted(asleep)
    assert "1 pesan diabaikan" in siti.send(f"/console/learning/{row}/dismiss")
    assert labels(asleep) == [("dismissed", None)]
    assert "dibuka lagi" in siti.send(f"/console/learning/{row}/reopen")
    assert labels(asleep) == [("open", None)]


def test_a_message_is_marked_in_the_conversation_with_what_it_meant(
    asleep: Context, siti: Desk
) -> None:
    with asleep.unit_of_work() as session:
        received = factories.received(session, "udah tak tf ye")
        talk, number = received.conversation.public_id, received.message.id
    path = f"/console/conversations/{talk}/messages/{number}/misunderstood"
    assert path in siti.get(f"/console/conversations/{talk}").get_data(as_text=True)
    assert "“udah tak tf ye”" in siti.text(path)
    assert "bot akan belajar" in siti.send(path, {"label": "report_payment"})
    assert labels(asleep) == [("labelled", "report_payment")]


def test_a_message_of_another_conversation_cannot_be_marked_here(
    asleep: Context, siti: Desk
) -> None:
    with asleep.unit_of_work() as session:
        mine = factories.received(session, "halo").conversation.public_id
        other = factories.received(session, "halo", factories.SITI).message.id
    path = f"/console/conversations/{mine}/messages/{other}/misunderstood"
    assert siti.get(path).status_code == 404
    siti.post(path, {"label": "greet"})
    assert labels(asleep) == []


def test_a_manager_asks_for_a_training_once(asleep: Context, siti: Desk, manager: Desk) -> None:
    row = noted(asleep)
    siti.send(f"/console/learning/{row}/label", {"label": "find_part"})
    assert "Latihan dimulai" in manager.send("/console/learning/train")
    assert "Menunggu giliran" in manager.text("/console/learning/state")
    assert "Latihan sedang berjalan" in manager.send("/console/learning/train")
    with asleep.unit_of_work() as session:
        [asked] = session.scalars(sa.select(Training))
        assert (asked.state, asked.actor_name) == ("requested", "Rina")


def test_an_agent_may_label_but_not_train(asleep: Context, siti: Desk) -> None:
    row = noted(asleep)
    siti.send(f"/console/learning/{row}/label", {"label": "find_part"})
    assert "Latih dengan label baru" not in siti.text("/console/learning")
    assert siti.post("/console/learning/train").status_code == 403
    with asleep.unit_of_work() as session:
        assert learning.latest_trainings(session) == []


def test_without_labels_a_training_is_refused_in_words(asleep: Context, manager: Desk) -> None:
    assert "Belum ada label baru" in manager.send("/console/learning/train")


def test_a_refused_training_says_what_got_worse(asleep: Context, manager: Desk) -> None:
    row = noted(asleep)
    with asleep.unit_of_work() as session:
        actor = Actor.system("test")
        learning.label(session, row, "find_part", actor=actor, staff=None)
        training = learning.request(session, actor)
        learning.begin(session, training.id)
        after = Figures(1000, 905, 880, {"formal": 950})
        learned = {"stang seher": "find_part"}
        learning.finish(
            session, training.id, before=FIGURES, after=after, learned=learned, labels=1
        )
    page = manager.text("/console/learning")
    assert "Tidak dipakai" in page
    assert "91,2 % → 90,5 % benar" in page
    assert "Semua pesan 91,2 % 90,5 % memburuk" in page
    assert "Siap dipelajari 1" in page


def test_the_days_are_for_those_who_read_reports(
    asleep: Context, siti: Desk, manager: Desk
) -> None:
    with asleep.unit_of_work() as session:
        for outcome in ("understood", "understood", "asked_again"):
            talk = factories.received(session, "halo").conversation
            work = factories.work(session, talk)
            conversations.note_reading(session, work.turn_id, "greet", 900)
            conversations.note_outcome(session, work.turn_id, outcome)
            conversations.finish_turn(session, work.turn_id, [Draft("ya")])
    assert "Hari ini 3 67% 33% 0%" in manager.text("/console/learning")
    assert "Pemahaman per hari" not in siti.text("/console/learning")


def test_a_stranger_sees_nothing_of_it(asleep: Context, flask_app: Flask) -> None:
    noted(asleep)
    nobody = desk_of(flask_app, None)
    assert nobody.get("/console/learning").status_code == 303
    assert "stang" not in words(nobody.get("/console/learning"))
