"""Has no time: says everything at once, or as little as possible."""

from __future__ import annotations

import pytest

from crm_core import orders
from tests.conversations.conftest import Phone, held, placed

pytestmark = pytest.mark.rasa


def test_four_short_messages_make_an_order(budi: Phone) -> None:
    budi.says("cepat ya, 1 aki beat karbu")
    budi.says("langsung bayar aja")
    budi.says("Agus, Jl. Tanjungpura No. 12, Pontianak Selatan")
    assert "Transfer tepat" in budi.says("ok gas")
    placed(budi)
    ordered = budi.look(
        lambda s, c: [
            line.part_code
            for order in orders.of_customer(s, c.customer)
            for line in orders.view(s, order).lines
        ]
    )
    assert ordered == ["31500KPH881"]


def test_urgent_is_no_complaint_and_finds_the_part(budi: Phone) -> None:
    answer = budi.says("butuh skrg jg!! vbelt beat karbu ada ga")
    assert "V-Belt" in answer
    assert "117.000" in answer
    assert budi.look(lambda _, c: c.handler) == "bot"


def test_asks_for_delivery_today_and_hears_how_fast_it_is(budi: Phone) -> None:
    answer = budi.says("bisa nyampe hari ini gak ke pontianak kota? urgent bgt")
    assert "Rp" in answer
    assert "Pontianak Kota" in answer


def test_address_and_yes_in_a_row_without_greetings(budi: Phone) -> None:
    budi.says("2 kampas rem depan beat 2019 pesan skrg")
    assert held(budi) == {"06455K46N21": 2}
    budi.says("checkout")
    summary = budi.says("rina / jl sultan abdurrahman 4 / pontianak kota")
    assert "saya pesankan" in summary
