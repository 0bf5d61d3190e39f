"""Writes whole sentences, with a greeting and thanks."""

from __future__ import annotations

import pytest

from tests.conversations.conftest import Phone, held

pytestmark = pytest.mark.rasa


def test_a_letter_of_three_sentences_is_a_search(budi: Phone) -> None:
    answer = budi.says(
        "Selamat siang Bapak/Ibu. Perkenalkan, saya pemilik Honda Beat tahun 2019. Apakah tersedia "
        "kampas rem depan untuk kendaraan tersebut? Terima kasih atas perhatiannya."
    )
    assert "Kampas Rem Depan" in answer
    assert "Beat" in answer


def test_a_polite_order_with_the_number_in_words(budi: Phone) -> None:
    budi.says("Saya bermaksud membeli dua pasang kampas rem depan untuk Beat 2019, mohon dicatat.")
    assert held(budi) == {"06455K46N21": 2}


def test_a_polite_no_leaves_the_cart_alone(budi: Phone) -> None:
    budi.reaches_summary()
    budi.says("Mohon maaf, untuk saat ini saya belum ingin melanjutkan.")
    assert held(budi) == {"06455K46N21": 2}


def test_thanks_with_a_blessing_is_answered_kindly(budi: Phone) -> None:
    answer = budi.says("Terima kasih banyak atas bantuannya, semoga sehat selalu.")
    assert "Sama-sama" in answer


def test_asks_for_the_invoice_formally(budi: Phone) -> None:
    budi.orders_pads()
    answer = budi.says("Mohon dikirimkan nota pembelian untuk pesanan saya.")
    assert "Nota P-" in answer
    assert "Rp" in answer
