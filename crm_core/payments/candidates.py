"""Which payments a booking on the account could be for: the database's side of ``matching``."""

from __future__ import annotations

import re

from sqlalchemy import BigInteger, Select, cast, func, select
from sqlalchemy.orm import Session

from crm_core import clock
from crm_core.codes import ORDER, read_code
from crm_core.money import Rupiah
from crm_core.orders import ENDED_UNPAID, Order, OrderState
from crm_core.payments import matching
from crm_core.payments.matching import Candidate, Incoming, Verdict
from crm_core.payments.models import BankMutation, BankReference, Payment


def verdict(session: Session, mutation: BankMutation) -> Verdict:
    """Whose money this is, as the database stands at this moment."""
    claimed = _claimed_by(session, mutation)
    code = read_code(mutation.description, ORDER)
    money = Incoming(
        amount=int(mutation.amount_idr),
        booked_on=mutation.booked_on,
        names=frozenset({code} if code else ()),
        claimed_by=claimed,
        doubtful=mutation.doubtful,
    )
    ids = _possible(session, mutation, code, claimed)
    return matching.decide(money, read(session, ids))


def _claimed_by(session: Session, mutation: BankMutation) -> int | None:
    """The payment for which a person has typed this transfer's reference, whole or out of its
    text.
    """
    whole = re.sub(r"\s+", "", mutation.description).upper()
    query = select(BankReference.payment_id).where(
        BankReference.bank_account_id == mutation.bank_account_id,
        (BankReference.reference == mutation.reference)
        | (
            (func.length(BankReference.reference) >= 8)
            & (func.strpos(whole, BankReference.reference) > 0)
        ),
    )
    return session.scalars(query.order_by(BankReference.id).limit(1)).first()


def _possible(
    session: Session, mutation: BankMutation, code: str | None, claimed: int | None
) -> list[int]:
    """Ids of payments that the amount, the order's code or the reference points to."""
    account_id = None if matching.by_qris(mutation.description) else mutation.bank_account_id
    found = set(session.scalars(_by_amount(account_id, int(mutation.amount_idr))))
    if code:
        named = select(Payment.id).join(Order, Order.id == Payment.order_id)
        found |= set(session.scalars(named.where(Order.order_code == code)))
    if claimed:
        found.add(claimed)
    return sorted(found)


def _by_amount(account_id: int | None, amount: int) -> Select[int]:
    """Payments whose sum, whose rest, or whose part that no file shows yet is ``amount``.

    Those to one account; to any for None.
    """
    # Added up once for all: a shop has thousands of payments, and a file hundreds of rows.
    shown = (
        select(
            BankMutation.payment_id,
            cast(func.sum(BankMutation.amount_idr), BigInteger).label("sum"),
        )
        .where(BankMutation.counted)
        .group_by(BankMutation.payment_id)
        .subquery()
    )
    received = func.coalesce(Payment.amount_received_idr, 0)
    fits = (
        (Payment.amount_due_idr == Rupiah(amount))
        | (received - func.coalesce(shown.c.sum, 0) == amount)
        | ((received > 0) & (Payment.amount_due_idr - received == amount))
    )
    # Older orders cannot be meant: no deadline lies this far from its order.
    since = clock.now() - (matching.LOOK_BACK * 5)
    query = (
        select(Payment.id)
        .outerjoin(shown, shown.c.payment_id == Payment.id)
        .where(Payment.created_at >= since, fits)
    )
    return query if account_id is None else query.where(Payment.bank_account_id == account_id)


def read(session: Session, ids: list[int]) -> list[Candidate]:
    """Payments as :func:`matching.decide` weighs them, by id."""
    backed = dict(
        session.execute(
            select(BankMutation.payment_id, cast(func.sum(BankMutation.amount_idr), BigInteger))
            .where(BankMutation.payment_id.in_(ids), BankMutation.counted)
            .group_by(BankMutation.payment_id)
        ).all()
    )
    rows = session.execute(
        select(
            Payment.id, Payment.state, Payment.amount_due_idr, Payment.amount_received_idr,
            Payment.created_at, Order.order_code, Order.state, Order.expires_at,
        )
        .join(Order, Order.id == Payment.order_id)
        .where(Payment.id.in_(ids))
        .order_by(Payment.id)
    ).all()  # fmt: skip
    return [
        Candidate(
            payment_id=payment_id,
            order_code=code,
            state=state,
            due=int(due),
            received=int(received or 0),
            backed=int(backed.get(payment_id, 0)),
            asked_on=clock.local_date(created),
            due_on=clock.local_date(expires),
            waits=order_state == OrderState.AWAITING_PAYMENT,
            ended=order_state in ENDED_UNPAID,
        )
        for payment_id, state, due, received, created, code, order_state, expires in rows
    ]
