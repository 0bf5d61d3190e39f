"""Differences and their ways out: money goes back, stays as a credit, and on whose word."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from crm_core import checkout, payments
from crm_core.errors import Conflict, InvalidInput, NotAllowed, NotFound
from crm_core.orders import Order, OrderState
from crm_core.payments import (
    BankMutation,
    Difference,
    Payment,
    PaymentState,
    Refund,
    RefundAccount,
)
from crm_core.timeline import Actor
from tests import factories, selling
from tests.banking import brought, paid_by, row
from tests.core.test_bank_mutations import notices, tasks
from tests.selling import TO_BUDI

Pair = tuple[Order, Payment]


@pytest.fixture
def dedi(session: Session) -> Actor:
    return Actor.of_staff(factories.member(session, name="Dedi"))


def only_task(session: Session) -> Difference:
    return session.scalars(sa.select(Difference).order_by(Difference.id.desc()).limit(1)).one()


def overpaid(session: Session, pair: Pair, extra: int = 7_000) -> Difference:
    paid_by(session, pair[1], extra=extra, text=f"TRSF {pair[0].order_code}")
    assert pair[1].state == PaymentState.OVERPAID
    return only_task(session)


def overpaid_and_cancelled(session: Session, pair: Pair, clerk: Actor) -> int:
    """All the rupiah that came for it."""
    overpaid(session, pair)
    checkout.cancel(session, pair[0], actor=clerk, reason="tidak jadi")
    return int(pair[1].amount_due_idr) + 7_000


def test_returning_the_extra_pays_the_order_with_exactly_what_was_due(
    session: Session, placed: Pair, clerk: Actor
) -> None:
    order, payment = placed
    task = overpaid(session, placed)
    made = payments.refund_difference(
        session, task.id, actor=clerk, to=TO_BUDI, reason="lebih transfer"
    )
    assert (made.amount_idr, made.to_number, made.requested_by) == (7_000, "7778889999", clerk.id)
    assert made.done_at is not None
    assert (payment.state, order.state) == (PaymentState.ACCEPTED, OrderState.PAID)
    assert payment.amount_received_idr == payment.amount_due_idr
    assert tasks(session) == [("overpaid", "refunded", 7_000)]
    assert any("Rp 7.000" in text and "BCA ***9999" in text for text in notices(session))


def test_an_extra_kept_as_credit_pays_the_order_and_may_go_back_later(
    session: Session, placed: Pair, clerk: Actor
) -> None:
    order, payment = placed
    task = overpaid(session, placed)
    payments.credit(session, task.id, actor=clerk, reason="untuk pesanan berikutnya")
    assert (payment.state, order.state) == (PaymentState.ACCEPTED, OrderState.PAID)
    assert tasks(session) == [("overpaid", "credited", 7_000)]
    payments.refund_difference(session, task.id, actor=clerk, to=TO_BUDI, reason="diminta")
    assert tasks(session) == [("overpaid", "refunded", 7_000)]
    assert payment.amount_received_idr == payment.amount_due_idr


def test_returning_what_was_too_little_ends_the_order_and_frees_its_stock(
    session: Session, placed: Pair, clerk: Actor
) -> None:
    order, payment = placed
    paid_by(session, payment, extra=-9_000, text=f"TRSF {order.order_code}")
    task = only_task(session)
    made = payments.refund_difference(
        session, task.id, actor=clerk, to=TO_BUDI, reason="tidak jadi"
    )
    assert made.amount_idr == payment.amount_due_idr - 9_000
    assert (payment.state, order.state) == (PaymentState.REFUNDED, OrderState.CANCELLED)
    assert payment.closed_at is not None
    assert selling.level(session) == (50, 0)
    assert session.scalars(sa.select(BankMutation.state)).all() == ["refunded"]


def test_a_second_transfer_goes_back_and_the_order_stays_paid(
    session: Session, placed: Pair, clerk: Actor
) -> None:
    order, payment = placed
    due = int(payment.amount_due_idr)
    _, second = brought(session, row(due), row(due, number=2))
    payments.refund_difference(
        session, only_task(session).id, actor=clerk, to=TO_BUDI, reason="dobel"
    )
    assert second.state == "refunded"
    assert (payment.state, order.state) == (PaymentState.ACCEPTED, OrderState.PAID)


def test_cancelling_a_paid_order_puts_its_money_on_the_list(
    session: Session, placed: Pair, clerk: Actor
) -> None:
    order, payment = placed
    paid_by(session, payment)
    checkout.cancel(session, order, actor=clerk, reason="stok rusak")
    assert tasks(session) == [("refund_due", "open", int(payment.amount_due_idr))]
    payments.refund(session, payment, actor=clerk, to=TO_BUDI, reason="stok rusak")
    assert payment.state == PaymentState.REFUNDED
    assert tasks(session) == [("refund_due", "refunded", int(payment.amount_due_idr))]


def test_cancelling_an_overpaid_order_leaves_one_task_over_all_its_money(
    session: Session, placed: Pair, clerk: Actor
) -> None:
    whole = overpaid_and_cancelled(session, placed, clerk)
    assert tasks(session) == [("overpaid", "replaced", 7_000), ("refund_due", "open", whole)]


def test_all_that_came_for_a_cancelled_overpaid_order_kept_as_credit_pays_no_order(
    session: Session, placed: Pair, clerk: Actor
) -> None:
    order, payment = placed
    whole = overpaid_and_cancelled(session, placed, clerk)
    payments.credit(session, only_task(session).id, actor=clerk, reason="untuk pesanan berikutnya")
    assert (payment.state, order.state) == (PaymentState.OVERPAID, OrderState.CANCELLED)
    assert payment.amount_received_idr == whole
    payments.refund_difference(session, only_task(session).id, actor=clerk, to=TO_BUDI, reason="x")
    assert payment.state == PaymentState.REFUNDED
    assert tasks(session)[-1] == ("refund_due", "refunded", whole)


def test_unknown_money_goes_back_without_an_order_but_is_no_credit(
    session: Session, placed: Pair, clerk: Actor
) -> None:
    (made,) = brought(session, row(33_000, "SALAH KIRIM"))
    task = only_task(session)
    with pytest.raises(Conflict) as refused:
        payments.credit(session, task.id, actor=clerk, reason="x")
    assert refused.value.code == "credit_needs_customer"
    payments.refund_difference(session, task.id, actor=clerk, to=TO_BUDI, reason="salah kirim")
    assert (made.state, tasks(session)) == ("refunded", [("unknown", "refunded", 33_000)])


def test_from_the_set_amount_on_a_refund_waits_for_a_second_person(
    session: Session, placed: Pair, clerk: Actor, dedi: Actor
) -> None:
    order, payment = placed
    task = overpaid(session, placed, extra=7_000)
    made = payments.refund_difference(
        session, task.id, actor=clerk, to=TO_BUDI, reason="lebih", second_person_from=7_000
    )
    assert (made.done_at, str(task.state)) == (None, "refund_proposed")
    assert payment.state == PaymentState.OVERPAID
    with pytest.raises(Conflict) as refused:
        payments.confirm_refund(session, task.id, actor=clerk, second_person_from=7_000)
    assert refused.value.code == "second_approver_needed"
    assert made.done_at is None
    payments.confirm_refund(session, task.id, actor=dedi, second_person_from=7_000)
    assert (made.requested_by, made.approved_by) == (clerk.id, dedi.id)
    assert made.done_at is not None
    assert (payment.state, order.state) == (PaymentState.ACCEPTED, OrderState.PAID)


def test_the_rest_that_comes_while_a_refund_is_proposed_pays_the_order(
    session: Session, placed: Pair, clerk: Actor, dedi: Actor
) -> None:
    order, payment = placed
    paid_by(session, payment, extra=-20_000, text=f"TRSF {order.order_code}")
    task = only_task(session)
    made = payments.refund_difference(
        session, task.id, actor=clerk, to=TO_BUDI, reason="tidak jadi", second_person_from=1
    )
    (rest,) = brought(session, row(20_000, f"SISA {order.order_code}"))
    assert (str(rest.state), payment.state, order.state) == (
        "booked",
        PaymentState.ACCEPTED,
        OrderState.PAID,
    )
    assert tasks(session) == [("underpaid", "topped_up", 20_000)]
    session.refresh(made)
    assert made.done_at is None
    assert made.withdrawn_at is not None
    with pytest.raises(NotFound):
        payments.confirm_refund(session, task.id, actor=dedi)


def test_a_proposed_refund_can_be_withdrawn_and_made_anew(
    session: Session, placed: Pair, clerk: Actor, dedi: Actor
) -> None:
    task = overpaid(session, placed)
    payments.refund_difference(
        session, task.id, actor=clerk, to=TO_BUDI, reason="lebih", second_person_from=1
    )
    payments.withdraw_refund(session, task.id, actor=dedi)
    assert tasks(session) == [("overpaid", "open", 7_000)]
    payments.refund_difference(session, task.id, actor=clerk, to=TO_BUDI, reason="lebih")
    assert tasks(session) == [("overpaid", "refunded", 7_000)]
    assert session.execute(sa.select(sa.func.count(Refund.id))).scalar_one() == 2


def test_who_found_a_large_overpayment_cannot_settle_it_alone(
    session: Session, placed: Pair, clerk: Actor, dedi: Actor
) -> None:
    order, payment = placed
    selling.pay(session, payment, clerk, extra=5_000)
    task = only_task(session)
    with pytest.raises(Conflict) as refused, session.begin_nested():
        payments.credit(session, task.id, actor=clerk, reason="simpan", second_person_from=10_000)
    assert refused.value.code == "second_approver_needed"
    session.expire_all()
    assert (payment.state, order.state) == (PaymentState.OVERPAID, OrderState.AWAITING_PAYMENT)
    payments.credit(session, task.id, actor=dedi, reason="simpan", second_person_from=10_000)
    assert (payment.state, order.state) == (PaymentState.ACCEPTED, OrderState.PAID)


@pytest.mark.parametrize(
    "to",
    [
        RefundAccount("", "123456", "Budi"),
        RefundAccount("BCA", "12a456", "Budi"),
        RefundAccount("BCA", "", "Budi"),
        RefundAccount("BCA", "123456", " "),
        RefundAccount("BCA", "1" * 61, "Budi"),
    ],
)
def test_a_refund_names_a_real_account_or_is_not_recorded(
    session: Session, placed: Pair, clerk: Actor, to: RefundAccount
) -> None:
    task = overpaid(session, placed)
    with pytest.raises(InvalidInput) as refused:
        payments.refund_difference(session, task.id, actor=clerk, to=to, reason="lebih")
    assert refused.value.code == "refund_account_invalid"
    assert tasks(session) == [("overpaid", "open", 7_000)]


def test_money_goes_back_once(session: Session, placed: Pair, clerk: Actor) -> None:
    task = overpaid(session, placed)
    payments.refund_difference(session, task.id, actor=clerk, to=TO_BUDI, reason="lebih")
    with pytest.raises(Conflict) as refused:
        payments.refund_difference(session, task.id, actor=clerk, to=TO_BUDI, reason="lebih")
    assert refused.value.code == "illegal_transition"
    assert session.execute(sa.select(sa.func.count(Refund.id))).scalar_one() == 1


def test_a_difference_is_the_managers_until_somebody_takes_it(
    session: Session, placed: Pair, clerk: Actor, dedi: Actor
) -> None:
    task = overpaid(session, placed)
    assert payments.worklist.difference(session, task.id).owner is None
    payments.take(session, task.id, actor=dedi)
    assert payments.worklist.difference(session, task.id).owner == "Dedi"
    payments.refund_difference(session, task.id, actor=clerk, to=TO_BUDI, reason="lebih")
    assert payments.worklist.difference(session, task.id).owner == "Dedi"
    with pytest.raises(Conflict) as refused:
        payments.take(session, task.id, actor=clerk)
    assert refused.value.code == "already_settled"


def test_only_staff_sends_money_back(session: Session, placed: Pair) -> None:
    task = overpaid(session, placed)
    with pytest.raises(NotAllowed):
        payments.refund_difference(session, task.id, actor=Actor.bot(), to=TO_BUDI, reason="lebih")
    assert tasks(session) == [("overpaid", "open", 7_000)]


def test_nobody_talks_money_away_that_the_statement_shows(
    session: Session, placed: Pair, clerk: Actor
) -> None:
    order, payment = placed
    overpaid(session, placed)
    with pytest.raises(Conflict) as refused:
        selling.pay(session, payment, clerk, reference="FT9")
    assert refused.value.code == "statement_shows_more"
    assert (payment.state, order.state) == (PaymentState.OVERPAID, OrderState.AWAITING_PAYMENT)
    assert tasks(session) == [("overpaid", "open", 7_000)]


def test_a_report_after_part_of_the_money_cannot_be_refused_as_if_nothing_had_come(
    session: Session, placed: Pair, clerk: Actor
) -> None:
    order, payment = placed
    paid_by(session, payment, extra=-9_000, text=f"TRSF {order.order_code}")
    payments.report(session, order, actor=Actor.bot(), text="sisanya sudah")
    with pytest.raises(Conflict) as refused:
        payments.reject(session, payment, actor=clerk, reason="belum ada")
    assert (refused.value.code, payment.state) == ("part_received", PaymentState.REPORTED)
    brought(session, row(9_000, "SISA"))
    assert (payment.state, order.state) == (PaymentState.ACCEPTED, OrderState.PAID)


def test_a_payment_that_received_nothing_has_nothing_to_give_back(
    session: Session, placed: Pair, clerk: Actor
) -> None:
    order, payment = placed
    payments.report(session, order, actor=Actor.bot(), text="sudah")
    with pytest.raises(Conflict) as refused:
        payments.refund(session, payment, actor=clerk, to=TO_BUDI, reason="x")
    assert refused.value.code == "nothing_to_refund"
    assert (payment.state, tasks(session)) == (PaymentState.REPORTED, [])
