"""A pasted list: one priced answer, the doubtful lines one by one, one change of the cart."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import select

from crm_core import carts, catalogue, stock
from crm_core.catalogue import ShoppingList, Wish
from crm_core.timeline import Actor
from tests.actions.conftest import Chat, Said

PADS, VERZA_OLD, VERZA = "06455K46N21", "06455KPPN01", "06455KPPN02"
LIST = """list pesanan bengkel jaya:
1. kampas rem depan beat 2019 2 set
2. 06455-KPP-N01 = 3pcs
3. helm xyz 2
4. busi vario 125 2
tolong dicek harganya kak
total brp?"""


def pasted(chat: Chat, text: str) -> Said:
    """A list as the worker passes it on: known by its shape, not guessed at."""
    return chat.act("action_send_list", text, intent="send_list", picked=True)


def typed(chat: Chat, text: str, intent: str = "inform") -> Said:
    return chat.act("action_send_list", text, intent=intent)


def tapped(chat: Chat, payload: str) -> Said:
    _, _, values = payload[1:].partition("{")
    entities: dict[str, Any] = json.loads("{" + values)
    return chat.act("action_send_list", intent="send_list", **entities)


def ready(chat: Chat) -> Said:
    """A list of two lines that are there and nothing else."""
    return pasted(chat, f"1. {PADS} 2\n2. {VERZA} 3 pcs\n3. {PADS} 1")


def kept(chat: Chat) -> ShoppingList | None:
    query = select(ShoppingList).where(ShoppingList.conversation_id == chat.conversation.id)
    return chat.session.scalars(query.execution_options(populate_existing=True)).one_or_none()


def in_cart(chat: Chat) -> dict[str, int]:
    return {x.part_code: x.quantity for x in carts.show(chat.session, chat.customer).lines}


def test_a_list_is_answered_line_by_line_with_its_total(chat: Chat) -> None:
    said = pasted(chat, LIST)
    facts = said.values("utter_list")
    lines = facts["lines"].split("\n")
    assert lines[0] == "1. 2 x Kampas Rem Depan Cakram (06455K46N21) = Rp 118.000"
    assert lines[1].startswith(f"2. 3 x Kampas Rem Depan Cakram ({VERZA}), pengganti {VERZA_OLD}")
    assert lines[2] == "3. helm xyz: BELUM KETEMU, sudah saya catat"
    assert lines[3] == "4. busi vario 125: perlu dipilih"
    assert (facts["ready"], facts["count"], facts["total"]) == (2, 4, "Rp 347.500")


def test_what_is_not_found_is_kept_as_a_wish_with_its_quantity(chat: Chat) -> None:
    pasted(chat, LIST)
    wish = chat.session.scalars(select(Wish).where(Wish.customer_id == chat.customer.id)).one()
    assert (wish.reason, wish.query, wish.quantity) == ("not_found", "helm xyz", 2)


def test_a_doubtful_line_is_asked_about_with_at_most_five_parts_and_a_way_around(
    chat: Chat,
) -> None:
    said = pasted(chat, LIST)
    question = said.values("utter_list_which")
    assert (question["number"], question["said"]) == (4, "busi vario 125")
    assert len(said.payloads) <= 6
    assert '"choice": "skip"' in said.payloads[-1]
    assert chat.slots["awaiting"] == "list_line"


def test_a_choice_settles_its_line_and_then_all_goes_into_the_cart_at_once(chat: Chat) -> None:
    first = pasted(chat, LIST)
    second = tapped(chat, first.payloads[0])
    assert second.names == ["utter_list", "utter_list_all"]
    assert in_cart(chat) == {}
    done = tapped(chat, second.payloads[0])
    assert done.names == ["utter_list_added", "utter_more"]
    assert (in_cart(chat)[PADS], in_cart(chat)[VERZA], len(in_cart(chat))) == (2, 3, 3)
    assert kept(chat) is None
    assert chat.slots["awaiting"] == "more"


def test_the_same_turn_again_puts_nothing_in_twice(chat: Chat) -> None:
    said = ready(chat)
    tapped(chat, said.payloads[0])
    _, _, values = said.payloads[0][1:].partition("{")
    chat.act("action_send_list", intent="send_list", again=True, **json.loads("{" + values))
    assert in_cart(chat) == {PADS: 3, VERZA: 3}


def test_lines_of_the_same_part_share_its_stock(chat: Chat) -> None:
    stock.correct(chat.session, PADS, 4, Actor.system("test"), "count")
    facts = pasted(chat, f"{PADS} 3\n{PADS} 3\n{VERZA} 1").values("utter_list")
    assert "2. Kampas Rem Depan Cakram (06455K46N21): minta 3, ada 1 = Rp 59.000" in facts["lines"]


def test_what_the_cart_holds_already_counts_against_the_stock(chat: Chat) -> None:
    stock.correct(chat.session, PADS, 4, Actor.system("test"), "count")
    carts.add(chat.session, chat.customer, PADS, 3, Actor.customer(chat.customer))
    said = ready(chat)
    done = tapped(chat, said.payloads[0])
    assert done.values("utter_list_added_fewer")["fewer"] == 2
    assert in_cart(chat) == {PADS: 4, VERZA: 3}


def test_lines_are_corrected_by_their_numbers(chat: Chat) -> None:
    ready(chat)
    said = pasted(chat, "baris 2 jadi 5, no 3 skip")
    assert said.values("utter_list_changed")["lines"].split("\n") == [
        f"2. 5 x Kampas Rem Depan Cakram ({VERZA}) = Rp 382.500",
        f"3. {PADS}: dilewati",
    ]
    tapped(chat, said.payloads[0])
    assert in_cart(chat) == {PADS: 2, VERZA: 5}


def test_a_line_that_is_not_there_changes_nothing_and_the_question_stays(chat: Chat) -> None:
    ready(chat)
    said = pasted(chat, "baris 2 jadi 5, hapus baris 9")
    assert said.names == ["utter_error_list_line_not_found", "utter_list_all"]
    assert chat.slots["awaiting"] == "list_all"
    row = kept(chat)
    assert row is not None
    assert [line["quantity"] for line in row.lines] == [2, 3, 1]


def test_a_second_list_takes_the_place_of_the_first_and_old_buttons_do_nothing(chat: Chat) -> None:
    first = ready(chat)
    second = pasted(chat, f"{VERZA} 1\n{VERZA} 1\n{VERZA} 2")
    said = tapped(chat, first.payloads[0])
    assert said.names == ["utter_list", "utter_list_all"]
    assert in_cart(chat) == {}
    tapped(chat, second.payloads[0])
    assert in_cart(chat) == {VERZA: 4}


def test_one_bike_answers_for_all_lines_that_lack_one(chat: Chat) -> None:
    said = pasted(chat, "kampas rem depan\nfilter udara\nv-belt")
    assert said.names == ["utter_list_unclear", "utter_list_bike"]
    assert said.values("utter_list_bike")["lines"] == "1, 2, 3"
    typed(chat, "beat 2019")
    row = kept(chat)
    assert row is not None
    assert row.lines[0]["part_code"] == PADS
    assert all(line["missing"] is None for line in row.lines)


def test_different_bikes_are_asked_about_line_by_line(chat: Chat) -> None:
    pasted(chat, "kampas rem depan\nfilter udara\nv-belt")
    said = chat.act("action_decline_list", "beda-beda", intent="deny")
    assert said.values("utter_list_which")["number"] == 1
    said = typed(chat, "beat 2019")
    assert PADS in said.values("utter_list_noted")["lines"]
    assert said.values("utter_list_which")["number"] == 2


def test_a_line_is_left_out_by_saying_so(chat: Chat) -> None:
    pasted(chat, "kampas rem depan beat 2019\nbusi vario 125\nbusi vario 125 3")
    assert typed(chat, "skip aja").values("utter_list_which")["number"] == 3
    said = chat.act("action_decline_list", "ga usah", intent="deny")
    assert said.values("utter_list")["ready"] == 1


def test_an_empty_shelf_offers_its_substitute_and_takes_it_only_on_a_yes(chat: Chat) -> None:
    catalogue.save_substitute(chat.session, PADS, VERZA, "alternative", actor=Actor.system("test"))
    stock.correct(chat.session, PADS, 0, Actor.system("test"), "count")
    said = pasted(chat, f"{PADS} 2\n{VERZA} 1\n{VERZA} 1")
    assert said.names == ["utter_list", "utter_list_out"]
    assert "KOSONG, pengganti" in said.values("utter_list")["lines"].split("\n")[0]
    after = tapped(chat, said.payloads[0])
    tapped(chat, after.payloads[0])
    assert in_cart(chat) == {VERZA: 4}


def test_who_wants_to_be_told_is_kept_with_every_line_that_is_missing(chat: Chat) -> None:
    stock.correct(chat.session, PADS, 0, Actor.system("test"), "count")
    said = pasted(chat, f"{PADS} 2\n{VERZA} 1\nhelm xyz 1")
    assert said.names == ["utter_list", "utter_list_all"]
    told = tapped(chat, next(p for p in said.payloads if '"tell"' in p))
    assert told.values("utter_list_told")["lines"] == "1, 3"
    wishes = chat.session.scalars(
        select(Wish).where(Wish.customer_id == chat.customer.id, Wish.notify).order_by(Wish.id)
    ).all()
    assert [wish.reason for wish in wishes] == ["out_of_stock", "not_found"]


def test_a_no_to_the_whole_list_leaves_the_cart_alone(chat: Chat) -> None:
    ready(chat)
    said = chat.act("action_decline_list", "ga jadi", intent="deny")
    assert said.names == ["utter_list_dropped"]
    assert kept(chat) is None
    assert in_cart(chat) == {}


def test_two_parts_in_one_message_are_both_answered_whatever_the_intent(chat: Chat) -> None:
    for action, intent in (("action_find_part", "find_part"), ("action_order_part", "order_part")):
        said = chat.act(action, f"{PADS} sama {VERZA} 2 pcs", intent=intent)
        assert said.names == ["utter_list", "utter_list_all"]
        assert said.values("utter_list")["total"] == "Rp 212.000"


def test_a_further_part_is_added_to_the_list_that_is_open(chat: Chat) -> None:
    ready(chat)
    said = typed(chat, "sama kampas rem depan beat 2019 juga 1", "order_part")
    assert said.values("utter_list")["count"] == 4


def test_a_list_that_is_too_long_is_refused_as_a_whole(chat: Chat) -> None:
    said = pasted(chat, "\n".join([f"{PADS} 1"] * 101))
    assert said.values("utter_error_list_too_long")["lines"] == 101
    assert kept(chat) is None


def test_a_hundred_lines_are_answered_within_one_turn(chat: Chat) -> None:
    said = pasted(chat, "\n".join([f"{PADS} 1"] * 28 + ["helm xyz 1"] * 72))
    assert said.values("utter_list")["count"] == 100
    assert said.values("utter_list")["ready"] == 28


def test_the_choice_that_costs_so_much_is_picked_by_its_price(chat: Chat) -> None:
    said = pasted(chat, "busi vario 125\nhelm xyz 2\nkampas rem depan beat 2019")
    code = json.loads("{" + said.payloads[0].partition("{")[2])["part_code"]
    prices = [
        catalogue.find_part(
            chat.session, json.loads("{" + p.partition("{")[2])["part_code"]
        ).price_idr
        for p in said.payloads
        if "part_code" in p
    ]
    chosen = catalogue.find_part(chat.session, code).price_idr
    if prices.count(chosen) == 1:
        typed(chat, f"yang {chosen}")
        row = kept(chat)
        assert row is not None
        assert row.lines[0]["part_code"] == code
