"""The ear of the random walk hears what it should: on every sentence the assistant can say."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from tests import spoken

DOMAIN = Path(__file__).parents[2] / "bot" / "domain"


def _responses() -> Iterator[tuple[str, str]]:
    for file in sorted(DOMAIN.glob("*.yml")):
        responses = yaml.load(file.read_text("utf-8"), yaml.CSafeLoader).get("responses") or {}
        for name, variations in responses.items():
            if name.startswith("utter_language_"):
                continue  # said in the language that was asked for, whatever was spoken before
            for variation in variations:
                conditions = variation.get("condition") or ()
                english = any(wanted.get("value") == "en" for wanted in conditions)
                text = re.sub(r"\{\w+\}", "7", str(variation["text"]))
                yield ("en" if english else "id"), text


@pytest.mark.slow
def test_no_sentence_of_the_assistant_is_taken_for_the_other_language() -> None:
    wrong = {text: found for language, text in _responses() if (found := _foreign(language, text))}
    assert wrong == {}


def _foreign(language: str, text: str) -> list[str]:
    return spoken.sentences_not_in(language, text)


def test_most_long_sentences_are_recognised() -> None:
    long = [(language, text) for language, text in _responses() if len(text.split()) >= 8]
    known = sum(
        any(spoken.language_of(piece) == language for piece in re.split(r"(?<=[.!?])\s+|\n+", text))
        for language, text in long
    )
    assert known / len(long) > 0.95


@pytest.mark.parametrize(
    "reply", ['/order_part{"part_code": "X"}', "Total {total}", "utter_ask_name", "Harga: None"]
)
def test_machinery_is_heard(reply: str) -> None:
    assert spoken.leaks(reply)


@pytest.mark.parametrize("reply", ["Buka https://sapa.test/o/abc", "Senin/Selasa", "Rp 10.000"])
def test_ordinary_writing_is_no_machinery(reply: str) -> None:
    assert spoken.leaks(reply) == []
