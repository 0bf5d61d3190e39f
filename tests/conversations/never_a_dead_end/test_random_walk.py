"""Customers who write anything in any order: every one of them is answered, and sensibly.

The messages are those of ``tests/understanding/heldout.tsv``, which the assistant was not trained
on. ``WALK_TURNS`` sets the length (10,000 is the long walk of ``make walk``), ``WALK_SEED`` the
path. A failure prints the talk that led to it.
"""

from __future__ import annotations

import csv
import os
from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest

from crm_core import handoffs, staff
from crm_core.conversations import Conversation
from tests import spoken
from tests.conversations.conftest import Answer, Phone

pytestmark = pytest.mark.rasa

MESSAGES = Path(__file__).parents[2] / "understanding" / "heldout.tsv"
TURNS = int(os.environ.get("WALK_TURNS", "400"))
SEED = int(os.environ.get("WALK_SEED", "7"))
TURNS_OF_ONE = 40
TAPS, DIGITS, PHOTOS = 0.25, 0.05, 0.03


def _messages(language: str) -> list[str]:
    """Messages of people who speak ``language`` and do not ask for another."""
    with MESSAGES.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream, delimiter="\t", quoting=csv.QUOTE_NONE))
    return [
        row["text"].replace("\\n", "\n").replace("\\t", "\t")
        for row in rows
        if row["intent"] != "change_language"
        and (row["register"] == "english") == (language == "en")
    ]


class Walker:
    """One customer and what has been said so far."""

    def __init__(self, phone: Phone, language: str, messages: list[str], random: Random) -> None:
        self.phone = phone
        self.language = language
        self._messages = messages
        self._random = random
        self.faults: list[str] = []
        self._talk: list[str] = []
        self._last: Answer | None = None

    def begin(self) -> None:
        """A first sentence that leaves no doubt about the language."""
        first = {"id": "halo kak, mau tanya barang dong", "en": "hello, I need some help please"}
        self._hear(self.phone.says(first[self.language]), first[self.language])

    def step(self) -> None:
        """One turn; where a person was called, that person serves and hands back."""
        if self.phone.look(lambda _, c: c.handler) != "bot":
            self.phone.look(_served_by_a_person)
            self._hear(self.phone.waits(), "(a person has helped)")
            return
        chance = self._random.random()
        if chance < TAPS and self._last is not None and self._last.labels:
            label = self._random.choice(self._last.labels)
            self._hear(self.phone.taps(label), f"[{label}]")
        elif chance < TAPS + DIGITS:
            digit = str(self._random.randint(1, 6))
            self._hear(self.phone.says(digit), digit)
        elif chance < TAPS + DIGITS + PHOTOS:
            self._hear(self.phone.sends_photo(), "(photo)")
        else:
            message = self._random.choice(self._messages)
            self._hear(self.phone.says(message), message)

    def _hear(self, answer: Answer, after: str) -> None:
        self._talk += [f"> {after}", f"< {answer.text}   {list(answer.labels)}"]
        said = "\n".join((answer.text, *answer.labels))
        foreign = spoken.sentences_not_in(self.language, answer.text)
        again = self._last is not None and self._last.text == answer.text
        if not answer.text.strip():
            self._fault("an empty answer")
        if spoken.leaks(said):
            self._fault(f"machinery: {spoken.leaks(said)}")
        if foreign:
            self._fault(f"not in {self.language}: {foreign}")
        if again and spoken.apologises(answer.text):
            self._fault("the same apology twice")
        self._last = answer

    def _fault(self, fault: str) -> None:
        self.faults.append("\n".join([f"--- {fault}", *self._talk[-8:]]))


def _served_by_a_person(session: object, talk: Conversation) -> None:
    agent = staff.listing(session)[0]  # type: ignore[arg-type]
    if talk.handler == "queue":
        handoffs.claim(session, talk, agent)  # type: ignore[arg-type]
    handoffs.hand_back(session, talk, agent)  # type: ignore[arg-type]


@pytest.mark.parametrize("language", ["id", "en"])
def test_every_turn_is_answered_in_the_customers_language(
    phone: Callable[..., Phone], language: str
) -> None:
    random = Random(f"{SEED}-{language}")  # noqa: S311 - a path to repeat, not a secret
    messages = _messages(language)
    share = TURNS * 3 // 4 if language == "id" else TURNS // 4
    walkers: list[Walker] = []
    for turn in range(share):
        if turn % TURNS_OF_ONE == 0:
            channel = random.choice(("whatsapp", "whatsapp", "sms", "web"))
            walkers.append(Walker(phone(channel), language, messages, random))
            walkers[-1].begin()
        walkers[-1].step()
    faults = [fault for walker in walkers for fault in walker.faults]
    assert not faults, f"{len(faults)} faults in {share} turns\n" + "\n".join(faults[:20])
