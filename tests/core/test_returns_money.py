"""How returns are made good: to the rupiah, by people, and never more than was paid."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
import time_machine
from sqlalchemy.orm import Session

from crm_core import catalogue, checkout, clock, orders, payments, returns
from crm_core.customers import Customer
from crm_core.errors import Conflict, InvalidInput
from crm_core.money import Rupiah
from crm_core.orders import Order, OrderDiscount, OrderState
from crm_core.payments import Difference, PaymentState
from crm_core.returns import Outcome, ReturnState
from crm_core.timeline import Actor
from tests import selling
from tests.core.test_bank_mutations import notices, tasks
from tests.core.test_returns import arrived, received
from tests.selling import FILTER, PADS, TO_BUDI


@pytest.fixture
def sent(session: Session, customer: Customer, clerk: Actor) -> Order:
    selling.part(session, FILTER, name="Saringan Oli", price=35_000, pieces=5)
    catalogue.change_part(session, PADS, clerk, warranty_days=30)
    return arrived(session, customer, clerk, (PADS, 4), (FILTER, 2))


def discounted(session: Session, order: Order, amount: int) -> None:
    """As if the order had been placed with so much off (only its figures matter here)."""
    order.discount_idr += amount
    order.total_idr -= amount
    order.discounts.append(OrderDiscount(kind="voucher", label="HEMAT", amount_idr=Rupiah(amount)))
    session.flush()


def test_a_refund_becomes_a_task_and_the_payment_stays_accepted_after_it(
    session: Session, sent: Order, clerk: Actor
) -> None:
    found = received(session, sent, clerk, {PADS: 1})
    returns.settle(session, found, "refund", actor=clerk)
    assert (found.state, found.outcome, found.amount_idr) == (
        ReturnState.SETTLED, Outcome.REFUND, 50_000,
    )  # fmt: skip
    assert tasks(session) == [("returned", "open", 50_000)]
    task = session.scalars(sa.select(Difference)).one()
    payments.refund_difference(session, task.id, actor=clerk, to=TO_BUDI, reason="retur")
    payment = payments.for_order(session, sent)
    assert payment is not None
    assert (payment.state, sent.state) == (PaymentState.ACCEPTED, OrderState.DELIVERED)
    assert tasks(session) == [("returned", "refunded", 50_000)]
    assert any("Rp 50.000" in text and "BCA ***9999" in text for text in notices(session))


def test_all_goods_step_by_step_bring_back_what_was_paid_for_them(
    session: Session, sent: Order, clerk: Actor
) -> None:
    discounted(session, sent, 27_001)  # of Rp 270.000
    for wanted in ({PADS: 1}, {FILTER: 1}, {PADS: 3}, {FILTER: 1}):
        found = received(session, sent, clerk, wanted)
        returns.settle(session, found, "refund", actor=clerk)
    amounts = [amount for _, _, amount in tasks(session)]
    assert (amounts[0], sum(amounts)) == (45_000, 270_000 - 27_001)
    assert sent.state == OrderState.RETURNED


def test_another_amount_needs_a_reason_and_stays_within_what_was_paid(
    session: Session, sent: Order, clerk: Actor
) -> None:
    found = received(session, sent, clerk, {PADS: 1}, "opened")
    with pytest.raises(InvalidInput, match="reason_missing"):
        returns.settle(session, found, "refund", actor=clerk, amount_idr=30_000)
    with pytest.raises(Conflict) as refused:
        returns.settle(session, found, "refund", actor=clerk, amount_idr=10**7, reason="salah")
    assert refused.value.facts == {"most": int(sent.total_idr)}
    session.refresh(found)
    assert (found.state, found.outcome, tasks(session)) == (ReturnState.RECEIVED, None, [])
    returns.settle(session, found, "refund", actor=clerk, amount_idr=30_000, reason="dus rusak")
    assert tasks(session) == [("returned", "open", 30_000)]


def test_money_may_stay_here_under_the_customers_name(
    session: Session, sent: Order, clerk: Actor
) -> None:
    found = received(session, sent, clerk, {FILTER: 2})
    returns.settle(session, found, "credit", actor=clerk)
    assert tasks(session) == [("returned", "credited", 70_000)]
    payment = payments.for_order(session, sent)
    assert payment is not None
    assert payment.state == PaymentState.ACCEPTED
    assert "Rp 70.000" in notices(session)[-1]


def test_the_same_piece_again_comes_as_an_order_that_owes_nothing(
    session: Session, sent: Order, clerk: Actor
) -> None:
    discounted(session, sent, 27_001)
    found = received(session, sent, clerk, {PADS: 2}, "defective", kind="warranty")
    returns.settle(session, found, "exchange", actor=clerk)
    made = session.get_one(Order, found.new_order_id)
    assert (made.items_idr, made.discount_idr, made.shipping_idr, made.total_idr) == (
        100_000, 100_000, 0, 0,
    )  # fmt: skip
    assert [(one.kind, one.label) for one in made.discounts] == [("exchange", found.return_code)]
    assert (made.state, made.address) == (OrderState.PAID, sent.address)
    assert selling.level(session) == (46, 2)
    orders.pack(session, made, clerk)
    orders.ship(session, made, clerk, "JNE", "JNE0013")
    assert tasks(session) == []
    assert orders.audit_stock(session) == []
    assert made.order_code in next(text for text in notices(session) if "ganti" in text)


def test_a_dearer_part_instead_asks_for_the_difference_and_a_cheaper_one_owes_it(
    session: Session, sent: Order, clerk: Actor
) -> None:
    dearer = received(session, sent, clerk, {FILTER: 1}, kind="exchange")
    returns.settle(session, dearer, "exchange", actor=clerk, replacement={PADS: 1})
    made = session.get_one(Order, dearer.new_order_id)
    asked = payments.for_order(session, made)
    assert asked is not None
    assert (made.total_idr, made.state) == (15_000, OrderState.AWAITING_PAYMENT)
    assert asked.amount_due_idr == 15_000 + asked.unique_code
    cheaper = received(session, sent, clerk, {PADS: 1}, kind="exchange")
    returns.settle(session, cheaper, "exchange", actor=clerk, replacement={FILTER: 1})
    assert session.get_one(Order, cheaper.new_order_id).state == OrderState.PAID
    assert (cheaper.amount_idr, tasks(session)) == (15_000, [("returned", "open", 15_000)])


def test_an_exchange_without_stock_is_refused_and_the_return_waits_on(
    session: Session, sent: Order, clerk: Actor
) -> None:
    found = received(session, sent, clerk, {FILTER: 2}, "defective", kind="exchange")
    with pytest.raises(Conflict, match="stock_short"):
        returns.settle(session, found, "exchange", actor=clerk, replacement={FILTER: 4})
    session.refresh(found)
    assert (found.state, found.new_order_id) == (ReturnState.RECEIVED, None)
    assert selling.level(session, FILTER) == (3, 0)


def test_what_came_in_exchange_is_paid_back_from_the_money_of_the_first_order(
    session: Session, sent: Order, clerk: Actor, customer: Customer
) -> None:
    first = received(session, sent, clerk, {PADS: 1}, "defective", kind="warranty")
    returns.settle(session, first, "exchange", actor=clerk)
    made = session.get_one(Order, first.new_order_id)
    orders.pack(session, made, clerk)
    orders.ship(session, made, clerk, "JNE", "JNE0013")
    orders.deliver(session, made, Actor.customer(customer))
    again = received(session, made, clerk, {PADS: 1}, "defective", kind="warranty")
    returns.settle(session, again, "refund", actor=clerk)
    task = session.scalars(sa.select(Difference)).one()
    payment = payments.for_order(session, sent)
    assert payment is not None
    assert (task.payment_id, task.amount_idr) == (payment.id, 50_000)


def test_an_order_paid_with_goods_ends_only_with_its_return_which_is_then_open_again(
    session: Session, sent: Order, clerk: Actor
) -> None:
    found = received(session, sent, clerk, {PADS: 1}, "defective", kind="warranty")
    returns.settle(session, found, "exchange", actor=clerk)
    made = session.get_one(Order, found.new_order_id)
    with pytest.raises(Conflict) as refused:
        checkout.cancel(session, made, actor=clerk, reason="barang habis")
    assert selling.refusal(refused.value) == (
        "paid_with_goods", {"order_code": made.order_code, "return_code": found.return_code},
    )  # fmt: skip
    returns.reopen(session, found, actor=clerk, reason="barang habis")
    assert (made.state, found.state, found.outcome) == (
        OrderState.CANCELLED, ReturnState.RECEIVED, None,
    )  # fmt: skip
    returns.settle(session, found, "refund", actor=clerk)
    assert tasks(session) == [("returned", "open", 50_000)]
    assert selling.level(session) == (46, 0)
    assert orders.audit_stock(session) == []


def test_an_exchange_that_waits_for_its_difference_is_ended_by_no_clock(
    session: Session, sent: Order, clerk: Actor
) -> None:
    found = received(session, sent, clerk, {FILTER: 1}, kind="exchange")
    returns.settle(session, found, "exchange", actor=clerk, replacement={PADS: 1})
    with time_machine.travel(clock.now() + selling.JUST_OVER, tick=False):
        assert checkout.expire_due(session) == []
    assert session.get_one(Order, found.new_order_id).state == OrderState.AWAITING_PAYMENT


def test_nothing_is_made_good_only_with_a_reason_that_the_customer_reads(
    session: Session, sent: Order, clerk: Actor
) -> None:
    found = received(session, sent, clerk, {PADS: 1}, "opened")
    with pytest.raises(InvalidInput, match="reason_missing"):
        returns.settle(session, found, "nothing", actor=clerk)
    returns.settle(session, found, "nothing", actor=clerk, reason="rusak karena pemasangan")
    assert (found.outcome, found.amount_idr, tasks(session)) == (Outcome.NOTHING, 0, [])
    assert "rusak karena pemasangan" in notices(session)[-1]


def test_a_return_is_settled_once(session: Session, sent: Order, clerk: Actor) -> None:
    found = received(session, sent, clerk, {PADS: 1})
    returns.settle(session, found, "refund", actor=clerk)
    with pytest.raises(Conflict, match="illegal_transition"):
        returns.settle(session, found, "exchange", actor=clerk)
    assert tasks(session) == [("returned", "open", 50_000)]


def test_what_went_back_for_goods_does_not_go_back_again_with_the_whole_payment(
    session: Session, sent: Order, clerk: Actor
) -> None:
    returns.settle(session, received(session, sent, clerk, {PADS: 1}), "refund", actor=clerk)
    payment = payments.for_order(session, sent)
    assert payment is not None
    made = payments.refund(session, payment, actor=clerk, to=TO_BUDI, reason="niat baik")
    assert made.amount_idr == payment.amount_due_idr - 50_000
