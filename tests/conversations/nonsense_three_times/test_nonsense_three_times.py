"""Writes what nobody can read."""

from __future__ import annotations

import pytest

from tests.conversations.conftest import Phone

pytestmark = pytest.mark.rasa


def test_example_then_guesses_then_a_person(budi: Phone) -> None:
    assert "kata lain" in budi.says("zxcv")
    guesses = budi.says("qqwq wrrt")
    assert 2 <= len(guesses.labels) <= 4
    assert "orang toko" in budi.says("mnbvx")
    assert budi.look(lambda _, c: c.handler) == "queue"


def test_a_clear_word_in_between_starts_anew(budi: Phone) -> None:
    budi.says("zxcv")
    budi.says("toko buka jam berapa?")
    assert "kata lain" in budi.says("zxcv")
