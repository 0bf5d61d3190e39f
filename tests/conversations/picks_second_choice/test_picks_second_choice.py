"""Answers a list as people do."""

from __future__ import annotations

import pytest

from tests.conversations.conftest import Phone, held

pytestmark = pytest.mark.rasa


@pytest.mark.parametrize("words", ["2", "yang kedua", "yg nomor 2 kak"])
def test_the_second_is_shown(budi: Phone, words: str) -> None:
    listed = budi.says("v-belt beat 2019 ada?")
    shown = budi.says(words)
    assert listed.labels[1] in shown


def test_the_one_with_that_price(budi: Phone) -> None:
    budi.says("v-belt beat 2019 ada?")
    assert "Rp 129.000" in budi.says("yang 129rb")


def test_a_number_to_how_many_is_a_quantity(budi: Phone) -> None:
    budi.says("kampas rem depan beat 2019 ada?")
    budi.says("2")
    assert held(budi) == {"06455K46N21": 2}


def test_a_bike_completes_the_question(budi: Phone) -> None:
    assert "motor apa" in budi.says("ada kampas rem depan?")
    assert "06455K46N21" in budi.says("beat 2019")
