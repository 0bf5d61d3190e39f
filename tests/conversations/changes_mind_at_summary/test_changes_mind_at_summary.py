"""Sees the total and thinks again."""

from __future__ import annotations

import pytest

from crm_core import orders
from tests.conversations.conftest import Phone, held

pytestmark = pytest.mark.rasa


@pytest.mark.parametrize("words", ["ga jadi", "batal", "tidak", "3"])
def test_nothing_is_ordered_and_the_cart_stays(budi: Phone, words: str) -> None:
    budi.reaches_summary()
    assert "belum saya pesankan" in budi.says(words)
    assert budi.look(lambda s, c: orders.of_customer(s, c.customer)) == []
    assert held(budi) == {"06455K46N21": 2}


def test_another_address_changes_shipping(budi: Phone) -> None:
    budi.reaches_summary()
    budi.taps("Ubah")
    budi.taps("Ganti alamat")
    again = budi.says("Siti, Jl. Diponegoro No. 21, Singkawang Barat")
    assert "Singkawang" in again
    assert "Ongkir Rp 20.000" in again


def test_batal_while_the_address_is_asked_keeps_the_cart(budi: Phone) -> None:
    budi.says("mau 2 kampas rem depan beat 2019")
    budi.says("lanjut pesan")
    assert "keranjangnya tetap ada" in budi.says("ga jadi deh")
    assert held(budi) == {"06455K46N21": 2}


def test_an_old_yes_button_does_not_order_later(budi: Phone) -> None:
    budi.reaches_summary()
    old = budi.heard[-1]
    budi.says("ga jadi")
    budi.heard.append(old)
    budi.taps("Ya, pesankan")
    assert budi.look(lambda s, c: orders.of_customer(s, c.customer)) == []
