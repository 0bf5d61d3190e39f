"""Paying, asking, cancelling, complaining, people."""

from __future__ import annotations

import pytest
import time_machine

from crm_core import complaints, customers, handoffs, orders, payments
from crm_core.orders import Order
from crm_core.payments import PaymentState
from tests.actions.conftest import Chat
from tests.actions.test_checkout import PADS, fill

FRIDAY_TEN = "2026-11-20T10:00:00+07:00"
SUNDAY_NIGHT = "2026-11-22T21:00:00+07:00"


@pytest.fixture
def ordered(chat: Chat) -> Chat:
    place(chat)
    return chat


def place(chat: Chat, quantity: int = 2) -> Order:
    chat.act("action_order_part", intent="order_part", part_code=PADS, quantity=quantity)
    fill(chat)
    chat.act("action_place_order", "iya", intent="affirm")
    return orders.of_customer(chat.session, chat.customer)[0]


def state(chat: Chat, order: Order) -> PaymentState:
    payment = payments.for_order(chat.session, order)
    assert payment is not None
    return payment.state


def test_a_report_of_a_transfer_is_never_money(ordered: Chat) -> None:
    (order,) = orders.of_customer(ordered.session, ordered.customer)
    said = ordered.act("action_report_payment", "sudah transfer ya", intent="report_payment")
    assert said.names == ["utter_payment_reported", "utter_code_sent"]
    assert state(ordered, order) == PaymentState.REPORTED
    assert order.state == "awaiting_payment"


def test_a_photo_alone_is_evidence_for_the_open_order(ordered: Chat) -> None:
    (order,) = orders.of_customer(ordered.session, ordered.customer)
    said = ordered.act("action_send_photo", intent="send_photo", media=1)
    assert said.names == ["utter_payment_reported_photo", "utter_code_sent"]
    assert state(ordered, order) == PaymentState.REPORTED


def test_with_two_open_orders_a_photo_asks_which_and_is_kept_for_the_answer(chat: Chat) -> None:
    first, second = place(chat), place(chat, 1)
    asked = chat.act("action_send_photo", intent="send_photo", media=1)
    assert asked.names == ["utter_which_order_paid"]
    chat.act("action_report_payment", intent="report_payment", order_code=first.order_code)
    payment = payments.for_order(chat.session, first)
    assert payment is not None
    assert len(payments.view(chat.session, payment).proof_media_ids) == 1
    assert state(chat, second) == PaymentState.AWAITING


def test_the_amount_tells_which_of_two_orders_was_paid(chat: Chat) -> None:
    first, second = place(chat), place(chat, 1)
    payment = payments.for_order(chat.session, first)
    assert payment is not None
    text = f"udah tf Rp {payment.amount_due_idr:,}".replace(",", ".")
    chat.act("action_report_payment", text, intent="report_payment")
    assert state(chat, first) == PaymentState.REPORTED
    assert state(chat, second) == PaymentState.AWAITING


def test_a_photo_without_an_open_order_asks_what_it_shows(chat: Chat) -> None:
    assert chat.act("action_send_photo", intent="send_photo", media=1).names == ["utter_photo_what"]


def test_a_report_without_an_order_offers_a_person(chat: Chat) -> None:
    said = chat.act("action_report_payment", "sudah transfer", intent="report_payment")
    assert said.names == ["utter_nothing_to_pay"]
    assert said.payloads == ["/talk_to_human"]


def test_status_of_an_unpaid_order_says_how_to_pay(ordered: Chat) -> None:
    said = ordered.act("action_order_status", "pesanan saya gimana", intent="order_status")
    assert said.names == ["utter_status_unpaid"]


def test_somebody_elses_order_is_as_unknown_as_none(ordered: Chat) -> None:
    said = ordered.act("action_order_status", "status P-22222", intent="order_status")
    assert said.names == ["utter_error_order_not_found"]
    assert said.values("utter_error_order_not_found")["order_code"] == "P-22222"


def test_cancelling_needs_a_yes(ordered: Chat) -> None:
    (order,) = orders.of_customer(ordered.session, ordered.customer)
    asked = ordered.act("action_cancel_order", "batalin pesanan saya", intent="cancel_order")
    assert asked.names == ["utter_ask_cancel"]
    assert order.state == "awaiting_payment"
    done = ordered.act("action_confirm_cancel", "iya", intent="affirm")
    assert done.names == ["utter_order_cancelled"]
    ordered.session.refresh(order)
    assert order.state == "cancelled"


def test_no_to_cancelling_changes_nothing(ordered: Chat) -> None:
    (order,) = orders.of_customer(ordered.session, ordered.customer)
    ordered.act("action_cancel_order", "batalin pesanan saya", intent="cancel_order")
    ordered.act("action_keep", "ga jadi", intent="deny")
    ordered.session.refresh(order)
    assert order.state == "awaiting_payment"


def test_an_order_reported_as_paid_is_cancelled_by_a_person_only(ordered: Chat) -> None:
    (order,) = orders.of_customer(ordered.session, ordered.customer)
    ordered.act("action_report_payment", "sudah transfer", intent="report_payment")
    ordered.act("action_cancel_order", "batalin", intent="cancel_order")
    said = ordered.act("action_confirm_cancel", "iya", intent="affirm")
    assert said.names == ["utter_cancel_reported"]
    ordered.session.refresh(order)
    assert order.state == "awaiting_payment"


def test_the_same_again_fills_the_cart_from_the_last_order(ordered: Chat) -> None:
    said = ordered.act("action_reorder", "pesan lagi", intent="reorder")
    assert said.values("utter_reorder")["lines"] == "2 x Kampas Rem Depan Cakram = Rp 118.000"


def test_the_invoice_holds_what_the_order_holds(ordered: Chat) -> None:
    (order,) = orders.of_customer(ordered.session, ordered.customer)
    facts = ordered.act("action_ask_invoice", "minta nota", intent="ask_invoice").values(
        "utter_invoice"
    )
    assert facts["code"] == order.order_code
    assert facts["total"] == "Rp 127.000"
    assert facts["state"] == "menunggu pembayaran"


def test_a_complaint_gets_a_number_and_the_order_it_is_about(ordered: Chat) -> None:
    (order,) = orders.of_customer(ordered.session, ordered.customer)
    text = "barang yang datang salah, saya pesan depan dikirim belakang"
    said = ordered.act("action_complain", text, intent="complain")
    (complaint,) = complaints.of_customer(ordered.session, ordered.customer)
    assert said.values("utter_complaint_filed")["code"] == complaint.complaint_code
    assert complaint.order_id == order.id
    assert complaint.text == text


def test_a_bare_wish_to_complain_asks_what_happened(chat: Chat) -> None:
    said = chat.act("action_complain", "mau komplain", intent="complain")
    assert said.next == "complaint_form"
    assert complaints.of_customer(chat.session, chat.customer) == []


@time_machine.travel(FRIDAY_TEN)
def test_an_angry_customer_gets_a_number_and_a_person(chat: Chat) -> None:
    said = chat.act("action_complain", "PENIPU!!! balikin uang saya sekarang", intent="complain")
    assert said.names == ["utter_complaint_filed", "utter_complaint_person"]
    assert chat.conversation.handler == "queue"


@time_machine.travel(FRIDAY_TEN)
def test_a_person_is_promised_within_a_quarter_of_an_hour_while_the_shop_is_open(
    chat: Chat,
) -> None:
    said = chat.act("action_talk_to_human", "mau bicara sama orang", intent="talk_to_human")
    assert said.values("utter_handed_over")["when"] == "hari ini jam 10.15"
    (handoff,) = handoffs.waiting(chat.session)
    assert handoff.reason == "asked"


def test_the_person_learns_which_part_was_being_talked_about(chat: Chat) -> None:
    chat.act("action_find_part", "kampas rem depan beat 2019", intent="find_part")
    chat.act("action_talk_to_human", "mau bicara sama orang", intent="talk_to_human")
    (handoff,) = handoffs.waiting(chat.session)
    assert handoff.packet["wish"].startswith("mau bicara sama orang (Kampas Rem Depan")


@time_machine.travel(SUNDAY_NIGHT)
def test_outside_hours_the_promise_is_the_next_morning_and_says_so(chat: Chat) -> None:
    said = chat.act("action_talk_to_human", "mau bicara sama orang", intent="talk_to_human")
    assert said.values("utter_handed_over_later")["when"] == "besok jam 08.15"


def test_three_times_nonsense_leads_to_a_person(chat: Chat) -> None:
    first = chat.act("action_default_fallback", "qwzx", intent="nlu_fallback")
    second = chat.act("action_default_fallback", "zzzz", intent="nlu_fallback")
    assert first.names == ["utter_repair_rephrase"]
    assert second.names == ["utter_repair_guess"]
    assert 2 <= len(second.payloads) <= 4
    third = chat.act("action_default_fallback", "mnbv", intent="nlu_fallback")
    assert third.names[0].startswith("utter_repair_person")
    assert chat.conversation.handler == "queue"


def test_an_understood_turn_leads_back_to_the_foot_of_the_ladder(chat: Chat) -> None:
    chat.act("action_default_fallback", "qwzx", intent="nlu_fallback")
    chat.act("action_greet", "halo", intent="greet")
    assert chat.slots["repairs"] is None


def test_not_understood_but_naming_a_part_is_a_search_after_all(chat: Chat) -> None:
    said = chat.act("action_default_fallback", "kampas rem depan beat 2019", intent="nlu_fallback")
    assert said.names == ["utter_part_found"]


def test_stopping_promotions_is_kept(chat: Chat) -> None:
    chat.act("action_opt_in", "mau promo", intent="opt_in")
    assert chat.customer.promo_consent
    chat.act("action_opt_out", "stop promo", intent="opt_out")
    assert not chat.customer.promo_consent


def test_name_and_number_in_one_message_are_both_kept(chat: Chat) -> None:
    text = "nama saya Budi Santoso, nomor saya 0812 3456 7890"
    chat.act("action_update_profile", text, intent="update_profile")
    assert chat.customer.name == "Budi Santoso"
    assert chat.customer.phone == "+6281234567890"


def test_a_bike_is_kept_and_used_by_the_next_search(chat: Chat) -> None:
    chat.act("action_add_bike", "motor saya beat 2019", intent="add_bike")
    assert [bike.model for bike in customers.bikes(chat.session, chat.customer)] == ["Beat"]
    said = chat.act("action_find_part", "kampas rem depan", intent="find_part")
    assert said.values("utter_part_found")["code"] == PADS


def test_english_is_remembered_by_the_customer(chat: Chat) -> None:
    said = chat.act("action_change_language", "english please", intent="change_language")
    assert said.names == ["utter_language_en"]
    assert chat.customer.language == "en"


def test_what_went_wrong_inside_is_said_never_raised_and_nothing_is_changed(chat: Chat) -> None:
    chat.turn_id = 999_999_999  # no such turn: the database refuses the effect
    said = chat.act("action_opt_in", "mau promo", intent="opt_in", again=True)
    assert said.names == ["utter_trouble"]
    assert said.next == "action_listen"
    assert said.messages[0]["custom"] == {"failed_action": "action_opt_in"}
    assert not chat.customer.promo_consent
