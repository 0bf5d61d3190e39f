"""Files, people and the clock at the same moment: what only the database can decide."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
import time_machine
from sqlalchemy.orm import Session

from crm_core import checkout, payments
from crm_core.customers import Customer
from crm_core.errors import CrmError
from crm_core.orders import Order, OrderState
from crm_core.payments import BankFile, BankMutation, Difference, Payment, PaymentState
from crm_core.timeline import Actor
from tests import factories, selling
from tests.banking import brought, row, taken
from tests.world import at_once, committed


@pytest.fixture
def due(database: sa.Engine) -> tuple[int, int, int]:
    """(payment, rupiah due, staff) of an order that waits."""

    def prepare(session: Session) -> tuple[int, int, int]:
        selling.part(session)
        selling.account(session)
        _, payment = selling.placed(session, factories.conversation(session).customer)
        return payment.id, int(payment.amount_due_idr), factories.member(session).id

    return committed(database, prepare)


def end_of(database: sa.Engine, payment_id: int) -> tuple[Payment, Order, list[BankMutation]]:
    with Session(database, expire_on_commit=False) as session:
        payment = session.get_one(Payment, payment_id)
        order = session.get_one(Order, payment.order_id)
        mutations = list(session.scalars(sa.select(BankMutation).order_by(BankMutation.id)))
        selling.refuse_wrong_stock(session)
        return payment, order, mutations


def refused_otherwise(results: list[object]) -> None:
    """Whatever failed was refused by the core, and never crashed."""
    assert [one for one in results if isinstance(one, BaseException)] == [
        one for one in results if isinstance(one, CrmError)
    ]


def test_the_same_file_brought_by_four_at_once_is_stored_once(
    database: sa.Engine, due: tuple[int, int, int]
) -> None:
    payment_id, amount, _ = due
    rows = [row(amount), row(amount, number=2), row(75_000, "SETORAN", number=3)]
    results = at_once(database, *[lambda session: brought(session, *rows)] * 4)
    assert not [one for one in results if isinstance(one, BaseException)]
    assert sorted(len(one) for one in results) == [0, 0, 0, 3]  # type: ignore[arg-type]
    payment, order, mutations = end_of(database, payment_id)
    assert (payment.state, order.state) == (PaymentState.ACCEPTED, OrderState.PAID)
    assert [str(one.state) for one in mutations] == ["booked", "open", "open"]
    assert payment.amount_received_idr == amount
    with Session(database) as session:
        assert session.execute(sa.select(sa.func.count(BankFile.id))).scalar_one() == 4


def test_one_mutation_settled_by_four_at_once_is_booked_once(
    database: sa.Engine, due: tuple[int, int, int]
) -> None:
    payment_id, amount, _ = due
    (made,) = committed(database, lambda session: taken(session, [row(amount)])).new
    results = at_once(database, *[lambda session: payments.settle(session, made)] * 4)
    assert not [one for one in results if isinstance(one, BaseException)]
    payment, _, _ = end_of(database, payment_id)
    with Session(database) as session:
        accepted = [
            one for one in selling.actions(session, "payment", payment.id) if one[0] == "accepted"
        ]
    assert accepted == [("accepted", "system")]


@pytest.mark.parametrize("attempt", range(4))
def test_a_file_and_a_person_who_accepts_count_the_money_once(
    database: sa.Engine, due: tuple[int, int, int], attempt: int
) -> None:
    payment_id, amount, staff_id = due
    (made,) = committed(database, lambda session: taken(session, [row(amount)])).new

    def by_hand(session: Session) -> str:
        payment = session.get_one(Payment, payment_id)
        clerk = Actor("staff", staff_id, "Sari")
        return str(selling.pay(session, payment, clerk, reference=f"FT{attempt}").state)

    results = at_once(database, by_hand, lambda session: payments.settle(session, made))
    refused_otherwise(results)
    payment, order, (mutation,) = end_of(database, payment_id)
    assert (payment.state, order.state) == (PaymentState.ACCEPTED, OrderState.PAID)
    assert (mutation.state, mutation.counted, mutation.payment_id) == ("booked", True, payment_id)
    assert payment.amount_received_idr == amount
    with Session(database) as session:
        assert session.scalars(sa.select(Difference)).all() == []


@pytest.mark.parametrize("attempt", range(4))
def test_money_and_expiry_at_once_end_as_paid_or_as_late_with_a_task(
    database: sa.Engine, attempt: int
) -> None:
    with time_machine.travel(factories.MOMENT, tick=False) as clock_:

        def prepare(session: Session) -> tuple[int, int]:
            selling.part(session)
            selling.account(session)
            _, payment = selling.placed(session, factories.conversation(session).customer)
            return payment.id, int(payment.amount_due_idr)

        payment_id, amount = committed(database, prepare)
        clock_.shift(selling.JUST_OVER)
        (made,) = committed(database, lambda session: taken(session, [row(amount)])).new
        results = at_once(
            database, checkout.expire_due, lambda session: payments.settle(session, made)
        )
        assert not [one for one in results if isinstance(one, BaseException)], attempt
    payment, order, (mutation,) = end_of(database, payment_id)
    ends = {
        OrderState.PAID: (PaymentState.ACCEPTED, "booked"),
        OrderState.EXPIRED: (PaymentState.LATE, "open"),
    }
    assert (payment.state, str(mutation.state)) == ends[order.state]
    assert mutation.counted
    with Session(database) as session:
        kinds = [str(one) for one in session.scalars(sa.select(Difference.kind))]
    assert kinds == ([] if order.state == OrderState.PAID else ["late"])


@pytest.mark.parametrize("attempt", range(3))
def test_cancelling_and_money_at_once_leave_the_money_on_somebodys_list(
    database: sa.Engine, due: tuple[int, int, int], attempt: int
) -> None:
    payment_id, amount, staff_id = due
    (made,) = committed(database, lambda session: taken(session, [row(amount)])).new

    def cancel(session: Session) -> None:
        order = session.scalars(sa.select(Order)).one()
        clerk = Actor("staff", staff_id, "Sari")
        checkout.cancel(session, order, actor=clerk, reason=f"stok rusak {attempt}")

    refused_otherwise(at_once(database, cancel, lambda session: payments.settle(session, made)))
    payment, order, _ = end_of(database, payment_id)
    assert order.state == OrderState.CANCELLED
    with Session(database) as session:
        (task,) = session.scalars(sa.select(Difference)).all()
    assert (str(task.kind), str(payment.state)) in {("late", "late"), ("refund_due", "accepted")}
    assert task.amount_idr == amount


def test_two_people_who_assign_one_transfer_to_two_orders_book_it_once(
    database: sa.Engine, due: tuple[int, int, int]
) -> None:
    first_id, _, staff_id = due

    def prepare(session: Session) -> tuple[int, int]:
        customer = session.scalars(sa.select(Customer)).one()
        _, payment = selling.placed(session, customer)
        (made,) = brought(session, row(10_000, "SETORAN"))
        return payment.id, made.id

    second_id, mutation_id = committed(database, prepare)

    def assign(session: Session, payment_id: int) -> str:
        payment = session.get_one(Payment, payment_id)
        order = session.get_one(Order, payment.order_id)
        clerk = Actor("staff", staff_id, "Sari")
        return str(payments.assign(session, mutation_id, order, actor=clerk).state)

    results = at_once(database, *[lambda s, i=one: assign(s, i) for one in (first_id, second_id)])
    refused_otherwise(results)
    assert [one for one in results if isinstance(one, str)] == ["booked"]
    with Session(database) as session:
        states = sorted(str(one) for one in session.scalars(sa.select(Payment.state)))
    assert states == ["awaiting", "underpaid"]


def test_two_people_who_refund_one_difference_send_the_money_back_once(
    database: sa.Engine, due: tuple[int, int, int]
) -> None:
    payment_id, amount, staff_id = due
    committed(database, lambda session: brought(session, row(amount), row(amount, number=2)))
    with Session(database) as session:
        task_id = session.scalars(sa.select(Difference.id)).one()

    def refund(session: Session) -> int:
        clerk = Actor("staff", staff_id, "Sari")
        return payments.refund_difference(
            session, task_id, actor=clerk, to=selling.TO_BUDI, reason="dobel"
        ).id

    results = at_once(database, refund, refund)
    refused_otherwise(results)
    assert len([one for one in results if isinstance(one, int)]) == 1
    payment, order, _ = end_of(database, payment_id)
    assert (payment.state, order.state) == (PaymentState.ACCEPTED, OrderState.PAID)
