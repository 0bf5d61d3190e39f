"""Orders for a workshop: several parts, another recipient, the same again."""

from __future__ import annotations

import pytest

from crm_core import orders
from tests.conversations.conftest import Phone, held, placed

pytestmark = pytest.mark.rasa


def test_several_parts_go_to_the_workshops_address(budi: Phone) -> None:
    budi.says("pesan 5 kampas rem depan beat 2019")
    budi.says("sama aki beat karbu 2")
    assert held(budi) == {"06455K46N21": 5, "31500KPH881": 2}
    budi.says("lanjut pesan")
    budi.says("Bengkel Maju Jaya, Jl. Adisucipto No. 88, Sungai Raya, Kubu Raya")
    budi.says("iya betul")
    assert placed(budi).recipient_name == "Bengkel Maju Jaya"


def test_more_than_the_shelf_holds_is_a_choice(budi: Phone) -> None:
    answer = budi.says("pesan 900 kampas rem depan beat 2019")
    assert "tinggal" in answer
    assert "Kabari saya" in answer.labels
    assert held(budi) == {}


def test_the_same_again_next_week(budi: Phone) -> None:
    budi.orders_pads()
    answer = budi.says("pesan lagi kayak kemarin ya")
    assert "masukkan lagi" in answer
    assert held(budi) == {"06455K46N21": 2}


def test_credit_terms_are_a_matter_for_people(budi: Phone) -> None:
    answer = budi.says("bengkel kami bisa tempo 30 hari gak bayarnya?")
    assert "transfer" in answer.text.lower() or "orang toko" in answer
    assert budi.look(lambda s, c: list(orders.of_customer(s, c.customer))) == []
