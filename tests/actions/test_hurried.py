"""What hurried people wrote to the shop and was misheard: talks of twenty turns, played by hand."""

from __future__ import annotations

import pytest

from crm_core import carts, complaints, customers, orders, payments, returns, shipping
from crm_core.payments import PaymentState
from tests.actions.conftest import Chat
from tests.actions.test_after_the_order import place, state
from tests.actions.test_checkout import PADS, answer, fill


@pytest.mark.parametrize(
    "words", ["transfernya besok gpp?", "nanti malam saya tf ya", "I will pay tomorrow, ok?"]
)
def test_a_transfer_that_is_still_to_come_is_no_report(chat: Chat, words: str) -> None:
    order = place(chat)
    said = chat.act("action_report_payment", words, intent="report_payment")
    assert said.names == ["utter_pay_later"]
    assert said.values("utter_pay_later")["code"] == order.order_code
    assert state(chat, order) == PaymentState.AWAITING


@pytest.mark.parametrize(
    "words", ["udah tf barusan, besok dikirim kan?", "tadi sudah saya bayar ya, nanti dicek"]
)
def test_a_transfer_that_was_made_is_one_whatever_is_to_come(chat: Chat, words: str) -> None:
    order = place(chat)
    chat.act("action_report_payment", words, intent="report_payment")
    assert state(chat, order) == PaymentState.REPORTED


@pytest.mark.parametrize(
    "words",
    [
        "kalau barangnye rosak bise tuka ke",
        "kalo ternyata ga cocok bisa dituker ga kak?",
        "if it doesn't fit can i return it?",
        "can I exchange it if it's the wrong size?",
    ],
)
def test_what_has_not_happened_is_a_question_about_the_rules(chat: Chat, words: str) -> None:
    said = chat.act("action_return_part", words, intent="return_part")
    assert said.names == ["utter_return_rules"]
    assert said.values("utter_return_rules")["days"] == 7
    assert complaints.of_customer(chat.session, chat.customer) == []
    assert returns.of_customer(chat.session, chat.customer, limit=1) == []


@pytest.mark.parametrize("words", ["bukan, rumah no 8", "salah kak, nomor 8", "wrong, it's no 8"])
def test_another_house_number_below_the_summary_moves_the_parcel(chat: Chat, words: str) -> None:
    chat.act("action_order_part", intent="order_part", part_code=PADS, quantity=2)
    fill(chat)
    before = customers.default_address(chat.session, chat.customer)
    assert before is not None
    said = chat.act("action_deny", words, intent="deny")
    after = customers.default_address(chat.session, chat.customer)
    assert after is not None
    assert said.names == ["utter_summary"]
    assert before.address.startswith("Jl. Gajah Mada No. 5")
    assert after.address == before.address.replace("No. 5", "No. 8")
    assert after.recipient_name == before.recipient_name


def test_another_address_for_an_order_that_is_placed_is_its_note(chat: Chat) -> None:
    order = place(chat)
    said = chat.act(
        "action_update_profile", "alamatnya salah, harusnya no 9", intent="update_profile"
    )
    assert said.names == ["utter_note_kept_order"]
    assert orders.view(chat.session, order).note == "alamatnya salah, harusnya no 9"


def test_an_order_that_is_placed_is_changed_on_its_page(chat: Chat) -> None:
    order = place(chat)
    said = chat.act("action_change_cart", "bisa diubah jadi 3?", intent="change_cart")
    assert said.names == ["utter_change_there"]
    assert said.values("utter_change_there")["code"] == order.order_code
    assert carts.show(chat.session, chat.customer).empty


def test_so_many_pairs_of_what_is_sold_in_pairs_are_so_many(chat: Chat) -> None:
    chat.act("action_order_part", intent="order_part", part_code=PADS, quantity=4)
    chat.act("action_change_cart", "kurangi kampas remnya menjadi 3 pasang", intent="change_cart")
    [line] = carts.show(chat.session, chat.customer).lines
    assert line.quantity == 3


def test_transfer_then_says_how_it_will_be_paid_while_nothing_is_due(chat: Chat) -> None:
    chat.act("action_order_part", intent="order_part", part_code=PADS, quantity=1)
    said = chat.act("action_report_payment", "ya udah transfer aja", intent="report_payment")
    assert "utter_nothing_due" not in said.names
    assert chat.form == "checkout_form"
    assert payments.listing(chat.session).items == ()


def test_a_question_about_collecting_is_answered_and_offered(chat: Chat) -> None:
    chat.act("action_order_part", intent="order_part", part_code=PADS, quantity=1)
    said = chat.act("action_ask_shipping", "kalau diambil sendiri bisa?", intent="ask_shipping")
    assert said.names == ["utter_pickup_possible"]
    assert len(said.payloads) == 2


def test_a_reduction_for_workshops_is_not_taken_for_the_price_of_the_part(chat: Chat) -> None:
    chat.act("action_find_part", "kampas rem depan beat 2019", intent="find_part")
    said = chat.act(
        "action_ask_promo", "apakah bengkel bisa mendapat potongan harga?", intent="ask_promo"
    )
    assert "utter_part_found" not in said.names


def test_whether_there_is_a_warranty_is_said_either_way(chat: Chat) -> None:
    chat.act("action_find_part", "kampas rem depan beat 2019", intent="find_part")
    said = chat.act("action_ask_part_detail", "ada garansi?", intent="ask_part_detail")
    assert said.values("utter_part_detail")["warranty"]


def test_the_same_part_for_the_sister_model_is_judged_for_that_model(chat: Chat) -> None:
    chat.act("action_find_part", "kampas rem depan vario 150 2016", intent="find_part")
    said = chat.act(
        "action_check_fitment", "yang buat 125 bisa dipakai ga?", intent="check_fitment"
    )
    assert any("Vario 125" in str(said.values(name).get("bike")) for name in said.names)


def test_in_a_whole_sentence_only_the_wish_is_repeated(chat: Chat) -> None:
    said = chat.act(
        "action_find_part", "mau tanya dong kak spion honda jet 2030 ada ga ya", intent="find_part"
    )
    assert said.values("utter_not_found")["query"].startswith("spion")


def test_a_number_behind_a_courtesy_answers_how_many(chat: Chat) -> None:
    chat.act("action_find_part", "kampas rem depan beat 2019", intent="find_part")
    chat.act("action_thank", "nice, gimme 2", intent="thank")
    [line] = carts.show(chat.session, chat.customer).lines
    assert line.quantity == 2


@pytest.mark.parametrize(
    "words", ["ok forget the oil. spark plug beat 2019?", "ga jadi oli, busi beat 2019 ada?"]
)
def test_what_is_dropped_is_not_searched(chat: Chat, words: str) -> None:
    said = chat.act("action_find_part", words, intent="find_part")
    assert "utter_not_found" not in said.names


def test_the_other_side_of_what_was_asked_to_fit_is_another_part(chat: Chat) -> None:
    chat.act("action_check_fitment", "got front brake pads for beat 2019?", intent="check_fitment")
    chat.act("action_order_part", "ok gimme 2", intent="order_part")
    chat.act("action_check_fitment", "what about the rear ones?", intent="check_fitment")
    chat.act("action_order_part", "1 pls", intent="order_part")
    lines = carts.show(chat.session, chat.customer).lines
    assert [line.quantity for line in lines] == [2, 1]


@pytest.mark.parametrize(
    "words", ["mau 2-3 kampas rem depan beat 2019", "kampas rem depan beat 2019, 2 atau 3"]
)
def test_a_number_that_is_left_open_is_asked(chat: Chat, words: str) -> None:
    said = chat.act("action_order_part", words, intent="order_part")
    assert said.names == ["utter_part_found"]
    assert carts.show(chat.session, chat.customer).empty


@pytest.mark.parametrize(
    "words",
    [
        "motor aku beat 2019, kampas rem depan nya abis. ada?",
        "aku punya beat 2019, butuh kampas rem depan",
        "my bike is a beat 2019, need front brake pads",
    ],
)
def test_a_bike_told_with_the_part_it_needs_is_answered_with_the_part(
    chat: Chat, words: str
) -> None:
    said = chat.act("action_add_bike", words, intent="add_bike")
    assert said.values("utter_part_found")["code"] == PADS


def test_a_bike_told_alone_is_kept(chat: Chat) -> None:
    said = chat.act("action_add_bike", "motor aku beat 2019", intent="add_bike")
    assert said.names == ["utter_bike_kept", "utter_bike_next"]


def test_a_special_price_for_workshops_is_answered_as_such(chat: Chat) -> None:
    chat.act("action_find_part", "kampas rem depan beat 2019", intent="find_part")
    words = "Apakah ada harga khusus untuk bengkel?"
    said = chat.act("action_ask_promo", words, intent="ask_promo")
    assert said.names[0] == "utter_class_prices"


def test_another_kind_of_what_was_not_found_is_not_found_either(chat: Chat) -> None:
    chat.act("action_find_part", "aki scoopy 2021", intent="find_part")
    said = chat.act("action_find_part", "yg kering ada?", intent="find_part")
    assert said.names == ["utter_not_found"]
    assert said.values("utter_not_found")["query"] == "aki yg kering ada"


def test_an_order_whose_payment_is_on_its_way_is_changed_on_no_page(chat: Chat) -> None:
    place(chat)
    chat.act("action_report_payment", "sudah transfer", intent="report_payment")
    said = chat.act("action_change_cart", "bisa diubah jadi 3?", intent="change_cart")
    assert "utter_change_there" not in said.names


def test_what_the_part_shown_comes_with_is_no_other_part(chat: Chat) -> None:
    chat.act("action_find_part", "gir set supra x 125 fi", intent="find_part")
    shown = chat.slots["part_code"]
    said = chat.act("action_find_part", "yang lengkap sama rantainye", intent="find_part")
    assert said.values("utter_part_with")["code"] == shown


@pytest.mark.parametrize("words", ["drop the pads to 1", "take the brake pads down to one"])
def test_down_to_a_number_takes_nothing_out(chat: Chat, words: str) -> None:
    chat.act("action_order_part", intent="order_part", part_code=PADS, quantity=2)
    chat.act("action_change_cart", words, intent="change_cart")
    [line] = carts.show(chat.session, chat.customer).lines
    assert line.quantity == 1


def test_the_district_that_was_priced_is_offered_for_an_address_without_one(chat: Chat) -> None:
    chat.act("action_order_part", intent="order_part", part_code=PADS, quantity=2)
    chat.act("action_ask_shipping", "ongkir ke jeruju berapa?", intent="ask_shipping")
    chat.act("action_checkout", "lanjut", intent="checkout")
    answer(chat, "recipient_name", "Steven, Jl Komyos Sudarso gang Bersama no 4")
    said = chat.act("action_ask_checkout_form_district")
    assert said.names == ["utter_ask_district_only"]
    place = said.payloads[0].split('"')[3]
    assert shipping.district(chat.session, int(place)).name == "Pontianak Barat"


def test_a_yes_takes_the_district_that_was_priced(chat: Chat) -> None:
    chat.act("action_order_part", intent="order_part", part_code=PADS, quantity=2)
    chat.act("action_ask_shipping", "ongkir ke jeruju berapa?", intent="ask_shipping")
    chat.act("action_checkout", "lanjut", intent="checkout")
    answer(chat, "recipient_name", "Steven, Jl Komyos Sudarso gang Bersama no 4")
    said = answer(chat, "district", "iyelah", intent="affirm")
    place = shipping.district(chat.session, int(said.slots["district"]))
    assert place.name == "Pontianak Barat"


@pytest.mark.parametrize(
    ("words", "name"),
    [("bukan", None), ("no", None), ("bukan, pontianak timur", "Pontianak Timur")],
)
def test_a_no_to_the_district_that_was_priced_asks_or_takes_another(
    chat: Chat, words: str, name: str | None
) -> None:
    chat.act("action_order_part", intent="order_part", part_code=PADS, quantity=2)
    chat.act("action_ask_shipping", "ongkir ke jeruju berapa?", intent="ask_shipping")
    chat.act("action_checkout", "lanjut", intent="checkout")
    answer(chat, "recipient_name", "Steven, Jl Komyos Sudarso gang Bersama no 4")
    said = answer(chat, "district", words, intent="deny")
    found = said.slots.get("district")
    assert (shipping.district(chat.session, int(found)).name if found else None) == name
    assert said.slots["district_query"] is None


def test_of_two_districts_of_one_name_the_priced_one_is_meant(chat: Chat) -> None:
    chat.act("action_order_part", intent="order_part", part_code=PADS, quantity=2)
    words = "ongkir ke Sungai Raya, Kabupaten Kubu Raya?"
    chat.act("action_ask_shipping", words, intent="ask_shipping")
    chat.act("action_checkout", "lanjut", intent="checkout")
    said = answer(chat, "recipient_name", "Usman, Jl Sungai Raya Dalam komp Mitra no 12")
    place = shipping.district(chat.session, int(said.slots["district"]))
    assert place.regency == "Kabupaten Kubu Raya"


@pytest.mark.parametrize("words", ["bisa tempo ga bang", "can we pay next month?"])
def test_who_wants_to_pay_much_later_is_told_who_decides_that(chat: Chat, words: str) -> None:
    place(chat)
    said = chat.act("action_ask_payment_method", words, intent="ask_payment_method")
    assert said.names == ["utter_pay_terms"]


def test_a_transfer_before_the_order_is_a_way_to_pay(chat: Chat) -> None:
    chat.act("action_order_part", intent="order_part", part_code=PADS, quantity=2)
    said = chat.act("action_report_payment", "tf bca ya", intent="report_payment")
    assert said.names[0] == "utter_how_to_pay"


@pytest.mark.parametrize(
    ("words", "heard"), [("sama kampas rem", "thank"), ("sama kampas rem juga", "reorder")]
)
def test_and_a_part_is_a_further_wish(chat: Chat, words: str, heard: str) -> None:
    said = chat.act(f"action_{heard}", words, intent=heard)
    assert said.names[0] in {"utter_which_bike", "utter_choose_part", "utter_part_found"}


def test_thanks_in_return_stay_thanks(chat: Chat) -> None:
    assert chat.act("action_thank", "sama-sama bang", intent="thank").names == ["utter_thank"]


def test_the_name_is_what_follows_my_name_in_pontianak_too(chat: Chat) -> None:
    chat.act("action_order_part", intent="order_part", part_code=PADS, quantity=2)
    chat.act("action_checkout", "lanjut", intent="checkout")
    words = "name kamek Usman, Jl Gajah Mada no 12, Pontianak Selatan"
    said = answer(chat, "recipient_name", words)
    assert said.slots["recipient_name"] == "Usman"


def test_a_district_priced_while_the_address_is_asked_is_offered_as_well(chat: Chat) -> None:
    chat.act("action_order_part", intent="order_part", part_code=PADS, quantity=2)
    chat.act("action_checkout", "lanjut", intent="checkout")
    assert chat.form == "checkout_form"
    chat.act("action_ask_shipping", "ongkir ke pontianak kota brp kak", intent="ask_shipping")
    answer(chat, "recipient_name", "Dewi, Jl Danau Sentarum Gg Mawar no 7")
    said = answer(chat, "district", "iya", intent="affirm")
    assert shipping.district(chat.session, int(said.slots["district"])).name == "Pontianak Kota"


@pytest.mark.parametrize(
    ("words", "heard"),
    [
        ("eh namanya Dewi Lestari", "inform"),
        ("namanya salah, harusnya Dewi Lestari", "change_cart"),
    ],
)
def test_another_name_below_the_summary_is_on_the_parcel(
    chat: Chat, words: str, heard: str
) -> None:
    chat.act("action_order_part", intent="order_part", part_code=PADS, quantity=2)
    fill(chat)
    said = chat.act(f"action_{heard}", words, intent=heard)
    assert said.names == ["utter_summary"]
    assert said.values("utter_summary")["recipient"] == "Dewi Lestari"


@pytest.mark.parametrize("words", ["kampas remnya 3 deh", "kampasnye tige jak", "the brake pads 3"])
def test_a_number_for_what_is_there_is_its_number(chat: Chat, words: str) -> None:
    chat.act("action_order_part", intent="order_part", part_code=PADS, quantity=2)
    fill(chat)
    said = chat.act("action_order_part", words, intent="order_part")
    [line] = carts.show(chat.session, chat.customer).lines
    assert line.quantity == 3
    assert said.names[-1] == "utter_summary"


def test_a_number_for_what_is_not_there_is_looked_for(chat: Chat) -> None:
    chat.act("action_order_part", intent="order_part", part_code=PADS, quantity=2)
    chat.act("action_order_part", "businya 2", intent="order_part")
    lines = carts.show(chat.session, chat.customer).lines
    assert next(line for line in lines if line.part_code == PADS).quantity == 2
