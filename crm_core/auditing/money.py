"""Money to the rupiah: every order adds up, every rupiah that came has one place.

What came for a payment is what bank files show (counted mutations) and what people, the cash box
or a gateway vouch for. Its places: kept for the order, part of an order that still waits, open as
a difference, credited, sent back, or not the shop's.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Subquery, and_, func, or_, select
from sqlalchemy.orm import Session

from crm_core.auditing.bookkeeping import HELD, payment_books
from crm_core.auditing.columns import Column, total
from crm_core.auditing.values import Finding
from crm_core.orders import Order, OrderDiscount, OrderLine, OrderState
from crm_core.payments import (
    BankMutation,
    Difference,
    DifferenceKind,
    DifferenceState,
    MutationState,
    Payment,
    PaymentState,
    Refund,
)

_K, _D, _P = DifferenceKind, DifferenceState, PaymentState


def orders_add_up(session: Session) -> Iterator[Finding]:
    """An order's sums are those of its lines and discounts; it asks for its total and the code."""
    items = _per_order(OrderLine.order_id, OrderLine.subtotal_idr)
    off = _per_order(OrderDiscount.order_id, OrderDiscount.amount_idr)
    query = (
        select(Order.order_code, Order.items_idr, Order.discount_idr,
               func.coalesce(items.c.sum, 0), func.coalesce(off.c.sum, 0))
        .outerjoin(items, items.c.order_id == Order.id)
        .outerjoin(off, off.c.order_id == Order.id)
        .where(
            or_(Order.items_idr != func.coalesce(items.c.sum, 0),
                Order.discount_idr != func.coalesce(off.c.sum, 0))
        )
    )  # fmt: skip
    for code, said_items, said_off, real_items, real_off in session.execute(query):
        said = (
            f"items Rp {said_items:,}, its lines Rp {real_items:,}; "
            f"discount Rp {said_off:,}, its discounts Rp {real_off:,}"
        )
        yield Finding("money", f"order {code}", said)
    asked = (
        select(Order.order_code, Order.total_idr, Payment.amount_due_idr, Payment.unique_code)
        .join(Payment, Payment.order_id == Order.id)
        .where(Payment.amount_due_idr != Order.total_idr + Payment.unique_code)
    )
    for code, costs, due, digits in session.execute(asked):
        said = f"costs Rp {costs:,} and code {digits}, but Rp {due:,} are asked"
        yield Finding("money", f"order {code}", said)


def _per_order(order_id: Column, amount: Column) -> Subquery:
    return select(order_id, total(amount).label("sum")).group_by(order_id).subquery()


def payments_add_up(session: Session) -> Iterator[Finding]:
    """What came for each payment has one place; what no file shows somebody vouched for."""
    for one in payment_books(session):
        row = f"payment {one.id} of order {one.code}"
        if one.came != one.placed:
            said = f"Rp {one.came:,} came ({one.state}), Rp {one.placed:,} have a place"
            yield Finding("money", row, said)
        if one.state == _P.ACCEPTED and one.received != one.due:
            said = f"accepted with Rp {one.received:,}, due were Rp {one.due:,}"
            yield Finding("money", row, said)
        if one.on_word < 0:
            said = f"the bank shows Rp {one.shown:,}, only Rp {one.came:,} are booked"
            yield Finding("money", row, said)
        if one.on_word > one.gateway and not one.vouched:
            said = f"Rp {one.on_word:,} are on no bank file and on nobody's word"
            yield Finding("money", row, said)


def nothing_waits_in_vain(session: Session) -> Iterator[Finding]:
    """No money is awaited for an order that has ended: the books of each day close."""
    over = (OrderState.CANCELLED, OrderState.EXPIRED, OrderState.RETURNED)
    query = (
        select(Payment.id, Order.order_code, Order.state)
        .join(Order, Order.id == Payment.order_id)
        .where(Payment.closed_at.is_(None), Order.state.in_(over))
        .order_by(Payment.id)
    )
    for payment_id, code, state in session.execute(query):
        row = f"payment {payment_id} of order {code}"
        yield Finding("money", row, f"is still awaited, but its order is {state}")


def mutations_have_places(session: Session) -> Iterator[Finding]:
    """Each booking on an account is booked, sent back, kept, not ours, or on exactly one list."""
    tasks = (
        select(Difference.mutation_id, func.count().label("number"))
        .where(Difference.mutation_id.is_not(None), Difference.state.in_(HELD))
        .group_by(Difference.mutation_id)
        .subquery()
    )
    query = (
        select(BankMutation.id, BankMutation.state, BankMutation.direction, BankMutation.counted,
               BankMutation.payment_id, func.coalesce(tasks.c.number, 0))
        .outerjoin(tasks, tasks.c.mutation_id == BankMutation.id)
        .order_by(BankMutation.id)
    )  # fmt: skip
    for mutation_id, state, direction, counted, payment_id, lists in session.execute(query):
        row = f"bank_mutation {mutation_id}"
        if state == MutationState.NEW:
            yield Finding("money", row, "was stored and never looked at")
        if (direction == "out") != (state == MutationState.OUTGOING):
            yield Finding("money", row, f"goes {direction}, but is {state}")
        # A booking that is counted may wait with the other money of its payment.
        wanted = 1 if state == MutationState.OPEN else 0
        if lists != wanted and not (counted and state == MutationState.OPEN):
            yield Finding("money", row, f"is {state} and on {lists} lists instead of {wanted}")
        if state == MutationState.BOOKED and not (payment_id and counted):
            yield Finding("money", row, "is booked for no payment")


def differences_agree(session: Session) -> Iterator[Finding]:
    """A difference about a booking is of its amount, one about a payment of that payment's."""
    alone = Difference.kind.in_([_K.UNKNOWN, _K.DUPLICATE])
    query = (
        select(Difference.id, Difference.amount_idr, BankMutation.amount_idr)
        .join(BankMutation, BankMutation.id == Difference.mutation_id)
        .where(alone, Difference.amount_idr != BankMutation.amount_idr)
    )
    for difference_id, noted, real in session.execute(query):
        row = f"difference {difference_id}"
        yield Finding("money", row, f"is Rp {noted:,}, its booking Rp {real:,}")
    short = (
        select(Difference.id, Difference.amount_idr,
               Payment.amount_due_idr - func.coalesce(Payment.amount_received_idr, 0))
        .join(Payment, Payment.id == Difference.payment_id)
        .where(
            Difference.kind == _K.UNDERPAID, Difference.state.in_(HELD),
            Difference.amount_idr
            != Payment.amount_due_idr - func.coalesce(Payment.amount_received_idr, 0),
        )
    )  # fmt: skip
    for difference_id, noted, real in session.execute(short):
        row = f"difference {difference_id}"
        yield Finding("money", row, f"says Rp {noted:,} are missing, Rp {real:,} are")
    back = (
        select(Refund.id, Refund.amount_idr, Difference.amount_idr)
        .join(Difference, Difference.id == Refund.difference_id)
        .where(
            Refund.withdrawn_at.is_(None), Difference.kind != _K.UNDERPAID,
            Refund.amount_idr != Difference.amount_idr,
        )
    )  # fmt: skip
    for refund_id, sent, owed in session.execute(back):
        words = f"sends Rp {sent:,} for a difference of Rp {owed:,}"
        yield Finding("money", f"refund {refund_id}", words)


def refunds_agree(session: Session) -> Iterator[Finding]:
    """A difference is sent back exactly when a refund of it is done."""
    done = (
        select(Difference.id, Difference.state, Refund.id)
        .outerjoin(Refund, and_(Refund.difference_id == Difference.id, Refund.done_at.is_not(None)))
        .where((Difference.state == _D.REFUNDED) != Refund.id.is_not(None))
    )
    for difference_id, state, refund_id in session.execute(done):
        said = f"is {state}, refund done: {refund_id or 'none'}"
        yield Finding("money", f"difference {difference_id}", said)
    proposed = (
        select(Refund.id, Difference.id, Difference.state)
        .join(Difference, Difference.id == Refund.difference_id)
        .where(
            Refund.done_at.is_(None),
            Refund.withdrawn_at.is_(None),
            Difference.state != _D.REFUND_PROPOSED,
        )
    )
    for refund_id, difference_id, state in session.execute(proposed):
        said = f"waits for a second person, but difference {difference_id} is {state}"
        yield Finding("money", f"refund {refund_id}", said)
