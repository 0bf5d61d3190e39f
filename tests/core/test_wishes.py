"""What was asked for in vain: kept once a day, ranked for buying, and told when it comes in."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine
from sqlalchemy.orm import Session

from crm_core import catalogue, conversations, reports, stock
from crm_core.catalogue import Wish
from crm_core.conversations import Conversation
from crm_core.customers import Customer
from crm_core.timeline import Actor
from tests.factories import BUDI, MOMENT, SITI, conversation
from tests.world import at_once, committed

SHOP = Actor.system("test")
PADS, PLUG = "06455KVBN01", "31919K25601"


@pytest.fixture
def budi(session: Session) -> Conversation:
    return shop(session)


def shop(session: Session) -> Conversation:
    """A customer's conversation, and two parts that are sold out."""
    rows = [
        {"part_code": PADS, "name": "Kampas Rem Depan — Vario 110", "price": 50_000, "stock": 0},
        {"part_code": PLUG, "name": "Busi — Beat", "price": 20_000, "stock": 0},
    ]
    catalogue.upsert_parts(session, rows, actor=SHOP)
    return conversation(session, BUDI)


def wish(session: Session, who: Conversation, code: str = PADS, **more: Any) -> Wish:
    values: dict[str, Any] = {"query": "kampas", "reason": "out_of_stock", "part_code": code}
    return catalogue.record_wish(
        session, customer_id=who.customer_id, conversation_id=who.id, **(values | more)
    )


def told(session: Session, customer: Customer) -> list[str]:
    (talk,) = conversations.of_customer(session, customer)
    return [
        message.text
        for message in conversations.latest(session, talk.id)
        if message.author == "system"
    ]


def count(session: Session) -> int:
    return session.scalar(sa.select(sa.func.count()).select_from(Wish)) or 0


def test_the_same_wish_of_a_day_is_kept_once_with_the_larger_quantity(
    session: Session, budi: Conversation
) -> None:
    first = wish(session, budi, quantity=2)
    again = wish(session, budi, quantity=5, notify=True)
    wish(session, budi, quantity=1)
    assert (again.id, again.quantity, again.notify, count(session)) == (first.id, 5, True, 1)


def test_words_count_as_the_same_thing_whatever_their_case(
    session: Session, budi: Conversation
) -> None:
    for query in ("Helm GM", " helm gm "):
        catalogue.record_wish(
            session, query=query, reason="not_found", customer_id=budi.customer_id
        )
    assert count(session) == 1


def test_another_customer_another_part_or_another_day_is_another_wish(
    session: Session, budi: Conversation
) -> None:
    with time_machine.travel(MOMENT, tick=False):
        wish(session, budi)
        wish(session, budi, PLUG)
        wish(session, conversation(session, SITI))
    with time_machine.travel(MOMENT + timedelta(days=1), tick=False):
        wish(session, budi)
    assert count(session) == 4


@pytest.mark.parametrize("way", ["received", "corrected", "imported"])
def test_however_stock_comes_in_who_asked_is_told_once(
    session: Session, budi: Conversation, way: str
) -> None:
    wish(session, budi, notify=True)
    assert catalogue.tell_arrivals(session) == 0
    if way == "received":
        stock.receive(session, PADS, 3, SHOP)
    elif way == "corrected":
        stock.correct(session, PADS, 3, SHOP, "count")
    else:
        row = {"part_code": PADS, "name": "Kampas Rem Depan — Vario 110", "stock": 3}
        catalogue.upsert_parts(session, [row], actor=SHOP)
    assert catalogue.tell_arrivals(session) == 1
    assert catalogue.tell_arrivals(session) == 0
    (text,) = told(session, budi.customer)
    assert "Kampas Rem Depan (06455KVBN01)" in text


def test_several_arrivals_are_one_message(session: Session, budi: Conversation) -> None:
    wish(session, budi, notify=True)
    wish(session, budi, PLUG, notify=True)
    stock.receive(session, PADS, 3, SHOP)
    stock.receive(session, PLUG, 3, SHOP)
    assert catalogue.tell_arrivals(session) == 1
    (text,) = told(session, budi.customer)
    assert PADS in text
    assert PLUG in text


def test_who_did_not_ask_to_be_told_is_left_in_peace(session: Session, budi: Conversation) -> None:
    wish(session, budi)
    stock.receive(session, PADS, 3, SHOP)
    assert catalogue.tell_arrivals(session) == 0
    assert told(session, budi.customer) == []


def test_who_wants_many_is_told_when_there_are_as_many(
    session: Session, budi: Conversation
) -> None:
    stock.receive(session, PADS, 3, SHOP)
    wish(session, budi, quantity=7, notify=True, at_least=10)
    assert catalogue.tell_arrivals(session) == 0
    stock.receive(session, PADS, 7, SHOP)
    assert catalogue.tell_arrivals(session) == 1


def test_a_part_that_has_no_price_yet_is_not_announced(
    session: Session, budi: Conversation
) -> None:
    wish(session, budi, notify=True)
    catalogue.change_part(session, PADS, SHOP, price_idr=None)
    stock.receive(session, PADS, 3, SHOP)
    assert catalogue.tell_arrivals(session) == 0


def test_a_wish_of_long_ago_is_not_told(session: Session, budi: Conversation) -> None:
    with time_machine.travel(MOMENT, tick=False):
        wish(session, budi, notify=True)
    stock.receive(session, PADS, 3, SHOP)
    with time_machine.travel(MOMENT + timedelta(days=91), tick=False):
        assert catalogue.tell_arrivals(session) == 0


def test_a_part_that_is_new_in_the_catalogue_is_found_for_an_old_wish(
    session: Session, budi: Conversation
) -> None:
    catalogue.record_wish(
        session,
        query="klakson beat",
        reason="not_found",
        customer_id=budi.customer_id,
        conversation_id=budi.id,
        notify=True,
    )
    assert catalogue.match_wishes(session) == 0
    row = {"part_code": "38110KVB931", "name": "Klakson — Beat", "price": 40_000, "stock": 4}
    catalogue.upsert_parts(session, [row], actor=SHOP)
    assert catalogue.match_wishes(session) == 1
    assert catalogue.tell_arrivals(session) == 1
    assert "38110KVB931" in told(session, budi.customer)[0]


def test_two_workers_at_the_same_moment_tell_once(database: sa.Engine) -> None:
    def asked(session: Session) -> int:
        talk = shop(session)
        wish(session, talk, notify=True)
        stock.receive(session, PADS, 3, SHOP)
        return talk.customer_id

    customer_id = committed(database, asked)
    counts = at_once(database, catalogue.tell_arrivals, catalogue.tell_arrivals)
    assert set(counts) == {0, 1}
    texts = committed(
        database, lambda session: told(session, session.get_one(Customer, customer_id))
    )
    assert len(texts) == 1


def test_the_report_ranks_by_how_often_and_by_rupiah(session: Session, budi: Conversation) -> None:
    siti = conversation(session, SITI)
    wish(session, budi, PLUG, quantity=2)
    wish(session, siti, PLUG, notify=True)
    wish(session, budi, PADS, quantity=10)
    catalogue.record_wish(
        session, query="helm gm", reason="not_found", customer_id=budi.customer_id, quantity=4
    )
    often = reports.wishes(session, since=MOMENT - timedelta(days=3650))
    assert [
        (row.part_code, row.times, row.customers, row.pieces, row.value_idr, row.to_tell)
        for row in often
    ] == [
        (PLUG, 2, 2, 3, 60_000, 1),
        (PADS, 1, 1, 10, 500_000, 0),
        (None, 1, 1, 4, None, 0),
    ]
    dear = reports.wishes(session, since=MOMENT - timedelta(days=3650), by="value")
    assert [row.part_code for row in dear] == [PADS, PLUG, None]


def test_three_failed_searches_of_one_thing_by_three_customers_top_the_report(
    session: Session, budi: Conversation
) -> None:
    wish(session, budi)
    for at in range(3):
        talk = conversation(session, f"whatsapp:+62812000000{at}0")
        catalogue.record_wish(
            session, query="Knalpot racing", reason="not_found", customer_id=talk.customer_id
        )
    top = reports.wishes(session, since=MOMENT - timedelta(days=3650))[0]
    assert (top.query, top.times) == ("Knalpot racing", 3)
