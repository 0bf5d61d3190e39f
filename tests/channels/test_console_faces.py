"""What a customer in the web chat sees of whoever helps them: a face, and that they are writing."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest
from flask import Flask

from channels import faces, live
from channels.context import Context
from crm_core import conversations, handoffs
from crm_core.db import Event
from crm_core.errors import NotFound
from crm_core.staff import Staff
from tests import factories
from tests.channels.desk import Desk, desk_of
from tests.forms import encoded


@pytest.fixture
def sari(asleep: Context) -> Staff:
    with asleep.unit_of_work() as session:
        return factories.member(session, name="Sari")


@pytest.fixture
def desk(flask_app: Flask, sari: Staff) -> Desk:
    return desk_of(flask_app, sari)


def test_a_photo_is_shown_to_customers_until_it_is_removed(
    desk: Desk, sari: Staff, asleep: Context
) -> None:
    assert faces.url_of(asleep.settings, sari.id) is None
    sent = {"photo": (io.BytesIO(encoded()), "saya.jpg")}
    assert desk.post("/console/face", sent).status_code == 303
    shown = faces.url_of(asleep.settings, sari.id)
    assert shown is not None
    assert shown in desk.get("/console/password").get_data(as_text=True)
    answer = desk.client.get(shown)
    assert (answer.status_code, answer.mimetype) == (200, "image/jpeg")
    answer.close()
    desk.post("/console/face", {"remove": "1"})
    assert faces.url_of(asleep.settings, sari.id) is None
    assert desk.client.get(shown).status_code == 404


def test_a_file_that_is_no_photo_is_refused(desk: Desk, sari: Staff, asleep: Context) -> None:
    desk.post("/console/face", {"photo": (io.BytesIO(b"<svg/>"), "saya.jpg")})
    assert faces.url_of(asleep.settings, sari.id) is None


def test_a_face_has_no_name_that_leads_anywhere_else(asleep: Context) -> None:
    for name in ("1", "../secret_key", "0" * 24):
        with pytest.raises(NotFound, match="face_not_found"):
            faces.serve(asleep.settings, name)


def test_only_whoever_has_the_conversation_is_seen_writing(
    desk: Desk, sari: Staff, asleep: Context, say: Callable[..., int],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    told: list[Event] = []
    monkeypatch.setattr(live, "publish", told.extend)
    talk_id = say("halo", address="web:" + "a" * 32)
    with asleep.unit_of_work() as session:
        public_id = conversations.by_id(session, talk_id).public_id
    typing = [Event(live.TYPING, {"conversation_id": public_id})]
    assert desk.post(f"/console/conversations/{public_id}/typing").status_code == 204
    assert told == []
    with asleep.unit_of_work() as session:
        handoffs.claim(session, conversations.by_id(session, talk_id), sari)
    told.clear()
    desk.post(f"/console/conversations/{public_id}/typing")
    assert told == typing
