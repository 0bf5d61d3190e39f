"""The customer's bikes: they narrow a search, change, and are asked about only where it matters."""

from __future__ import annotations

import pytest

from actions import garage
from crm_core import customers
from tests.actions.conftest import Chat

PADS = "06455K46N21"


def bikes(chat: Chat) -> list[tuple[str, int | None]]:
    return [(bike.model, bike.year) for bike in customers.bikes(chat.session, chat.customer)]


def test_the_own_bike_narrows_a_search_that_names_none(chat: Chat) -> None:
    customers.add_bike(chat.session, chat.customer, "Beat", None, 2019)
    said = chat.act("action_find_part", "kampas rem depan", intent="find_part")
    facts = said.values("utter_part_found")
    assert facts["code"] == PADS
    assert facts["fit"].startswith("\nCocok untuk Beat 2019 (tercatat: ")


def test_with_two_bikes_it_is_asked_which_one_and_a_tap_answers(chat: Chat) -> None:
    customers.add_bike(chat.session, chat.customer, "Beat", None, 2019)
    customers.add_bike(chat.session, chat.customer, "Vario 125", None, 2018)
    said = chat.act("action_order_part", "mau 2 kampas rem depan", intent="order_part")
    assert said.names == ["utter_which_own_bike"]
    assert len(said.payloads) == 2
    choice = said.payloads[0].split('"')[3]
    done = chat.act("action_give_bike", intent="inform", choice=choice)
    assert done.names == ["utter_cart_added", "utter_more"]
    assert (done.values("utter_cart_added")["quantity"], chat.slots["part_code"]) == (2, PADS)


def test_a_part_number_needs_no_bike(chat: Chat) -> None:
    customers.add_bike(chat.session, chat.customer, "Beat", None, 2019)
    customers.add_bike(chat.session, chat.customer, "Vario 125", None, 2018)
    said = chat.act("action_find_part", PADS, intent="find_part")
    assert said.values("utter_part_found")["code"] == PADS


def test_a_bike_that_is_named_wins_over_the_own_one(chat: Chat) -> None:
    customers.add_bike(chat.session, chat.customer, "Vario 125", None, 2018)
    said = chat.act("action_find_part", "kampas rem depan beat 2019", intent="find_part")
    assert said.values("utter_part_found")["code"] == PADS


@pytest.mark.parametrize(
    "text",
    ["bukan buat vario, buat beat 2019", "eh bukan vario, beat 2019", "kalau buat beat 2019?"],
)
def test_another_bike_is_tried_for_the_part_just_shown(chat: Chat, text: str) -> None:
    chat.act("action_find_part", "kampas rem depan vario 110 karbu", intent="find_part")
    said = chat.act("action_find_part", text, intent="find_part")
    assert said.values("utter_part_found")["code"] == PADS


def test_a_bike_that_completed_two_searches_is_kept_and_said(chat: Chat) -> None:
    first = chat.act("action_find_part", "kampas rem depan beat 2019", intent="find_part")
    assert "utter_bike_noticed" not in first.names
    assert bikes(chat) == []
    second = chat.act("action_find_part", f"{PADS} beat 2019", intent="find_part")
    assert second.names[0] == "utter_bike_noticed"
    assert bikes(chat) == [("Beat", 2019)]
    third = chat.act("action_find_part", f"{PADS} beat 2019", intent="find_part")
    assert "utter_bike_noticed" not in third.names


def test_a_workshop_s_searches_say_nothing_of_its_own_bikes(chat: Chat) -> None:
    chat.customer.kind = "workshop"
    chat.session.flush()
    for _ in range(3):
        chat.act("action_find_part", f"{PADS} beat 2019", intent="find_part")
    assert bikes(chat) == []


def test_the_only_bike_is_replaced_on_request(chat: Chat) -> None:
    customers.add_bike(chat.session, chat.customer, "Beat", None, 2019)
    said = chat.act("action_add_bike", "ganti motor jadi vario 125 2018", intent="add_bike")
    assert said.names == ["utter_bike_kept", "utter_bike_next"]
    assert bikes(chat) == [("Vario 125", 2018)]


@pytest.mark.parametrize("action", ["action_update_profile", "action_change_cart"])
def test_a_change_of_bike_without_a_bike_asks_for_it(chat: Chat, action: str) -> None:
    customers.add_bike(chat.session, chat.customer, "Beat", None, 2019)
    assert chat.act(action, "mau ganti motor").names == ["utter_add_bike_which"]
    chat.act("action_add_bike", "scoopy 2020")
    assert bikes(chat) == [("Scoopy", 2020)]


def test_a_further_bike_is_kept_beside_the_first(chat: Chat) -> None:
    customers.add_bike(chat.session, chat.customer, "Beat", None, 2019)
    chat.act("action_add_bike", "motor saya juga ada vario 125 2018", intent="add_bike")
    assert bikes(chat) == [("Beat", 2019), ("Vario 125", 2018)]


@pytest.mark.parametrize("text", ["ganti oli motor", "motor beat", "ganti alamat", "2 aja"])
def test_not_every_change_is_one_of_the_bike(text: str) -> None:
    assert not garage.replaces(text)
