"""Sees the total and thinks again."""

from __future__ import annotations

import pytest

from crm_core import orders
from tests.conversations.conftest import PADS_BEAT, PADS_VARIO, Phone, held, ordered, placed

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


def test_another_part_instead(budi: Phone) -> None:
    budi.reaches_summary()
    budi.says("ganti kampasnya jadi buat vario 125 2018 deh")
    assert held(budi) == {PADS_VARIO: 2}
    assert budi.look(lambda s, c: orders.of_customer(s, c.customer)) == []


def test_one_more_of_it(budi: Phone) -> None:
    budi.reaches_summary()
    again = budi.says("tambah 1 lagi kampasnya")
    assert held(budi) == {PADS_BEAT: 3}
    assert "Rp 177.000" in again


def test_something_else_as_well(budi: Phone) -> None:
    budi.reaches_summary()
    budi.says("tambah kampas rem depan vario 125 2018 1 juga")
    assert held(budi) == {PADS_BEAT: 2, PADS_VARIO: 1}
    budi.says("lanjut pesan")
    budi.says("iya")
    assert ordered(placed(budi)) == {PADS_BEAT: 2, PADS_VARIO: 1}


def test_off_and_on_again(budi: Phone) -> None:
    budi.reaches_summary()
    budi.says("ga jadi deh")
    budi.says("eh jadi deh")
    again = budi.says("iya")
    assert "Total Rp 127.000" in again
    budi.says("iya pesankan")
    assert ordered(placed(budi)) == {PADS_BEAT: 2}


def test_wait_a_moment_orders_nothing(budi: Phone) -> None:
    budi.reaches_summary()
    budi.says("bentar dulu ya kak")
    assert budi.look(lambda s, c: orders.of_customer(s, c.customer)) == []
    budi.says("ok lanjut pesan")
    budi.says("iya")
    assert ordered(placed(budi)) == {PADS_BEAT: 2}


def test_everything_out_again(budi: Phone) -> None:
    budi.reaches_summary()
    assert "kosong" in budi.says("hapus aja kampasnya")
    assert held(budi) == {}
