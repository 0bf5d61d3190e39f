"""A visitor of the web chat has no number yet."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.conversations.conftest import Phone, placed

pytestmark = pytest.mark.rasa


def test_is_asked_for_a_number_before_the_summary(phone: Callable[..., Phone]) -> None:
    visitor = phone("web")
    visitor.says("mau 2 kampas rem depan beat 2019")
    visitor.says("lanjut pesan")
    assert "Nomor HP" in visitor.says("Budi, Jl. Gajah Mada No. 5, Pontianak Selatan")
    assert "Cek dulu" in visitor.says("0812 3456 7890")
    visitor.says("iya")
    assert placed(visitor).recipient_phone == "+6281234567890"
