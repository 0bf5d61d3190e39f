"""Whole talks of hurried people end in the books as they were meant.

What does not yet is kept in the set: ``recorded.json`` says of each talk whether it reached its
goal and how many answers were beside the point, and neither may get worse
(``make talks ARGS=--record`` writes it). ``TALKS_BOOK`` names a file that gets one line for each.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import pytest

from tests.conversations.conftest import Phone
from tests.conversations.talks.playing import HERE, Played, Talk, all_talks, play

pytestmark = pytest.mark.rasa
RECORDED = json.loads((HERE / "recorded.json").read_text(encoding="utf-8"))
BOOK = os.environ.get("TALKS_BOOK", "")


@pytest.mark.parametrize("talk", all_talks(), ids=lambda talk: f"{talk.register}-{talk.name}")
def test_a_talk_reaches_its_goal(phone: Callable[..., Phone], talk: Talk) -> None:
    played = play(phone(talk.channel), talk)
    _write_down(talk, played)
    told = "\n".join(played.lines)
    known = RECORDED[talk.name]
    assert len(played.faults) <= known["faults"], "\n".join([*played.faults, told])
    assert not played.missed or not known["reached"], f"{played.missed}\n{told}"
    assert len(played.beside) <= known["beside"], "\n".join(played.beside)


def _write_down(talk: Talk, played: Played) -> None:
    if not BOOK:
        return
    entry = {"register": talk.register, "talk": talk.name, **asdict(played)}
    with Path(BOOK).open("a", encoding="utf-8") as book:
        book.write(json.dumps(entry, ensure_ascii=False) + "\n")
