"""What the written talks showed: lists answered in half a sentence, numbers taken back, places said
once, names told by one word."""

from __future__ import annotations

import pytest

from crm_core import carts, complaints, customers, shipping
from tests.actions.conftest import Chat
from tests.actions.test_after_the_order import place
from tests.actions.test_checkout import PADS, fill

BOTH = "kampas rem depan belakang beat 2019 ada?"


def held(chat: Chat) -> dict[str, int]:
    return {line.part_code: line.quantity for line in carts.show(chat.session, chat.customer).lines}


@pytest.mark.parametrize("words", ["masing-masing 2", "2 2 aja", "2 each pls", "ambil 2 ya"])
def test_a_number_below_a_short_list_is_for_each_line(chat: Chat, words: str) -> None:
    chat.act("action_find_part", BOTH, intent="find_part")
    assert chat.slots["awaiting"] == "list_all"
    chat.act("action_order_part", words, intent="order_part")
    assert list(held(chat).values()) == [2, 2]


def test_one_side_of_a_list_gets_its_own_number(chat: Chat) -> None:
    chat.act("action_find_part", BOTH, intent="find_part")
    said = chat.act("action_change_cart", "yang belakang 3 aja", intent="change_cart")
    assert said.names == ["utter_list_changed", "utter_list_all"]
    chat.act("action_send_list", "oke masukin", intent="affirm")
    assert list(held(chat).values()) == [1, 3]


def test_one_side_of_a_list_is_left_out(chat: Chat) -> None:
    chat.act("action_find_part", BOTH, intent="find_part")
    chat.act("action_change_cart", "yang belakang ga usah", intent="change_cart")
    chat.act("action_send_list", "oke masukin", intent="affirm")
    assert held(chat) == {PADS: 1}


def test_a_question_about_the_list_is_answered_with_it(chat: Chat) -> None:
    chat.act("action_find_part", BOTH, intent="find_part")
    words = "Apakah keduanya tersedia? Berapa harganya?"
    assert chat.act("action_find_part", words, intent="find_part").names[0] == "utter_list"


def test_two_things_that_are_ordered_in_a_sentence_need_no_second_yes(chat: Chat) -> None:
    words = "tambah kampas rem depan dan belakang beat 2019, masing-masing satu"
    chat.act("action_order_part", words, intent="order_part")
    assert list(held(chat).values()) == [1, 1]


def test_who_checks_out_below_a_list_has_its_lines(chat: Chat) -> None:
    chat.act("action_find_part", BOTH, intent="find_part")
    chat.act("action_ask_store_info", "buka jam berapa?", intent="ask_store_info")
    chat.slots["awaiting"] = None
    chat.act("action_checkout", "lanjut pesan", intent="checkout")
    assert list(held(chat).values()) == [1, 1]
    assert chat.form == "checkout_form"


@pytest.mark.parametrize(
    "words",
    ["satu aja ga jadi dua", "eh yang depan satu jak lah ndak jadi due", "jangan 2, 1 dulu"],
)
def test_the_number_that_is_taken_back_is_not_the_number(chat: Chat, words: str) -> None:
    chat.act("action_order_part", intent="order_part", part_code=PADS, quantity=2)
    chat.act("action_change_cart", words, intent="change_cart")
    assert held(chat) == {PADS: 1}


def test_a_year_is_no_number_of_pieces(chat: Chat) -> None:
    chat.act("action_order_part", intent="order_part", part_code=PADS, quantity=2)
    words = "yang buat 2019 nya jangan dimasukin ya"
    chat.act("action_change_cart", words, intent="change_cart")
    assert held(chat).get(PADS, 0) <= 2


@pytest.mark.parametrize("words", ["cool then 2 it is", "ya itu aja 2"])
def test_so_many_it_is_is_how_many_in_all(chat: Chat, words: str) -> None:
    chat.act("action_order_part", intent="order_part", part_code=PADS, quantity=1)
    chat.act("action_check_fitment", "does it fit beat 2019?", intent="check_fitment")
    chat.act("action_order_part", words, intent="order_part")
    assert held(chat) == {PADS: 2}


def test_the_total_below_the_summary_is_the_summary(chat: Chat) -> None:
    chat.act("action_order_part", intent="order_part", part_code=PADS, quantity=2)
    fill(chat)
    said = chat.act("action_show_cart", "wait whats the total", intent="show_cart")
    assert said.names == ["utter_summary_total"]
    assert chat.slots["awaiting"] == "confirm_order"


def test_go_on_with_the_same_address_reloads_no_old_order(chat: Chat) -> None:
    place(chat)
    chat.act("action_order_part", intent="order_part", part_code=PADS, quantity=1)
    said = chat.act("action_reorder", "lanjut pesan, alamat sama", intent="reorder")
    assert said.names == ["utter_summary"]
    assert held(chat) == {PADS: 1}


@pytest.mark.parametrize(
    ("before", "words", "after"),
    [
        ("No. 5", "nomor rumahnya salah, harusnya 54", "54"),
        ("No. 5", "bukan no 5, no 8", "8"),
    ],
)
def test_another_number_of_the_house_however_it_is_said(
    chat: Chat, before: str, words: str, after: str
) -> None:
    chat.act("action_order_part", intent="order_part", part_code=PADS, quantity=2)
    fill(chat)
    chat.act("action_change_cart", words, intent="change_cart")
    to = customers.default_address(chat.session, chat.customer)
    assert to is not None
    assert before.replace("5", after) in to.address
    assert held(chat) == {PADS: 2}


def test_the_place_that_was_asked_about_is_still_meant(chat: Chat) -> None:
    chat.act("action_ask_shipping", "ongkir ke rasau jaya brp", intent="ask_shipping")
    said = chat.act("action_ask_shipping", "hr ini kirim bs?", intent="ask_shipping")
    assert said.values("utter_shipping")["district"].startswith("Rasau Jaya")


def test_another_place_is_not_the_one_before(chat: Chat) -> None:
    chat.act("action_ask_shipping", "ongkir ke rasau jaya brp", intent="ask_shipping")
    said = chat.act("action_ask_shipping", "kalo ke wakanda?", intent="ask_shipping")
    assert "utter_shipping" not in said.names


def test_only_is_no_district(chat: Chat) -> None:
    assert shipping.find_districts(chat.session, "kalau begitu kirim saja") == []


def test_a_word_of_one_name_picks_it(chat: Chat) -> None:
    chat.act("action_find_part", "kabel gas beat fi 2013", intent="find_part")
    said = chat.act("action_order_part", "yg tarik 2", intent="order_part")
    assert said.names[0] == "utter_cart_added"
    assert list(held(chat).values()) == [2]


def test_a_size_is_told_from_the_same_size_with_a_dash(chat: Chat) -> None:
    chat.act("action_find_part", "busi scoopy fi", intent="find_part")
    chat.act("action_order_part", "yg cpr9ea-9 1", intent="order_part")
    assert held(chat) == {"31926KRM842": 1}


def test_the_price_of_what_was_just_shown_is_told_in_other_words(chat: Chat) -> None:
    chat.act("action_find_part", "kampas rem depan beat 2019", intent="find_part")
    said = chat.act("action_find_part", "berape hargenye?", intent="find_part")
    assert said.names == ["utter_part_price"]


def test_whether_a_lower_price_is_possible_is_no_question_for_the_price(chat: Chat) -> None:
    chat.act("action_find_part", "kampas rem depan beat 2019", intent="find_part")
    words = "Apakah harganya masih dapat dikurangi?"
    said = chat.act("action_bargain", words, intent="bargain")
    assert "utter_part_price" not in said.names
    assert "utter_part_found" not in said.names


@pytest.mark.parametrize(
    ("heard", "words"),
    [
        ("add_bike", "motor saye revo fi 2015, laher depannye dah goyang"),
        ("affirm", "yes the front brake pads"),
        ("show_cart", "how much in total if i need the spark plug too"),
    ],
)
def test_a_part_named_beside_something_else_is_looked_for(
    chat: Chat, heard: str, words: str
) -> None:
    chat.slots["bike"] = {"model": "Beat", "generation": None, "year": 2019}
    said = chat.act(f"action_{heard}", words, intent=heard)
    assert said.names[0] in {"utter_part_found", "utter_choose_part_bike"}


@pytest.mark.parametrize("words", ["2 deh", "1 aja"])
def test_a_number_before_anything_is_chosen_is_kept_for_the_part(chat: Chat, words: str) -> None:
    said = chat.act("action_out_of_scope", words, intent="out_of_scope")
    assert said.names == ["utter_which_part"]
    chat.act("action_find_part", "kampas rem depan beat 2019", intent="find_part")
    assert held(chat) == {PADS: int(words[0])}


def test_a_photo_after_a_complaint_belongs_to_it(chat: Chat) -> None:
    words = "barang yang datang salah, bukan untuk motor saya"
    chat.act("action_complain", words, intent="complain")
    said = chat.act("action_send_photo", media=1, intent="send_photo")
    assert said.names == ["utter_complaint_noted"]
    [complaint] = complaints.of_customer(chat.session, chat.customer)
    assert said.values("utter_complaint_noted")["code"] == complaint.complaint_code


def test_a_question_with_a_no_ends_the_choice_that_was_open(chat: Chat) -> None:
    chat.act("action_find_part", "busi beat 2019", intent="find_part")
    words = "nah skip it. how much to ship to pontianak kota?"
    said = chat.act("action_ask_shipping", words, intent="ask_shipping")
    assert said.names == ["utter_shipping"]
    assert chat.slots["awaiting"] is None


def test_what_the_name_of_a_shown_part_says_can_be_asked(chat: Chat) -> None:
    chat.act("action_find_part", "ban luar belakang scoopy 2019", intent="find_part")
    assert chat.slots["awaiting"] == "quantity"
    said = chat.act("action_default_fallback", "apakah tubeless?", intent="nlu_fallback")
    assert said.names == ["utter_part_detail"]
    assert "Tubeless" in said.values("utter_part_detail")["name"]


def test_what_the_name_does_not_say_is_not_answered_with_it(chat: Chat) -> None:
    chat.act("action_find_part", "ban luar belakang scoopy 2019", intent="find_part")
    said = chat.act("action_default_fallback", "apakah cepat botak?", intent="nlu_fallback")
    assert "utter_part_detail" not in said.names


@pytest.mark.parametrize(
    "asked",
    ["is that the whole kit with chain?", "does it come with the chain?", "udah sama rantai?"],
)
def test_whether_it_comes_with_the_rest_is_asked_of_the_shown_part(chat: Chat, asked: str) -> None:
    chat.act("action_find_part", "chain and sprocket set, supra x 125 fi 2017", intent="find_part")
    assert chat.slots["awaiting"] == "quantity"
    said = chat.act("action_ask_part_detail", asked, intent="ask_part_detail")
    assert said.names == ["utter_part_with"]


@pytest.mark.parametrize(
    ("words", "intent"),
    [
        ("yang kiri aja, patah ditabrak orang di pasar", "complain"),
        ("the left please, it broke off", "complain"),
        ("Saya pilih yang kiri.", "add_bike"),
        ("yang kiri jak, patah", "service_advice"),
    ],
)
def test_an_open_choice_is_made_whatever_the_words_were_read_as(
    chat: Chat, words: str, intent: str
) -> None:
    chat.act("action_find_part", "spion beat 2018 ada?", intent="find_part")
    assert chat.slots["awaiting"] == "choose_part"
    said = chat.act(f"action_{intent}", words, intent=intent)
    assert said.names[0].startswith("utter_part_found")
    assert chat.slots["part_code"] == "88220K81N30"


def test_a_grievance_that_names_a_side_stays_one(chat: Chat) -> None:
    chat.act("action_find_part", "spion beat 2018 ada?", intent="find_part")
    said = chat.act("action_complain", "yang kiri datangnya pecah", intent="complain")
    assert not said.names[0].startswith("utter_part_found")


@pytest.mark.parametrize(
    "words", ["oke saya pesan", "iya pesan kak", "ok i'll order", "pesan jak lah"]
)
def test_who_orders_with_the_part_in_the_cart_goes_to_the_checkout(chat: Chat, words: str) -> None:
    chat.act("action_order_part", intent="order_part", part_code=PADS, quantity=2)
    said = chat.act("action_order_part", words, intent="order_part")
    assert held(chat) == {PADS: 2}
    assert said.next == "checkout_form"


@pytest.mark.parametrize("words", ["pesan 1 lagi", "tambah satu"])
def test_one_more_is_still_added(chat: Chat, words: str) -> None:
    chat.act("action_order_part", intent="order_part", part_code=PADS, quantity=2)
    chat.act("action_order_part", words, intent="order_part")
    assert held(chat) == {PADS: 3}


@pytest.mark.parametrize("words", ["ok order it", "oke lanjut pesan"])
def test_a_number_that_was_offered_is_taken_along_to_the_checkout(chat: Chat, words: str) -> None:
    chat.act("action_order_part", intent="order_part", part_code=PADS, quantity=1)
    chat.act("action_find_part", "2 laher roda depan supra x 125 fi 2017", intent="find_part")
    assert (chat.slots["awaiting"], chat.slots["quantity"]) == ("quantity", 2)
    chat.act("action_ask_shipping", "ongkir ke pontianak timur?", intent="ask_shipping")
    said = chat.act("action_checkout", words, intent="checkout")
    assert held(chat) == {PADS: 1, "91051K03N41": 2}
    assert said.next == "checkout_form"


def test_a_part_only_shown_is_not_taken_along_to_the_checkout(chat: Chat) -> None:
    chat.act("action_order_part", intent="order_part", part_code=PADS, quantity=1)
    chat.act("action_find_part", "laher roda depan supra x 125 fi 2017", intent="find_part")
    chat.act("action_checkout", "lanjut pesan", intent="checkout")
    assert held(chat) == {PADS: 1}


def test_a_pair_of_what_was_asked_for_is_one_of_each_side(chat: Chat) -> None:
    chat.act("action_find_part", "spion beat 2018 ada?", intent="find_part")
    chat.act("action_inform", "yang kiri aja", intent="inform")
    said = chat.act("action_find_part", "kalau sepasang kiri kanan?", intent="find_part")
    assert said.names == ["utter_list", "utter_list_all"]
    chat.act("action_send_list", "oke masukin", intent="affirm")
    assert held(chat) == {"88220K81N30": 1, "88210K81N30": 1}
