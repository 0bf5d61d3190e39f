"""Sends pictures and hardly a word."""

from __future__ import annotations

import pytest

from crm_core import complaints
from tests.conversations.conftest import Phone

pytestmark = pytest.mark.rasa


def test_two_photos_are_not_answered_with_the_same_words(budi: Phone) -> None:
    first, second = budi.sends_photo(), budi.sends_photo()
    assert "Ini foto apa" in first
    assert first.text != second.text
    assert "Part yang dicari" in second.labels


def test_a_photo_of_a_wanted_part_goes_to_a_person(budi: Phone) -> None:
    budi.sends_photo()
    budi.taps("Part yang dicari")
    assert budi.look(lambda _, c: c.handler) == "queue"


def test_a_photo_of_a_damaged_part_becomes_a_complaint(budi: Phone) -> None:
    budi.sends_photo()
    budi.taps("Barang bermasalah")
    budi.says("dusnya penyok dan plastiknya sobek, barangnya lecet")
    assert len(budi.look(lambda s, c: list(complaints.of_customer(s, c.customer)))) == 1


def test_a_photo_with_a_question_is_the_question(budi: Phone) -> None:
    answer = budi.says("kampas rem depan beat 2019 kyk gini ada?", photos=1)
    assert "Kampas Rem Depan" in answer
