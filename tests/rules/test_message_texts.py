from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_core.conversations import rules


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("/restart", "restart"),
        ('/order_part{"part_code":"X"}', 'order_part{"part_code":"X"}'),
        ("  /restart", "restart"),
        ("//restart", "restart"),
        ("/ /restart", "restart"),
        ("／restart", "restart"),
        ("⁄restart", "restart"),
        ("∕restart", "restart"),
        ("\u200b/restart", "restart"),
        ("\ufeff\u200d/\u2060restart", "restart"),
        ("\u202e/restart", "restart"),
        ("EXTERNAL: restart", "restart"),
        ("external:/restart", "restart"),
        ("/EXTERNAL: /restart", "restart"),
        ("halo\n/restart", "halo\nrestart"),
        ("/", "?"),
        ("///", "?"),
    ],
)
def test_a_command_becomes_words(text: str, words: str) -> None:
    assert rules.neutralise(text) == words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("1/2 lusin", "1/2 lusin"),
        ("kampas depan/belakang", "kampas depan/belakang"),
        ("ｋａｍｐａｓ", "kampas"),
        ("harga?", "harga?"),
        ("halo\n\nada?", "halo\nada?"),
        ("👍🏽 oke", "👍🏽 oke"),
        ("", ""),
        ("   ", ""),
    ],
)
def test_other_words_stay(text: str, words: str) -> None:
    assert rules.neutralise(text) == words


@given(st.text(max_size=80))
def test_no_line_ever_begins_like_a_command(text: str) -> None:
    lines = rules.neutralise("/" + text).split("\n")
    assert not any(line.lstrip().startswith(("/", "／", "\\")) for line in lines)
    assert not any(line.upper().lstrip().startswith("EXTERNAL:") for line in lines)


@given(st.text(max_size=80))
def test_defusing_twice_changes_nothing_more(text: str) -> None:
    once = rules.neutralise(text)
    assert rules.neutralise(once) == once


@given(st.text(st.characters(exclude_categories=()), max_size=200))
def test_stored_text_never_holds_what_postgresql_refuses(text: str) -> None:
    stored = rules.clean(text, 50)
    assert len(stored) <= 50
    assert "\x00" not in stored
    stored.encode("utf-8")


@pytest.mark.parametrize("word", ["STOP", " stop ", "Stop.", "BERHENTI", "unsubscribe", "CANCEL"])
def test_the_words_that_end_sms(word: str) -> None:
    assert rules.stop_word(word) == "stop"


@pytest.mark.parametrize("word", ["START", "mulai", "unstop!"])
def test_the_words_that_resume_sms(word: str) -> None:
    assert rules.stop_word(word) == "start"


@pytest.mark.parametrize("text", ["", "batal", "stop dulu ya", "jangan stop", "ya", "nonstop"])
def test_a_sentence_ends_nothing(text: str) -> None:
    assert rules.stop_word(text) is None
