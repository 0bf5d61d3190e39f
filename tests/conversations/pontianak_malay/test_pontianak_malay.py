"""Writes as one speaks in Pontianak."""

from __future__ import annotations

import pytest

from tests.conversations.conftest import Phone, held

pytestmark = pytest.mark.rasa


def test_maok_beli(budi: Phone) -> None:
    budi.says("maok beli kampas rem depan beat 2019 due bang")
    assert held(budi) in ({"06455K46N21": 2}, {"06455K46N21": 1})


def test_ongkir_ke_singkawang_berape(budi: Phone) -> None:
    assert "Singkawang Barat" in budi.says("ongkir ke singkawang barat berape bang?")
