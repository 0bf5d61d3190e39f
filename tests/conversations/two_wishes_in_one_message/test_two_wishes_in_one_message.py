"""Wants two things at once; neither is dropped without a word."""

from __future__ import annotations

import pytest

from crm_core import complaints
from tests.conversations.conftest import PADS_BEAT, PADS_VARIO, Phone, held, placed

pytestmark = pytest.mark.rasa


@pytest.mark.parametrize(
    "words",
    [
        "mau 2 kampas rem depan beat 2019, ongkir ke singkawang barat brp?",
        "ambil 2 kampas rem depan beat 2019 ongkir ke singkawang barat berape",
    ],
)
def test_an_order_and_the_shipping(budi: Phone, words: str) -> None:
    answer = budi.says(words)
    assert held(budi) == {PADS_BEAT: 2}
    assert "Rp 20.000" in answer
    assert "Rp 118.000" in answer


def test_thanks_and_a_new_search(budi: Phone) -> None:
    budi.orders_pads()
    answer = budi.says("makasih ya kak, oh iya kampas rem depan vario 125 2018 ada?")
    assert PADS_VARIO in answer


def test_a_complaint_and_where_the_order_is(budi: Phone) -> None:
    budi.orders_pads()
    answer = budi.says(
        "barang kemarin rusak kak, tolong dicek. sama pesanan saya yg baru udah sampai mana?"
    )
    (complaint,) = budi.look(lambda s, c: complaints.of_customer(s, c.customer))
    assert complaint.complaint_code in answer
    assert placed(budi).order_code in answer
    assert "menunggu pembayaran" in answer


def test_status_and_invoice(budi: Phone) -> None:
    budi.orders_pads()
    answer = budi.says("pesanan saya gimana statusnya? sama minta notanya sekalian")
    assert "menunggu pembayaran" in answer
    assert f"Nota {placed(budi).order_code}" in answer


def test_a_part_and_the_opening_hours(budi: Phone) -> None:
    answer = budi.says("ada kampas rem depan beat 2019? toko buka sampai jam berapa?")
    assert PADS_BEAT in answer
    assert "17.00" in answer
    budi.says("2")
    assert held(budi) == {PADS_BEAT: 2}


def test_what_cannot_be_asked_now_is_taken_up_later(budi: Phone) -> None:
    first = budi.says("kampas rem depan ada? ongkir brp?")
    assert "ongkir" in first
    assert "motor apa" in first
    budi.says("beat 2019")
    later = budi.says("2")
    assert held(budi) == {PADS_BEAT: 2}
    assert "kecamatan mana" in later
    assert "Rp 20.000" in budi.says("singkawang barat")


def test_two_parts(budi: Phone) -> None:
    answer = budi.says("kampas rem depan beat 2019 2 sama kampas rem depan vario 125 2018 1")
    assert "Rp 118.000" in answer
    assert "Rp 68.000" in answer


def test_order_and_checkout(budi: Phone) -> None:
    answer = budi.says("ambil 2 kampas rem depan beat 2019 trus langsung checkout ya")
    assert held(budi) == {PADS_BEAT: 2}
    assert "Kirim ke mana" in answer


def test_cod_and_shipping(budi: Phone) -> None:
    answer = budi.says("bisa cod ga? trus ongkir ke singkawang barat brp")
    assert "COD bisa" in answer
    assert "Rp 20.000" in answer


def test_in_english(budi: Phone) -> None:
    answer = budi.says(
        "do you have front brake pads for beat 2019? and how much is shipping to singkawang barat?"
    )
    assert PADS_BEAT in answer
    assert "Rp 20.000" in answer


def test_the_address_and_a_question_in_one_message(budi: Phone) -> None:
    budi.says("mau 2 kampas rem depan beat 2019")
    budi.says("lanjut pesan")
    answer = budi.says("Budi, Jl. Gajah Mada No. 5, Pontianak Selatan. toko tutup jam berapa ya?")
    assert "17.00" in answer
    assert "Total Rp 127.000" in answer


def test_the_total_and_a_smaller_number_below_the_summary(budi: Phone) -> None:
    budi.says("hello, do you have front brake pads for beat 2019?")
    budi.says("I will take 2")
    budi.says("checkout please")
    budi.says("Andrew, Jl. Diponegoro No. 21, Singkawang Barat")
    answer = budi.says("whats that total, i only want 1 pair")
    assert held(budi) == {PADS_BEAT: 1}
    assert "Total Rp 79.000" in answer


def test_a_number_and_the_shipping(budi: Phone) -> None:
    budi.says("kampas rem depan beat 2019 ada?")
    answer = budi.says("1 pasang aja, ongkirnya brp ke singkawang barat")
    assert held(budi) == {PADS_BEAT: 1}
    assert "Rp 20.000" in answer


def test_a_choice_dropped_for_the_shipping(budi: Phone) -> None:
    budi.says("hello, I need a spark plug for my beat 2019")
    answer = budi.says("nah skip it. how much to ship to singkawang barat?")
    assert "Rp 20.000" in answer
    assert answer.labels == ()
