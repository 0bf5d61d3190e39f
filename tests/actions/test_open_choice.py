"""What people ask about parts they are still to choose from: it is answered, the choice stays."""

from __future__ import annotations

import pytest

from crm_core import carts
from tests.actions.conftest import Chat


def is_shown_choices(chat: Chat) -> list[str]:
    return chat.act("action_find_part", "spion scoopy", intent="find_part").payloads


@pytest.mark.parametrize(
    ("words", "intent", "action"),
    [
        ("brp", "show_cart", "action_show_cart"),
        ("brp hrgnya", "find_part", "action_find_part"),
        ("ready ga bg", "find_part", "action_find_part"),
        ("yg ada brp an", "ask_part_detail", "action_ask_part_detail"),
    ],
)
def test_a_question_about_all_of_them_shows_them_again(
    chat: Chat, words: str, intent: str, action: str
) -> None:
    offered = is_shown_choices(chat)
    said = chat.act(action, words, intent=intent)
    assert said.names == ["utter_choices_tell"]
    assert said.payloads == offered
    assert chat.slots["awaiting"] == "choose_part"


def test_which_there_are_is_asked_and_shown_again(chat: Chat) -> None:
    offered = is_shown_choices(chat)
    said = chat.act("action_find_part", "mn aja ya", intent="find_part")
    assert said.names == ["utter_back_to_choice"]
    assert said.payloads == offered


@pytest.mark.parametrize("words", ["yg ori?", "ori kan bang", "genuine ga"])
def test_whether_they_are_genuine_is_said_before_the_choice_comes_again(
    chat: Chat, words: str
) -> None:
    offered = is_shown_choices(chat)
    said = chat.act("action_ask_part_detail", words, intent="ask_part_detail")
    assert said.names == ["utter_all_genuine", "utter_back_to_choice"]
    assert said.payloads == offered


def test_a_number_of_pieces_is_kept_for_the_one_that_is_chosen(chat: Chat) -> None:
    is_shown_choices(chat)
    said = chat.act("action_order_part", "mau 2", intent="order_part")
    assert said.names == ["utter_choose_for_count"]
    assert carts.show(chat.session, chat.customer).lines == ()
    assert all('"quantity": 2' in payload for payload in said.payloads)
    assert all(payload.startswith("/order_part") for payload in said.payloads)


def test_a_year_is_no_number_of_pieces(chat: Chat) -> None:
    is_shown_choices(chat)
    said = chat.act("action_inform", "yang 2018")
    assert "utter_choose_for_count" not in said.names


@pytest.mark.parametrize(
    ("words", "intent"),
    [("yg 2 aja 3", "inform"), ("mau 3 yang kedua", "order_part"), ("no 2, 3 pcs", "order_part")],
)
def test_a_place_and_a_number_of_pieces_put_that_one_into_the_cart(
    chat: Chat, words: str, intent: str
) -> None:
    offered = is_shown_choices(chat)
    chat.act("action_order_part", words, intent=intent)
    [line] = carts.show(chat.session, chat.customer).lines
    assert line.quantity == 3
    assert line.part_code in offered[1]
