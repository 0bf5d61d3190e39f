"""Wants something said to whoever packs or brings the order."""

from __future__ import annotations

import pytest

from crm_core import carts
from tests.conversations.conftest import HOME, PADS_BEAT, PADS_VARIO, Phone, held, placed

pytestmark = pytest.mark.rasa


def notes(phone: Phone) -> tuple[str | None, dict[str, str | None]]:
    cart = phone.look(lambda s, c: carts.show(s, c.customer))
    return cart.note, {line.part_code: line.note for line in cart.lines}


def test_a_note_is_in_the_summary_and_in_the_order(budi: Phone) -> None:
    budi.says("mau 2 kampas rem depan beat 2019")
    assert "titip di satpam" in budi.says("catatan: titip di satpam")
    budi.says("lanjut pesan")
    assert "Catatan: titip di satpam" in budi.says(HOME)
    budi.says("iya")
    assert placed(budi).note == "titip di satpam"


@pytest.mark.parametrize(
    "words", ["nanti titip di pos satpam aja ya kak", "note: please leave it with the guard"]
)
def test_below_the_summary_the_question_stays_open(budi: Phone, words: str) -> None:
    budi.reaches_summary()
    budi.says(words)
    budi.says("iya")
    assert "satpam" in str(placed(budi).note) or "guard" in str(placed(budi).note)


def test_in_the_middle_of_the_address_it_is_no_address(budi: Phone) -> None:
    budi.says("mau 2 kampas rem depan beat 2019")
    budi.says("lanjut pesan")
    budi.says("catatan: tolong telepon dulu sebelum antar")
    assert "Total Rp 127.000" in budi.says(HOME)
    assert notes(budi)[0] == "tolong telepon dulu sebelum antar"


def test_the_one_for_the_vario_shall_be_black(budi: Phone) -> None:
    budi.says("mau 2 kampas rem depan beat 2019")
    budi.says("mau 1 kampas rem depan vario 125 2018")
    budi.says("yg vario warna hitam ya")
    assert notes(budi) == (None, {PADS_BEAT: None, PADS_VARIO: "yg vario warna hitam ya"})
    assert held(budi) == {PADS_BEAT: 2, PADS_VARIO: 1}


def test_a_wish_and_a_note_in_one_message(budi: Phone) -> None:
    budi.says("mau 2 kampas rem depan beat 2019, catatan: kirim sore aja")
    assert (held(budi), notes(budi)[0]) == ({PADS_BEAT: 2}, "kirim sore aja")


def test_after_ordering_it_goes_to_the_order(budi: Phone) -> None:
    budi.orders_pads()
    answer = budi.says("oh iya catatan: pagar warna biru")
    assert placed(budi).order_code in answer
    assert placed(budi).note == "pagar warna biru"
    budi.says("hapus catatan")
    assert placed(budi).note is None


def test_a_note_without_words_is_asked_for(budi: Phone) -> None:
    budi.says("mau 2 kampas rem depan beat 2019")
    assert "Catatannya apa" in budi.says("catatan")
