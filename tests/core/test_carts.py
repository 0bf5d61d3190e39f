"""The cart: one per customer, priced and checked at the moment it is looked at."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from crm_core import carts
from crm_core.carts import CartLine
from crm_core.customers import Customer
from crm_core.errors import Conflict, InvalidInput, NotFound
from crm_core.money import Rupiah
from crm_core.timeline import Actor
from tests import factories, selling
from tests.selling import FILTER, ON_REQUEST, PADS
from tests.world import at_once, committed


@pytest.fixture
def customer(session: Session) -> Customer:
    selling.part(session)
    selling.part(session, FILTER, name="Saringan Oli", price=35_000, pieces=3, weight_g=120)
    selling.part(session, ON_REQUEST, name="Cakram", price=None, pieces=5)
    return factories.customer(session)


def test_an_untouched_cart_is_empty_and_worth_nothing(session: Session, customer: Customer) -> None:
    cart = carts.show(session, customer)
    assert (cart.empty, cart.lines, cart.total, cart.weight_g) == (True, (), 0, 0)


def test_the_total_is_the_sum_of_price_times_quantity(session: Session, customer: Customer) -> None:
    me = Actor.customer(customer)
    carts.add(session, customer, PADS, 2, me)
    cart = carts.add(session, customer, FILTER, 3, me)
    assert [(line.part_code, line.quantity, line.subtotal) for line in cart.lines] == [
        (PADS, 2, Rupiah(100_000)),
        (FILTER, 3, Rupiah(105_000)),
    ]
    assert cart.total == Rupiah(205_000)
    assert cart.weight_g == 2 * 300 + 3 * 120


def test_the_same_part_added_again_raises_its_quantity(
    session: Session, customer: Customer
) -> None:
    me = Actor.customer(customer)
    carts.add(session, customer, "06455-KVB-T01", 2, me)
    cart = carts.add(session, customer, "06455kvbt01", 3, me)
    assert [(line.part_code, line.quantity) for line in cart.lines] == [(PADS, 5)]


def test_a_price_change_shows_at_once(session: Session, customer: Customer) -> None:
    carts.add(session, customer, PADS, 2, Actor.customer(customer))
    session.execute(sa.text("update parts set price_idr = 60000 where part_code = :c"), {"c": PADS})
    assert carts.show(session, customer).total == Rupiah(120_000)


@pytest.mark.parametrize("quantity", [0, -1, 10_001, 10**9, True, 1.5, "3", None])
def test_an_illegal_quantity_changes_nothing(
    session: Session, customer: Customer, quantity: object
) -> None:
    carts.add(session, customer, PADS, 2, Actor.customer(customer))
    with pytest.raises(InvalidInput) as refused:
        carts.add(session, customer, PADS, quantity, Actor.customer(customer))  # type: ignore[arg-type]
    assert refused.value.code == "quantity_invalid"
    assert carts.show(session, customer).lines[0].quantity == 2


def test_a_part_without_a_price_cannot_be_put_into_the_cart(
    session: Session, customer: Customer
) -> None:
    with pytest.raises(Conflict) as refused:
        carts.add(session, customer, ON_REQUEST, 1, Actor.customer(customer))
    assert selling.refusal(refused.value) == (
        "price_on_request",
        {"part_code": ON_REQUEST, "name": "Cakram"},
    )
    assert carts.show(session, customer).empty


def test_more_than_the_stock_is_refused_with_what_there_is(
    session: Session, customer: Customer
) -> None:
    carts.add(session, customer, FILTER, 2, Actor.customer(customer))
    with pytest.raises(Conflict) as refused:
        carts.add(session, customer, FILTER, 2, Actor.customer(customer))
    assert selling.refusal(refused.value) == (
        "stock_short",
        {"part_code": FILTER, "name": "Saringan Oli", "available": 3, "in_cart": 2},
    )
    assert carts.show(session, customer).lines[0].quantity == 2


def test_an_unknown_part_is_refused(session: Session, customer: Customer) -> None:
    with pytest.raises(NotFound) as refused:
        carts.add(session, customer, "NOSUCHPART", 1, Actor.customer(customer))
    assert refused.value.code == "part_not_found"


def test_a_quantity_can_be_set_anew(session: Session, customer: Customer) -> None:
    carts.add(session, customer, PADS, 5, Actor.customer(customer))
    cart = carts.set_quantity(session, customer, PADS, 3, Actor.customer(customer))
    assert cart.lines[0].quantity == 3


def test_setting_the_quantity_of_a_part_not_in_the_cart_is_refused(
    session: Session, customer: Customer
) -> None:
    with pytest.raises(NotFound) as refused:
        carts.set_quantity(session, customer, PADS, 3, Actor.customer(customer))
    assert refused.value.code == "part_not_in_cart"
    assert carts.show(session, customer).empty


def test_a_removed_part_leaves_the_others(session: Session, customer: Customer) -> None:
    me = Actor.customer(customer)
    carts.add(session, customer, PADS, 1, me)
    carts.add(session, customer, FILTER, 1, me)
    cart = carts.remove(session, customer, "06455-kvb-t01", me)
    assert [line.part_code for line in cart.lines] == [FILTER]


def test_removing_what_is_not_there_is_refused(session: Session, customer: Customer) -> None:
    with pytest.raises(NotFound) as refused:
        carts.remove(session, customer, PADS, Actor.customer(customer))
    assert refused.value.code == "part_not_in_cart"


def test_a_cleared_cart_is_empty(session: Session, customer: Customer) -> None:
    carts.add(session, customer, PADS, 1, Actor.customer(customer))
    assert carts.clear(session, customer, Actor.customer(customer)).empty
    assert session.execute(sa.select(sa.func.count(CartLine.id))).scalar_one() == 0


def test_a_cart_is_nobody_elses(session: Session, customer: Customer) -> None:
    other = factories.customer(session, factories.SITI, "Siti")
    carts.add(session, customer, PADS, 1, Actor.customer(customer))
    assert carts.show(session, other).empty


def test_each_change_is_on_the_timeline_with_its_actor(
    session: Session, customer: Customer
) -> None:
    me = Actor.customer(customer)
    carts.add(session, customer, PADS, 1, me)
    carts.set_quantity(session, customer, PADS, 2, me)
    carts.remove(session, customer, PADS, Actor.bot())
    cart_id = session.execute(sa.text("select id from carts")).scalar_one()
    assert selling.actions(session, "cart", cart_id) == [
        ("added", "customer"),
        ("quantity_set", "customer"),
        ("removed", "bot"),
    ]


def test_two_channels_that_add_at_once_make_one_line_with_both(database: sa.Engine) -> None:
    def prepare(session: Session) -> int:
        selling.part(session, pieces=50)
        return factories.customer(session).id

    customer_id = committed(database, prepare)

    def add(session: Session) -> None:
        customer = session.get_one(Customer, customer_id)
        carts.add(session, customer, PADS, 1, Actor.customer(customer))

    assert at_once(database, *[add] * 8) == [None] * 8
    lines = committed(
        database, lambda session: carts.show(session, session.get_one(Customer, customer_id)).lines
    )
    assert [(line.part_code, line.quantity) for line in lines] == [(PADS, 8)]
