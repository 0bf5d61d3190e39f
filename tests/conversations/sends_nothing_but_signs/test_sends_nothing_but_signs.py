"""A question mark, a thumb, a letter."""

from __future__ import annotations

import pytest

from tests.conversations.conftest import Phone, held

pytestmark = pytest.mark.rasa


@pytest.mark.parametrize("signs", ["?", "???", "...", "👍", "🙏🙏", ".", "!!", "😂", "-"])
def test_a_first_sign_is_answered_with_a_way_on(budi: Phone, signs: str) -> None:
    answer = budi.says(signs)
    assert "?" in answer.text or answer.labels or "ulis" in answer.text
    assert budi.look(lambda _, c: c.handler) == "bot"


@pytest.mark.parametrize("ping", ["p", "P", "tes", "cek", "test 123"])
def test_a_ping_is_answered(budi: Phone, ping: str) -> None:
    assert budi.says(ping).text


def test_a_thumb_below_the_summary_orders_or_asks_but_never_loses_the_cart(budi: Phone) -> None:
    budi.reaches_summary()
    answer = budi.says("👍")
    assert "Transfer tepat" in answer or held(budi) == {"06455K46N21": 2}


def test_question_marks_after_a_question_repeat_what_is_open(budi: Phone) -> None:
    budi.says("kampas rem depan beat 2019 ada?")
    answer = budi.says("??")
    assert answer.text
    assert budi.look(lambda _, c: c.handler) == "bot"


def test_three_signs_in_a_row_never_hear_the_same_apology(budi: Phone) -> None:
    heard = [budi.says(sign).text for sign in ("?", "...", "?")]
    assert heard[0] != heard[1]
    assert heard[1] != heard[2]
