"""Is angry; gets a number, a person, and no more bot."""

from __future__ import annotations

import pytest

from crm_core import complaints
from tests.conversations.conftest import Phone

pytestmark = pytest.mark.rasa


def test_a_number_and_a_person_at_once(budi: Phone) -> None:
    answer = budi.says("PENIPU!!! udah seminggu barang ga sampe2, balikin duit saya")
    (complaint,) = budi.look(lambda s, c: complaints.of_customer(s, c.customer))
    assert complaint.complaint_code in answer
    assert budi.look(lambda _, c: c.handler) == "queue"
    assert budi.is_left_alone("halo??")


def test_a_calm_complaint_is_asked_for_its_story(budi: Phone) -> None:
    asked = budi.says("mau komplain")
    assert "apa yang salah" in asked
    answer = budi.says("kampas rem yang datang salah ukuran, tidak pas di motor saya")
    (complaint,) = budi.look(lambda s, c: complaints.of_customer(s, c.customer))
    assert complaint.complaint_code in answer
    assert complaint.complaint_code in budi.says("gimana keluhan saya?")
