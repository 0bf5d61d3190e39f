"""The code by SMS behind a report: a second phone beeps, the answer comes from anywhere."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from crm_core import conversations, payments
from tests.conversations.conftest import Phone, placed

pytestmark = pytest.mark.rasa


def paid_state(phone: Phone) -> str:
    def read(session: object, talk: object) -> str:
        payment = payments.for_order(session, placed(phone))  # type: ignore[arg-type]
        assert payment is not None
        return str(payment.state)

    return phone.look(read)


def sms_of(phone: Phone) -> Phone:
    """The text messages of the same number."""
    return Phone(phone.here, phone.client, phone.address.replace("whatsapp:", "sms:"))


def code_on(sms: Phone) -> str:
    """The six digits of the latest code that came by SMS."""
    said = sms.look(lambda s, c: [one.text for one in conversations.transcript(s, c.id)])
    codes = [code for text in said for code in re.findall(r"P-\w+: (\d{6})\b", text)]
    return str(codes[-1])


def other_than(code: str) -> str:
    return f"{(int(code) + 1) % 10**6:06d}"


def test_the_code_is_answered_where_the_report_was_made(budi: Phone) -> None:
    budi.orders_pads()
    assert "sms" in budi.says("udah transfer ya kak")
    code = code_on(sms_of(budi))
    assert "terkonfirmasi" in budi.says(code)
    assert paid_state(budi) == "verified_by_sms"
    assert placed(budi).state == "awaiting_payment"


def test_the_code_is_answered_by_sms_among_words(budi: Phone) -> None:
    budi.orders_pads()
    budi.sends_photo()
    sms = sms_of(budi)
    assert "terkonfirmasi" in sms.says(f"ini kodenya kak {code_on(sms)}")
    assert paid_state(budi) == "verified_by_sms"


def test_a_wrong_code_offers_a_new_one_and_the_new_one_works(budi: Phone) -> None:
    budi.orders_pads()
    budi.says("sudah saya transfer")
    sms = sms_of(budi)
    answer = budi.says(other_than(code_on(sms)))
    assert "belum cocok" in answer
    assert paid_state(budi) == "reported"
    assert answer.labels == ("Kirim ulang kode",)
    budi.taps("Kirim ulang kode")
    assert "terkonfirmasi" in budi.says(code_on(sms))


def test_five_wrong_codes_end_the_tries_and_a_person_still_checks(budi: Phone) -> None:
    budi.orders_pads()
    budi.says("sudah saya transfer")
    code = code_on(sms_of(budi))
    for _ in range(4):
        budi.says(other_than(code))
    assert "orang toko" in budi.says(other_than(code))
    assert "tidak berlaku" in budi.says(code)
    assert paid_state(budi) == "reported"


def test_the_code_that_did_not_come_is_not_sent_twice_at_once(budi: Phone) -> None:
    budi.orders_pads()
    budi.says("udah transfer ya")
    sms = sms_of(budi)
    before = code_on(sms)
    assert "sms" in budi.says("kodenya belum masuk kak")
    assert code_on(sms) == before


def test_six_digits_mean_nothing_while_no_code_is_open(budi: Phone) -> None:
    budi.orders_pads()
    budi.says("482913")
    assert paid_state(budi) == "awaiting"


def test_six_digits_that_are_money_are_not_eaten(budi: Phone) -> None:
    budi.orders_pads()
    budi.says("udah transfer ya kak")
    answer = budi.says("tadi saya transfer 127123 kak")
    assert "belum cocok" not in answer
    attempts = budi.look(lambda s, _: payments.for_order(s, placed(budi)).sms_attempts)
    assert attempts == 0


def test_the_code_in_the_middle_of_another_question_keeps_that_question(budi: Phone) -> None:
    budi.orders_pads()
    budi.says("udah transfer ya kak")
    code = code_on(sms_of(budi))
    budi.says("mau 1 kampas rem depan beat 2019 lagi")
    budi.says("lanjut pesan")
    answer = budi.says(code)
    assert "terkonfirmasi" in answer
    assert "pesan" in answer  # the summary still waits for its yes
    assert paid_state(budi) == "verified_by_sms"


def test_a_customer_who_only_texts_reports_and_confirms_by_text(
    phone: Callable[..., Phone],
) -> None:
    sms_only = phone("sms")
    sms_only.orders_pads()
    assert "kode 6 angka" in sms_only.says("sudah transfer kak")
    assert "terkonfirmasi" in sms_only.says(f"kode: {code_on(sms_only)}")


def test_an_english_customer_is_asked_in_english(budi: Phone) -> None:
    budi.says("hello, can you speak english please")
    budi.orders_pads()
    assert "6-digit code" in budi.says("i have transferred the money")
    assert "right code" in budi.says(f"the code is {code_on(sms_of(budi))}")


def test_an_album_is_thanked_for_once_and_asks_for_one_code(budi: Phone) -> None:
    budi.orders_pads()
    assert "6 angka" in budi.sends_photo()
    again = budi.sends_photo()
    assert "satukan" in again
    assert "6 angka" not in again
