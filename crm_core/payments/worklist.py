"""What screens read about differences between money and orders, and what unknown money may be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session, aliased

from crm_core import clock
from crm_core.customers.models import Customer
from crm_core.errors import NotFound
from crm_core.money import Rupiah
from crm_core.orders import Order, OrderState
from crm_core.payments import candidates, matching
from crm_core.payments.accounts import AccountView, view_of
from crm_core.payments.matching import DifferenceKind, DifferenceState
from crm_core.payments.models import (
    BankAccount,
    BankMutation,
    Difference,
    Payment,
    Refund,
    TransferReport,
)
from crm_core.payments.refunds import sum_to_return
from crm_core.payments.rules import PaymentState
from crm_core.staff.models import Staff

OLD_AFTER = timedelta(days=3)
"""After so long an unsettled difference is brought back to its owner's mind."""


@dataclass(frozen=True, slots=True)
class RefundView:
    """Money sent back, or proposed to be (``done_at`` is None)."""

    amount_idr: Rupiah
    to_bank: str
    to_number: str
    to_holder: str
    reason: str
    requested_by: str
    approved_by: str | None
    done_at: datetime | None


@dataclass(frozen=True, slots=True)
class DifferenceView:
    """A difference with whose task it is; ``owner`` None: the managers'. ``returns_idr``: what
    would go back to the customer.
    """

    id: int
    kind: DifferenceKind
    state: DifferenceState
    amount_idr: Rupiah
    returns_idr: Rupiah
    booked_on: date
    reason: str | None
    owner: str | None
    owner_id: int | None
    order_code: str | None
    order_state: OrderState | None
    mutation_id: int | None
    account: AccountView
    refund: RefundView | None
    created_at: datetime
    settled_at: datetime | None

    @property
    def unsettled(self) -> bool:
        """Whether somebody still has to do something."""
        return self.state in matching.UNSETTLED

    @property
    def creditable(self) -> bool:
        """Whether the money may stay here under the customer's name."""
        fits = self.kind in matching.CREDITABLE and self.order_code is not None
        return fits and self.state == DifferenceState.OPEN


@dataclass(frozen=True, slots=True)
class Suggestion:
    """An order that unknown money may be for; ``score`` 0 … about 100."""

    order_code: str
    order_state: OrderState
    customer_name: str | None
    amount_due_idr: Rupiah
    rest_idr: Rupiah
    gap_idr: Rupiah
    created_at: datetime
    score: int


def difference(session: Session, difference_id: int) -> DifferenceView:
    """One difference. Raises NotFound ("difference_not_found")."""
    found = differences(session, ids=[difference_id], unsettled=None)
    if not found:
        raise NotFound("difference_not_found")
    return found[0]


def differences(
    session: Session,
    *,
    unsettled: bool | None = True,
    kind: str | None = None,
    day: date | None = None,
    account_id: int | None = None,
    ids: Sequence[int] | None = None,
    mutation_ids: Sequence[int] | None = None,
    order_code: str | None = None,
    limit: int = 200,
) -> list[DifferenceView]:
    """Differences, those that wait longest first; of a mutation the last one stands last."""
    owner, asked, agreed = aliased(Staff), aliased(Staff), aliased(Staff)
    query = (
        select(Difference, BankAccount, Payment, Order, owner.name, Refund, asked.name, agreed.name)
        .join(BankAccount, BankAccount.id == Difference.bank_account_id)
        .outerjoin(Payment, Payment.id == Difference.payment_id)
        .outerjoin(Order, Order.id == Payment.order_id)
        .outerjoin(owner, owner.id == Difference.owner_id)
        .outerjoin(Refund, (Refund.difference_id == Difference.id) & Refund.withdrawn_at.is_(None))
        .outerjoin(asked, asked.id == Refund.requested_by)
        .outerjoin(agreed, agreed.id == Refund.approved_by)
    )
    if unsettled is not None:
        waits = Difference.state.in_(matching.UNSETTLED)
        query = query.where(waits if unsettled else ~waits)
    for column, value in (
        (Difference.kind, kind if kind in list(DifferenceKind) else None),
        (Difference.booked_on, day),
        (Difference.bank_account_id, account_id),
        (Order.order_code, order_code),
    ):
        if value is not None:
            query = query.where(column == value)
    if ids is not None:
        query = query.where(Difference.id.in_(ids))
    if mutation_ids is not None:
        query = query.where(Difference.mutation_id.in_(mutation_ids))
    return [
        _difference(*row) for row in session.execute(query.order_by(Difference.id).limit(limit))
    ]


def old(session: Session, staff_id: int, *, manages: bool, limit: int = 6) -> list[DifferenceView]:
    """Differences that have waited for more than ``OLD_AFTER``, the oldest first.

    Those of this member of staff, and for whoever ``manages`` also those without an owner.
    """
    mine = Difference.owner_id == staff_id
    query = select(Difference.id).where(
        Difference.state.in_(matching.UNSETTLED),
        Difference.created_at < clock.now() - OLD_AFTER,
        or_(mine, Difference.owner_id.is_(None)) if manages else mine,
    )
    ids = session.scalars(query.order_by(Difference.id).limit(limit)).all()
    return differences(session, ids=ids) if ids else []


def _difference(
    found: Difference,
    account: BankAccount,
    payment: Payment | None,
    order: Order | None,
    owner: str | None,
    refund: Refund | None,
    asked: str | None,
    agreed: str | None,
) -> DifferenceView:
    sent = None
    if refund is not None:
        sent = RefundView(
            refund.amount_idr, refund.to_bank, refund.to_number, refund.to_holder, refund.reason,
            asked or "", agreed, refund.done_at,
        )  # fmt: skip
    return DifferenceView(
        id=found.id,
        kind=found.kind,
        state=found.state,
        amount_idr=found.amount_idr,
        returns_idr=sum_to_return(found, payment),
        booked_on=found.booked_on,
        reason=found.reason,
        owner=owner,
        owner_id=found.owner_id,
        order_code=order.order_code if order else None,
        order_state=order.state if order else None,
        mutation_id=found.mutation_id,
        account=view_of(account),
        refund=sent,
        created_at=found.created_at,
        settled_at=found.settled_at,
    )


def suggestions(session: Session, mutation_id: int, limit: int = 6) -> list[Suggestion]:
    """Orders that open money may be for: by amount, by a name in the bank's text, by time."""
    found = session.get(BankMutation, mutation_id)
    if found is None:
        raise NotFound("mutation_not_found")
    amount = int(found.amount_idr)
    since = clock.now() - matching.LOOK_BACK * 5
    rows = session.execute(
        select(Payment.id, Order, Customer.name, Order.recipient_name)
        .join(Order, Order.id == Payment.order_id)
        .join(Customer, Customer.id == Order.customer_id)
        .where(
            Payment.state.not_in([PaymentState.ACCEPTED, PaymentState.REFUNDED]),
            Payment.created_at >= since,
            or_(
                Payment.amount_due_idr.between(Rupiah(amount // 2), Rupiah(amount * 2)),
                Payment.amount_received_idr > 0,
            ),
        )
        .order_by(Payment.id.desc())
        .limit(2000)
    ).all()
    by_id = {one.payment_id: one for one in candidates.read(session, [row[0] for row in rows])}
    senders = _senders(session, list(by_id))
    made = []
    for payment_id, order, name, recipient in rows:
        one = by_id[payment_id]
        names = matching.shared_names(
            found.description, [name, recipient, *senders.get(payment_id, ())]
        )
        score = matching.likeness(amount, one, int(order.total_idr), names, found.booked_on)
        if score:
            due, rest, gap = Rupiah(one.due), Rupiah(one.rest), Rupiah(amount - one.rest)
            made.append(
                Suggestion(
                    order.order_code, order.state, name, due, rest, gap, order.created_at, score
                )
            )
    return sorted(made, key=lambda one: (-one.score, abs(one.gap_idr)))[:limit]


def _senders(session: Session, payment_ids: Sequence[int]) -> dict[int, list[str | None]]:
    query = select(TransferReport.payment_id, TransferReport.sender_name).where(
        TransferReport.payment_id.in_(payment_ids), TransferReport.sender_name.is_not(None)
    )
    names: dict[int, list[str | None]] = {}
    for payment_id, name in session.execute(query):
        names.setdefault(payment_id, []).append(name)
    return names


def counts_of_differences(session: Session) -> dict[str, int]:
    """How many unsettled differences there are of each kind."""
    rows = session.execute(
        select(Difference.kind, func.count())
        .where(Difference.state.in_(matching.UNSETTLED))
        .group_by(Difference.kind)
    )
    return {str(kind): number for kind, number in rows}
