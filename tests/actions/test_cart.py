"""Ordering into the cart and correcting it."""

from __future__ import annotations

import pytest

from crm_core import carts
from tests.actions.conftest import Chat
from tests.world import ended_once

PADS, PLUG = "06455K46N21", "31926KRM842"


def held(chat: Chat) -> dict[str, int]:
    return {line.part_code: line.quantity for line in carts.show(chat.session, chat.customer).lines}


@pytest.fixture
def filled(chat: Chat) -> Chat:
    """Two pads and one spark plug in the cart; the plug was added last."""
    chat.act("action_order_part", intent="order_part", part_code=PADS, quantity=2)
    chat.act("action_order_part", intent="order_part", part_code=PLUG, quantity=1)
    return chat


def test_one_message_puts_the_right_number_of_the_right_part_into_the_cart(chat: Chat) -> None:
    said = chat.act("action_order_part", "mau 2 kampas rem depan beat 2019", intent="order_part")
    assert said.names == ["utter_cart_added", "utter_more"]
    assert held(chat) == {PADS: 2}
    assert said.values("utter_cart_added")["total"] == "Rp 118.000"


def test_a_turn_that_the_server_ended_for_another_is_done_anew_and_once(chat: Chat) -> None:
    with ended_once(chat.session.connection(), "cart_lines"):
        said = chat.act(
            "action_order_part", "mau 2 kampas rem depan beat 2019", intent="order_part"
        )
    assert said.names == ["utter_cart_added", "utter_more"]
    assert held(chat) == {PADS: 2}


def test_the_same_turn_again_adds_nothing_and_says_the_same(chat: Chat) -> None:
    first = chat.act("action_order_part", intent="order_part", part_code=PADS, quantity=2)
    again = chat.act(
        "action_order_part", again=True, intent="order_part", part_code=PADS, quantity=2
    )
    assert held(chat) == {PADS: 2}
    assert again.messages == first.messages


def test_yes_to_the_part_shown_orders_one(chat: Chat) -> None:
    chat.act("action_find_part", intent="find_part", part_code=PADS)
    chat.act("action_order_part", "iya", intent="affirm")
    assert held(chat) == {PADS: 1}


@pytest.mark.parametrize(("text", "count"), [("3", 3), ("tiga", 3), ("selusin", 12), ("2 pcs", 2)])
def test_the_answer_to_how_many_is_read_as_people_write_it(
    chat: Chat, text: str, count: int
) -> None:
    chat.act("action_find_part", intent="find_part", part_code=PADS)
    chat.act("action_give_quantity", text)
    assert held(chat) == {PADS: count}


@pytest.mark.parametrize("text", ["-1", "0", "1000000000", "2-3", "1,5"])
def test_an_impossible_quantity_is_asked_again_and_orders_nothing(chat: Chat, text: str) -> None:
    chat.act("action_find_part", intent="find_part", part_code=PADS)
    said = chat.act("action_give_quantity", text)
    assert said.names == ["utter_quantity_unclear"]
    assert held(chat) == {}


def test_more_than_there_is_offers_what_there_is(chat: Chat) -> None:
    said = chat.act("action_order_part", intent="order_part", part_code=PADS, quantity=500)
    assert said.names == ["utter_stock_short"]
    left = said.values("utter_stock_short")["count"]
    there, rest = said.payloads[1], said.payloads[0]
    assert there == f'/order_part{{"part_code": "{PADS}", "quantity": {left}}}'
    assert rest == f'/order_part{{"part_code": "{PADS}", "quantity": 500, "choice": "available"}}'
    assert held(chat) == {}


def test_eh_bukan_3_aja_changes_the_line_added_last(filled: Chat) -> None:
    said = filled.act("action_change_cart", "eh bukan, 3 aja", intent="change_cart")
    assert said.names == ["utter_cart_changed", "utter_more"]
    assert held(filled) == {PADS: 2, PLUG: 3}


def test_a_named_line_is_changed_even_if_it_is_not_the_last(filled: Chat) -> None:
    filled.act("action_change_cart", "kampasnya jadi 4", intent="change_cart")
    assert held(filled) == {PADS: 4, PLUG: 1}


@pytest.mark.parametrize("text", ["kampas pcx jadi 3", "kampas rem pcx 160 hapus aja"])
def test_a_line_for_another_bike_than_the_named_one_is_not_touched(filled: Chat, text: str) -> None:
    said = filled.act("action_change_cart", text, intent="change_cart")
    assert said.names == ["utter_not_in_cart"]
    assert any(PADS in payload for payload in said.payloads)
    assert held(filled) == {PADS: 2, PLUG: 1}


@pytest.mark.parametrize("text", ["kampas beat jadi 3", "kampas rem beat 2019 nya 3 aja"])
def test_a_line_for_the_named_bike_is_changed(filled: Chat, text: str) -> None:
    filled.act("action_change_cart", text, intent="change_cart")
    assert held(filled) == {PADS: 3, PLUG: 1}


def test_a_named_line_is_removed(filled: Chat) -> None:
    said = filled.act("action_change_cart", "hapus busi", intent="change_cart")
    assert said.names == ["utter_cart_removed", "utter_more"]
    assert held(filled) == {PADS: 2}


def test_batal_yang_busi_aja_removes_that_line_only(filled: Chat) -> None:
    filled.act("action_change_cart", "batal yang busi aja", intent="change_cart")
    assert held(filled) == {PADS: 2}


def test_adding_to_a_line_adds(filled: Chat) -> None:
    filled.act("action_change_cart", "kampasnya tambah 2", intent="change_cart")
    assert held(filled) == {PADS: 4, PLUG: 1}


def test_taking_off_more_than_there_is_takes_the_line_out(filled: Chat) -> None:
    filled.act("action_change_cart", "busi kurangi 5", intent="change_cart")
    assert held(filled) == {PADS: 2}


def test_emptying_the_cart(filled: Chat) -> None:
    said = filled.act("action_change_cart", "hapus semua", intent="change_cart")
    assert said.names == ["utter_cart_cleared"]
    assert held(filled) == {}


def test_a_change_without_saying_what_asks_and_offers_the_lines(filled: Chat) -> None:
    said = filled.act("action_change_cart", intent="change_cart")
    assert said.names == ["utter_change_what"]
    assert f'/change_cart{{"part_code": "{PADS}", "choice": "remove"}}' in said.payloads
    assert held(filled) == {PADS: 2, PLUG: 1}


def test_a_count_below_numbered_choices_is_a_count(filled: Chat) -> None:
    """ "2 aja" picks the second choice for the worker; the customer meant two pieces."""
    tracker_text = "2 aja"
    filled.slots["awaiting"] = "more"
    filled.act("action_show_cart", tracker_text, intent="show_cart", picked=True)
    assert held(filled) == {PADS: 2, PLUG: 2}


def test_a_plain_number_below_numbered_choices_is_the_choice(filled: Chat) -> None:
    filled.slots["awaiting"] = "more"
    said = filled.act("action_show_cart", "2", intent="show_cart", picked=True)
    assert said.names == ["utter_cart"]
    assert held(filled) == {PADS: 2, PLUG: 1}


def test_the_cart_is_read_out_with_its_total(filled: Chat) -> None:
    said = filled.act("action_show_cart", "keranjang saya", intent="show_cart")
    assert said.values("utter_cart")["lines"] == (
        "2 x Kampas Rem Depan Cakram = Rp 118.000\n1 x Busi CPR9EA-9 = Rp 23.000"
    )
    assert said.values("utter_cart")["total"] == "Rp 141.000"


def test_an_empty_cart_says_how_to_begin(chat: Chat) -> None:
    assert chat.act("action_show_cart", "keranjang", intent="show_cart").names == [
        "utter_cart_empty"
    ]


def test_itu_aja_leads_on_to_the_address(filled: Chat) -> None:
    said = filled.act("action_decline_more", "itu aja kak", intent="deny")
    assert said.next == "checkout_form"


def test_ga_jadi_asks_before_it_empties_the_cart(filled: Chat) -> None:
    said = filled.act("action_decline_more", "ga jadi", intent="deny")
    assert said.names == ["utter_ask_clear_cart"]
    assert held(filled) == {PADS: 2, PLUG: 1}


def test_an_address_is_never_taken_for_a_quantity(filled: Chat) -> None:
    said = filled.act("action_inform", "Jl. Tanjung Raya II Komplek Permata No. 5")
    assert said.next == "checkout_form"
    assert said.slots["address_hint"] == "Jl. Tanjung Raya II Komplek Permata No. 5"
    assert held(filled) == {PADS: 2, PLUG: 1}
