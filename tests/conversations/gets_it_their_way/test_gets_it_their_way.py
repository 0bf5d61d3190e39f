"""Fetches it, has it brought, pays at the door, changes their mind, and asks where it is."""

from __future__ import annotations

import pytest

from crm_core import orders, shipments, shipping
from crm_core.shipping import CodTerms
from crm_core.timeline import Actor
from tests.conversations.conftest import HOME, Phone, held, orders_of, placed

pytestmark = pytest.mark.rasa
CLERK = Actor("staff", None, "gudang")


def at_the_summary(phone: Phone) -> None:
    phone.says("kampas rem depan beat 2019 2 pcs")
    phone.says("lanjut pesan")
    phone.says(HOME)


@pytest.mark.parametrize(
    "words",
    ["ambil sendiri aja kak", "nanti saya ambil di toko", "ambek sorang jak bang",
     "I'll pick it up myself"],
)  # fmt: skip
def test_who_fetches_it_pays_no_shipping(budi: Phone, words: str) -> None:
    at_the_summary(budi)
    answer = budi.says(words)
    assert "Tanpa ongkir" in answer or "No shipping" in answer
    budi.says("ya")
    order = placed(budi)
    assert (order.shipping_method, int(order.shipping_idr)) == ("pickup", 0)


def test_a_way_is_chosen_and_another_one_after_it(budi: Phone) -> None:
    at_the_summary(budi)
    budi.says("ambil di toko aja")
    answer = budi.says("eh diantar aja deh")
    assert "diantar sopir toko" in answer
    budi.says("ya")
    assert placed(budi).shipping_method == "driver"


def test_asking_whether_it_can_be_fetched_orders_nothing(budi: Phone) -> None:
    at_the_summary(budi)
    answer = budi.says("bisa diambil di toko ga?")
    assert "ambil sendiri di toko, gratis" in answer
    assert orders_of(budi) == []
    assert held(budi)


def test_the_counter_needs_no_address(budi: Phone) -> None:
    budi.says("kampas rem depan beat 2019 2 pcs")
    budi.says("lanjut pesan")
    answer = budi.says("saya ambil di toko aja, atas nama Rina")
    assert "Rina" in answer
    assert "Tanpa ongkir" in answer


def test_a_first_order_is_not_paid_at_the_door(budi: Phone) -> None:
    at_the_summary(budi)
    answer = budi.says("cod aja ya kak")
    assert "Pesanan pertama transfer dulu" in answer
    budi.says("ya")
    assert not placed(budi).pay_on_delivery


def test_a_known_customer_pays_at_the_door_and_follows_the_parcel(budi: Phone) -> None:
    terms = CodTerms(True, 1_000_000, 0, 1, frozenset({"driver"}))
    at_the_summary(budi)
    before = budi.look(lambda s, _: shipping.cod_terms(s))
    budi.look(lambda s, _: shipping.set_cod_terms(s, terms, actor=CLERK))
    try:
        assert "Bayar tunai saat barang diterima" in budi.says("COD aja kak")
        assert "Bayar tunai Rp" in budi.says("ya")
        code = placed(budi).order_code
        budi.look(lambda s, _: send(s, code))
        answer = budi.says("paket saya dimana")
        assert "JNE" in answer
        assert "JP1234567890" in answer
        assert "dalam perjalanan" in answer
        assert "Siapkan uang tunai" in answer
        assert code in budi.says("lacak resi JP1234567890")
    finally:
        budi.look(lambda s, _: shipping.set_cod_terms(s, before, actor=CLERK))


def send(session: object, code: str) -> None:
    order = orders.by_code(session, code)  # type: ignore[arg-type]
    orders.pack(session, order, CLERK)  # type: ignore[arg-type]
    orders.ship(session, order, CLERK, "JNE", "JP1234567890")  # type: ignore[arg-type]
    shipments.add_event(
        session,
        order,
        kind="in_transit",
        at=order.shipped_at,
        source="JNE",
        actor=CLERK,  # type: ignore[arg-type]
    )
