"""Asks a dozen things before spending a rupiah."""

from __future__ import annotations

import pytest

from tests.conversations.conftest import Phone, held, placed

pytestmark = pytest.mark.rasa


def test_genuine_or_not_is_answered_with_the_part_and_no_description_in_english(
    budi: Phone,
) -> None:
    budi.says("do you have front brake pads for beat 2019?")
    answer = budi.says("is it genuine honda?")
    assert "Genuine Honda" in answer
    assert "Sepasang" not in answer


def test_fit_payment_and_shipping_first_then_the_order(budi: Phone) -> None:
    budi.says("kampas rem depan buat beat 2019 ada?")
    assert "asli" in budi.says("itu ori apa kw?").text.lower()
    assert "transfer" in budi.says("kalo mau bayar gimana caranya").text.lower()
    assert "Rp" in budi.says("ongkirnya brp kalo ke singkawang barat")
    budi.says("oke ambil 2 deh")
    assert held(budi) == {"06455K46N21": 2}
    budi.says("lanjut pesan")
    budi.says("Dewi, Jl. Diponegoro No. 3, Singkawang Barat")
    budi.says("ya benar")
    assert placed(budi).district_label.startswith("Singkawang Barat")


def test_cod_is_told_by_the_shops_rules(budi: Phone) -> None:
    assert "COD" in budi.says("bisa cod ga?")
    assert "Rp 750.000" in budi.says("masa gabisa bayar di tempat sih")


def test_does_it_fit_another_bike_is_answered_with_evidence(budi: Phone) -> None:
    budi.says("kampas rem depan beat 2019 ada?")
    answer = budi.says("kalau buat pcx 160 masuk ga?")
    assert "cocok" in answer.text.lower()


def test_is_there_a_warranty_is_never_silent(budi: Phone) -> None:
    answer = budi.says("ada garansinya gak kalo barangnya cacat?")
    assert answer.text
    assert budi.look(lambda _, c: c.handler) in {"bot", "queue"}
