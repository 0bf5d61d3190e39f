"""The books of a day: what was expected, what came, by which account and order, what differs.

A day is a date in Pontianak. What came is what the bank's files show for that day; what a person
said has come and no file has shown yet stands apart, until the file comes.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy import BigInteger, cast, func, select
from sqlalchemy.orm import Session

from crm_core import clock
from crm_core.money import Rupiah
from crm_core.orders import Order
from crm_core.payments import worklist
from crm_core.payments.accounts import AccountView, view_of
from crm_core.payments.matching import MutationState
from crm_core.payments.models import (
    BankAccount,
    BankMutation,
    Difference,
    Payment,
    Refund,
)
from crm_core.payments.rules import PaymentState
from crm_core.payments.worklist import DifferenceView


@dataclass(frozen=True, slots=True)
class Expected:
    """An order's money that was awaited on the day; ``outcome`` at its end: paid, open, ended."""

    order_code: str
    account: AccountView
    amount_idr: Rupiah
    outcome: str


@dataclass(frozen=True, slots=True)
class Came:
    """A booking of the day; ``state`` None: on a person's word, no file shows it yet."""

    mutation_id: int | None
    account: AccountView
    amount_idr: Rupiah
    incoming: bool
    state: MutationState | None
    order_code: str | None
    reference: str
    description: str

    @property
    def cash(self) -> bool:
        """Whether it was counted into the cash box; ``reference`` is then the receipt's number."""
        return self.state is None and self.account.cash


@dataclass(frozen=True, slots=True)
class SentBack:
    """A refund carried out on the day."""

    order_code: str | None
    account: AccountView
    amount_idr: Rupiah
    to: str


@dataclass(frozen=True, slots=True)
class Books:
    """One day, of one account or of all."""

    day: date
    expected: tuple[Expected, ...]
    came: tuple[Came, ...]
    sent_back: tuple[SentBack, ...]
    differences: tuple[DifferenceView, ...]

    def expected_sum(self, outcome: str | None = None) -> Rupiah:
        """Rupiah awaited, of one outcome or of all."""
        rows = (one for one in self.expected if outcome in {None, one.outcome})
        return sum((one.amount_idr for one in rows), Rupiah(0))

    def came_sum(self, state: MutationState | None = None) -> Rupiah:
        """Rupiah that the bank's files show as come in, of one state or of all."""
        rows = (
            one
            for one in self.came
            if one.incoming and one.state is not None and state in {None, one.state}
        )
        return sum((one.amount_idr for one in rows), Rupiah(0))

    @property
    def word_sum(self) -> Rupiah:
        """Rupiah that came on a person's word alone."""
        rows = (one.amount_idr for one in self.came if one.state is None and not one.cash)
        return sum(rows, Rupiah(0))

    @property
    def cash_sum(self) -> Rupiah:
        """Rupiah counted into the cash box, each against a receipt."""
        return sum((one.amount_idr for one in self.came if one.cash), Rupiah(0))

    @property
    def went_sum(self) -> Rupiah:
        """Rupiah that left the account."""
        return sum((one.amount_idr for one in self.came if not one.incoming), Rupiah(0))

    @property
    def sent_back_sum(self) -> Rupiah:
        """Rupiah returned to customers."""
        return sum((one.amount_idr for one in self.sent_back), Rupiah(0))

    @property
    def open_sum(self) -> Rupiah:
        """Rupiah of the day's differences that nobody has settled yet."""
        rows = (one.amount_idr for one in self.differences if one.unsettled)
        return sum(rows, Rupiah(0))


def of_day(session: Session, day: date, *, account_id: int | None = None) -> Books:
    """The books of ``day``, of one account or of all."""
    return Books(
        day=day,
        expected=tuple(_expected(session, day, account_id)),
        came=(*_came(session, day, account_id), *_on_word(session, day, account_id)),
        sent_back=tuple(_sent_back(session, day, account_id)),
        differences=tuple(
            worklist.differences(
                session, unsettled=None, day=day, account_id=account_id, limit=100_000
            )
        ),
    )


def _bounds(day: date) -> tuple[datetime, datetime]:
    start = datetime.combine(day, time.min, tzinfo=clock.ZONE)
    return start, start + timedelta(days=1)


def _expected(session: Session, day: date, account_id: int | None) -> list[Expected]:
    start, end = _bounds(day)
    query = (
        select(Payment, Order, BankAccount)
        .join(Order, Order.id == Payment.order_id)
        .join(BankAccount, BankAccount.id == Payment.bank_account_id)
        .where(
            Payment.created_at < end,
            Payment.closed_at.is_(None) | (Payment.closed_at >= start),
        )
        .order_by(Payment.id)
    )
    if account_id is not None:
        query = query.where(Payment.bank_account_id == account_id)
    return [
        Expected(
            order.order_code,
            view_of(account),
            payment.amount_due_idr,
            _outcome(payment, order, end),
        )
        for payment, order, account in session.execute(query)
    ]


def _outcome(payment: Payment, order: Order, end: datetime) -> str:
    if order.paid_at is not None and order.paid_at < end:
        return "paid"
    return "ended" if payment.closed_at is not None and payment.closed_at < end else "open"


def _came(session: Session, day: date, account_id: int | None) -> list[Came]:
    query = (
        select(BankMutation, BankAccount, Order.order_code)
        .join(BankAccount, BankAccount.id == BankMutation.bank_account_id)
        .outerjoin(Payment, Payment.id == BankMutation.payment_id)
        .outerjoin(Order, Order.id == Payment.order_id)
        .where(BankMutation.booked_on == day)
        .order_by(BankMutation.bank_account_id, BankMutation.id)
    )
    if account_id is not None:
        query = query.where(BankMutation.bank_account_id == account_id)
    return [
        Came(
            mutation_id=one.id,
            account=view_of(account),
            amount_idr=one.amount_idr,
            incoming=one.direction == "in",
            state=one.state,
            order_code=code,
            reference=one.reference,
            description=one.description,
        )
        for one, account, code in session.execute(query)
    ]


def _on_word(session: Session, day: date, account_id: int | None) -> list[Came]:
    """Money a person has accepted that day, as far as no file shows it."""
    start, end = _bounds(day)
    backed = (
        select(cast(func.coalesce(func.sum(BankMutation.amount_idr), 0), BigInteger))
        .where(BankMutation.payment_id == Payment.id, BankMutation.counted)
        .scalar_subquery()
    )
    gap = Payment.amount_received_idr - backed
    query = (
        select(Payment, Order.order_code, BankAccount, gap)
        .join(Order, Order.id == Payment.order_id)
        .join(BankAccount, BankAccount.id == Payment.bank_account_id)
        .where(
            Payment.decided_at >= start,
            Payment.decided_at < end,
            Payment.state != PaymentState.REFUNDED,
            gap > 0,
        )
        .order_by(Payment.id)
    )
    if account_id is not None:
        query = query.where(Payment.bank_account_id == account_id)
    return [
        Came(
            mutation_id=None,
            account=view_of(account),
            amount_idr=Rupiah(int(amount or 0)),
            incoming=True,
            state=None,
            order_code=code,
            reference=payment.bank_reference or "",
            description="",
        )
        for payment, code, account, amount in session.execute(query)
    ]


def _sent_back(session: Session, day: date, account_id: int | None) -> list[SentBack]:
    start, end = _bounds(day)
    query = (
        select(Refund, BankAccount, Order.order_code)
        .join(Difference, Difference.id == Refund.difference_id)
        .join(BankAccount, BankAccount.id == Difference.bank_account_id)
        .outerjoin(Payment, Payment.id == Difference.payment_id)
        .outerjoin(Order, Order.id == Payment.order_id)
        .where(Refund.done_at >= start, Refund.done_at < end)
        .order_by(Refund.id)
    )
    if account_id is not None:
        query = query.where(Difference.bank_account_id == account_id)
    return [
        SentBack(
            code, view_of(account), one.amount_idr, f"{one.to_bank} {one.to_number} {one.to_holder}"
        )
        for one, account, code in session.execute(query)
    ]
