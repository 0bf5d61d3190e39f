"""The life of an order after it is placed, and the lists it is found in."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine
from sqlalchemy.orm import Session

from crm_core import clock, orders
from crm_core.conversations import Message
from crm_core.customers import Customer
from crm_core.errors import Conflict, InvalidInput, NotFound
from crm_core.orders import OrderState
from crm_core.timeline import Actor
from tests import factories, selling
from tests.selling import FILTER, PADS

STAFF = Actor("staff", None, "Sari")


@pytest.fixture
def customer(session: Session) -> Customer:
    selling.part(session)
    selling.part(session, FILTER, name="Saringan Oli", price=35_000, pieces=3, weight_g=120)
    return factories.customer(session)


def notices_of(session: Session) -> list[str]:
    query = sa.select(Message.text).where(Message.author == "system").order_by(Message.id)
    return list(session.scalars(query))


def test_an_order_goes_all_the_way_with_its_actors(session: Session, customer: Customer) -> None:
    order = selling.order(session, customer, (PADS, 4))
    orders.mark_paid(session, order, STAFF)
    orders.pack(session, order, STAFF)
    orders.ship(session, order, STAFF, "JNE", "JNE0012")
    orders.deliver(session, order, Actor.customer(customer))
    orders.complete(session, order, Actor.system("completion"))
    assert order.state == OrderState.COMPLETED
    assert (order.courier, order.tracking_number) == ("JNE", "JNE0012")
    assert None not in {order.paid_at, order.packed_at, order.shipped_at, order.delivered_at}
    assert order.ended_at is not None
    assert selling.level(session) == (6, 0)
    selling.refuse_wrong_stock(session)
    assert selling.actions(session, "order", order.id) == [
        ("placed", "customer"),
        ("paid", "staff"),
        ("packed", "staff"),
        ("shipped", "staff"),
        ("delivered", "customer"),
        ("completed", "system"),
    ]


def test_the_customer_is_told_of_packing_and_sending(session: Session) -> None:
    selling.part(session)
    customer = factories.conversation(session).customer
    order = selling.order(session, customer)
    orders.mark_paid(session, order, STAFF)
    orders.pack(session, order, STAFF)
    orders.ship(session, order, STAFF, "JNE", "JNE0012")
    orders.deliver(session, order, STAFF)
    packed, shipped, delivered = notices_of(session)
    assert order.order_code in packed
    assert "JNE0012" in shipped
    assert order.order_code in delivered


def test_a_customer_who_says_it_arrived_is_not_told_so(session: Session) -> None:
    selling.part(session)
    customer = factories.conversation(session).customer
    order = selling.order(session, customer)
    orders.mark_paid(session, order, STAFF)
    orders.pack(session, order, STAFF)
    orders.ship(session, order, STAFF, "Pak Adi")
    before = notices_of(session)
    orders.deliver(session, order, Actor.customer(customer))
    assert notices_of(session) == before


@pytest.mark.parametrize("verb", ["pack", "ship", "deliver", "complete", "return"])
def test_an_unpaid_order_cannot_be_handled_as_a_paid_one(
    session: Session, customer: Customer, verb: str
) -> None:
    order = selling.order(session, customer, (PADS, 4))
    deeds: dict[str, Callable[[], object]] = {
        "pack": lambda: orders.pack(session, order, STAFF),
        "ship": lambda: orders.ship(session, order, STAFF, "JNE", "1"),
        "deliver": lambda: orders.deliver(session, order, STAFF),
        "complete": lambda: orders.complete(session, order, STAFF),
        "return": lambda: orders.return_(session, order, STAFF, "rusak"),
    }
    with pytest.raises(Conflict) as refused:
        deeds[verb]()
    assert refused.value.code == "illegal_transition"
    session.refresh(order)
    assert (order.state, order.courier) == (OrderState.AWAITING_PAYMENT, None)
    assert selling.level(session) == (10, 4)


def test_neither_customers_nor_the_bot_mark_an_order_paid(
    session: Session, customer: Customer
) -> None:
    order = selling.order(session, customer)
    for actor in (Actor.customer(customer), Actor.bot()):
        with pytest.raises(Conflict):
            orders.mark_paid(session, order, actor)
    session.refresh(order)
    assert (order.state, order.paid_at) == (OrderState.AWAITING_PAYMENT, None)


def test_a_cancelled_order_gives_its_stock_free_once_and_is_never_sent(
    session: Session, customer: Customer
) -> None:
    order = selling.order(session, customer, (PADS, 4))
    orders.cancel(session, order, Actor.customer(customer), "salah pesan")
    assert (order.state, order.end_reason) == (OrderState.CANCELLED, "salah pesan")
    assert selling.level(session) == (10, 0)
    for deed in (
        lambda: orders.cancel(session, order, STAFF, "lagi"),
        lambda: orders.ship(session, order, STAFF, "JNE", "1"),
    ):
        with pytest.raises(Conflict) as refused:
            deed()
        assert refused.value.code == "illegal_transition"
    assert selling.level(session) == (10, 0)
    selling.refuse_wrong_stock(session)


def test_cancelling_needs_a_reason(session: Session, customer: Customer) -> None:
    order = selling.order(session, customer)
    with pytest.raises(InvalidInput) as refused:
        orders.cancel(session, order, STAFF, "  ")
    assert refused.value.code == "reason_missing"
    assert order.state == OrderState.AWAITING_PAYMENT


def test_a_customer_cannot_cancel_a_paid_order(session: Session, customer: Customer) -> None:
    order = selling.order(session, customer, (PADS, 4))
    orders.mark_paid(session, order, STAFF)
    with pytest.raises(Conflict):
        orders.cancel(session, order, Actor.customer(customer), "berubah pikiran")
    session.refresh(order)
    assert order.state == OrderState.PAID
    assert selling.level(session) == (10, 4)


def test_an_order_is_found_in_any_writing_of_its_code_by_its_owner_only(
    session: Session, customer: Customer
) -> None:
    order = selling.order(session, customer)
    written = f"status {order.order_code.lower().replace('-', ' ')} dong"
    assert orders.by_code(session, order.order_code, customer=customer).id == order.id
    assert orders.by_code(session, order.order_code.lower()).id == order.id
    if any(sign.isdigit() for sign in order.order_code):
        assert orders.by_code(session, written).id == order.id
    other = factories.customer(session, factories.SITI, "Siti")
    with pytest.raises(NotFound) as refused:
        orders.by_code(session, order.order_code, customer=other)
    assert selling.refusal(refused.value) == (
        "order_not_found",
        {"order_code": order.order_code},
    )


def test_only_own_orders_are_listed_newest_first(session: Session, customer: Customer) -> None:
    first, second = selling.order(session, customer), selling.order(session, customer)
    selling.order(session, factories.customer(session, factories.SITI, "Siti"))
    orders.cancel(session, first, STAFF, "stok rusak")
    assert [one.id for one in orders.of_customer(session, customer)] == [second.id, first.id]
    open_ones = orders.of_customer(session, customer, only_open=True)
    assert [one.id for one in open_ones] == [second.id]


def test_a_list_is_leafed_through_without_gap_or_repeat(
    session: Session, customer: Customer
) -> None:
    placed = [selling.order(session, customer).order_code for _ in range(5)]
    seen: list[str] = []
    cursor = None
    while True:
        page = orders.listing(session, cursor=cursor, limit=2)
        seen += [one.order_code for one in page.items]
        cursor = page.next
        if cursor is None:
            break
    assert seen == placed[::-1]


def test_a_program_is_given_what_changed_in_the_order_of_change(
    session: Session, customer: Customer
) -> None:
    with time_machine.travel(factories.MOMENT, tick=False) as clock_:
        first = selling.order(session, customer)
        clock_.shift(60)
        second = selling.order(session, customer)
        clock_.shift(60)
        since = clock.now()
        third = selling.order(session, customer)
        clock_.shift(60)
        orders.mark_paid(session, first, STAFF)
    page = orders.listing(session, updated_since=since, limit=1)
    following = orders.listing(session, updated_since=since, cursor=page.next)
    codes = [one.order_code for one in (*page.items, *following.items)]
    assert codes == [third.order_code, first.order_code]
    assert second.order_code not in codes


def test_lists_are_narrowed_by_state_words_phone_and_customer(
    session: Session, customer: Customer
) -> None:
    order = selling.order(session, customer)
    other = factories.customer(session, factories.SITI, "Siti")
    hers = selling.order(
        session, other, delivery=selling.delivery(session, phone=None, recipient_name="Siti")
    )
    orders.mark_paid(session, hers, STAFF)

    def codes(**narrow: object) -> list[str]:
        return [one.order_code for one in orders.listing(session, **narrow).items]  # type: ignore[arg-type]

    assert codes(state="paid") == [hers.order_code]
    assert codes(state="no_such_state") == []
    assert codes(query="santoso") == [order.order_code]
    assert codes(query=order.order_code) == [order.order_code]
    assert codes(query="100%_") == []
    assert codes(phone="0853-4567-8901") == [hers.order_code]
    assert codes(customer_id=customer.id) == [order.order_code]


def test_a_parcel_without_a_courier_is_not_sent(session: Session, customer: Customer) -> None:
    order = selling.order(session, customer)
    orders.mark_paid(session, order, STAFF)
    orders.pack(session, order, STAFF)
    with pytest.raises(InvalidInput) as refused:
        orders.ship(session, order, STAFF, " ")
    assert refused.value.code == "courier_missing"
    assert order.state == OrderState.PACKED
    assert selling.level(session) == (10, 1)


def test_goods_sent_back_are_not_on_the_shelf_before_somebody_receives_them(
    session: Session, customer: Customer
) -> None:
    order = selling.order(session, customer, (PADS, 4))
    orders.mark_paid(session, order, STAFF)
    orders.pack(session, order, STAFF)
    orders.ship(session, order, STAFF, "JNE", "1")
    with pytest.raises(InvalidInput) as refused:
        orders.return_(session, order, STAFF, "")
    assert refused.value.code == "reason_missing"
    orders.return_(session, order, STAFF, "salah ukuran")
    assert (order.state, order.end_reason) == (OrderState.RETURNED, "salah ukuran")
    assert selling.level(session) == (6, 0)


def test_the_audit_names_an_order_that_holds_other_than_it_says(
    session: Session, customer: Customer
) -> None:
    order = selling.order(session, customer, (PADS, 4))
    assert orders.audit_stock(session) == []
    order.state = OrderState.EXPIRED  # as nobody may: its pieces stay held
    session.flush()
    (fault,) = orders.audit_stock(session)
    assert (fault.order_code, fault.part_code, fault.equation) == (
        order.order_code, PADS, "order_holds",
    )  # fmt: skip


def test_due_orders_are_those_past_their_deadline_oldest_first(
    session: Session, customer: Customer
) -> None:
    with time_machine.travel(factories.MOMENT, tick=False) as clock_:
        late = selling.order(session, customer, pay_within=timedelta(hours=2))
        early = selling.order(session, customer, pay_within=timedelta(hours=1))
        selling.order(session, customer)
        clock_.shift(timedelta(hours=2))
        assert list(orders.due_for_expiry(session, clock.now())) == [early.id, late.id]


def test_orders_are_counted_by_state(session: Session, customer: Customer) -> None:
    first = selling.order(session, customer)
    selling.order(session, customer)
    orders.mark_paid(session, first, STAFF)
    assert orders.counts(session) == {"paid": 1, "awaiting_payment": 1}
