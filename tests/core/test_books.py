"""The books of a day add up to what the database holds, whatever has happened."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from crm_core import checkout, clock, payments
from crm_core.customers import Customer
from crm_core.errors import CrmError
from crm_core.orders import Order
from crm_core.payments import (
    BankMutation,
    BankReference,
    Difference,
    MutationState,
    Payment,
    PaymentState,
    Refund,
)
from crm_core.timeline import Actor
from tests import factories, selling
from tests.banking import brought, paid_by, row

Pair = tuple[Order, Payment]


def today() -> object:
    return clock.local_date(clock.now())


def test_expected_money_is_paid_open_or_ended_at_the_end_of_the_day(
    session: Session, customer: Customer
) -> None:
    with time_machine.travel(factories.MOMENT, tick=False) as clock_:
        day = clock.local_date(clock.now())
        paid, waits, ends = (selling.placed(session, customer) for _ in range(3))
        paid_by(session, paid[1])
        checkout.cancel(session, ends[0], actor=Actor.customer(customer), reason="tidak jadi")
        books = payments.books.of_day(session, day)
        found = {one.order_code: one.outcome for one in books.expected}
        assert found == {
            paid[0].order_code: "paid",
            waits[0].order_code: "open",
            ends[0].order_code: "ended",
        }
        clock_.shift(timedelta(days=1))
        following = payments.books.of_day(session, day + timedelta(days=1))
        assert [one.order_code for one in following.expected] == [waits[0].order_code]
        assert payments.books.of_day(session, day).expected == books.expected


def test_a_day_begins_at_midnight_in_pontianak(session: Session, customer: Customer) -> None:
    with time_machine.travel("2026-11-20T16:59:59+00:00", tick=False) as clock_:
        order, _ = selling.placed(session, customer)
        clock_.shift(timedelta(seconds=2))
        late, _ = selling.placed(session, customer)
        first = payments.books.of_day(session, payments.read_day("2026-11-20"))
        second = payments.books.of_day(session, payments.read_day("2026-11-21"))
    assert [one.order_code for one in first.expected] == [order.order_code]
    assert [one.order_code for one in second.expected] == [order.order_code, late.order_code]


def test_money_on_a_persons_word_stands_apart_until_the_file_shows_it(
    session: Session, placed: Pair, clerk: Actor
) -> None:
    _, payment = placed
    selling.pay(session, payment, clerk)
    day = clock.local_date(clock.now())
    books = payments.books.of_day(session, day)
    assert (books.word_sum, books.came_sum()) == (payment.amount_due_idr, 0)
    paid_by(session, payment)
    books = payments.books.of_day(session, day)
    assert (books.word_sum, books.came_sum(MutationState.BOOKED)) == (0, payment.amount_due_idr)


def test_the_books_of_one_account_hold_only_its_own_money(session: Session, placed: Pair) -> None:
    other = selling.account(session, "0290000001", position=1)
    brought(session, row(1_000, account="0290000001"), row(2_000, "LAIN"))
    day = clock.local_date(clock.now())
    assert payments.books.of_day(session, day, account_id=other.id).came_sum() == 1_000
    assert payments.books.of_day(session, day).came_sum() == 3_000


MONEY = st.sampled_from(
    ["exact", "twice", "less", "more", "unknown", "out", "by_hand", "cancel", "refund", "credit",
     "not_ours", "assign", "expire", "rest", "report", "reject", "by_hand_less"]
)  # fmt: skip
STEPS = st.lists(st.tuples(MONEY, st.integers(0, 2)), min_size=2, max_size=10)


@pytest.mark.slow
@settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(steps=STEPS)
@example(steps=[("less", 0), ("report", 0), ("cancel", 0), ("refund", 0), ("more", 1)])
@example(steps=[("less", 0), ("report", 0), ("reject", 0), ("expire", 0), ("refund", 0)])
@example(steps=[("more", 0), ("by_hand", 0), ("by_hand_less", 1), ("exact", 1), ("rest", 1)])
@example(steps=[("exact", 0), ("twice", 0), ("refund", 0), ("more", 1), ("credit", 0)])
@example(steps=[("less", 0), ("rest", 0), ("cancel", 0), ("refund", 0), ("unknown", 1)])
@example(steps=[("expire", 0), ("exact", 0), ("assign", 1), ("by_hand", 2), ("exact", 2)])
@example(steps=[("less", 0), ("refund", 0), ("more", 1), ("refund", 0), ("refund", 1)])
def test_after_anything_that_can_happen_every_rupiah_is_accounted_for(
    session: Session, steps: list[tuple[str, int]]
) -> None:
    outer = session.begin_nested()
    try:
        with time_machine.travel(factories.MOMENT, tick=False) as clock_:
            _play(session, steps, clock_)
            _audit(session)
    finally:
        session.expunge_all()
        outer.rollback()


def _play(session: Session, steps: list[tuple[str, int]], clock_: time_machine.Traveller) -> None:
    selling.part(session, pieces=50)
    selling.account(session)
    customer = factories.conversation(session).customer
    pairs = [selling.placed(session, customer) for _ in range(3)]
    sari = Actor.of_staff(factories.member(session, name="Sari"))
    for number, (step, which) in enumerate(steps):
        try:
            with session.begin_nested():
                if step == "expire":
                    clock_.shift(selling.JUST_OVER)
                    checkout.expire_due(session)
                else:
                    _deed(session, step, pairs[which], sari, number)
        except CrmError:
            session.expire_all()


def _deed(session: Session, step: str, pair: Pair, sari: Actor, number: int) -> None:
    order, payment = pair
    due, named = int(payment.amount_due_idr), f"TRSF {order.order_code} {number}"
    comes = {
        "exact": (due, f"TRSF {number}"), "twice": (due, f"TRSF LAGI {number}"),
        "less": (due - 7_000, named), "more": (due + 7_000, named),
        "unknown": (33_000 + number, "SETORAN"), "rest": (7_000, f"SISA {number}"),
    }  # fmt: skip
    if step in comes:
        brought(session, row(*comes[step]))
    elif step == "out":
        brought(session, row(6_500 + number, "BIAYA", out=True))
    elif step == "by_hand":
        selling.pay(session, payment, sari, reference=f"FT{number}")
    elif step == "by_hand_less":
        selling.pay(session, payment, sari, extra=-5_000, reference=f"FT{number}")
    elif step == "report":
        payments.report(session, order, actor=Actor.bot(), text="sudah transfer")
    elif step == "reject":
        payments.reject(session, payment, actor=sari, reason="belum ada")
    elif step == "cancel":
        checkout.cancel(session, order, actor=sari, reason="stok rusak")
    else:
        _settle(session, step, order, sari)


def _settle(session: Session, step: str, order: Order, sari: Actor) -> None:
    for task in payments.worklist.differences(session)[:1]:
        if step == "refund":
            payments.refund_difference(
                session, task.id, actor=sari, to=selling.TO_BUDI, reason="kembali"
            )
        elif step == "credit":
            payments.credit(session, task.id, actor=sari, reason="simpan")
        elif task.mutation_id is not None and step == "not_ours":
            payments.not_ours(session, task.mutation_id, actor=sari, reason="bunga")
        elif task.mutation_id is not None:
            payments.assign(session, task.mutation_id, order, actor=sari)


def _audit(session: Session) -> None:
    session.expire_all()
    selling.refuse_wrong_stock(session)
    mutations = session.scalars(sa.select(BankMutation)).all()
    days = {one.booked_on for one in mutations} | {clock.local_date(clock.now())}
    books = [payments.books.of_day(session, day) for day in sorted(days)]
    came = sum(int(one.amount_idr) for one in mutations if one.direction == "in")
    assert sum(int(one.came_sum()) for one in books) == came
    assert came == sum(int(one.came_sum(state)) for one in books for state in MutationState)
    refunds = session.scalars(sa.select(Refund).where(Refund.done_at.is_not(None))).all()
    assert sum(int(one.sent_back_sum) for one in books) <= sum(int(r.amount_idr) for r in refunds)
    for one in books:
        assert one.expected_sum() == sum(map(one.expected_sum, ("paid", "open", "ended")))
    for mutation in mutations:
        _audit_mutation(session, mutation)
    for payment in session.scalars(sa.select(Payment)):
        _audit_payment(session, payment)


def _audit_mutation(session: Session, mutation: BankMutation) -> None:
    """Money nobody knows a place for is on exactly one list, with an owner or the managers."""
    waiting = session.scalars(
        sa.select(Difference).where(
            Difference.mutation_id == mutation.id,
            Difference.state.in_(["open", "refund_proposed"]),
        )
    ).all()
    assert mutation.state != MutationState.NEW
    assert len(waiting) == (1 if mutation.state == MutationState.OPEN else 0)
    if mutation.state == MutationState.BOOKED:
        assert mutation.payment_id is not None
        assert mutation.counted


def _audit_payment(session: Session, payment: Payment) -> None:
    order = session.get_one(Order, payment.order_id)
    counted = [
        int(one.amount_idr)
        for one in session.scalars(
            sa.select(BankMutation).where(
                BankMutation.payment_id == payment.id, BankMutation.counted
            )
        )
    ]
    held = int(payment.amount_received_idr or 0)
    shown = sum(counted)
    assert shown <= held or order.paid_at is not None
    if order.state in {"cancelled", "expired"} and held and payment.state != "refunded":
        kinds = {"late", "refund_due"}
        tasks = session.scalars(sa.select(Difference).where(Difference.payment_id == payment.id))
        assert any(str(one.kind) in kinds for one in tasks)
    if order.paid_at is not None:
        assert payment.amount_received_idr == payment.amount_due_idr
        assert payment.bank_reference is not None
        assert payment.state in {PaymentState.ACCEPTED, PaymentState.REFUNDED}
    elif payment.state in {PaymentState.UNDERPAID, PaymentState.OVERPAID, PaymentState.LATE}:
        assert sum(counted) <= int(payment.amount_received_idr or 0)
    owners = session.execute(
        sa.select(
            BankReference.reference, sa.func.count(sa.distinct(BankReference.payment_id))
        ).group_by(BankReference.bank_account_id, BankReference.reference)
    ).all()
    assert all(number == 1 for _, number in owners)
