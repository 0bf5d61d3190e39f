"""Checkout: where to send it, the summary, the yes, and what interrupts it."""

from __future__ import annotations

import pytest

from actions import checkout_form
from crm_core import carts, conversations, customers, orders, payments, shipping, stock
from crm_core.timeline import Actor
from tests.actions.conftest import Chat, Said

PADS = "06455K46N21"


@pytest.fixture
def shopping(chat: Chat) -> Chat:
    chat.act("action_order_part", intent="order_part", part_code=PADS, quantity=2)
    return chat


def answer(chat: Chat, slot: str, text: str, *, intent: str = "inform", **more: object) -> Said:
    chat.slots["requested_slot"], chat.form = slot, "checkout_form"
    return chat.act("validate_checkout_form", text, intent=intent, **more)  # type: ignore[arg-type]


def fill(chat: Chat, text: str = "Budi, Jl. Gajah Mada No. 5, Pontianak Selatan") -> Said:
    chat.act("action_checkout", "lanjut pesan", intent="checkout")
    answer(chat, "recipient_name", text)
    chat.form = None
    return chat.act("action_checkout", text)


def test_checkout_opens_the_form_once(shopping: Chat) -> None:
    said = shopping.act("action_checkout", "lanjut pesan", intent="checkout")
    assert said.next == "checkout_form"


def test_one_message_gives_name_street_and_district(shopping: Chat) -> None:
    said = answer(shopping, "recipient_name", "Budi, Jl. Gajah Mada No. 5, Pontianak Selatan")
    place = shipping.district(shopping.session, int(said.slots["district"]))
    assert said.slots["recipient_name"] == "Budi"
    assert said.slots["delivery_address"] == "Jl. Gajah Mada No. 5, Pontianak Selatan"
    assert place.name == "Pontianak Selatan"


@pytest.mark.parametrize("said", ["kirim ke Nurul", "tolong kirimkan ke Nurul", "send it to Nurul"])
def test_the_wish_to_send_is_no_part_of_the_name(shopping: Chat, said: str) -> None:
    text = f"{said}, Jl. Tanjung Raya 2 No. 7, Pontianak Timur"
    assert answer(shopping, "recipient_name", text).slots["recipient_name"] == "Nurul"


@pytest.mark.parametrize(
    ("text", "name", "street"),
    [
        ("rio jl teratai no 3 pontianak timur", "rio", "jl teratai no 3 pontianak timur"),
        ("Bengkel Jaya jln merdeka 7", "Bengkel Jaya", "jln merdeka 7"),
        ("a/n doni jl raya wajok hulu km 12", "doni", "jl raya wajok hulu km 12"),
        (
            "Penerima atas nama Dr. Hendra Wijaya, Jalan Diponegoro Nomor 15, Pontianak Kota.",
            "Dr. Hendra Wijaya",
            "Jalan Diponegoro Nomor 15, Pontianak Kota",
        ),
        ("penerimanya Hj. Siti gang karya 2 no 1", "Hj. Siti", "gang karya 2 no 1"),
    ],
)
def test_a_name_ends_where_the_street_begins(
    shopping: Chat, text: str, name: str, street: str
) -> None:
    said = answer(shopping, "recipient_name", text)
    assert (said.slots["recipient_name"], said.slots["delivery_address"]) == (name, street)


@pytest.mark.parametrize(
    "text", ["kirim ke rumah saya jl merdeka 7", "sebelah bengkel jln a yani 2", "di gang karya 2"]
)
def test_words_before_a_street_that_name_nobody_are_no_name(shopping: Chat, text: str) -> None:
    assert "recipient_name" not in answer(shopping, "recipient_name", text).slots


def test_name_phone_and_street_on_lines_of_their_own(shopping: Chat) -> None:
    text = "nama saya Siti Aminah\nJl. Merdeka no 10\n0812 3456 7890"
    said = answer(shopping, "recipient_name", text)
    assert said.slots["recipient_name"] == "Siti Aminah"
    assert said.slots["recipient_phone"] == "+6281234567890"
    assert said.slots["delivery_address"] == "Jl. Merdeka no 10"


def test_a_district_of_two_regencies_is_offered_as_choices(shopping: Chat) -> None:
    answer(shopping, "delivery_address", "Jl. Adisucipto No. 5, Sungai Raya")
    said = shopping.act("action_ask_checkout_form_district", "x")
    assert said.names == ["utter_ask_district_choose"]
    assert said.labels == ["Sungai Raya, Kubu Raya", "Sungai Raya, Bengkayang"]


def test_a_tapped_district_fills_the_slot(shopping: Chat) -> None:
    place = shipping.find_districts(shopping.session, "Pontianak Kota")[0]
    shopping.slots["requested_slot"], shopping.form = "district", "checkout_form"
    said = shopping.act("validate_checkout_form", intent="inform", choice=str(place.id))
    assert said.slots["district"] == str(place.id)


@pytest.mark.parametrize(
    ("slot", "text", "intent"),
    [
        ("recipient_name", "ongkir ke sana berapa?", "ask_shipping"),
        ("recipient_name", "ga jadi", "deny"),
        ("delivery_address", "bisa cod?", "ask_payment_method"),
        ("district", "udah transfer ya kak", "report_payment"),
        ("district", "eh bukan, 3 aja", "change_cart"),
        ("delivery_address", "2 aja", "inform"),
        ("recipient_name", "mau ngomong sama orang aja", "talk_to_human"),
    ],
)
def test_a_question_or_correction_in_the_middle_fills_nothing(
    shopping: Chat, slot: str, text: str, intent: str
) -> None:
    assert answer(shopping, slot, text, intent=intent).slots == {}


@pytest.mark.parametrize("name", ["Santoso Motor", "Bengkel Jaya", "Ibu Ratna"])
def test_a_name_is_taken_whatever_intent_it_resembles(shopping: Chat, name: str) -> None:
    said = answer(shopping, "recipient_name", name, intent="find_part", confidence=0.5)
    assert said.slots.get("recipient_name") == name


def test_a_choice_of_another_matter_never_becomes_a_name(shopping: Chat) -> None:
    shopping.slots["requested_slot"], shopping.form = "recipient_name", "checkout_form"
    said = shopping.act("validate_checkout_form", intent="show_cart", choice="x")
    assert said.slots == {}


def test_a_form_in_progress_asks_again_after_a_side_question(shopping: Chat) -> None:
    shopping.form = "checkout_form"
    said = shopping.act("action_ask_payment_method", "bisa cod?", intent="ask_payment_method")
    assert said.names == ["utter_cod_refused_new_customer"]
    assert said.next == "checkout_form"
    assert said.payloads == []


def test_batal_in_the_form_ends_it_and_keeps_the_cart(shopping: Chat) -> None:
    shopping.form = "checkout_form"
    said = shopping.act("action_cancel_order", "batal", intent="cancel_order")
    assert said.names == ["utter_checkout_left"]
    assert {"event": "active_loop", "timestamp": None, "name": None} in said.events
    assert said.next == "action_listen"
    assert not carts.show(shopping.session, shopping.customer).empty


def test_the_summary_shows_lines_shipping_total_and_address(shopping: Chat) -> None:
    facts = fill(shopping).values("utter_summary")
    assert facts["lines"] == "2 x Kampas Rem Depan Cakram = Rp 118.000"
    assert facts["shipping"] == "Rp 9.000"
    assert facts["total"] == "Rp 127.000"
    assert facts["recipient"] == "Budi"
    assert facts["district"] == "Kota Pontianak, Kalimantan Barat"
    assert orders.of_customer(shopping.session, shopping.customer) == []


def test_the_address_is_asked_once_and_remembered(shopping: Chat) -> None:
    fill(shopping)
    again = shopping.act("action_checkout", "lanjut pesan", intent="checkout")
    assert again.names == ["utter_summary"]
    kept = customers.default_address(shopping.session, shopping.customer)
    assert kept is not None
    assert kept.recipient_name == "Budi"


def test_the_yes_places_exactly_one_order_and_says_how_to_pay(shopping: Chat) -> None:
    fill(shopping)
    before = stock.available(shopping.session, PADS)
    said = shopping.act("action_place_order", "iya", intent="affirm")
    (order,) = orders.of_customer(shopping.session, shopping.customer)
    payment = payments.for_order(shopping.session, order)
    assert payment is not None
    facts = said.values("utter_order_placed")
    assert facts["code"] == order.order_code
    assert facts["amount"] == f"Rp 127.{payment.unique_code:03d}"
    assert stock.available(shopping.session, PADS) == before - 2
    assert carts.show(shopping.session, shopping.customer).empty


def test_the_same_yes_again_after_a_crash_places_no_second_order(shopping: Chat) -> None:
    fill(shopping)
    first = shopping.act("action_place_order", "iya", intent="affirm")
    again = shopping.act("action_place_order", "iya", intent="affirm", again=True)
    assert len(orders.of_customer(shopping.session, shopping.customer)) == 1
    assert again.messages == first.messages


def test_a_yes_that_was_read_before_is_not_read_once_more_in_a_talk_that_has_gone_on(
    shopping: Chat,
) -> None:
    """The assistant hung, was given up and asked again, and then read both."""
    fill(shopping)
    first = shopping.act("action_place_order", "ya, pesankan", intent="affirm")
    again = shopping.act("action_affirm", "ya, pesankan", intent="affirm", again=True)
    assert first.names == ["utter_order_placed"]
    assert again.messages == first.messages


def test_a_yes_that_arrives_after_its_turn_was_given_up_orders_nothing(shopping: Chat) -> None:
    """A slow action: the customer has been promised a person, who would order once more."""
    fill(shopping)
    turn_id, _, _ = shopping.hear("ya, pesankan")
    conversations.fail_turn(shopping.session, turn_id, "timeout")
    shopping.turn_id = turn_id
    late = shopping.act("action_place_order", "ya, pesankan", intent="affirm", again=True)
    assert late.messages == []
    assert orders.of_customer(shopping.session, shopping.customer) == []


@pytest.mark.parametrize(
    "broken", ["validate_checkout_form", "action_ask_checkout_form_recipient_name"]
)
def test_a_question_of_the_form_that_fails_does_not_start_the_form_again(
    shopping: Chat, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    """Else form and question call each other until Rasa stops, and the talk never answers again."""

    def fail(*_: object) -> None:
        raise ConnectionError

    shopping.act("action_checkout", "lanjut pesan", intent="checkout")
    monkeypatch.setattr(checkout_form.ValidateCheckoutForm, "perform", fail)
    monkeypatch.setattr(checkout_form.AskRecipientName, "perform", fail)
    said = shopping.act(broken, "Budi, Jl. Gajah Mada No. 5")
    assert said.names == ["utter_trouble"]
    assert said.messages[0]["custom"] == {"failed_action": broken}
    assert said.next is None


def test_a_resumed_turn_repeats_the_stored_reply(shopping: Chat) -> None:
    fill(shopping)
    first = shopping.act("action_place_order", "iya", intent="affirm")
    resumed = shopping.act("action_resume_turn", intent="resume_turn", again=True)
    assert resumed.messages == first.messages
    assert len(orders.of_customer(shopping.session, shopping.customer)) == 1


def test_a_total_that_changed_since_the_summary_is_shown_again_first(shopping: Chat) -> None:
    fill(shopping)
    carts.set_quantity(
        shopping.session, shopping.customer, PADS, 3, Actor.customer(shopping.customer)
    )
    said = shopping.act("action_place_order", "iya", intent="affirm")
    assert said.names == ["utter_summary_changed", "utter_summary"]
    assert orders.of_customer(shopping.session, shopping.customer) == []


def test_no_to_the_summary_orders_nothing_and_keeps_the_cart(shopping: Chat) -> None:
    fill(shopping)
    said = shopping.act("action_decline_order", "ga jadi", intent="deny")
    assert said.names == ["utter_not_ordered"]
    assert orders.of_customer(shopping.session, shopping.customer) == []
    assert not carts.show(shopping.session, shopping.customer).empty


def test_a_number_under_the_summary_changes_the_quantity_and_shows_it_again(
    shopping: Chat,
) -> None:
    fill(shopping)
    said = shopping.act("action_amend_order", "3 aja")
    assert said.names == ["utter_cart_changed", "utter_summary"]
    assert said.values("utter_summary")["total"] == "Rp 186.000"
    assert shopping.slots["awaiting"] == "confirm_order"


def test_1_aja_under_the_summary_never_places_the_order(shopping: Chat) -> None:
    fill(shopping)
    said = shopping.act("action_place_order", "1 aja", intent="affirm", picked=True)
    assert said.names == ["utter_cart_changed", "utter_summary"]
    assert orders.of_customer(shopping.session, shopping.customer) == []


def test_a_side_question_under_the_summary_comes_back_to_it(shopping: Chat) -> None:
    fill(shopping)
    said = shopping.act("action_ask_payment_method", "bisa cod?", intent="ask_payment_method")
    assert said.names == ["utter_cod_refused_new_customer", "utter_back_to_confirm_order"]
    assert said.payloads == ["/affirm", "/change_cart", "/deny"]
    assert shopping.slots["awaiting"] == "confirm_order"


def test_paid_under_the_summary_is_told_that_nothing_is_ordered_yet(shopping: Chat) -> None:
    fill(shopping)
    said = shopping.act("action_report_payment", "udah transfer", intent="report_payment")
    assert said.names == ["utter_not_ordered_yet", "utter_back_to_confirm_order"]


def test_a_change_after_ubah_shows_the_summary_again(shopping: Chat) -> None:
    fill(shopping)
    shopping.act("action_change_cart", intent="change_cart")
    said = shopping.act("action_change_cart", "jadi 1 aja kampasnya", intent="change_cart")
    assert said.names == ["utter_cart_changed", "utter_summary"]


def test_a_yes_that_is_only_guessed_at_places_nothing(shopping: Chat) -> None:
    fill(shopping)
    said = shopping.act("action_place_order", "kok gitu sih", intent="affirm", confidence=0.69)
    assert said.names == ["utter_back_to_confirm_order"]
    assert orders.of_customer(shopping.session, shopping.customer) == []


def test_a_new_count_below_the_summary_corrects_the_cart_though_read_as_a_wish(
    shopping: Chat,
) -> None:
    fill(shopping)
    shopping.act("action_request_part", "wait, make it 3", intent="request_part")
    assert [line.quantity for line in carts.show(shopping.session, shopping.customer).lines] == [3]


def test_going_on_below_the_summary_without_naming_a_part_asks_for_the_yes(shopping: Chat) -> None:
    fill(shopping)
    said = shopping.act("action_order_part", "lanjut pesan", intent="order_part")
    assert said.names == ["utter_back_to_confirm_order"]
    assert orders.of_customer(shopping.session, shopping.customer) == []
