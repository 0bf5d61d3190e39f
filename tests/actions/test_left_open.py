"""Nothing that is open is lost: a choice in the middle of the address form, an ordered choice that
is left for another part, a list that was never taken, what replaces a part that is gone."""

from __future__ import annotations

import pytest

from crm_core import carts
from tests.actions.conftest import Chat
from tests.actions.test_checkout import PADS

GONE, INSTEAD = "front brake pad PCX 150 2019 ready ga?", "06455KREK02"
SUPRA = {"model": "Supra X 125", "generation": None, "year": None}
SCOOPY = {"model": "Scoopy", "generation": None, "year": None}
ADDRESS = "Sarah Miller, Jl. Putri Candramidi No 30, Pontianak Kota"


def held(chat: Chat) -> dict[str, int]:
    return {line.part_code: line.quantity for line in carts.show(chat.session, chat.customer).lines}


def has_cart(chat: Chat) -> None:
    chat.act("action_order_part", intent="order_part", part_code=PADS, quantity=2)


def is_asked_where(chat: Chat) -> None:
    has_cart(chat)
    chat.act("action_checkout", "lanjut pesan", intent="checkout")
    assert chat.form == "checkout_form"


def is_left_with_an_ordered_choice(chat: Chat) -> list[str]:
    chat.slots["bike"] = SCOOPY
    chat.act("action_find_part", "kampas rem dpn scoopy ada?", intent="find_part")
    said = chat.act("action_order_part", "2 psg gas", intent="order_part")
    assert chat.slots["awaiting"] == "choose_part"
    return said.payloads


def test_a_yes_below_a_choice_shows_the_choice_again(chat: Chat) -> None:
    offered = chat.act("action_find_part", "filter oli beat", intent="find_part").payloads
    said = chat.act("action_affirm", "oke", intent="affirm")
    assert said.names == ["utter_affirm_choose"]
    assert said.payloads == offered


def test_a_choice_that_is_not_on_the_screen_is_searched_anew(chat: Chat) -> None:
    offered = chat.act("action_find_part", "filter oli beat", intent="find_part").payloads
    chat.events = []
    said = chat.act("action_find_part", "mn aja ya", intent="find_part")
    assert said.payloads == offered
    assert chat.slots["awaiting"] == "choose_part"


def test_an_address_below_a_choice_is_kept_and_the_choice_asked_again(chat: Chat) -> None:
    offered = chat.act("action_find_part", "filter oli beat", intent="find_part").payloads
    said = chat.act("action_inform", ADDRESS)
    assert said.payloads == offered
    assert chat.slots["address_hint"] == ADDRESS


def test_a_choice_in_the_middle_of_the_address_form_can_be_made(chat: Chat) -> None:
    is_asked_where(chat)
    chat.slots["bike"] = SUPRA
    said = chat.act("action_order_part", "skalian busi, 1 aja", intent="order_part")
    assert len(said.payloads) == 3
    assert chat.form is None
    chat.act("action_inform", "yg cpr7")
    assert held(chat) == {PADS: 2, "31917KPH902": 1}


def test_a_price_in_the_middle_of_the_address_form_leaves_it_open(chat: Chat) -> None:
    is_asked_where(chat)
    chat.act("action_find_part", "kampas rem belakang beat 2019 brp?", intent="find_part")
    assert chat.form == "checkout_form"


@pytest.mark.parametrize("words", ["eh ga jd busi", "g jd busi", "busi ndak jadi", "gajadi busi"])
def test_a_part_that_is_not_wanted_any_more_goes_out_however_it_is_short(
    chat: Chat, words: str
) -> None:
    has_cart(chat)
    chat.act("action_order_part", "1 busi cpr7ea9 supra x 125 fi", intent="order_part")
    assert len(held(chat)) == 2
    chat.act("action_change_cart", words, intent="change_cart")
    assert held(chat) == {PADS: 2}


def test_an_ordered_choice_that_is_left_for_another_part_comes_back_after_it(chat: Chat) -> None:
    offered = is_left_with_an_ordered_choice(chat)
    said = chat.act("action_find_part", "sm kabel kunci jok", intent="find_part")
    assert said.names == ["utter_wish_later", "utter_part_found"]
    said = chat.act("action_order_part", "satu aja", intent="order_part")
    assert said.payloads == offered
    assert chat.slots["awaiting"] == "choose_part"
    assert held(chat) == {"77240K93N01": 1}


def test_what_came_back_once_is_let_go_then(chat: Chat) -> None:
    is_left_with_an_ordered_choice(chat)
    chat.act("action_find_part", "sm kabel kunci jok", intent="find_part")
    chat.act("action_order_part", "satu aja", intent="order_part")
    assert chat.act("action_show_cart", "cek keranjang", intent="show_cart").names == ["utter_cart"]
    chat.act("action_checkout", "cekot", intent="checkout")
    assert chat.form == "checkout_form"


@pytest.mark.parametrize(
    ("words", "intent", "action"),
    [
        ("yg pertama", "order_part", "action_order_part"),
        ("ga jadi deh", "deny", "action_decline"),
        ("buat scoopy 2018", "find_part", "action_find_part"),
    ],
)
def test_a_choice_that_is_made_called_off_or_narrowed_does_not_come_back(
    chat: Chat, words: str, intent: str, action: str
) -> None:
    is_left_with_an_ordered_choice(chat)
    chat.act(action, words, intent=intent)
    assert not chat.slots.get("later")


def test_an_ordered_choice_is_asked_again_before_an_empty_cart_is_ordered(chat: Chat) -> None:
    offered = is_left_with_an_ordered_choice(chat)
    said = chat.act("action_checkout", "lanjut pesan", intent="checkout")
    assert said.payloads == offered


def is_left_with_a_list(chat: Chat) -> None:
    words = "kampas rem belakang beat 2019 sama v-belt scoopy 2018 ada?"
    chat.act("action_find_part", words, intent="find_part")
    assert chat.slots["awaiting"] == "list_all"
    chat.slots["awaiting"] = "more"


def test_a_list_that_was_left_is_asked_about_before_the_cart_is_ordered(chat: Chat) -> None:
    has_cart(chat)
    is_left_with_a_list(chat)
    said = chat.act("action_checkout", "lanjut pesan", intent="checkout")
    assert said.names[-1] == "utter_list_all"
    assert held(chat) == {PADS: 2}
    assert chat.form is None
    chat.act("action_send_list", "iya", intent="affirm")
    assert len(held(chat)) == 3


def test_a_list_that_is_refused_then_is_not_asked_about_again(chat: Chat) -> None:
    has_cart(chat)
    is_left_with_a_list(chat)
    chat.act("action_checkout", "lanjut pesan", intent="checkout")
    chat.act("action_decline_list", "ga usah", intent="deny")
    chat.act("action_checkout", "lanjut pesan", intent="checkout")
    assert held(chat) == {PADS: 2}
    assert chat.form == "checkout_form"


def test_a_list_whose_parts_are_there_already_is_not_asked_about(chat: Chat) -> None:
    is_left_with_a_list(chat)
    for code in ("06430K44V80", "23100K16A41"):
        chat.act("action_order_part", intent="order_part", part_code=code, quantity=1)
    chat.act("action_checkout", "lanjut pesan", intent="checkout")
    assert chat.form == "checkout_form"


@pytest.mark.parametrize(
    "words", ["yang paling murah aja", "yg pengganti aja", "itu aja deh", "the cheaper one"]
)
def test_what_replaces_a_part_that_is_gone_is_meant(chat: Chat, words: str) -> None:
    chat.act("action_find_part", GONE, intent="find_part")
    said = chat.act("action_inform", words)
    assert said.values("utter_part_found")["code"] == INSTEAD


def test_a_number_below_what_replaces_it_is_asked_back(chat: Chat) -> None:
    chat.act("action_find_part", GONE, intent="find_part")
    said = chat.act("action_order_part", "qty 2", intent="order_part")
    assert said.values("utter_part_found_n")["code"] == INSTEAD
    assert held(chat) == {}


@pytest.mark.parametrize("words", ["kabarin aja kalo itu ada", "tell me when it's back"])
def test_to_be_told_means_the_part_that_is_gone(chat: Chat, words: str) -> None:
    chat.act("action_find_part", GONE, intent="find_part")
    said = chat.act("action_request_part", words, intent="request_part")
    assert said.names == ["utter_wish_kept"]


def test_the_card_of_a_part_that_is_gone_asks_for_no_number(chat: Chat) -> None:
    chat.act("action_find_part", GONE, intent="find_part")
    said = chat.act("action_ask_part_detail", "bedanya apa", intent="ask_part_detail")
    assert said.names == ["utter_part_detail_told", "utter_out_of_stock_substitutes"]
    assert chat.slots["awaiting"] == "offer_wish"


def test_who_goes_on_instead_of_naming_a_price_goes_on(chat: Chat) -> None:
    has_cart(chat)
    chat.act("action_bargain", "mahal ga sih", intent="bargain")
    assert chat.slots["awaiting"] == "bargain_price"
    chat.act("action_bargain", "yelah lanjut bang", intent="affirm")
    assert chat.form == "checkout_form"


def test_an_address_is_no_price(chat: Chat) -> None:
    has_cart(chat)
    chat.act("action_bargain", "mahal ga sih", intent="bargain")
    words = "Pak Long Deraman, jalan trans kalimantan km 20, sungai ambawang"
    said = chat.act("action_bargain", words)
    assert said.names == []
    assert chat.form == "checkout_form"
    assert chat.slots["address_hint"] == words


def test_a_yes_without_a_price_shows_the_part_at_its_own(chat: Chat) -> None:
    chat.act("action_find_part", "kampas rem depan beat 2019", intent="find_part")
    chat.act("action_bargain", "bisa kurang ga", intent="bargain")
    said = chat.act("action_bargain", "ok deh", intent="affirm")
    assert said.names == ["utter_part_found_n"]
    assert held(chat) == {}


@pytest.mark.parametrize("words", ["g jd, kirim aja k wajok hulu", "ga jadi, kirim aja deh"])
def test_to_have_it_sent_after_all_calls_nothing_off(chat: Chat, words: str) -> None:
    has_cart(chat)
    chat.act("action_ask_shipping", "otw ambil k toko bs?", intent="ask_shipping")
    assert chat.slots["awaiting"] == "delivery"
    chat.act("action_cancel_order", words, intent="cancel_order")
    assert held(chat) == {PADS: 2}
    assert chat.form == "checkout_form"


@pytest.mark.parametrize(
    "words", ["a/n doni jl raya wajok hulu km 12", "atas nama doni jalan raya wajok hulu no 5"]
)
def test_a_name_ends_where_the_street_begins(chat: Chat, words: str) -> None:
    is_asked_where(chat)
    chat.slots["requested_slot"] = "recipient_name"
    said = chat.act("validate_checkout_form", words)
    assert said.slots["recipient_name"] == "doni"
    assert "wajok hulu" in said.slots["delivery_address"]
