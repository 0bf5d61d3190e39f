"""Falls silent, and writes again days later."""

from __future__ import annotations

import pytest

from tests.conversations.conftest import HOME, PADS_BEAT, PADS_VARIO, Phone, held, orders_of, placed

pytestmark = pytest.mark.rasa


@pytest.mark.parametrize("words", ["iya", "ok", "1"])
def test_a_yes_after_days_orders_nothing(budi: Phone, words: str) -> None:
    budi.reaches_summary()
    budi.days_pass()
    budi.says(words)
    assert orders_of(budi) == []
    assert PADS_BEAT in held(budi)


def test_the_button_of_an_old_summary_orders_nothing(budi: Phone) -> None:
    budi.reaches_summary()
    budi.days_pass()
    budi.taps("Ya, pesankan")
    assert orders_of(budi) == []


def test_a_number_after_days_is_no_old_quantity(budi: Phone) -> None:
    budi.says("kampas rem depan beat 2019 ada?")
    budi.days_pass()
    budi.says("2")
    assert held(budi) == {}


def test_a_yes_after_days_cancels_nothing(budi: Phone) -> None:
    budi.orders_pads()
    budi.says("batalin pesanan saya")
    budi.days_pass(1)
    budi.says("iya")
    assert placed(budi).state == "awaiting_payment"


def test_a_new_topic_is_answered_and_not_taken_for_an_address(budi: Phone) -> None:
    budi.says("mau 2 kampas rem depan beat 2019")
    budi.says("lanjut pesan")
    budi.days_pass()
    answer = budi.says("kampas rem depan vario 125 2018 ada?")
    assert PADS_VARIO in answer
    assert "Kirim ke mana" not in answer


def test_the_cart_is_still_there(budi: Phone) -> None:
    budi.says("mau 2 kampas rem depan beat 2019")
    budi.days_pass(5)
    assert "Rp 118.000" in budi.says("keranjang saya isinya apa aja?")


@pytest.mark.parametrize("words", ["lanjut yang kemarin ya", "jadi pesan yg kmrn itu kak"])
def test_going_on_with_last_weeks_cart(budi: Phone, words: str) -> None:
    budi.says("mau 2 kampas rem depan beat 2019")
    budi.days_pass()
    budi.says(words)
    if not orders_of(budi) and "Kirim ke mana" not in budi.heard[-1]:
        budi.says("lanjut pesan")
    assert "Cek dulu" in budi.says(HOME)
    assert held(budi) == {PADS_BEAT: 2}


def test_the_address_is_known_from_last_time(budi: Phone) -> None:
    budi.orders_pads()
    budi.days_pass()
    budi.says("mau 1 kampas rem depan vario 125 2018")
    assert "Jl. Gajah Mada No. 5" in budi.says("checkout")


def test_the_language_is_remembered(budi: Phone) -> None:
    budi.says("hello, do you have front brake pads for beat 2019?")
    budi.days_pass()
    assert "Hello" in budi.says("hello")


def test_an_old_choice_is_not_picked(budi: Phone) -> None:
    listed = budi.says("v-belt beat 2019 ada?")
    budi.days_pass()
    answer = budi.says("2")
    assert listed.labels[1] not in answer
