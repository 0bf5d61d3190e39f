"""The load of `make bench` counts only good answers, and asks each thing equally often."""

from __future__ import annotations

import re
import threading
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from channels.twin import Sent
from channels.twin.http import Answer, HttpServer, Request
from scripts.bench_load import Customers, Ear, Line, closed_loop, open_loop

TALK = (Line("halo", re.compile("Halo")), Line("ada busi?", re.compile(r"Rp \d")))
GOOD = {"halo": "Halo Kak", "ada busi?": "Ada, Rp 18.000"}


class Shop(HttpServer):
    """Answers webhooks at once through the twin's ear."""

    def __init__(self) -> None:
        self.ear = Ear()
        self.status, self.said = 204, dict(GOOD)
        self.asked: list[str] = []
        super().__init__()

    def answer(self, request: Request) -> Answer:
        """Take a webhook and say what is to be said to it."""
        form = request.form
        self.asked.append(form["Body"])
        text = self.said.get(form["Body"])
        if text is not None:
            now = datetime.now(UTC)
            sent = Sent("SM1", form["From"], form["To"], text, "queued", None, now)
            threading.Thread(target=self.ear.heard, args=[sent]).start()
        return Answer(self.status)


@pytest.fixture
def shop() -> Iterator[Shop]:
    server = Shop()
    yield server
    server.stop()
    server.ear.stop()


@pytest.fixture
def customers(shop: Shop) -> Iterator[Customers]:
    made = Customers(shop.ear, shop.port, "http://sapa.test")
    yield made
    made.lines.close()


def test_customers_say_all_of_their_talk_in_order(shop: Shop, customers: Customers) -> None:
    said, within = closed_loop(customers, 1, 0.3, TALK)
    assert within <= len(said)
    assert all(one.good for one in said)
    assert [one.line for one in said] == [TALK[n % 2] for n in range(len(said))]
    assert len({one.number for one in said}) == (len(said) + 1) // 2


def test_an_answer_to_something_else_is_no_good(shop: Shop, customers: Customers) -> None:
    shop.said["ada busi?"] = "Maaf, ada gangguan"
    assert customers.asks("whatsapp:+62812", TALK[0]).good
    assert not customers.asks("whatsapp:+62812", TALK[1]).good


def test_what_was_not_taken_is_no_good_whatever_is_said(shop: Shop, customers: Customers) -> None:
    shop.status = 503
    said = open_loop(customers, 50, 0.2, TALK[:1], apart_s=0.1)
    assert [one.good for one in said] == [False] * 10


def test_an_open_loop_sends_all_at_their_time_though_nobody_answers(
    shop: Shop, customers: Customers
) -> None:
    shop.said.clear()
    said = open_loop(customers, 100, 0.2, TALK[:1], apart_s=0.1, patience_s=0.1)
    assert len(said) == len(shop.asked) == 20
    assert [one.good for one in said] == [False] * 20
    dues = sorted(one.due for one in said)
    assert [round((due - dues[0]) * 100) for due in dues] == list(range(20))


def test_an_open_loop_asks_each_thing_equally_often(shop: Shop, customers: Customers) -> None:
    said = open_loop(customers, 100, 0.4, TALK, apart_s=0.1)
    assert Counter(one.line.text for one in said) == {"halo": 20, "ada busi?": 20}
    assert all(one.good for one in said)
