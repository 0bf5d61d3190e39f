"""Bargaining: inside a margin by rule, outside it by a person, one price once."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from sqlalchemy.orm import Session

from crm_core import carts, customers, pricing
from crm_core.customers import Customer
from crm_core.errors import Conflict, NotAllowed, NotFound
from crm_core.pricing import Wanted
from crm_core.timeline import Actor, entries
from tests import factories
from tests.pricing import (
    BOSS,
    customer_with_cart,
    fill,
    place,
    refusal,
)
from tests.selling import FILTER, PADS


@pytest.fixture
def customer(session: Session) -> Customer:
    return customer_with_cart(session)


def test_an_offer_inside_the_margin_is_taken_once_and_never_again(
    session: Session, customer: Customer
) -> None:
    me = Actor.customer(customer)
    rina = factories.member(session, role="manager", name="Rina")
    pricing.save_margin_rule(session, max_percent=5, by=rina)
    offer = pricing.bargain(session, customer, PADS, 2, 48_000)
    assert (offer.state, offer.offered_idr, offer.decided_by) == ("offered", 48_000, "rule")
    cart = carts.take_bargain(session, customer, offer.id, me)
    assert [(d.kind, d.label, d.amount) for d in cart.discounts] == [
        ("bargain", "Kampas Rem Depan", 4_000)
    ]
    placed = place(session, customer)
    assert placed.order.discount_idr == 4_000
    assert pricing.bargain_of(session, offer.id).state == "used"
    fill(session, customer)
    again = lambda: carts.take_bargain(session, customer, offer.id, me)  # noqa: E731
    assert refusal(Conflict, again)[0] == "bargain_over"
    assert carts.show(session, customer).discount == 0
    steps = [one.action for one in entries(session, subject="bargain", subject_id=offer.id)]
    assert steps == ["accepted", "offered", "asked"]


def test_the_margin_rule_closest_to_part_and_class_counts(
    session: Session, customer: Customer
) -> None:
    rina = factories.member(session, role="manager", name="Rina")
    pricing.save_margin_rule(session, max_percent=10, by=rina)
    pricing.save_margin_rule(session, max_percent=0, by=rina, price_class="workshop")
    assert pricing.bargain(session, customer, PADS, 1, 45_000).state == "offered"
    customers.set_price_class(session, customer, "workshop", actor=BOSS)
    assert pricing.bargain(session, customer, FILTER, 1, 34_000).state == "asked"


def test_outside_the_margin_a_person_decides_and_an_agent_stays_within_it(
    session: Session, customer: Customer
) -> None:
    rina = factories.member(session, role="manager", name="Rina")
    sari = factories.member(session)
    pricing.save_margin_rule(session, max_percent=5, by=rina)
    asked = pricing.bargain(session, customer, PADS, 2, 40_000)
    assert (asked.state, asked.offered_idr) == ("asked", None)
    assert pricing.bargain(session, customer, PADS, 2, 20_000).state == "refused"
    deed = lambda: pricing.decide_bargain(session, asked.id, by=sari, offered_idr=40_000)  # noqa: E731
    assert refusal(NotAllowed, deed) == ("margin_exceeded", {"lowest": 47_500})
    decided = pricing.decide_bargain(session, asked.id, by=rina, offered_idr=40_000)
    assert (decided.state, decided.decided_by, decided.staff_name) == ("offered", "staff", "Rina")
    refused = refusal(NotAllowed, lambda: pricing.save_margin_rule(session, max_percent=9, by=sari))
    assert refused == ("manager_only", {})


def test_asking_again_brings_no_lower_price_and_time_ends_an_offer(
    session: Session, customer: Customer
) -> None:
    me = Actor.customer(customer)
    rina = factories.member(session, role="manager", name="Rina")
    with time_machine.travel(factories.MOMENT, tick=False) as clock_:
        pricing.save_margin_rule(session, max_percent=10, by=rina)
        first = pricing.bargain(session, customer, PADS, 2, 49_000)
        assert pricing.bargain(session, customer, PADS, 2, 45_000) == first
        carts.take_bargain(session, customer, first.id, me)
        assert carts.show(session, customer).discount == 2_000
        carts.set_quantity(session, customer, PADS, 1, me)
        assert carts.show(session, customer).discount == 0  # agreed for two
        carts.set_quantity(session, customer, PADS, 3, me)
        assert carts.show(session, customer).discount == 2_000
        clock_.shift(timedelta(hours=24))
        assert carts.show(session, customer).discount == 0
        assert pricing.expire_bargains(session) == 1
        assert pricing.bargain_of(session, first.id).state == "expired"


def test_a_bargain_of_somebody_else_is_unknown(session: Session, customer: Customer) -> None:
    rina = factories.member(session, role="manager", name="Rina")
    pricing.save_margin_rule(session, max_percent=10, by=rina)
    offer = pricing.bargain(session, customer, PADS, 1, 48_000)
    siti = factories.customer(session, factories.SITI, "Siti")
    deed = lambda: carts.take_bargain(session, siti, offer.id, Actor.customer(siti))  # noqa: E731
    assert refusal(NotFound, deed) == ("bargain_not_found", {})
    stolen = pricing.quote(session, siti, [Wanted(PADS, 1, offer.id)])
    assert stolen.discount == 0
