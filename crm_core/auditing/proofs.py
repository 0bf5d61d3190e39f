"""I8: why an order counts as paid, and that no reference or proof serves two."""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

from sqlalchemy import and_, exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from crm_core.auditing.values import Finding
from crm_core.conversations.models import Media
from crm_core.orders import Order
from crm_core.payments import BankMutation, BankReference, Payment, PaymentState, TransferReport
from crm_core.timeline import Entry

SECOND_PERSON = "sapa.audit.second_person_from"
"""Where the session keeps the amount from which two people are needed."""
_PAID = (PaymentState.ACCEPTED, PaymentState.REFUNDED)


def paid_for_a_reason(session: Session) -> Iterator[Finding]:
    """A paid order has one accepted payment: with the bank's reference, or two people's word."""
    query = (
        select(Order.order_code, Order.total_idr, Payment.id, Payment.state,
               Payment.bank_reference)
        .outerjoin(Payment, Payment.order_id == Order.id)
        .where(Order.paid_at.is_not(None))
        .order_by(Order.id)
    )  # fmt: skip
    rows = session.execute(select(BankReference.payment_id, BankReference.reference))
    claimed = {(payment_id, reference) for payment_id, reference in rows}
    words = _words(session)
    least = int(session.info[SECOND_PERSON])
    for code, total, found_id, state, reference in session.execute(query):
        row = f"order {code}"
        payment_id = cast("int | None", found_id)
        if payment_id is None:
            if total:
                yield Finding("I8", row, f"paid, with Rp {total:,} to pay and no payment")
            continue
        if state not in _PAID:
            yield Finding("I8", row, f"paid, but payment {payment_id} is {state}")
            continue
        kind, first, second, amount = words.get(payment_id, (None, None, None, 0))
        two = first is not None and second is not None and first != second
        if not two and (payment_id, reference) not in claimed:
            said = f"payment {payment_id} has neither a bank reference nor two people's word"
            yield Finding("I8", row, said)
        elif not two and kind == "staff" and amount >= least:
            said = f"payment {payment_id}: Rp {amount:,} on one person's word"
            yield Finding("I8", row, said)
    yield from _unpaid_orders(session)


def _words(session: Session) -> dict[int, tuple[str, int | None, int | None, int]]:
    """Who accepted each payment: (kind, who, the first of two, rupiah)."""
    query = select(Entry.subject_id, Entry.actor_kind, Entry.actor_id, Entry.facts).where(
        Entry.subject == "payment", Entry.action == "accepted"
    )
    return {
        payment_id: (kind, actor_id, facts.get("approved_by"), int(facts.get("amount_idr", 0)))
        for payment_id, kind, actor_id, facts in session.execute(query)
    }


def _unpaid_orders(session: Session) -> Iterator[Finding]:
    query = (
        select(Order.order_code, Payment.id)
        .join(Payment, Payment.order_id == Order.id)
        .where(Payment.state == PaymentState.ACCEPTED, Order.paid_at.is_(None))
    )
    for code, payment_id in session.execute(query):
        said = f"is not paid, but payment {payment_id} is accepted"
        yield Finding("I8", f"order {code}", said)


def one_order_each(session: Session) -> Iterator[Finding]:
    """One reference of the bank counts for one payment, that of its mutation."""
    pairs = (
        select(func.min(Payment.id), func.max(Payment.id), Payment.bank_reference)
        .where(Payment.bank_reference.is_not(None), Payment.state.in_(_PAID))
        .group_by(Payment.bank_account_id, Payment.bank_reference)
        .having(func.count() > 1)
    )
    for one, other, reference in session.execute(pairs):
        said = f"reference {reference} pays also payment {other}"
        yield Finding("I8", f"payment {one}", said)
    strays = (
        select(BankMutation.id, BankMutation.payment_id, BankReference.payment_id)
        .outerjoin(
            BankReference,
            and_(
                BankReference.bank_account_id == BankMutation.bank_account_id,
                BankReference.reference == BankMutation.reference,
            ),
        )
        .where(
            BankMutation.counted,
            or_(BankReference.id.is_(None), BankReference.payment_id != BankMutation.payment_id),
        )
    )
    for mutation_id, counts_for, claimed_by in session.execute(strays):
        said = f"counts for payment {counts_for}, its reference is of payment {claimed_by}"
        yield Finding("I8", f"bank_mutation {mutation_id}", said)


def one_proof_each(session: Session) -> Iterator[Finding]:
    """A picture that an order was paid on pays no other without a reference of the bank."""
    mine, theirs = aliased(TransferReport), aliased(TransferReport)
    photo, copy = aliased(Media), aliased(Media)
    first = aliased(Payment)
    earlier = exists(
        select(first.id)
        .join(theirs, theirs.payment_id == first.id)
        .join(copy, copy.id == theirs.media_id)
        .where(
            copy.sha256 == photo.sha256,
            first.id != Payment.id,
            first.state == PaymentState.ACCEPTED,
            first.decided_at < Payment.decided_at,
        )
    )
    query = (
        select(Payment.id, photo.id)
        .join(mine, mine.payment_id == Payment.id)
        .join(photo, photo.id == mine.media_id)
        .where(
            Payment.state == PaymentState.ACCEPTED,
            Payment.bank_reference.is_(None),
            photo.sha256.is_not(None),
            earlier,
        )
    )
    for payment_id, media_id in session.execute(query):
        said = f"was paid on proof {media_id}, which had paid another order before"
        yield Finding("I8", f"payment {payment_id}", said)
