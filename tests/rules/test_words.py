"""Of several wordings the one said longest ago, whatever values it was said with."""

from __future__ import annotations

from typing import Any

import pytest

from actions.words import Words

EN = [{"type": "slot", "name": "language", "value": "en"}]
RESPONSES: dict[str, list[dict[str, Any]]] = {
    "utter_sorry": [
        {"text": "Maaf {kak}, {thing} tidak ada."},
        {"text": "Sorry, no {thing}.", "condition": EN},
        {"text": "{thing} juga tidak ada, {kak}."},
        {"text": "No {thing} either.", "condition": EN},
        {"text": "Belum ada {thing}-nya, {kak}."},
        {"text": "Still no {thing}.", "condition": EN},
    ],
    "utter_once": [{"text": "Punya {kakak}."}, {"text": "Yours.", "condition": EN}],
}


@pytest.mark.parametrize(
    ("heard", "text"),
    [
        ((), "Maaf Bu, busi tidak ada."),
        (("Maaf Kak, kampas rem tidak ada.",), "busi juga tidak ada, Bu."),
        (
            ("Maaf Bu, oli tidak ada.", "gir juga tidak ada, Bu.", "Halo."),
            "Belum ada busi-nya, Bu.",
        ),
        (
            ("gir juga tidak ada, Bu.", "Belum ada aki-nya, Bu.", "Maaf Bu, a\nb tidak ada."),
            "busi juga tidak ada, Bu.",
        ),
    ],
)
def test_the_wording_said_longest_ago_comes_next(heard: tuple[str, ...], text: str) -> None:
    assert Words(RESPONSES, "id", "Bu").fresh("utter_sorry", heard, thing="busi") == text


def test_english_has_its_own_wordings() -> None:
    words = Words(RESPONSES, "en", "Bu")
    assert words.fresh("utter_sorry", ["Sorry, no oil."], thing="plug") == "No plug either."


def test_a_single_wording_is_left_to_rasa() -> None:
    assert Words(RESPONSES, "id").fresh("utter_once", []) is None


@pytest.mark.parametrize(("honorific", "text"), [(None, "Punya Kakak."), ("Pak", "Punya Bapak.")])
def test_a_sentence_addresses_the_customer(honorific: str | None, text: str) -> None:
    assert Words(RESPONSES, "id", honorific).text("utter_once") == text
