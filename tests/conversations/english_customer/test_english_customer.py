"""Writes English and is answered in it."""

from __future__ import annotations

import pytest

from tests.conversations.conftest import Phone, held, placed

pytestmark = pytest.mark.rasa


def test_a_whole_order_in_english(budi: Phone) -> None:
    assert "How many" in budi.says("hi, do you have front brake pads for beat 2019?")
    assert "in your cart" in budi.says("just one")
    assert "Where shall we send it" in budi.says("checkout please")
    summary = budi.says("Andrew Lim, Jl. Diponegoro No. 21, Singkawang Barat")
    assert "Please check" in summary
    assert "We have your order" in budi.says("yes please")


def test_asks_for_english_and_stays_with_it(budi: Phone) -> None:
    assert "English" in budi.says("can we speak english please?")
    assert budi.look(lambda _, c: c.customer.language) == "en"
    assert "Your cart is empty" in budi.says("checkout")


def test_pads_made_three_after_looking_at_another_part(budi: Phone) -> None:
    budi.says("do u have front brake pads for a 2018 vario 150?")
    budi.says("ill take two")
    budi.says("and a spark plug for it")
    budi.says("actually make the pads 3")
    assert list(held(budi).values()) == [3]


@pytest.mark.parametrize(
    "words",
    [
        "whens it gonna arrive",
        "wheres my order",
        "hows it going w my order",
        "whats the eta",
        "wen it come",
    ],
)
def test_spoken_english_without_apostrophes_asks_for_the_order(budi: Phone, words: str) -> None:
    budi.says("hello, do you have front brake pads for beat 2019?")
    budi.says("gimme 2")
    budi.says("checkout please")
    budi.says("Andrew, Jl. Diponegoro No. 21, Singkawang Barat")
    budi.says("yes please")
    assert placed(budi).order_code in budi.says(words)
