"""Pastes a list and gets one priced reply, then one cart."""

from __future__ import annotations

import pytest

from tests.conversations.conftest import (
    HOME,
    PADS_BEAT,
    PADS_VARIO,
    SHOES_BEAT,
    Phone,
    held,
    ordered,
    placed,
)

pytestmark = pytest.mark.rasa

LIST = (
    "tolong dicek harganya kak:\n"
    "1. kampas rem depan beat 2019 2\n"
    "2. kampas rem depan vario 125 2018 1\n"
    "3. kampas rem belakang beat 2019 3 set\n"
    "total brp?"
)


def test_every_line_is_priced_in_one_reply(budi: Phone) -> None:
    answer = budi.says(LIST)
    for price in ("Rp 118.000", "Rp 68.000"):
        assert price in answer
    assert "3 baris" in answer
    assert held(budi) == {}


def test_all_of_it_goes_into_the_cart_and_is_ordered(budi: Phone) -> None:
    budi.says(LIST)
    budi.says("iya masukkan semua")
    wanted = {PADS_BEAT: 2, PADS_VARIO: 1, SHOES_BEAT: 3}
    assert held(budi) == wanted
    budi.says("lanjut pesan")
    budi.says(HOME)
    budi.says("iya")
    assert ordered(placed(budi)) == wanted


def test_a_line_is_changed_and_another_left_out(budi: Phone) -> None:
    budi.says(LIST)
    budi.says("baris 1 jadi 5")
    budi.says("hapus baris 3")
    budi.says("masukkan semua ke keranjang")
    assert held(budi) == {PADS_BEAT: 5, PADS_VARIO: 1}


def test_a_doubtful_line_is_asked_and_then_all_is_taken(budi: Phone) -> None:
    asked = budi.says(
        "list bengkel:\nkampas rem depan beat 2019 2\nv-belt beat 2019 1\n"
        "kampas rem depan vario 125 2018 1"
    )
    assert any("V-Belt" in label for label in asked.labels)
    budi.says("1")
    budi.says("iya masukkan semua")
    assert held(budi)[PADS_BEAT] == 2
    assert len(held(budi)) == 3


def test_a_list_in_one_line(budi: Phone) -> None:
    answer = budi.says("kampas rem depan beat 2019 2, kampas rem depan vario 125 2018 1")
    assert "Rp 118.000" in answer
    assert "Rp 68.000" in answer
