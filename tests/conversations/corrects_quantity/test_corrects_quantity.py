"""Says a number, then another."""

from __future__ import annotations

import pytest

from tests.conversations.conftest import Phone, held

pytestmark = pytest.mark.rasa


def test_eh_bukan_3_aja(budi: Phone) -> None:
    budi.says("mau 2 kampas rem depan beat 2019")
    assert "jadi 3" in budi.says("eh bukan, 3 aja")
    assert held(budi) == {"06455K46N21": 3}


def test_1_aja_below_numbered_choices_is_no_choice(budi: Phone) -> None:
    budi.says("mau 2 kampas rem depan beat 2019")
    budi.says("1 aja")
    assert held(budi) == {"06455K46N21": 1}


def test_under_the_summary_the_total_follows(budi: Phone) -> None:
    budi.reaches_summary()
    again = budi.says("eh bukan, 3 aja")
    assert "Total Rp 186.000" in again
    assert "Ya, pesankan" in again.labels


def test_a_part_is_taken_out_again(budi: Phone) -> None:
    budi.says("mau 2 kampas rem depan beat 2019")
    budi.says("mau 1 busi vario 125 2018")
    budi.says("hapus businya")
    assert held(budi) == {"06455K46N21": 2}
