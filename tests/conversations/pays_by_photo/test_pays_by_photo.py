"""Transfers and sends a picture."""

from __future__ import annotations

import pytest

from crm_core import payments
from tests.conversations.conftest import Phone, placed

pytestmark = pytest.mark.rasa


def paid_state(phone: Phone) -> str:
    def read(session: object, talk: object) -> str:
        payment = payments.for_order(session, placed(phone))  # type: ignore[arg-type]
        assert payment is not None
        return str(payment.state)

    return phone.look(read)


def test_a_photo_is_evidence_and_a_person_will_check(budi: Phone) -> None:
    budi.orders_pads()
    answer = budi.sends_photo()
    assert "akan cek" in answer
    assert "lunas" not in answer
    assert paid_state(budi) == "reported"
    assert placed(budi).state == "awaiting_payment"


def test_words_are_enough_too(budi: Phone) -> None:
    budi.orders_pads()
    assert "akan cek" in budi.says("udah transfer ya kak")
    assert paid_state(budi) == "reported"


def test_a_photo_out_of_the_blue_asks_what_it_shows(budi: Phone) -> None:
    budi.says("halo")
    assert "foto apa" in budi.sends_photo()
