"""Which clock a customer lives by: their own word, else where parcels go to, else the shop's."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from crm_core import clock, customers, shipping
from crm_core.customers import ZONES, Customer
from crm_core.errors import InvalidInput
from crm_core.shipping import District
from crm_core.timeline import Actor
from tests import factories


@pytest.fixture
def budi(session: Session) -> Customer:
    return factories.customer(session)


def lives_in(session: Session, customer: Customer, province: str) -> None:
    place = District(province=province, regency="Kota", name="Kota")
    session.add(place)
    session.flush()
    customers.remember_address(
        session,
        customer,
        recipient_name="Budi",
        phone=None,
        address="Jl. Merdeka 1",
        district_id=place.id,
    )


def test_nothing_known_is_the_shops(session: Session, budi: Customer) -> None:
    assert shipping.zone_of(session, budi.id) == clock.ZONE


def test_where_parcels_go_to_tells(session: Session, budi: Customer) -> None:
    lives_in(session, budi, "Papua Selatan")
    assert shipping.zone_of(session, budi.id) == ZONES["WIT"]


def test_the_customers_own_word_counts_more(session: Session, budi: Customer) -> None:
    lives_in(session, budi, "Papua Selatan")
    customers.set_zone(session, budi, "WITA", actor=Actor.customer(budi))
    assert shipping.zone_of(session, budi.id) == ZONES["WITA"]
    customers.set_zone(session, budi, None, actor=Actor.customer(budi))
    assert shipping.zone_of(session, budi.id) == ZONES["WIT"]


def test_another_word_is_refused(session: Session, budi: Customer) -> None:
    with pytest.raises(InvalidInput) as refused:
        customers.set_zone(session, budi, "GMT", actor=Actor.customer(budi))
    assert refused.value.code == "zone_unknown"
    assert budi.zone is None
