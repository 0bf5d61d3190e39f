"""Which six digits are a code, and which words ask for another one."""

from __future__ import annotations

import pytest

from channels import sms
from crm_core import notices
from crm_core.payments import rules

DUE = 150_123


@pytest.mark.parametrize(
    "text",
    [
        "482913", " 482913 ", "482 913", "482-913", "482913 ya kak", "kodenya 482913",
        "ini kak: 482913", "kode sms nya 482913, sudah transfer ya", "the code you sent is 482913",
        "kode 482913.",
    ],
)  # fmt: skip
def test_six_digits_alone_or_among_a_few_words_are_a_code(text: str) -> None:
    assert rules.code_in(text, [DUE]) == "482913"


@pytest.mark.parametrize(
    "text",
    [
        "150123", "kode 150123", "sudah transfer 482913", "Rp 482913", "rp482913 udah masuk?",
        "Rp 482.913", "482,913", "482913,00", "tf 482913 barusan", "0812482913", "48291", "4829133",
        "482913 atau 482914", "halo", "06455K46N21", "S-482913", "+482913",
        "saya mau tanya dong kak kalau motor saya sudah jalan 482913 kilometer perlu ganti apa",
    ],
)  # fmt: skip
def test_money_and_other_numbers_are_no_code(text: str) -> None:
    assert rules.code_in(text, [DUE]) is None


@pytest.mark.parametrize(
    "text",
    [
        "kirim ulang kode", "kodenya belum masuk kak", "minta kode baru", "mana kodenya",
        "ga ada sms masuk, kirim lagi", "send the code again", "i didn't get the code",
        "sms nya blm dapat",
    ],
)  # fmt: skip
def test_the_code_is_asked_for_again(text: str) -> None:
    assert rules.asks_code_again(text)


@pytest.mark.parametrize(
    "text",
    [
        "kode part kampas rem apa lagi", "minta kode promo", "kirim lagi barangnya", "halo",
        "kode 06455K46N21 ada lagi?", "kode pos mana", "kode resi belum dapat",
    ],
)  # fmt: skip
def test_other_codes_of_the_shop_are_not_meant(text: str) -> None:
    assert not rules.asks_code_again(text)


@pytest.mark.parametrize("language", notices.LANGUAGES)
def test_the_code_travels_in_one_text_message(language: str) -> None:
    text = notices.render("payment_code", language, "Ibu", order_code="P-7KM2Q", digits="482913")
    assert sms.parts(sms.plain(text)) == 1
