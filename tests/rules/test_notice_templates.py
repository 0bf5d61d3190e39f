"""Notices as templates: what WhatsApp's review asks for, and the same words as the notice."""

from __future__ import annotations

import re

import pytest

from channels.twin import limits
from crm_core import notices
from crm_core.money import Rupiah
from crm_core.notices import Template

ALL = notices.templates()


@pytest.mark.parametrize("template", ALL, ids=lambda one: one.name)
def test_whatsapp_would_review_it(template: Template) -> None:
    body = template.body
    assert limits.unapprovable({"twilio/text": {"body": body}}, template.samples) is None
    assert len(body) <= 1024
    assert re.fullmatch(r"[a-z0-9_]{1,512}", template.name)
    assert "''" not in body


def test_what_is_said_only_in_the_chat_or_by_sms_is_no_template() -> None:
    told = notices.codes() - {one.notice for one in ALL}
    assert told == {
        "bot_unavailable", "handoff_after_failure", "agent_joined", "sign_in_code", "payment_code",
        "got_voice", "got_video", "got_document", "got_contact", "got_sticker", "got_reaction",
        "got_location", "got_other", "chat_ended", "chat_and_promo_ended", "too_fast",
        "promise_moved", "agent_away", "queue_place", "queue_next", "queue_ahead",
        "menu_parts", "menu_cart", "menu_ordered", "menu_stuck", "moved_here",
        "moved_here_with_cart", "move_code_spent", "move_refused",
    }  # fmt: skip


def test_what_kinds_name_are_notices() -> None:
    offers = {one.notice for one in ALL if one.category == "marketing"}
    assert offers == {"part_arrived", "bargain_offered"}
    assert offers <= notices.codes()


def test_a_template_filled_says_what_the_notice_says() -> None:
    facts: dict[str, object] = {"order_code": "P-7KM2Q", "amount": Rupiah(150_000)}
    template = notices.template("payment_accepted", "id")
    assert template is not None
    values = notices.facts_written("payment_accepted", "id", "Pak", facts | {"other": "x"})
    assert set(values) == set(template.samples)
    filled = limits.filled({"body": template.body}, values)
    assert filled == {"body": notices.render("payment_accepted", "id", "Pak", **facts)}


def test_who_is_addressed_first_is_greeted() -> None:
    template = notices.template("payment_refunded", "id")
    assert template is not None
    assert template.body.startswith("Halo {{kak}}, {{amount}} untuk pesanan")


def test_other_words_are_another_template() -> None:
    names = [template.name for template in ALL]
    assert len(set(names)) == len(names)
    changed = Template("x", "id", "utility", "Halo", {})
    assert changed.name != Template("x", "id", "utility", "Hai", {}).name


@pytest.mark.parametrize(
    ("fact", "line"),
    [("dua\nbaris\t!", "dua baris !"), ("", "-"), ("ya'", "ya’"), ("x" * 300, "x" * 249 + "…")],
)
def test_a_fact_is_one_line_that_twilio_takes(fact: str, line: str) -> None:
    facts: dict[str, object] = {"complaint_code": "K-9TR4B", "text": fact}
    assert notices.facts_written("complaint_answered", "id", None, facts)["text"] == line


def test_codes_and_reminders_are_not_worth_saying_late() -> None:
    late = {code for code in notices.codes() if notices.is_perishable(code)}
    assert {"sign_in_code", "payment_code", "payment_reminder"} <= late
    assert not late & {"payment_accepted", "order_shipped", "payment_refunded", "parcel_failed"}
    assert notices.is_perishable(None)
