"""Is asked for an address and asks back."""

from __future__ import annotations

import pytest

from tests.conversations.conftest import Phone

pytestmark = pytest.mark.rasa


@pytest.mark.parametrize("question", ["bisa cod?", "toko buka jam berapa?", "ini bot ya?"])
def test_the_question_is_answered_and_the_address_asked_again(budi: Phone, question: str) -> None:
    budi.says("mau 2 kampas rem depan beat 2019")
    asked = budi.says("lanjut pesan")
    answer = budi.says(question)
    assert answer.text != asked.text
    assert "nama penerima" in answer
    assert "Cek dulu" in budi.says("Budi, Jl. Gajah Mada No. 5, Pontianak Selatan")


def test_a_question_under_the_summary_comes_back_to_it(budi: Phone) -> None:
    budi.reaches_summary()
    answer = budi.says("bisa cod ga?")
    assert "Pesanan pertama transfer dulu" in answer
    assert answer.labels == ("Ya, pesankan", "Ubah", "Batal")
    assert "sudah kami terima" in budi.says("ya udah gas")
