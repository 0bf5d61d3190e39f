"""Points at what was said before instead of naming it again."""

from __future__ import annotations

import pytest

from tests.conversations.conftest import (
    PADS_BEAT,
    PADS_VARIO,
    SHOES_BEAT,
    Phone,
    held,
    orders_of,
)

pytestmark = pytest.mark.rasa


def test_the_first_one(budi: Phone) -> None:
    listed = budi.says("v-belt beat 2019 ada?")
    assert listed.labels[0] in budi.says("yang pertama aja")


def test_the_cheap_one(budi: Phone) -> None:
    budi.says("v-belt beat 2019 ada?")
    answer = budi.says("yang murah aja")
    assert "23100K16A41" in answer
    assert "Rp 126.000" in answer


@pytest.mark.parametrize("words", ["dua2nya", "keduanya aja deh", "both"])
def test_both_of_them(budi: Phone, words: str) -> None:
    listed = budi.says("v-belt beat 2019 ada?")
    budi.says(words)
    assert len(held(budi)) == 2
    assert set(held(budi)) <= {"23100K44V01", "23100K44BA0", "23100K16A41"}
    assert len(listed.labels) == 3


@pytest.mark.parametrize("words", ["kalau yang belakang?", "yg blakang brp?", "belakangnya ada?"])
def test_the_same_part_on_the_other_side(budi: Phone, words: str) -> None:
    budi.says("kampas rem depan beat 2019 ada?")
    assert SHOES_BEAT in budi.says(words)


@pytest.mark.parametrize("words", ["kalo buat vario 125 2018?", "klo vario 125 2018 brp bang"])
def test_the_same_part_for_another_bike(budi: Phone, words: str) -> None:
    budi.says("kampas rem depan beat 2019 ada?")
    assert PADS_VARIO in budi.says(words)
    assert held(budi) == {}


@pytest.mark.parametrize("words", ["itu berapa?", "yg tadi hrgnya brp", "harganya brp tu"])
def test_how_much_is_that(budi: Phone, words: str) -> None:
    budi.says("kampas rem depan beat 2019 ada?")
    assert "Rp 59.000" in budi.says(words)


def test_the_one_from_before_after_something_else(budi: Phone) -> None:
    budi.says("kampas rem depan beat 2019 ada?")
    budi.says("toko buka jam berapa?")
    budi.says("ya udah yang tadi 1 ya")
    assert held(budi) == {PADS_BEAT: 1}


def test_is_there_a_cheaper_one(budi: Phone) -> None:
    budi.says("v-belt beat 2019 ada?")
    budi.says("yang pertama")
    answer = budi.says("ada yg lebih murah ga?")
    assert "23100K16A41" in answer


def test_there_is_no_cheaper_one(budi: Phone) -> None:
    budi.says("kampas rem depan beat 2019 ada?")
    answer = budi.says("ada yg lebih murah?")
    assert "paling murah" in answer
    assert held(budi) == {}


def test_the_one_for_that_bike_goes_out_of_the_cart(budi: Phone) -> None:
    budi.says("mau 2 kampas rem depan beat 2019")
    budi.says("mau 1 kampas rem depan vario 125 2018")
    budi.says("hapus yang buat vario itu")
    assert held(budi) == {PADS_BEAT: 2}


def test_does_it_fit_another_bike_too(budi: Phone) -> None:
    budi.says("kampas rem depan beat 2019 ada?")
    answer = budi.says("cocok juga ga buat scoopy 2018?")
    assert "Scoopy" in answer
    assert "Cocok" in answer


def test_does_it_fit_in_english(budi: Phone) -> None:
    budi.says("do you have front brake pads for beat 2019?")
    answer = budi.says("does it fit scoopy 2018 too?")
    assert "Yes, it fits" in answer


@pytest.mark.parametrize("words", ["sama kayak kemarin ya", "pesan lagi yg kmrn"])
def test_the_same_as_last_time(budi: Phone, words: str) -> None:
    budi.orders_pads()
    answer = budi.says(words)
    assert held(budi) == {PADS_BEAT: 2}
    assert orders_of(budi)[0].order_code in answer


@pytest.mark.parametrize("words", ["brp?", "berape", "harga?", "ready?"])
def test_the_part_just_shown_without_any_word_that_points(budi: Phone, words: str) -> None:
    budi.says("kampas rem depan beat 2019 ada?")
    answer = budi.says(words)
    assert "Kampas Rem Depan" in answer
    assert "Rp 59.000" in answer


@pytest.mark.parametrize("words", ["yg ori kan", "asli ke tu", "are they genuine"])
def test_whether_the_part_just_shown_is_genuine(budi: Phone, words: str) -> None:
    budi.says("kampas rem depan beat 2019 ada?")
    assert any(said in budi.says(words) for said in ("Asli Honda", "Genuine Honda"))


def test_the_total_is_the_carts_not_the_parts(budi: Phone) -> None:
    budi.says("mau 2 kampas rem depan beat 2019")
    assert "Total Rp 118.000" in budi.says("totalnya brp")


def test_a_count_below_a_choice_is_of_what_is_chosen(budi: Phone) -> None:
    budi.says("mau 2 kampas rem depan beat 2019")
    budi.says("busi jg dong")
    budi.says("satu aja")
    assert held(budi) == {PADS_BEAT: 2}


def test_what_was_ordered_is_chosen_before_the_order_goes_on(budi: Phone) -> None:
    budi.says("mau 4 kampas rem depan beat 2019")
    budi.says("tambah busi beat 2019 4 buah")
    assert budi.says("lanjut pesan aja").labels
    budi.says("yang kedua")
    assert len(held(budi)) == 2
