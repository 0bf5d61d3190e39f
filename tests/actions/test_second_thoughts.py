"""Words that change or point at what was just searched or ordered."""

from __future__ import annotations

import pytest

from crm_core import carts
from tests.actions.conftest import Chat

PADS_BEAT, PADS_VARIO, SHOES_BEAT = "06455K46N21", "06455K59A71", "06430K44V80"


def held(chat: Chat) -> dict[str, int]:
    return {line.part_code: line.quantity for line in carts.show(chat.session, chat.customer).lines}


def orders_pads(chat: Chat) -> None:
    chat.act("action_order_part", "mau 2 kampas rem depan beat 2019", intent="order_part")


def looks_for_pads(chat: Chat) -> None:
    chat.act("action_find_part", "kampas rem depan beat 2019 ada?", intent="find_part")


@pytest.mark.parametrize(
    ("action", "intent", "words"),
    [
        ("action_change_cart", "change_cart", "eh salah, vario 125 2018 maksudnya"),
        ("action_deny", "deny", "bukan beat, vario 125 2018"),
        ("action_add_bike", "add_bike", "sorry i meant vario 125 2018"),
        ("action_change_cart", "change_cart", "ganti kampasnya jadi buat vario 125 2018 deh"),
    ],
)
def test_the_wrong_part_leaves_the_cart_for_the_right_one(
    chat: Chat, action: str, intent: str, words: str
) -> None:
    orders_pads(chat)
    said = chat.act(action, words, intent=intent)
    assert held(chat) == {PADS_VARIO: 2}
    assert said.names[:2] == ["utter_swapped_out", "utter_cart_added"]


@pytest.mark.parametrize("words", ["*belakang", "kalau yang belakang?", "bukan depan, belakang"])
def test_another_side_is_searched_with_the_same_part_and_bike(chat: Chat, words: str) -> None:
    looks_for_pads(chat)
    said = chat.act("action_inform", words)
    assert said.values("utter_part_found")["code"] == SHOES_BEAT


def test_another_bike_is_searched_and_nothing_in_the_cart_changes(chat: Chat) -> None:
    orders_pads(chat)
    said = chat.act("action_find_part", "kalo buat vario 125 2018 ada?", intent="find_part")
    assert said.values("utter_part_found")["code"] == PADS_VARIO
    assert held(chat) == {PADS_BEAT: 2}


def test_the_next_wish_is_no_correction(chat: Chat) -> None:
    orders_pads(chat)
    text = "eh sama kampas rem depan vario 125 2018 juga 1"
    chat.act("action_order_part", text, intent="order_part")
    assert held(chat) == {PADS_BEAT: 2, PADS_VARIO: 1}


@pytest.mark.parametrize("words", ["eh 5 maksudnya", "bukan 2 tapi 5 kak", "salah, 5 biji"])
def test_another_number_replaces_the_first(chat: Chat, words: str) -> None:
    orders_pads(chat)
    chat.act("action_repeat", words, intent="repeat")
    assert held(chat) == {PADS_BEAT: 5}


@pytest.mark.parametrize("words", ["tambah 1 lagi kampasnya", "kampasnya 3 aja deng, salah itung"])
def test_a_part_of_the_cart_gets_another_number(chat: Chat, words: str) -> None:
    orders_pads(chat)
    chat.act("action_order_part", words, intent="order_part")
    assert held(chat) == {PADS_BEAT: 3}


@pytest.mark.parametrize("words", ["itu berapa?", "yg tadi hrgnya brp"])
def test_a_price_question_that_points_shows_the_part_again(chat: Chat, words: str) -> None:
    looks_for_pads(chat)
    said = chat.act("action_find_part", words, intent="find_part")
    assert said.values("utter_part_price")["price"] == "Rp 59.000"


def test_the_line_for_a_bike_goes_out(chat: Chat) -> None:
    orders_pads(chat)
    text = "mau 1 kampas rem depan vario 125 2018"
    chat.act("action_order_part", text, intent="order_part")
    chat.act("action_change_cart", "hapus yang buat vario itu", intent="change_cart")
    assert held(chat) == {PADS_BEAT: 2}


def test_nothing_cheaper_is_said_honestly(chat: Chat) -> None:
    looks_for_pads(chat)
    said = chat.act("action_bargain", "ada yg lebih murah?", intent="bargain")
    assert said.names == ["utter_cheapest_already"]


def test_a_cheaper_one_is_shown(chat: Chat) -> None:
    chat.act("action_find_part", "v-belt beat 2019", intent="find_part")
    chat.act("action_inform", "yang 129rb")
    said = chat.act("action_bargain", "ada yg lebih murah ga?", intent="bargain")
    assert said.values("utter_part_found")["price"] == "Rp 126.000"


def test_the_number_said_first_is_kept_for_the_part(chat: Chat) -> None:
    chat.act("action_order_part", "mau 2 dong", intent="order_part")
    chat.act("action_inform", "kampas rem depan beat 2019")
    assert held(chat) == {PADS_BEAT: 2}


def test_another_version_of_the_bike_is_searched_with_the_same_part(chat: Chat) -> None:
    first = chat.act("action_find_part", "otak injeksi beat esp non iss ada?", intent="find_part")
    assert any("30400K81N02" in str(one) for one in first.events)
    other = chat.act("action_find_part", "kalau yang iss?", intent="find_part")
    assert any("30400K25610" in str(one) for one in other.events)
    assert not any("30400K81N02" in str(one) for one in other.events)


@pytest.mark.parametrize("words", ["yg beat brp jdnya", "kalau yang belakang buat beat?"])
def test_a_bike_that_is_named_again_keeps_its_year(chat: Chat, words: str) -> None:
    chat.act("action_find_part", "kampas rem depan beat 2013 ada?", intent="find_part")
    before = chat.slots["bike"]
    chat.act("action_find_part", words, intent="find_part")
    assert chat.slots["topic"]["bike"][2] == 2013
    assert chat.slots["bike"] == before
