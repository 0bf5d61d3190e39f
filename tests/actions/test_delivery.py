"""How the parts come and how they are paid at the door: asked, chosen, chosen differently."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine

from actions import deliverywords, parcelwords
from crm_core import carts, checkout, clock, orders, shipments, shipping
from crm_core.orders import Order
from crm_core.shipping import CodTerms
from crm_core.timeline import Actor
from tests import factories
from tests.actions.conftest import Chat
from tests.actions.test_checkout import PADS, answer, fill

CLERK = Actor("staff", None, "gudang")


@pytest.fixture
def shopping(chat: Chat) -> Chat:
    chat.act("action_order_part", intent="order_part", part_code=PADS, quantity=2)
    return chat


@pytest.mark.parametrize(
    ("text", "method", "at_door", "asks"),
    [
        ("ambil sendiri aja kak", "pickup", None, False),
        ("nanti saya ambil di toko", "pickup", None, False),
        ("ambek sorang jak bang", "pickup", None, False),
        ("ga usah dikirim, saya jemput ke toko", "pickup", None, False),
        ("I'll pick it up myself", "pickup", None, False),
        ("bisa ambil di toko?", "pickup", None, True),
        ("pakai kurir aja", "courier", None, False),
        ("lewat JNE ya", "courier", None, False),
        ("antar aja pakai sopir toko", "driver", None, False),
        ("diantar aja deh", "driver", None, False),
        ("kirim aja", "sent", None, False),
        ("COD ya kak", None, True, False),
        ("bayar di tempat aja", None, True, False),
        ("bayar pas barang sampai", None, True, False),
        ("bisa cod ga", None, True, True),
        ("can I pay on delivery?", None, True, True),
        ("ga jadi cod, transfer aja", None, False, False),
        ("ambil di toko, bayar di konter ya", "pickup", True, False),
    ],
)
def test_what_is_said_about_delivery_is_read(
    text: str, method: str | None, at_door: bool | None, asks: bool
) -> None:
    said = deliverywords.read(text)
    assert said is not None
    assert (said.method, said.at_door, said.asks) == (method, at_door, asks)


@pytest.mark.parametrize(
    "text",
    ["ambil 2 ya", "saya ambil yang ini", "ambil yang murah aja", "nota bisa diambil di toko?",
     "kampas rem depan beat", "kirim ke jl gajah mada 5", "tokonya di mana", "kode part nya apa"],
)  # fmt: skip
def test_taking_a_part_is_no_way_of_delivery(text: str) -> None:
    said = deliverywords.read(text)
    assert said is None or said.method != "pickup"


def test_the_counter_needs_no_address_and_costs_nothing(shopping: Chat) -> None:
    shopping.customer.name = "Budi"
    said = shopping.act("action_choose_delivery", "ambil sendiri aja kak", intent="inform")
    facts = said.values("utter_summary_counter")
    assert facts["total"] == "Rp 118.000"
    assert "Gajah Mada" in facts["counter"]
    assert shopping.slots["awaiting"] == "confirm_order"
    placed = shopping.act("action_place_order", "ya", intent="affirm")
    order = newest(shopping)
    assert placed.names == ["utter_order_placed"]
    assert (order.shipping_method, order.shipping_idr, order.address) == ("pickup", 0, "")
    assert order.district_id is None


def test_choosing_the_counter_in_the_form_asks_only_for_what_is_missing(shopping: Chat) -> None:
    shopping.act("action_checkout", "lanjut pesan", intent="checkout")
    said = answer(shopping, "recipient_name", "ambil di toko aja, atas nama Rina")
    assert said.slots == {"recipient_name": "Rina", "delivery_address": "-", "district": "-"}
    shopping.form = None
    done = shopping.act("action_checkout", "ambil di toko aja, atas nama Rina")
    assert done.values("utter_summary_counter")["recipient"] == "Rina"


def test_who_changes_their_mind_at_the_summary_sees_the_other_way(shopping: Chat) -> None:
    fill(shopping)
    said = shopping.act("action_amend_order", "eh ambil sendiri aja di toko", intent="inform")
    assert said.names == ["utter_summary_counter"]
    back = shopping.act("action_amend_order", "diantar aja deh", intent="inform")
    facts = back.values("utter_summary")
    assert (facts["shipping"], facts["how"]) == ("Rp 9.000", "diantar sopir toko")
    assert carts.show(shopping.session, shopping.customer).method == "driver"


def test_a_way_that_does_not_go_there_is_refused_with_those_that_do(shopping: Chat) -> None:
    fill(shopping)
    said = shopping.act("action_amend_order", "pakai kurir aja", intent="inform")
    assert said.names == ["utter_delivery_not_there", "utter_delivery_ways"]
    assert said.payloads == [
        '/choose_delivery{"choice": "driver"}', '/choose_delivery{"choice": "pickup"}',
    ]  # fmt: skip
    assert carts.show(shopping.session, shopping.customer).method is None


def test_a_tapped_way_is_taken(shopping: Chat) -> None:
    fill(shopping)
    said = shopping.act("action_choose_delivery", intent="choose_delivery", choice="pickup")
    assert said.names == ["utter_summary_counter"]


def test_a_question_about_the_ways_is_answered_with_price_and_days(shopping: Chat) -> None:
    fill(shopping)
    said = shopping.act("action_amend_order", "bisa ambil di toko?", intent="inform")
    ways = said.values("utter_delivery_ways")["ways"]
    assert "diantar sopir toko, Rp 9.000, sampai hari ini atau besok" in ways
    assert "ambil sendiri di toko, gratis" in ways


def test_a_first_order_is_not_paid_at_the_door(shopping: Chat) -> None:
    fill(shopping)
    said = shopping.act("action_amend_order", "cod aja ya", intent="inform")
    assert said.names == ["utter_cod_refused_new_customer", "utter_summary"]
    assert said.values("utter_summary")["pay"] == ""
    assert not carts.show(shopping.session, shopping.customer).pay_on_delivery


def test_a_known_customer_pays_at_the_door_and_is_told_what_to_have_ready(shopping: Chat) -> None:
    allow_everybody(shopping)
    fill(shopping)
    said = shopping.act("action_amend_order", "COD aja kak", intent="inform")
    assert "Bayar tunai saat barang diterima" in said.values("utter_summary")["pay"]
    placed = shopping.act("action_place_order", "ya", intent="affirm")
    assert placed.names == ["utter_order_placed_cod"]
    assert placed.values("utter_order_placed_cod")["amount"] == "Rp 127.000"
    assert orders.owes_cash(newest(shopping))


def test_the_second_order_at_the_door_waits_for_the_first_ones_money(shopping: Chat) -> None:
    allow_everybody(shopping)
    fill(shopping)
    shopping.act("action_amend_order", "COD aja kak", intent="inform")
    shopping.act("action_place_order", "ya", intent="affirm")
    shopping.act("action_order_part", intent="order_part", part_code=PADS, quantity=1)
    shopping.act("action_checkout", "lanjut pesan", intent="checkout")
    said = shopping.act("action_amend_order", "COD lagi ya", intent="inform")
    assert said.names == ["utter_cod_refused_one_open", "utter_summary"]


def test_where_is_my_parcel_tells_number_news_and_when_to_expect_it(shopping: Chat) -> None:
    order = sent(shopping)
    at = clock.now()
    news = ("in_transit", "MANIFESTED AT HUB", "Pontianak")
    add(shopping, order, news[0], at, news[1], news[2])
    said = shopping.act("action_track_shipment", "paket saya dimana", intent="track_shipment")
    facts = said.values("utter_status_shipped")
    assert (facts["tracking"], facts["courier"]) == ("JP1234567890", "JNE")
    assert facts["news"].startswith("\nhari ini jam")
    assert facts["news"].endswith(", Pontianak: dalam perjalanan")
    assert "Perkiraan sampai" in facts["expected"]


def test_a_parcel_is_found_by_its_number_and_never_somebody_elses(shopping: Chat) -> None:
    order = sent(shopping)
    text = "lacak resi jp-1234567890 dong"
    said = shopping.act("action_track_shipment", text, intent="track_shipment")
    assert said.values("utter_status_shipped")["code"] == order.order_code
    assert parcelwords.numbers_in(text) == ["jp1234567890"]
    order.customer_id = factories.customer(shopping.session, factories.SITI, "Siti").id
    shopping.session.flush()
    said = shopping.act("action_track_shipment", text, intent="track_shipment")
    assert said.names == ["utter_no_orders"]


def test_a_late_parcel_offers_a_person(shopping: Chat) -> None:
    sent(shopping)
    with time_machine.travel(clock.now() + timedelta(days=30), tick=False):
        said = shopping.act("action_track_shipment", "paket saya dimana", intent="track_shipment")
    assert "sudah lewat perkiraan" in said.values("utter_status_shipped")["expected"]
    assert said.payloads == ["/talk_to_human"]


def newest(chat: Chat) -> Order:
    return orders.of_customer(chat.session, chat.customer, limit=1)[0]


def allow_everybody(chat: Chat) -> None:
    methods = frozenset({"driver", "pickup"})
    terms = CodTerms(True, 1_000_000, 0, 1, methods)
    shipping.set_cod_terms(chat.session, terms, actor=CLERK)


def add(chat: Chat, order: Order, kind: str, at: object, text: str, place: str) -> None:
    shipments.add_event(
        chat.session,
        order,
        kind=kind,
        at=at,
        text=text,
        place=place,
        source="JNE",
        actor=CLERK,  # type: ignore[arg-type]
    )


def sent(chat: Chat) -> Order:
    """An order to be paid at the door that has left with a courier and a number."""
    allow_everybody(chat)
    fill(chat)
    carts.choose_delivery(
        chat.session, chat.customer, method=None, pay_on_delivery=True, actor=CLERK
    )
    checkout.place(chat.session, chat.customer, actor=CLERK)
    order = newest(chat)
    orders.pack(chat.session, order, CLERK)
    orders.ship(chat.session, order, CLERK, "JNE", "JP1234567890")
    return order
