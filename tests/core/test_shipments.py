"""Batches of a day, tracking numbers and the news of a parcel."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from datetime import date, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from channels import parcels
from crm_core import checkout, clock, orders, shipments
from crm_core.conversations import Message
from crm_core.customers import Customer
from crm_core.errors import Conflict, CrmError, InvalidInput
from crm_core.orders import Order, OrderState
from crm_core.payments import Payment
from crm_core.shipments import BatchState, EventKind, ShipmentBatch
from crm_core.timeline import Actor
from tests import selling

TODAY = date(2026, 11, 22)
Paid = Callable[..., Order]


@pytest.fixture
def paid(session: Session, customer: Customer, clerk: Actor) -> Paid:
    """Makes a paid order; ``to`` varies where it goes."""

    def make(**to: object) -> Order:
        delivery = selling.delivery(session, **to)
        order, payment = selling.placed(session, customer, delivery=delivery)
        selling.pay(session, payment, clerk, reference=order.order_code)
        return order

    return make


def begin(session: Session, clerk: Actor, *found: Order) -> ShipmentBatch:
    batch = shipments.open_batch(
        session, day=TODAY, method="driver", courier="Pak Udin", actor=clerk
    )
    codes = [order.order_code for order in found]
    return shipments.add_orders(session, batch.id, codes, actor=clerk)


def told(session: Session, order: Order) -> list[str]:
    """What the customer was sent about the order, the oldest first."""
    texts = session.scalars(
        sa.select(Message.text).where(Message.direction == "outbound").order_by(Message.id)
    )
    return [text for text in texts if order.order_code in text]


def test_a_batch_is_gathered_packed_closed_and_sent(
    session: Session, clerk: Actor, paid: Paid
) -> None:
    first, second = paid(), paid()
    assert [o.order_code for o in shipments.ready(session)] == [
        first.order_code, second.order_code,
    ]  # fmt: skip
    batch = begin(session, clerk, first, second)
    assert shipments.ready(session) == []
    view = shipments.batch(session, batch.id)
    assert [(pick.part_code, pick.quantity) for pick in view.picks] == [(selling.PADS, 2)]
    assert (view.unpacked, view.weight_g, int(view.cash_idr)) == (2, 600, 0)
    for order in (first, second):
        assert shipments.pack_order(session, batch.id, order.id, actor=clerk)
    assert not shipments.pack_order(session, batch.id, first.id, actor=clerk)
    shipments.close_batch(session, batch.id, actor=clerk)
    shipments.hand_over_batch(session, batch.id, actor=clerk)
    for order in (first, second):
        assert shipments.ship_order(session, batch.id, order.id, actor=clerk)
    assert not shipments.ship_order(session, batch.id, first.id, actor=clerk)
    assert {first.state, second.state} == {OrderState.SHIPPED}
    assert (first.courier, batch.state) == ("Pak Udin", BatchState.HANDED_OVER)
    assert selling.level(session) == (48, 0)


def test_beginning_the_same_round_twice_gives_one_batch(session: Session, clerk: Actor) -> None:
    again = [
        shipments.open_batch(session, day=TODAY, method="driver", courier=name, actor=clerk).id
        for name in ("Pak Udin", "  Pak   Udin ")
    ]
    assert again[0] == again[1]


def test_an_unpaid_order_comes_into_no_batch(
    session: Session, clerk: Actor, placed: tuple[Order, Payment], paid: Paid
) -> None:
    with pytest.raises(Conflict) as refused:
        begin(session, clerk, paid(), placed[0])
    assert refused.value.code == "order_not_ready"
    assert session.scalars(sa.select(shipments.BatchOrder.order_id)).all() == []


def test_an_order_of_another_way_or_batch_is_refused(
    session: Session, clerk: Actor, paid: Paid
) -> None:
    order, fetched = paid(), paid(method="pickup")
    batch = begin(session, clerk, order)
    other = shipments.open_batch(session, day=TODAY, method="driver", courier="Edi", actor=clerk)
    with pytest.raises(Conflict) as refused:
        shipments.add_orders(session, other.id, [order.order_code], actor=clerk)
    assert refused.value.code == "order_in_batch"
    with pytest.raises(Conflict) as refused:
        shipments.add_orders(session, other.id, [fetched.order_code], actor=clerk)
    assert refused.value.code == "order_other_method"
    shipments.take_out(session, batch.id, order.order_code, actor=clerk)
    shipments.add_orders(session, other.id, [order.order_code], actor=clerk)
    assert shipments.batch_of(session, order) == other.id


def test_a_batch_closes_only_packed_and_never_empty(
    session: Session, clerk: Actor, paid: Paid
) -> None:
    order = paid()
    batch = begin(session, clerk, order)
    with pytest.raises(Conflict) as refused:
        shipments.close_batch(session, batch.id, actor=clerk)
    assert selling.refusal(refused.value) == (
        "batch_not_packed", {"order_codes": order.order_code},
    )  # fmt: skip
    shipments.take_out(session, batch.id, order.order_code, actor=clerk)
    with pytest.raises(Conflict) as refused:
        shipments.close_batch(session, batch.id, actor=clerk)
    assert refused.value.code == "batch_empty"


def test_what_is_cancelled_after_closing_stays_here_when_the_rest_leaves(
    session: Session, clerk: Actor, paid: Paid
) -> None:
    first, second = paid(), paid()
    batch = begin(session, clerk, first, second)
    for order in (first, second):
        shipments.pack_order(session, batch.id, order.id, actor=clerk)
    shipments.close_batch(session, batch.id, actor=clerk)
    checkout.cancel(session, first, actor=clerk, reason="rusak")
    shipments.hand_over_batch(session, batch.id, actor=clerk)
    assert not shipments.ship_order(session, batch.id, first.id, actor=clerk)
    assert shipments.ship_order(session, batch.id, second.id, actor=clerk)
    assert (first.state, second.state) == (OrderState.CANCELLED, OrderState.SHIPPED)
    assert [one.order_code for one in shipments.batch(session, batch.id).orders] == [
        second.order_code
    ]
    assert selling.level(session) == (49, 0)


def test_nothing_leaves_before_the_batch_is_handed_over(
    session: Session, clerk: Actor, paid: Paid
) -> None:
    order = paid()
    batch = begin(session, clerk, order)
    shipments.pack_order(session, batch.id, order.id, actor=clerk)
    with pytest.raises(Conflict):
        shipments.hand_over_batch(session, batch.id, actor=clerk)
    with pytest.raises(Conflict):
        shipments.ship_order(session, batch.id, order.id, actor=clerk)
    session.refresh(order)
    assert order.state == OrderState.PACKED


def test_a_number_that_comes_after_the_parcel_left_is_told_once(
    session: Session, clerk: Actor, paid: Paid
) -> None:
    order = sent(session, clerk, paid())
    orders.set_tracking(session, order, clerk, "jp 123-456", "JNE")
    orders.set_tracking(session, order, clerk, "JP123456", "JNE")
    assert (order.tracking_number, order.courier) == ("JP123456", "JNE")
    assert sum("JP123456" in text for text in told(session, order)) == 1


@pytest.mark.parametrize("number", ["", "12", "RESI-ABC", "x" * 10])
def test_what_is_no_tracking_number_is_refused(
    session: Session, clerk: Actor, paid: Paid, number: str
) -> None:
    order = sent(session, clerk, paid())
    with pytest.raises(InvalidInput) as refused:
        orders.set_tracking(session, order, clerk, number)
    assert refused.value.code == "tracking_invalid"
    assert order.tracking_number is None


def test_numbers_from_a_file_name_each_bad_row_and_keep_the_good_ones(
    session: Session, clerk: Actor, paid: Paid, placed: tuple[Order, Payment]
) -> None:
    packed, away, unpaid = paid(), sent(session, clerk, paid()), placed[0]
    orders.pack(session, packed, clerk)
    text = (
        "Kode Pesanan;Resi;Kurir\n"
        f"{packed.order_code};JP0001;JNE\n"
        f"{away.order_code.lower()};JP0002;JNE\n"
        f"{unpaid.order_code};JP0003;JNE\n"
        f"{away.order_code};JP0001;JNE\n"
        "P-ZZZZZ;JP0005;JNE\n"
        f"{packed.order_code};;JNE\n"
    )
    rows = parcels.read_rows(text.encode(), "order_code", "tracking_number")

    def work() -> AbstractContextManager[Session]:
        return nullcontext(session)

    tried = parcels.bring_numbers(lambda: Undoing(session), rows, actor=clerk, dry_run=True)
    session.expire_all()
    assert (len(tried.noted), packed.tracking_number, away.tracking_number) == (2, None, None)
    done = parcels.bring_numbers(work, rows, actor=clerk)
    assert done.noted == [packed.order_code, away.order_code]
    assert [(row, error.code) for row, _, error in done.rejected] == [
        (3, "tracking_not_possible"), (4, "tracking_used"),
        (5, "order_not_found"), (6, "column_invalid"),
    ]  # fmt: skip
    again = parcels.bring_numbers(work, rows[:2], actor=clerk)
    assert len(again.unchanged) == 2
    assert (packed.state, away.state) == (OrderState.PACKED, OrderState.SHIPPED)


class Undoing:
    """A unit of work inside the test's transaction: undone when it ends with an error."""

    def __init__(self, session: Session) -> None:
        self.session = session

    def __enter__(self) -> Session:
        self.point = self.session.begin_nested()
        return self.session

    def __exit__(self, kind: object, *_: object) -> None:
        (self.point.rollback if kind else self.point.commit)()


def test_packed_orders_leave_with_the_couriers_file_if_it_says_so(
    session: Session, clerk: Actor, paid: Paid
) -> None:
    order = paid()
    orders.pack(session, order, clerk)
    row = {"order_code": order.order_code, "tracking_number": "JP0009", "courier": "JNE"}
    assert shipments.take_number(session, row, actor=clerk, ship=True) == "sent"
    assert (order.state, order.tracking_number) == (OrderState.SHIPPED, "JP0009")
    assert shipments.take_number(session, row, actor=clerk, ship=True) == "unchanged"


def test_news_is_kept_once_and_told_when_it_concerns_the_customer(
    session: Session, clerk: Actor, paid: Paid
) -> None:
    order = sent(session, clerk, paid())
    for _ in range(2):
        add(session, order, clerk, EventKind.IN_TRANSIT)
        add(session, order, clerk, EventKind.OUT_FOR_DELIVERY)
    assert [event.kind for event in shipments.events(session, order)] == [
        "out_for_delivery", "in_transit",
    ]  # fmt: skip
    assert sum("diantar hari ini" in text for text in told(session, order)) == 1


def test_old_news_rings_nobody(session: Session, clerk: Actor, paid: Paid) -> None:
    order = sent(session, clerk, paid())
    order.created_at -= timedelta(days=9)
    before = len(told(session, order))
    at = clock.now() - timedelta(days=2)
    shipments.add_event(session, order, kind="failed", at=at, source="JNE", actor=clerk)
    assert len(told(session, order)) == before
    assert len(shipments.events(session, order)) == 1


def test_delivered_by_the_courier_is_delivered_once(
    session: Session, clerk: Actor, paid: Paid
) -> None:
    order = sent(session, clerk, paid())
    system = Actor.system("JNE")
    assert add(session, order, system, EventKind.DELIVERED)
    assert not add(session, order, system, EventKind.DELIVERED)
    assert order.state == OrderState.DELIVERED


@pytest.mark.parametrize(
    ("kind", "minutes", "code"),
    [
        ("teleported", 0, "event_kind_unknown"),
        ("in_transit", 60, "event_time_invalid"),
        ("in_transit", -60 * 24 * 400, "event_time_invalid"),
    ],
)
def test_news_that_cannot_be_is_refused(
    session: Session, clerk: Actor, paid: Paid, kind: str, minutes: int, code: str
) -> None:
    order = sent(session, clerk, paid())
    at = clock.now() + timedelta(minutes=minutes)
    with pytest.raises(CrmError) as refused:
        shipments.add_event(session, order, kind=kind, at=at, source="JNE", actor=clerk)
    assert refused.value.code == code
    assert shipments.events(session, order) == ()


def test_a_parcel_that_has_not_left_has_no_news(
    session: Session, clerk: Actor, placed: tuple[Order, Payment], paid: Paid
) -> None:
    for order in (placed[0], paid()):
        with pytest.raises(Conflict) as refused:
            add(session, order, clerk, EventKind.PICKED_UP)
        assert refused.value.code == "shipment_not_sent"
        assert shipments.events(session, order) == ()


def test_a_courier_that_picks_a_packed_parcel_up_sends_it(
    session: Session, clerk: Actor, paid: Paid
) -> None:
    order = paid()
    orders.pack(session, order, clerk)
    orders.set_tracking(session, order, clerk, "JP77777", "JNE")
    add(session, order, Actor.system("JNE"), EventKind.PICKED_UP)
    assert order.state == OrderState.SHIPPED
    assert order.courier == "JNE"


def test_a_parcel_is_expected_by_the_days_it_was_quoted_with(
    session: Session, clerk: Actor, paid: Paid
) -> None:
    order = sent(session, clerk, paid())
    left = order.shipped_at
    assert left is not None
    day = clock.local_date(left)
    found = shipments.expected(left, order.days_min, order.days_max)
    assert found == (day, day + timedelta(days=1))


def sent(session: Session, clerk: Actor, order: Order) -> Order:
    orders.pack(session, order, clerk)
    return orders.ship(session, order, clerk, "Pak Udin")


def add(session: Session, order: Order, actor: Actor, kind: str) -> bool:
    at = order.created_at + timedelta(seconds=list(EventKind).index(EventKind(kind)))
    return shipments.add_event(session, order, kind=kind, at=at, source="JNE", actor=actor)
