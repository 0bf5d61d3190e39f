"""Vouchers, promotions, prices for many and bargaining: one turn of one action each."""

from __future__ import annotations

import sqlalchemy as sa

from crm_core import carts, handoffs, pricing
from crm_core.staff import Staff
from crm_core.timeline import Actor
from tests.actions.conftest import Chat

PADS = "06455K46N21"


def shown(chat: Chat) -> None:
    """The pads of a Beat 2019 (59.000, from ten 56.000) are on screen."""
    chat.act("action_find_part", "kampas rem depan beat 2019", intent="find_part")
    assert chat.slots["part_code"] == PADS


def in_cart(chat: Chat, quantity: int = 2) -> None:
    carts.add(chat.session, chat.customer, PADS, quantity, Actor.customer(chat.customer))


def test_a_code_in_a_message_is_used_whatever_it_was_read_as(chat: Chat) -> None:
    in_cart(chat)
    said = chat.act("action_ask_promo", "pakai voucher hemat10", intent="ask_promo")
    assert said.names[0] == "utter_voucher_used"
    assert said.values("utter_voucher_used")["off"] == "Rp 11.800"
    assert carts.show(chat.session, chat.customer).total == 106_200


def test_a_bare_code_is_enough_and_a_plain_word_is_none(chat: Chat) -> None:
    in_cart(chat)
    assert chat.act("action_inform", "halo kak", intent="inform").names != ["utter_voucher_used"]
    said = chat.act("action_inform", "HEMAT10", intent="inform")
    assert said.names[0] == "utter_voucher_used"


def test_asking_for_vouchers_tells_what_runs_and_uses_none(chat: Chat) -> None:
    in_cart(chat)
    said = chat.act("action_ask_promo", "ada voucher ga kak?", intent="ask_promo")
    lines = said.values("utter_promos")["lines"]
    assert "potongan 10% (paling banyak Rp 25.000), belanja minimal Rp 100.000" in lines
    assert 'tulis "pakai voucher HEMAT10"' in lines
    assert carts.show(chat.session, chat.customer).voucher is None


def test_a_voucher_whose_minimum_is_no_longer_reached_leaves_with_a_word(chat: Chat) -> None:
    in_cart(chat)
    chat.act("action_ask_promo", "pakai voucher hemat10", intent="ask_promo")
    chat.act("action_change_cart", "jadi 1 aja", intent="change_cart")
    assert carts.show(chat.session, chat.customer).discount == 0
    chat.slots |= {"recipient_name": "Budi", "delivery_address": "Jl. Merdeka 1"}
    place = chat.session.scalar(sa.text("select id from districts where name = 'Pontianak Kota'"))
    chat.slots["district"] = str(place)
    said = chat.act("action_checkout", "lanjut pesan", intent="checkout")
    assert said.names == ["utter_voucher_gone", "utter_summary"]
    assert carts.show(chat.session, chat.customer).voucher is None


def test_many_pieces_have_their_price_and_the_sum(chat: Chat) -> None:
    shown(chat)
    said = chat.act("action_bargain", "harga grosir 10 pcs?", intent="bargain")
    values = said.values("utter_part_found_n")
    assert (values["price"], values["count"]) == ("Rp 56.000", 10)
    assert "Rp 560.000" in values["worth"]


def test_a_bid_within_the_rule_is_offered_once_however_often_the_turn_runs(chat: Chat) -> None:
    shown(chat)
    said = chat.act("action_bargain", "57rb ya", intent="bargain")
    again = chat.act("action_bargain", "57rb ya", intent="bargain", again=True)
    assert said.names == again.names == ["utter_bargain_offer"]
    assert said.slots["awaiting"] == "bargain"
    (made,) = pricing.bargains(chat.session, customer=chat.customer)
    assert (made.state, made.offered_idr, made.decided_by) == ("offered", 57_000, "rule")


def test_a_bid_is_a_bid_whatever_it_was_read_as_and_an_amount_alone_is_none(chat: Chat) -> None:
    shown(chat)
    said = chat.act("action_give_quantity", "58rb boleh ga?", intent="inform")
    assert said.names == ["utter_bargain_offer"]
    chat.slots["awaiting"] = "quantity"
    said = chat.act("action_ask_promo", "kasih diskon 3% dong", intent="ask_promo")
    assert said.names == ["utter_bargain_stands"]
    chat.slots["awaiting"] = "quantity"
    said = chat.act("action_ask_shipping", "ongkirnya 20rb ya?", intent="ask_shipping")
    assert not any(name.startswith("utter_bargain") for name in said.names)


def test_the_yes_puts_it_into_the_cart_at_that_price(chat: Chat) -> None:
    shown(chat)
    chat.act("action_bargain", "57rb ya", intent="bargain")
    said = chat.act("action_accept_bargain", "iya", intent="affirm")
    assert said.names[0] == "utter_bargain_taken"
    cart = carts.show(chat.session, chat.customer)
    assert (cart.items, cart.total) == (59_000, 57_000)


def test_taking_more_than_was_spoken_of_gets_the_price_for_all(chat: Chat) -> None:
    shown(chat)
    chat.act("action_bargain", "57rb ya", intent="bargain")
    chat.act("action_order_part", "oke ambil 3", intent="order_part")
    assert carts.show(chat.session, chat.customer).total == 171_000


def test_the_price_of_the_whole_cart_goes_to_a_person(chat: Chat) -> None:
    in_cart(chat)
    carts.add(chat.session, chat.customer, "06455K59A71", 1, Actor.customer(chat.customer))
    said = chat.act("action_bargain", "totalnya bulatin jadi 150rb ya", intent="bargain")
    assert said.names[0].startswith("utter_bargain_cart_passed")
    handoff = handoffs.of_conversation(chat.session, chat.conversation)
    assert handoff is not None
    assert handoff.packet["question"]["asked_idr"] == 150_000
    assert handoff.packet["question"]["price_idr"] == 186_000


def test_a_question_joins_the_hand_off_that_waits_and_replaces_none(chat: Chat) -> None:
    me = Actor.customer(chat.customer)
    first = handoffs.request(chat.session, chat.conversation, reason="asked", actor=me)
    for amount in (50_000, 40_000):
        question = {"kind": "bargain", "asked_idr": amount}
        handoffs.request(
            chat.session, chat.conversation, reason="bargain", actor=me, question=question
        )
    assert first.packet["question"] == {"kind": "bargain", "asked_idr": 50_000}
    assert first.reason == "asked"


def test_without_any_margin_rule_the_price_is_the_same_for_all(chat: Chat) -> None:
    rina = chat.session.scalars(sa.select(Staff).where(Staff.role == "manager")).first()
    assert rina is not None
    for rule in pricing.margin_rules(chat.session):
        pricing.save_margin_rule(
            chat.session, max_percent=0, by=rina, category=rule.category,
            price_class=rule.price_class,
        )  # fmt: skip
    shown(chat)
    said = chat.act("action_bargain", "bisa kurang ga", intent="bargain")
    assert said.names == ["utter_bargain_fixed"]
