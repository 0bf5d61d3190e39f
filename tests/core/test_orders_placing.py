"""Placing an order on a real database: what is copied, held and refused."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine
from sqlalchemy.orm import Session

from crm_core import clock, orders
from crm_core.customers import Customer
from crm_core.db import announced
from crm_core.errors import Conflict, CrmError, InvalidInput, NotAllowed, NotFound
from crm_core.money import Rupiah
from crm_core.orders import Order, OrderState
from crm_core.timeline import Actor
from tests import factories, selling
from tests.selling import FILTER, ON_REQUEST, PADS
from tests.world import at_once, committed

STAFF = Actor("staff", None, "Sari")


@pytest.fixture
def customer(session: Session) -> Customer:
    selling.part(session)
    selling.part(session, FILTER, name="Saringan Oli", price=35_000, pieces=3, weight_g=120)
    return factories.customer(session)


def refused_nothing_remains(
    session: Session, deed: Callable[[], object], kind: type[CrmError]
) -> CrmError:
    told = list(announced(session))
    with pytest.raises(kind) as refused:
        deed()
    assert session.scalar(sa.select(sa.func.count(Order.id))) == 0
    assert session.scalar(sa.text("select count(*) from order_lines")) == 0
    assert session.scalar(sa.text("select count(*) from reservations")) == 0
    assert selling.level(session) == (10, 0)
    assert announced(session) == told
    return refused.value


def test_an_order_copies_prices_and_adds_up(session: Session, customer: Customer) -> None:
    order = selling.order(session, customer, (PADS, 2), (FILTER, 3))
    assert order.items_idr == Rupiah(205_000)
    assert order.weight_g == 960
    assert order.shipping_idr == Rupiah(9_000)
    assert order.discount_idr == 0
    assert order.total_idr == Rupiah(214_000)
    assert [
        (line.part_code, line.name, line.quantity, line.unit_price_idr, line.subtotal_idr)
        for line in order.lines
    ] == [
        (PADS, "Kampas Rem Depan", 2, 50_000, 100_000),
        (FILTER, "Saringan Oli", 3, 35_000, 105_000),
    ]


def test_a_later_price_change_leaves_the_order_alone(session: Session, customer: Customer) -> None:
    order = selling.order(session, customer, (PADS, 2))
    session.execute(sa.text("update parts set price_idr = 99000, name = 'Lain'"))
    session.expire_all()
    view = orders.view(session, order)
    assert (view.lines[0].name, view.lines[0].unit_price_idr) == ("Kampas Rem Depan", 50_000)
    assert view.total_idr == Rupiah(109_000)


def test_lines_of_the_same_part_become_one(session: Session, customer: Customer) -> None:
    order = selling.order(session, customer, (PADS, 2), ("06455-kvb-t01", 3))
    assert [(line.part_code, line.quantity) for line in order.lines] == [(PADS, 5)]


def test_placing_holds_the_stock_for_72_hours(session: Session, customer: Customer) -> None:
    with time_machine.travel(factories.MOMENT, tick=False):
        order = selling.order(session, customer, (PADS, 4))
        assert order.expires_at == clock.now() + timedelta(hours=72)
    assert order.state == OrderState.AWAITING_PAYMENT
    assert selling.level(session) == (10, 4)
    selling.refuse_wrong_stock(session)


def test_the_address_is_kept_as_it_was_given(session: Session, customer: Customer) -> None:
    order = selling.order(session, customer, note=" titip satpam ")
    assert order.recipient_name == "Budi Santoso"
    assert order.recipient_phone == "+6281234567890"
    assert order.address == "Jl. Gajah Mada No. 12"
    assert order.district_label == "Pontianak Kota, Kota Pontianak, Kalimantan Barat"
    assert order.note == "titip satpam"


def test_the_same_key_gives_the_first_order(session: Session, customer: Customer) -> None:
    first = selling.order(session, customer, (PADS, 2), idempotency_key="turn:1")
    again = selling.order(session, customer, (FILTER, 1), idempotency_key="turn:1")
    assert again.order_code == first.order_code
    assert session.scalar(sa.select(sa.func.count(Order.id))) == 1
    assert selling.level(session, FILTER) == (3, 0)


def test_the_key_of_somebody_else_is_refused(session: Session, customer: Customer) -> None:
    selling.order(session, customer, idempotency_key="turn:1")
    other = factories.customer(session, factories.SITI, "Siti")
    with pytest.raises(Conflict) as refused:
        selling.order(session, other, idempotency_key="turn:1")
    assert refused.value.code == "idempotency_key_reused"


def test_too_little_stock_names_the_part_and_what_there_is(
    session: Session, customer: Customer
) -> None:
    error = refused_nothing_remains(
        session, lambda: selling.order(session, customer, (PADS, 2), (FILTER, 4)), Conflict
    )
    assert error.code == "stock_short"
    assert error.facts["part_code"] == FILTER
    assert error.facts["name"] == "Saringan Oli"
    assert error.facts["available"] == 3


def test_a_part_without_a_price_is_refused(session: Session, customer: Customer) -> None:
    selling.part(session, ON_REQUEST, name="Cakram", price=None)
    error = refused_nothing_remains(
        session, lambda: selling.order(session, customer, (PADS, 1), (ON_REQUEST, 1)), Conflict
    )
    assert (error.code, error.facts["part_code"]) == ("price_on_request", ON_REQUEST)


def test_an_unknown_part_is_refused(session: Session, customer: Customer) -> None:
    error = refused_nothing_remains(
        session, lambda: selling.order(session, customer, ("NOSUCHPART", 1)), NotFound
    )
    assert error.code == "part_not_found"


def test_a_part_taken_off_the_shelves_is_refused(session: Session, customer: Customer) -> None:
    session.execute(sa.text("update parts set active = false where part_code = :c"), {"c": FILTER})
    error = refused_nothing_remains(
        session, lambda: selling.order(session, customer, (FILTER, 1)), NotFound
    )
    assert error.code == "part_not_found"


def test_a_delivery_without_address_names_what_is_missing(
    session: Session, customer: Customer
) -> None:
    to = selling.delivery(session, recipient_name=" ", address="")
    error = refused_nothing_remains(
        session, lambda: selling.order(session, customer, delivery=to), InvalidInput
    )
    assert selling.refusal(error) == (
        "delivery_incomplete",
        {"missing": ["recipient_name", "address"]},
    )


def test_a_number_that_is_no_phone_is_refused(session: Session, customer: Customer) -> None:
    to = selling.delivery(session, phone="12")
    error = refused_nothing_remains(
        session, lambda: selling.order(session, customer, delivery=to), InvalidInput
    )
    assert error.code == "phone_invalid"


def test_a_deactivated_customer_cannot_order(session: Session, customer: Customer) -> None:
    customer.active = False
    error = refused_nothing_remains(session, lambda: selling.order(session, customer), NotAllowed)
    assert error.code == "customer_inactive"


def test_parallel_orders_under_one_key_are_one(database: sa.Engine) -> None:
    def prepare(session: Session) -> int:
        selling.part(session, pieces=50)
        selling.district_id(session)
        return factories.customer(session).id

    customer_id = committed(database, prepare)

    def place(session: Session) -> str:
        customer = session.get_one(Customer, customer_id)
        return selling.order(session, customer, (PADS, 2), idempotency_key="turn:7").order_code

    codes = at_once(database, *[place] * 8)
    assert len(set(codes)) == 1
    assert committed(database, selling.level) == (50, 2)


def test_baskets_with_the_same_parts_in_opposite_order_never_lock_each_other_out(
    database: sa.Engine,
) -> None:
    codes = [PADS, FILTER, "53205KVYA00"]

    def prepare(session: Session) -> list[int]:
        for code in codes:
            selling.part(session, code, pieces=100)
        selling.district_id(session)
        return [
            factories.customer(session, f"whatsapp:+62812000000{number:02}").id
            for number in range(12)
        ]

    def buyer(customer_id: int, turned: bool) -> Callable[[Session], str]:
        lines = [(code, 1) for code in (codes[::-1] if turned else codes)]

        def place(session: Session) -> str:
            customer = session.get_one(Customer, customer_id)
            return selling.order(session, customer, *lines).order_code

        return place

    ids = committed(database, prepare)
    deeds = [buyer(customer_id, bool(number % 2)) for number, customer_id in enumerate(ids)]
    results = at_once(database, *deeds)
    assert len({code for code in results if isinstance(code, str)}) == 12
    assert [committed(database, lambda s, c=code: selling.level(s, c)) for code in codes] == [
        (100, 12)
    ] * 3
