"""More is wanted than there is: what is there is taken, the rest is told of once it came in."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from crm_core import carts, catalogue, checkout, conversations, stock
from crm_core.catalogue import Wish
from crm_core.customers import Customer
from crm_core.errors import NotFound
from crm_core.timeline import Actor
from tests import factories, selling
from tests.selling import FILTER, PADS

SHOP = Actor.system("test")


@pytest.fixture
def budi(session: Session) -> Customer:
    selling.part(session, pieces=3)
    selling.account(session)
    return factories.conversation(session).customer


def lines(session: Session, customer: Customer) -> dict[str, int]:
    return {one.part_code: one.quantity for one in carts.show(session, customer).lines}


def wishes(session: Session, customer: Customer) -> list[tuple[int | None, bool]]:
    rows = session.scalars(sa.select(Wish).where(Wish.customer_id == customer.id))
    return [(one.quantity, one.notify) for one in rows]


def arrivals(session: Session, customer: Customer) -> int:
    carts.tell_arrivals(session)
    (talk,) = conversations.of_customer(session, customer)
    said = conversations.latest(session, talk.id)
    return sum("sudah masuk" in one.text or PADS in one.text for one in said)


def test_of_five_wanted_three_are_taken_and_two_waited_for(
    session: Session, budi: Customer
) -> None:
    found = carts.take_available(session, budi, PADS, 5, Actor.customer(budi))
    assert (found.taken, found.missing, lines(session, budi)) == (3, 2, {PADS: 3})
    assert wishes(session, budi) == [(2, True)]
    assert selling.level(session) == (3, 0)


def test_what_is_there_altogether_leaves_no_wish(session: Session, budi: Customer) -> None:
    carts.add(session, budi, PADS, 1, Actor.customer(budi))
    found = carts.take_available(session, budi, PADS, 3, Actor.customer(budi))
    assert (found.taken, found.missing, wishes(session, budi)) == (3, 0, [])


def test_a_part_that_is_gone_leaves_the_cart_and_is_waited_for(
    session: Session, budi: Customer
) -> None:
    carts.add(session, budi, PADS, 2, Actor.customer(budi))
    stock.correct(session, PADS, 0, SHOP, "hitung ulang")
    found = carts.take_available(session, budi, PADS, 2, Actor.customer(budi))
    assert (found.taken, found.missing, lines(session, budi)) == (0, 2, {})


def test_a_part_that_nobody_sells_changes_nothing(session: Session, budi: Customer) -> None:
    with pytest.raises(NotFound, match="part_not_found"):
        carts.take_available(session, budi, FILTER, 2, Actor.customer(budi))
    assert (lines(session, budi), wishes(session, budi)) == ({}, [])


def test_the_rest_is_told_of_once_when_it_came_and_not_while_only_the_own_pieces_lie_there(
    session: Session, budi: Customer
) -> None:
    carts.take_available(session, budi, PADS, 5, Actor.customer(budi))
    assert arrivals(session, budi) == 0  # three are there, and in the cart
    checkout.place(session, budi, actor=Actor.customer(budi), delivery=selling.delivery(session))
    assert arrivals(session, budi) == 0
    stock.receive(session, PADS, 1, SHOP, "kiriman")
    assert arrivals(session, budi) == 0  # two are waited for
    stock.receive(session, PADS, 1, SHOP, "kiriman")
    assert (arrivals(session, budi), arrivals(session, budi)) == (1, 1)
    assert selling.level(session) == (5, 3)


def test_a_smaller_wish_of_the_same_day_is_the_one_that_counts(
    session: Session, budi: Customer
) -> None:
    carts.take_available(session, budi, PADS, 8, Actor.customer(budi))
    carts.take_available(session, budi, PADS, 4, Actor.customer(budi))
    checkout.place(session, budi, actor=Actor.customer(budi), delivery=selling.delivery(session))
    stock.receive(session, PADS, 1, SHOP, "kiriman")
    assert arrivals(session, budi) == 1
    assert len(catalogue.wishes_of(session, budi.id)) == 0
