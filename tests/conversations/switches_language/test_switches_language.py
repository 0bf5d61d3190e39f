"""Changes the language in the middle, or mixes."""

from __future__ import annotations

import pytest

from tests.conversations.conftest import HOME, PADS_BEAT, Phone, held, ordered, placed

pytestmark = pytest.mark.rasa


def test_to_english_and_back(budi: Phone) -> None:
    budi.says("kampas rem depan beat 2019 ada?")
    assert "How many" in budi.says("how much is it? do you have it in stock?")
    assert "keranjang" in budi.says("oke kak saya ambil 2 ya")
    assert held(budi) == {PADS_BEAT: 2}


def test_an_english_customer_is_asked_for(budi: Phone) -> None:
    budi.says("english please")
    assert "How many" in budi.says("front brake pad beat 2019")


def test_an_indonesian_word_does_not_turn_an_english_talk(budi: Phone) -> None:
    budi.says("hello, i am looking for front brake pads for my beat 2019")
    budi.says("2 please")
    assert "Where shall we send it" in budi.says("ok checkout")
    assert "Please check" in budi.says("Andrew Lim, Jl. Diponegoro No. 21, Singkawang Barat")


def test_asks_in_english_about_an_indonesian_cart(budi: Phone) -> None:
    budi.says("mau 2 kampas rem depan beat 2019")
    assert "Your cart" in budi.says("what is in my cart right now?")
    assert "Isi keranjang" in budi.says("coba lihat isi keranjang saya dong kak")


def test_pontianak_malay_all_through(budi: Phone) -> None:
    budi.says("bang ade kampas rem depan beat 2019 ke?")
    budi.says("amek due lah")
    assert held(budi) == {PADS_BEAT: 2}
    budi.says("dah itu jak bang, lanjot pesan")
    budi.says(HOME)
    assert "sudah kami terima" in budi.says("aok")
    assert ordered(placed(budi)) == {PADS_BEAT: 2}
