"""Where, when, who."""

from __future__ import annotations

import pytest

from tests.conversations.conftest import Phone

pytestmark = pytest.mark.rasa


def test_is_it_open_on_sunday(budi: Phone) -> None:
    answer = budi.says("hari minggu buka ga tokonya?")
    assert "Minggu" in answer


def test_where_is_it(budi: Phone) -> None:
    assert "Gajah Mada" in budi.says("tokonya dimana ya, mau kesana langsung")


def test_a_phone_number_of_the_shop(budi: Phone) -> None:
    assert "telepon" in budi.says("ada nomor telp toko yg bisa dihubungi?").text.lower()


def test_who_are_you_is_answered_honestly(budi: Phone) -> None:
    answer = budi.says("ini robot apa orang beneran?")
    assert "asisten otomatis" in answer
    assert "Bicara dengan orang" in answer.labels


def test_hours_in_english(budi: Phone) -> None:
    answer = budi.says("what time do you close today?")
    assert "open" in answer.text.lower()
    assert "buka" not in answer.text.lower()


def test_the_cart_is_still_there_after_a_question_about_the_shop(budi: Phone) -> None:
    budi.reaches_summary()
    answer = budi.says("btw tokonya buka sampe jam brp?")
    assert "buka" in answer.text.lower()
    assert "Ya, pesankan" in answer.labels
