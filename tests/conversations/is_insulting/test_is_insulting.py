"""Curses the shop or the bot."""

from __future__ import annotations

import pytest

from tests.conversations.conftest import Phone

pytestmark = pytest.mark.rasa


def test_a_cheated_and_cursing_customer_gets_an_apology_and_a_person(budi: Phone) -> None:
    answer = budi.says("ANJING kalian, barang busuk dikirim, nipu ya!!!")
    assert "maaf" in answer.text.lower()
    assert budi.look(lambda _, c: c.handler) == "queue"


def test_who_curses_the_bot_can_reach_a_person(budi: Phone) -> None:
    answer = budi.says("bot goblok ga ngerti2, panggil orangnya!")
    assert budi.look(lambda _, c: c.handler) == "queue"
    assert "paling lambat" in answer


def test_an_insult_is_never_answered_with_one(budi: Phone) -> None:
    answer = budi.says("dasar toko tolol")
    for word in ("tolol", "goblok", "bodoh"):
        assert word not in answer.text.lower()
    assert answer.text


def test_anger_in_english_is_answered_in_english(budi: Phone) -> None:
    answer = budi.says("this is a scam!!! where is my money, I will report you")
    assert "sorry" in answer.text.lower()
    assert budi.look(lambda _, c: c.handler) == "queue"
