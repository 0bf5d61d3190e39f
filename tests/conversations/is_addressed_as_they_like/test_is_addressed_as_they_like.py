"""Says Bang, Pak or Bu, and hears it."""

from __future__ import annotations

import pytest

from tests.conversations.conftest import Phone

pytestmark = pytest.mark.rasa


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("bang, kampas rem depan beat 2019 ada?", "Bang"),
        ("kampas rem depan beat 2019 ada ga pak", "Pak"),
        ("siang bu, nyari kampas rem depan beat 2019", "Bu"),
        ("gan kampas rem depan beat 2019 ready?", "Gan"),
        ("kampas rem depan beat 2019 ready kak?", "Kak"),
        ("kampas rem depan beat 2019 ada?", "Kak"),
    ],
)
def test_the_first_answer_already_speaks_so(budi: Phone, text: str, form: str) -> None:
    answer = budi.says(text)
    assert f"{form}?" in answer.text
    assert "Kampas Rem" in answer


def test_it_is_kept_for_the_next_sentence_and_the_cart(budi: Phone) -> None:
    budi.says("mau 2 kampas rem depan beat 2019 bang")
    assert "keranjang Abang" in budi.says("lihat keranjang")
    assert budi.look(lambda _, c: c.customer.honorific) == "Bang"


def test_a_recipient_who_is_bu_siti_is_spoken_to_as_bu(budi: Phone) -> None:
    budi.says("bang mau 2 kampas rem depan beat 2019")
    budi.says("lanjut pesan")
    summary = budi.says("Bu Siti, Jl. Gajah Mada No. 5, Pontianak Selatan")
    assert "Kirim ke Bu Siti" in summary
    assert "Bu," in budi.says("iya")
    assert budi.look(lambda _, c: (c.customer.honorific, c.customer.honorific_own)) == ("Bu", True)


def test_a_name_alone_never_says_who_somebody_is(budi: Phone) -> None:
    budi.says("nama saya Siti Rahmawati")
    assert budi.look(lambda _, c: c.customer.honorific) is None
    assert "Halo Kak Siti" in budi.says("halo")


def test_a_title_of_ones_own_is_not_repeated_before_the_name(budi: Phone) -> None:
    budi.says("nama saya Pak Hendra")
    greeting = budi.says("halo")
    assert "Halo Pak Hendra" in greeting


def test_english_is_free_of_it(budi: Phone) -> None:
    budi.says("bang, ada busi?")
    answer = budi.says("sorry, english please")
    assert "Bang" not in answer.text
