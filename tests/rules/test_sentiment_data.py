"""What the assistant learns moods from, and that nothing held out is taught."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
HELD_OUT = ROOT / "tests" / "understanding"


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream, delimiter="\t", quoting=csv.QUOTE_NONE))


@pytest.fixture(scope="module")
def moods() -> list[dict[str, str]]:
    return [row for path in sorted((ROOT / "data/sentiment").glob("*.tsv")) for row in rows(path)]


def test_each_mood_is_taught_by_more_than_a_hundred_messages(moods: list[dict[str, str]]) -> None:
    counts = Counter((row["sentiment"], row["angry"]) for row in moods)
    assert set(counts) == {
        ("negative", "yes"),
        ("negative", "no"),
        ("neutral", "no"),
        ("positive", "no"),
    }
    assert min(counts.values()) > 100


def test_no_mood_is_taught_twice(moods: list[dict[str, str]]) -> None:
    counts = Counter(row["text"].lower() for row in moods)
    assert [text for text, count in counts.items() if count > 1] == []


def test_held_out_moods_are_never_taught(moods: list[dict[str, str]]) -> None:
    held_out = {row["text"].lower() for row in rows(HELD_OUT / "sentiment.tsv")}
    assert held_out & {row["text"].lower() for row in moods} == set()


def test_hardly_any_held_out_message_happens_to_be_taught() -> None:
    """Both were written blind to each other; "siap makasih" is written by everybody."""
    taught = {
        line.removeprefix("- ").lower()
        for path in (ROOT / "data/nlu").glob("*.yml")
        for block in yaml.load(path.read_text("utf-8"), yaml.CSafeLoader)["nlu"]
        for line in block["examples"].splitlines()
    }
    held_out = {row["text"].lower() for row in rows(HELD_OUT / "heldout.tsv")}
    assert len(held_out & taught) < 0.05 * len(held_out)
    assert {text for text in held_out & taught if len(text.split()) > 7} == set()
