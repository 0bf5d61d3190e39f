"""A workshop with its own prices, and anybody who takes many."""

from __future__ import annotations

import pytest

from crm_core import customers
from crm_core.timeline import Actor
from tests.conversations.conftest import HOME, PADS_BEAT, Phone, held, placed

pytestmark = pytest.mark.rasa


def becomes_a_workshop(phone: Phone) -> None:
    phone.look(
        lambda s, c: customers.set_price_class(
            s, c.customer, "workshop", actor=Actor.system("tests")
        )
    )


def test_who_asks_for_workshop_prices_is_told_how_to_get_them(budi: Phone) -> None:
    answer = budi.says("ada harga khusus untuk bengkel?")
    assert "terdaftar" in answer
    assert "Bicara dengan orang" in answer.labels


def test_a_workshop_hears_and_pays_its_own_price(budi: Phone) -> None:
    budi.says("halo kak")
    becomes_a_workshop(budi)
    answer = budi.says("kampas rem depan beat 2019 berapa?")
    assert "Rp 54.000" in answer
    assert "(harga bengkel)" in answer
    assert "Rp 108.000" in budi.says("mau 2")
    budi.says("lanjut pesan")
    assert "Total Rp 117.000" in budi.says(HOME)
    budi.says("iya")
    order = placed(budi)
    assert [line.unit_price_idr for line in order.lines] == [54_000]


def test_the_price_for_ten_is_told_and_then_charged(budi: Phone) -> None:
    first = budi.says("kampas rem depan beat 2019 ada?")
    assert "10 ke atas Rp 56.000" in first
    answer = budi.says("harga grosir 10 pcs berapa kak?")
    assert "Rp 56.000" in answer
    assert "Rp 560.000" in answer
    budi.says("oke 10 ya")
    assert held(budi) == {PADS_BEAT: 10}
    assert "Rp 560.000" in budi.says("lihat keranjang")


def test_a_quantity_asked_with_the_part_gets_its_price_at_once(budi: Phone) -> None:
    answer = budi.says("harga grosir kampas rem depan beat 2019 kalau ambil 12 pcs?")
    assert "Rp 56.000" in answer
    assert "Rp 672.000" in answer


def test_a_pasted_list_is_quoted_in_the_workshops_prices(budi: Phone) -> None:
    budi.says("pagi kak")
    becomes_a_workshop(budi)
    answer = budi.says(
        "tolong kak:\n2 kampas rem depan beat 2019\n1 kampas rem depan vario 125 2018"
    )
    assert "Rp 108.000" in answer
    assert "Rp 62.500" in answer
