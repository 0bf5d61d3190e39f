"""Looks for a job, sells something, or is simply bored."""

from __future__ import annotations

import pytest

from tests.conversations.conftest import Phone

pytestmark = pytest.mark.rasa


@pytest.mark.parametrize(
    "text",
    [
        "permisi, apakah ada lowongan kerja untuk admin? saya lulusan smk",
        "DAPATKAN PINJAMAN ONLINE CEPAT CAIR TANPA JAMINAN KLIK LINK INI",
        "kak jualan skincare ga?",
        "menurutmu siapa yang menang pertandingan bola nanti malam",
    ],
)
def test_is_told_kindly_what_the_shop_is_for(budi: Phone, text: str) -> None:
    answer = budi.says(text)
    assert "Honda" in answer or "part" in answer.text.lower()
    assert budi.look(lambda _, c: c.handler) == "bot"


def test_the_second_off_topic_message_is_answered_in_other_words(budi: Phone) -> None:
    first = budi.says("cuaca di pontianak besok gimana ya")
    second = budi.says("resep bubur pedas sambas gimana?")
    assert first.text != second.text


def test_a_bored_person_who_then_wants_a_part_gets_it(budi: Phone) -> None:
    budi.says("siapa presiden indonesia sekarang?")
    assert "Kampas Rem Depan" in budi.says("yaudah, kampas rem depan beat 2019 ada?")
