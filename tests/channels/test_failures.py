"""A message that did not arrive says why, in the reader's language, and what to do; and the button
beside it sends a new one."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from flask import Flask

import channels
from channels import delivery, i18n
from channels.context import Context
from channels.twilio import contents
from channels.twilio import sender as twilio_sender
from crm_core import conversations
from crm_core.conversations import delivery as core_delivery
from tests.channels.desk import a_case, desk_of, member, words

TWIN = Path(channels.__file__).parent / "twin"


def codes_of_the_twin() -> set[str]:
    """Every code with which the twin refuses a message, or lets one fail."""
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in TWIN.glob("*.py")]
    numbers = {
        node.value
        for tree in trees
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, int)
    }
    return {str(number) for number in numbers if 20_000 <= number < 100_000}


def test_the_twin_knows_the_codes_that_matter() -> None:
    assert codes_of_the_twin() >= {"20500", "21610", "63014", "63016", "63021"}


def test_every_code_has_a_sentence_that_says_what_to_do() -> None:
    known = codes_of_the_twin() | core_delivery.NOT_SHOWN | twilio_sender.CONTENT_CODES
    known |= {contents.GONE, delivery.OPTED_OUT, "no_account", "no_sender", "63018", "30003"}
    texts = i18n.catalogue()
    assert sorted(code for code in known if f"failures.{code}" not in texts) == []
    for name, text in texts.items():
        if name.startswith("failures."):
            for spoken in text.values():
                assert len(re.findall(r"[.](?:\s|$)", spoken)) >= 2 or ";" in spoken, name


@pytest.fixture
def failed(here: Context) -> tuple[str, int]:
    """A conversation and a message in it that the customer's blocking has stopped."""
    case = a_case(here)
    with here.unit_of_work() as session:
        talk = conversations.by_public_id(session, case.talk)
        message = conversations.say(session, talk, "Paketnya berangkat.", author="system")
        conversations.mark_failed(session, message.id, "63014", "blocked")
        return case.talk, message.id


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("id", "Pelanggan memblokir nomor WhatsApp toko. Hubungi lewat SMS atau telepon."),
        ("en", "The customer has blocked the shop's WhatsApp number. Use SMS or call."),
    ],
)
def test_the_conversation_says_why_and_what_to_do(
    here: Context, flask_app: Flask, failed: tuple[str, int], language: str, sentence: str
) -> None:
    siti = desk_of(flask_app, member(here))
    assert sentence in siti.text(f"/console/conversations/{failed[0]}?lang={language}")


def test_an_unknown_code_is_named(here: Context, flask_app: Flask, failed: tuple[str, int]) -> None:
    with here.unit_of_work() as session:
        session.get_one(conversations.Message, failed[1]).error_code = "99999"
    siti = desk_of(flask_app, member(here))
    page = siti.text(f"/console/conversations/{failed[0]}")
    assert "Gagal terkirim (kode 99999). Kirim lagi; kalau gagal lagi, telepon" in page


def test_the_button_sends_a_new_message_and_is_gone(
    here: Context, flask_app: Flask, failed: tuple[str, int]
) -> None:
    siti = desk_of(flask_app, member(here))
    address = f"/console/conversations/{failed[0]}"
    assert "Kirim lagi" in siti.text(address)
    page = siti.send(f"{address}/messages/{failed[1]}/again")
    assert "Dikirim lagi sebagai pesan baru" in page
    again = f"/messages/{failed[1]}/again"
    assert again not in siti.get(address).get_data(as_text=True)
    refused = siti.post(f"{address}/messages/{failed[1]}/again")
    shown = siti.text(address) if refused.status_code == 303 else words(refused)
    assert "tidak perlu dikirim lagi" in shown
    with here.unit_of_work() as session:
        said = conversations.latest(session, conversations.by_public_id(session, failed[0]).id)
        assert [one.text for one in said].count("Paketnya berangkat.") == 2
