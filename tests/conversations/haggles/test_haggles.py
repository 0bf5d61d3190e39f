"""Wants it cheaper, again and again."""

from __future__ import annotations

import pytest

from tests.conversations.conftest import Phone, held

pytestmark = pytest.mark.rasa


def test_the_price_stays_and_the_question_how_many_comes_back(budi: Phone) -> None:
    budi.says("kampas rem depan beat 2019 brp")
    answer = budi.says("mahal amat, kurangin dikit lah")
    assert "sama untuk semua" in answer
    assert "berapa" in answer


def test_the_second_refusal_has_other_words(budi: Phone) -> None:
    first = budi.says("bisa nego gak harganya")
    second = budi.says("ayolah diskon 10rb aja")
    assert "sama untuk semua" in first
    assert second.text != first.text
    assert "orang toko" in second


def test_an_offer_of_money_orders_nothing(budi: Phone) -> None:
    budi.says("kampas rem depan beat 2019 ada?")
    budi.says("50rb ya, deal?")
    assert held(budi) == {}


def test_a_large_amount_leads_to_a_person(budi: Phone) -> None:
    budi.says("kalo ambil 100 biji bisa dapet harga berapa?")
    budi.says("nego dong harganya")
    budi.taps("Bicara dengan orang")
    assert budi.look(lambda _, c: c.handler) == "queue"
