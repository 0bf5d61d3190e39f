"""Notices speak both languages, name the same facts, and never leave a gap."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from crm_core import notices
from crm_core.money import Rupiah

PROMISED = {
    "bot_unavailable", "handoff_after_failure", "order_expired", "payment_accepted",
    "payment_rejected", "payment_underpaid", "payment_overpaid", "payment_duplicate",
    "payment_late", "payment_refunded", "order_packed", "order_shipped",
    "order_shipped_by_driver", "order_delivered", "order_cancelled_by_shop", "agent_joined",
    "complaint_in_progress", "complaint_waiting_customer", "complaint_resolved",
    "complaint_closed", "complaint_reopened", "complaint_answered", "part_arrived",
}  # fmt: skip
FACTS = {
    "order_code": "P-7KM2Q",
    "address": "Jl. Gajah Mada No. 218",
    "complaint_code": "K-9TR4B",
    "return_code": "R-4HN7T",
    "amount": Rupiah(150_000),
    "due": Rupiah(150_123),
    "missing": Rupiah(123),
    "extra": Rupiah(77),
    "reason": "stok {habis} %s",
    "courier": "JNE",
    "tracking_number": "JNE0012",
    "account": "BCA ***9999",
    "ahead": 2,
    "inside": "2 x Kampas Rem Depan",
    "name": "Siti",
    "part_code": "06455KVBN01",
    "text": "sudah kami kirim ulang",
    "digits": "482913",
    "link": "https://sapa.example/o/NDI.aSAPmQ.xxxxxxxxxxxxxxxxxxxxxxxxxxx",
    "part": "Kampas Rem Depan",
    "quantity": 2,
    "quoted": "tokonya buka hari Minggu dong",
    "shop": "Sapa Motor",
    "bank": "BCA",
    "number": "0291234567",
    "holder": "PT Sapa Motor",
    "deadline": datetime(2026, 11, 25, 2, 15, tzinfo=UTC),
    "promised_at": datetime(2026, 11, 23, 2, 15, tzinfo=UTC),
}


def test_every_promised_notice_exists() -> None:
    assert notices.codes() >= PROMISED


@pytest.mark.parametrize("code", sorted(notices.codes()))
def test_both_languages_have_the_notice_and_name_the_same_facts(code: str) -> None:
    assert notices.placeholders(code, "id") == notices.placeholders(code, "en")
    assert notices.placeholders(code, "id") <= set(FACTS)


@pytest.mark.parametrize("code", sorted(notices.codes()))
def test_the_languages_are_not_copies_of_each_other(code: str) -> None:
    assert notices.render(code, "id", **FACTS) != notices.render(code, "en", **FACTS)


@pytest.mark.parametrize("code", sorted(notices.codes()))
@pytest.mark.parametrize("language", notices.LANGUAGES)
def test_a_notice_fits_two_text_messages_and_keeps_no_gap(code: str, language: str) -> None:
    text = notices.render(code, language, **FACTS)
    assert 20 < len(text) <= 306
    assert "{" not in text.replace(FACTS["reason"], "")  # type: ignore[arg-type]


def test_indonesian_and_english_have_the_same_codes() -> None:
    from crm_core.notices import text

    assert set(text._texts("id")) == set(text._texts("en"))


def test_a_customers_braces_are_shown_and_not_filled() -> None:
    text = notices.render("payment_rejected", "id", order_code="P-7KM2Q", reason="{amount} %s {0}")
    assert "{amount} %s {0}" in text


def test_money_and_times_are_written_as_people_read_them() -> None:
    accepted = notices.render("payment_accepted", "id", order_code="P-7KM2Q", amount=Rupiah(1500))
    assert "Rp 1.500" in accepted
    at = datetime(2026, 11, 23, 2, 15, tzinfo=UTC)
    assert "Senin, 23 Nov 09.15 WIB" in notices.render(
        "handoff_after_failure", "id", promised_at=at
    )
    assert "Monday, 23 Nov 09:15 WIB" in notices.render(
        "handoff_after_failure", "en", promised_at=at
    )


def test_another_language_hears_indonesian() -> None:
    assert notices.render("bot_unavailable", "jv") == notices.render("bot_unavailable", "id")


def test_a_missing_fact_is_our_mistake_and_not_a_gap_in_a_sentence() -> None:
    with pytest.raises(KeyError):
        notices.render("order_shipped", "id", order_code="P-7KM2Q")


def test_an_unknown_notice_is_our_mistake() -> None:
    with pytest.raises(KeyError):
        notices.render("no_such_notice", "id")
