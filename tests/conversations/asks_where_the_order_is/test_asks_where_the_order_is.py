"""Waits for a parcel and asks."""

from __future__ import annotations

import pytest

from tests.conversations.conftest import Phone, placed

pytestmark = pytest.mark.rasa


def test_unpaid_says_amount_account_and_until_when(budi: Phone) -> None:
    budi.orders_pads()
    answer = budi.says("orderan sy udh diproses blm?")
    assert "menunggu pembayaran Rp" in answer
    assert "paling lambat" in answer


def test_nothing_ordered_is_said_and_a_search_offered(budi: Phone) -> None:
    answer = budi.says("paket saya kok belum dateng2 ya")
    assert "Belum ada pesanan" in answer or "keluhan" in answer.text.lower()


def test_an_order_of_somebody_else_is_unknown(budi: Phone, phone: object) -> None:
    other = phone()  # type: ignore[operator]
    other.orders_pads()
    code = placed(other).order_code
    answer = budi.says(f"cek status {code}")
    assert "tidak ada di nomor ini" in answer
    assert "Gajah Mada" not in answer


def test_a_reported_payment_is_being_checked(budi: Phone) -> None:
    budi.orders_pads()
    budi.says("barusan udah sy tf ya")
    answer = budi.says("trus pesanan saya gimana?")
    assert "sedang dicek" in answer


def test_each_answer_leads_to_the_orders_own_page(budi: Phone) -> None:
    asked = budi.orders_pads()
    assert "\nHalaman pesanan: http" in asked.text
    assert "/o/" in budi.says("pesanan saya sampai mana?")
    invoice = budi.says("minta notanya dong")
    assert "/invoice.pdf\n" in invoice.text
