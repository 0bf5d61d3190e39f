"""Knows what is wanted and says it all at once."""

from __future__ import annotations

import pytest

from crm_core import orders
from tests.conversations.conftest import Phone, placed

pytestmark = pytest.mark.rasa


def test_from_one_sentence_to_an_order_in_four_messages(budi: Phone) -> None:
    added = budi.says("mau 2 kampas rem depan beat 2019")
    assert "2 x Kampas Rem Depan Cakram" in added
    assert "Rp 118.000" in added
    budi.says("lanjut pesan")
    summary = budi.says("Budi, Jl. Gajah Mada No. 5, Pontianak Selatan")
    assert "Total Rp 127.000" in summary
    assert budi.look(lambda s, c: orders.of_customer(s, c.customer)) == []
    done = budi.says("iya")
    order = placed(budi)
    assert order.order_code in done
    assert [(line.part_code, line.quantity) for line in order.lines] == [("06455K46N21", 2)]


def test_the_address_is_not_asked_a_second_time(budi: Phone) -> None:
    budi.orders_pads()
    budi.says("mau 1 busi vario 125 2018")
    summary = budi.says("checkout")
    assert "Jl. Gajah Mada No. 5" in summary
    assert summary.labels == ("Ya, pesankan", "Ubah", "Batal")
