"""Wants no promotions, or to be forgotten."""

from __future__ import annotations

import pytest

from tests.conversations.conftest import Phone

pytestmark = pytest.mark.rasa


def consents(phone: Phone) -> bool:
    return phone.look(lambda _, c: c.customer.promo_consent)


def test_promotions_on_and_off_again(budi: Phone) -> None:
    assert "kalau ada promo kami kabari" in budi.says("saya mau dong dikabarin kalau ada promo")
    assert consents(budi)
    assert "tidak kami kirim lagi" in budi.says("ga usah kirim promo lagi deh, ganggu")
    assert not consents(budi)


def test_no_more_promotions_leaves_the_cart_and_the_dialogue(budi: Phone) -> None:
    budi.says("mau 2 kampas rem depan beat 2019")
    budi.says("berhenti kirim promosi ya")
    assert "Isi keranjang" in budi.says("lihat keranjang")


def test_erasing_asks_first_and_then_calls_a_person(budi: Phone) -> None:
    asked = budi.says("tolong hapus semua data pribadi saya dari sistem")
    assert "Ya, hapus data saya" in asked.labels
    assert budi.look(lambda _, c: c.handler) == "bot"
    assert "paling lambat" in budi.taps("Ya, hapus data saya")
    assert budi.look(lambda _, c: c.handler) == "queue"


def test_a_no_keeps_the_data(budi: Phone) -> None:
    budi.says("hapus data saya")
    assert "tetap" in budi.taps("Tidak").text + "tidak ada yang saya ubah tetap"
    assert budi.look(lambda _, c: c.handler) == "bot"


def test_what_do_you_keep_is_answered_with_hidden_digits(budi: Phone) -> None:
    budi.orders_pads()
    answer = budi.says("data apa aja yg toko simpan tentang saya?")
    assert "Budi" in answer
    assert "*" in answer.text
    assert budi.address.partition("+")[2] not in answer.text
