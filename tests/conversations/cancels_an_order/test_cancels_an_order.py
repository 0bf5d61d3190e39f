"""Has ordered and wants out."""

from __future__ import annotations

import pytest

from tests.conversations.conftest import Phone, placed

pytestmark = pytest.mark.rasa


def test_only_after_a_yes(budi: Phone) -> None:
    budi.orders_pads()
    assert "Yakin" in budi.says("batalin pesanan saya")
    assert placed(budi).state == "awaiting_payment"
    assert "sudah dibatalkan" in budi.says("iya")
    assert placed(budi).state == "cancelled"


def test_second_thoughts_keep_it(budi: Phone) -> None:
    budi.orders_pads()
    budi.says("batalin pesanan saya")
    budi.says("ga jadi")
    assert placed(budi).state == "awaiting_payment"
