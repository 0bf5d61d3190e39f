"""Orders on a real database: what is copied, held, refused, and moved."""

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


def notices_of(session: Session) -> list[str]:
    query = sa.select(Message.text).where(Message.author == "system").order_by(Message.id)
    return list(session.scalars(query))


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


def test_nobody_but_staff_marks_an_order_paid(session: Session, customer: Customer) -> None:
    order = selling.order(session, customer)
    for actor in (Actor.customer(customer), Actor.bot(), Actor.system("sms")):
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
