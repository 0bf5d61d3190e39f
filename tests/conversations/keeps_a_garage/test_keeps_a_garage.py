"""Tells the bike once and expects it to be known."""

from __future__ import annotations

import pytest

from crm_core import customers
from tests.conversations.conftest import PADS_BEAT, PADS_VARIO, Phone

pytestmark = pytest.mark.rasa


def garage(phone: Phone) -> list[tuple[str, int | None]]:
    return phone.look(
        lambda s, c: [(bike.model, bike.year) for bike in customers.bikes(s, c.customer)]
    )


def test_the_bike_told_before_is_used(budi: Phone) -> None:
    budi.says("motor saya beat 2019 kak")
    assert garage(budi) == [("Beat", 2019)]
    assert PADS_BEAT in budi.says("kampas rem depan ada?")


def test_it_is_still_known_days_later(budi: Phone) -> None:
    budi.says("motor saya beat 2019 kak")
    budi.days_pass(9)
    assert PADS_BEAT in budi.says("kampas rem depan ready?")


def test_bike_and_wish_in_one_message(budi: Phone) -> None:
    assert PADS_BEAT in budi.says("motor saya beat 2019, kampas rem depan ada?")


def test_another_bike_for_once(budi: Phone) -> None:
    budi.says("motor saya beat 2019 kak")
    assert PADS_VARIO in budi.says("kampas rem depan vario 125 2018 ada ga")
    assert ("Beat", 2019) in garage(budi)


def test_two_bikes_are_told_apart(budi: Phone) -> None:
    budi.says("motor saya beat 2019")
    budi.says("saya juga punya vario 125 2018")
    assert garage(budi) == [("Beat", 2019), ("Vario 125", 2018)]


def test_a_new_bike_takes_over(budi: Phone) -> None:
    budi.says("motor saya beat 2019")
    budi.says("saya ganti motor, sekarang pake vario 125 2018")
    assert ("Vario 125", 2018) in garage(budi)
