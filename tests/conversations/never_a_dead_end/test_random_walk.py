"""Customers who write anything in any order: every one of them is answered, and sensibly.

The messages are those of ``tests/understanding/heldout.tsv``, which the assistant was not trained
on. ``WALK_TURNS`` sets the length and ``WALK_SEED`` the path (``make walk`` takes several for its
10,000 turns). A failure prints the talk that led to it; ``WALK_LOG`` names a file that gets each at
once, ``WALK_BOOK`` one that gets the figures of each walk that came to its end.
"""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Callable, Iterable
from pathlib import Path
from random import Random
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from channels import sms
from crm_core import handoffs, orders, staff, stock, timeline
from crm_core.conversations import Conversation, rules
from crm_core.orders import Order, OrderLine
from tests import spoken
from tests.conversations.conftest import Answer, Phone

pytestmark = pytest.mark.rasa

MESSAGES = Path(__file__).parents[2] / "understanding" / "heldout.tsv"
TURNS = int(os.environ.get("WALK_TURNS", "400"))
SEED = int(os.environ.get("WALK_SEED", "7"))
LOG, BOOK = os.environ.get("WALK_LOG", ""), os.environ.get("WALK_BOOK", "")
TURNS_OF_ONE = 40
TAPS, DIGITS, PHOTOS, SHOPPING = 0.25, 0.05, 0.03, 0.17
MOST_SMS_PARTS = 5
"""An SMS may hold a list of five parts with their prices: five times 153 signs. Our choice."""
BUYS = {
    "id": (
        "mau 2 kampas rem depan beat 2019",
        "lanjut pesan",
        "Budi, Jl. Gajah Mada No. 5, Pontianak Selatan",
        "iya",
    ),
    "en": (
        "I want 2 front brake pads for beat 2019",
        "checkout please",
        "Andrew, Jl. Diponegoro No. 21, Singkawang Barat",
        "yes please",
    ),
}
FIRST = {"id": "halo kak, mau tanya barang dong", "en": "hello, I need some help please"}
GOES_ON = {"id": "Lanjut pesan", "en": "Order now"}
AGREES = {"id": "Ya, pesankan", "en": "Yes, order"}


def _messages(language: str) -> list[tuple[str, str]]:
    """Messages of people who speak ``language`` and do not ask for another, with their intents."""
    with MESSAGES.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream, delimiter="\t", quoting=csv.QUOTE_NONE))
    return [
        (row["text"].replace("\\n", "\n").replace("\\t", "\t"), row["intent"])
        for row in rows
        if row["intent"] != "change_language"
        and (row["register"] == "english") == (language == "en")
    ]


class Walker:
    """One customer and what has been said so far."""

    def __init__(
        self, phone: Phone, language: str, messages: list[tuple[str, str]], random: Random
    ) -> None:
        self.phone = phone
        self.language = language
        self._messages = messages
        self._random = random
        self.faults: list[str] = []
        self.agreed = 0
        self._talk: list[str] = []
        self._last: Answer | None = None
        self._asked_again = False

    def begin(self) -> None:
        """A first sentence that leaves no doubt about the language."""
        self._hear(self.phone.says(FIRST[self.language]), FIRST[self.language])

    def step(self) -> None:
        """One turn; where a person was called, that person serves and hands back."""
        if self.phone.look(lambda _, c: c.handler) != "bot":
            self.phone.look(_served_by_a_person)
            self._hear(self.phone.waits(), "(a person has helped)")
            return
        before = self.phone.look(_orders)
        could_agree = self._last is not None and AGREES[self.language] in self._last.labels
        self._asked_again = False
        try:
            self._say_something()
        except AssertionError as silence:
            self._fault(str(silence))
        placed = self.phone.look(_orders) - before
        self.agreed += placed
        if placed and (placed > 1 or not could_agree):
            self._fault("an order without a yes to its summary")

    def _say_something(self) -> None:
        chance = self._random.random()
        if chance < TAPS and self._last is not None and self._last.labels:
            label = self._random.choice(self._last.labels)
            self._hear(self.phone.taps(label), f"[{label}]")
        elif chance < TAPS + DIGITS:
            digit = str(self._random.randint(1, 6))
            self._hear(self.phone.says(digit), digit)
        elif chance < TAPS + DIGITS + PHOTOS:
            self._hear(self.phone.sends_photo(), "(photo)")
        elif chance < TAPS + DIGITS + PHOTOS + SHOPPING:
            message = self._next_of_buying()
            self._hear(self.phone.says(message), message)
        else:
            message, intent = self._random.choice(self._messages)
            if self.phone.address.startswith("sms:") and rules.stop_word(message):
                return  # the carrier's own word: after it nothing may be sent at all
            self._asked_again = intent == "repeat"
            self._hear(self.phone.says(message), message)

    def _next_of_buying(self) -> str:
        """What somebody who wants to buy says to the last answer."""
        wants, goes_on, address, agrees = BUYS[self.language]
        if self._last is None:
            return wants
        if AGREES[self.language] in self._last.labels:
            return agrees
        if any(example in self._last.text for example in ("Contoh: Budi", "Example: Budi")):
            return address
        return goes_on if GOES_ON[self.language] in self._last.labels else wants

    def _hear(self, answer: Answer, after: str) -> None:
        self._talk += [f"> {after}", f"< {answer.text}   {list(answer.labels)}"]
        said = "\n".join((answer.text, *answer.labels))
        foreign = spoken.sentences_not_in(self.language, spoken.own_words(answer.text))
        again = self._last is not None and self._last.text == answer.text
        if not answer.text.strip():
            self._fault("an empty answer")
        if spoken.leaks(said):
            self._fault(f"machinery: {spoken.leaks(said)}")
        if foreign:
            self._fault(f"not in {self.language}: {foreign}")
        if again and spoken.apologises(answer.text) and not self._asked_again:
            self._fault("the same apology twice")
        if not spoken.leads_on(answer.text, answer.labels):
            self._fault("no next step")
        self._check_channel(answer)
        self._last = answer

    def _check_channel(self, answer: Answer) -> None:
        """Every message fits an SMS, also on other channels: the same texts go there."""
        for body in answer.bodies:
            if sms.parts(sms.plain(body)) > MOST_SMS_PARTS and self.phone.address[:3] == "sms":
                self._fault(f"{sms.parts(sms.plain(body))} SMS for one answer")
            if not sms.is_gsm7(sms.plain(spoken.own_words(body))):
                self._fault("signs that an SMS pays double for")

    def _fault(self, fault: str) -> None:
        self.faults.append("\n".join([f"--- {fault}", *self._talk[-8:]]))
        if LOG:
            with Path(LOG).open("a", encoding="utf-8") as log:
                log.write(self.faults[-1] + "\n\n")


def _orders(session: Session, talk: Conversation) -> int:
    return len(orders.of_customer(session, talk.customer, limit=100))


def _served_by_a_person(session: object, talk: Conversation) -> None:
    agent = staff.listing(session)[0]  # type: ignore[arg-type]
    if talk.handler == "queue":
        handoffs.claim(session, talk, agent)  # type: ignore[arg-type]
    handoffs.hand_back(session, talk, agent)  # type: ignore[arg-type]


def _counts(rows: Iterable[Any]) -> dict[int, int]:
    return {part: int(count) for part, count in rows}


def _untrue(session: Session, agreed: int, known: int) -> list[str]:
    """What must hold of the whole shop after all those talks, and does not."""
    found = []
    placed = session.scalar(select(func.count()).select_from(Order)) or 0
    if placed - known != agreed:
        found.append(f"{placed - known} orders for {agreed} yeses")
    held = _counts(
        session.execute(
            select(stock.Reservation.part_id, func.sum(stock.Reservation.quantity))
            .where(stock.Reservation.state == "held")
            .group_by(stock.Reservation.part_id)
        )
    )
    promised = _counts(
        session.execute(
            select(OrderLine.part_id, func.sum(OrderLine.quantity))
            .join(Order)
            .where(Order.state.in_(("awaiting_payment", "paid", "packed")))
            .group_by(OrderLine.part_id)
        )
    )
    if held != promised:
        found.append("what is held is not what open orders hold")
    oversold = select(func.count()).where(stock.StockLevel.on_hand < stock.StockLevel.reserved)
    if session.scalar(oversold):
        found.append("more is promised than there is")
    if timeline.verify(session).broken_at is not None:
        found.append("the history does not fit its seals")
    return found


@pytest.mark.parametrize("language", ["id", "en"])
def test_every_turn_is_answered_in_the_customers_language(
    phone: Callable[..., Phone], language: str, capsys: pytest.CaptureFixture[str]
) -> None:
    random = Random(f"{SEED}-{language}")  # noqa: S311 - a path to repeat, not a secret
    messages = _messages(language)
    share = TURNS * 3 // 4 if language == "id" else TURNS // 4
    walkers: list[Walker] = []
    known = 0
    for turn in range(share):
        if turn % TURNS_OF_ONE == 0:
            channel = random.choice(("whatsapp", "whatsapp", "sms", "web"))
            walkers.append(Walker(phone(channel), language, messages, random))
            walkers[-1].begin()
        if turn == 0:
            known = walkers[0].phone.look(_all_orders)
        walkers[-1].step()
    faults = [fault for walker in walkers for fault in walker.faults]
    agreed = sum(walker.agreed for walker in walkers)
    faults += walkers[-1].phone.look(lambda s, _: _untrue(s, agreed, known))
    figures = f"{share} turns, {len(walkers)} customers, {agreed} orders, {len(faults)} faults"
    _write_down(language, share, len(walkers), agreed, len(faults))
    with capsys.disabled():
        print(f"\n{language}: {figures}")  # noqa: T201 - the figures are a long walk's result
    assert not faults, "\n".join([figures, *faults[:20]])


def _write_down(language: str, turns: int, customers: int, agreed: int, faults: int) -> None:
    if not BOOK:
        return
    walk = {"seed": SEED, "of": TURNS, "language": language}
    figures = {"turns": turns, "customers": customers, "orders": agreed, "faults": faults}
    with Path(BOOK).open("a", encoding="utf-8") as book:
        book.write(json.dumps(walk | figures) + "\n")


def _all_orders(session: Session, _: Conversation) -> int:
    return session.scalar(select(func.count()).select_from(Order)) or 0
