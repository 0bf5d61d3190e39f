"""What screens and programs read about payments."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, bindparam, func, or_, select
from sqlalchemy.orm import Session, aliased, lazyload

from crm_core.codes import ORDER, read_code
from crm_core.conversations.models import Media
from crm_core.cursors import Slice
from crm_core.customers.models import Customer
from crm_core.customers.queries import reached_at
from crm_core.listing import Window
from crm_core.money import Rupiah
from crm_core.orders import ENDED_UNPAID, Order, OrderState
from crm_core.payments import rules
from crm_core.payments.accounts import AccountView, view_of
from crm_core.payments.models import BankAccount, Payment, TransferReport
from crm_core.payments.proofs import LikenessView, likenesses
from crm_core.payments.rules import PaymentState
from crm_core.phone import mask
from crm_core.staff.models import Staff


@dataclass(frozen=True, slots=True)
class ReportView:
    """One thing the customer said or sent about the transfer."""

    text: str
    sender_name: str | None
    amount_idr: Rupiah | None
    message_id: int | None
    media_id: int | None
    at: datetime


@dataclass(frozen=True, slots=True)
class PaymentRow:
    """A payment with its order, account and evidence; ``customer_id`` is the public id.

    ``same_proof_as`` names other orders for which the very same picture was sent; ``alike`` are
    its proofs that look like earlier ones of other orders.
    ``approved_by`` is who has vouched for the money while a second person is still needed.
    """

    id: int
    order_id: int
    order_code: str
    order_state: OrderState
    customer_id: str
    customer_name: str | None
    state: PaymentState
    total_idr: Rupiah
    amount_due_idr: Rupiah
    unique_code: int
    amount_received_idr: Rupiah | None
    bank_reference: str | None
    bank_account: AccountView
    reports: tuple[ReportView, ...]
    proof_media_ids: tuple[int, ...]
    same_proof_as: tuple[str, ...]
    alike: tuple[LikenessView, ...]
    sms_sent_at: datetime | None
    sms_to: str | None
    sms_attempts: int
    sms_right: bool
    approved_by: str | None
    decided_by: str | None
    reason: str | None
    created_at: datetime
    updated_at: datetime
    expires_at: datetime
    reported_at: datetime | None
    decided_at: datetime | None

    @property
    def refund_due(self) -> bool:
        """Whether money of the customer lies here that pays for nothing."""
        due = rules.refund_due(self.state, ended=self.order_state in ENDED_UNPAID)
        return due and bool(self.amount_received_idr)


def for_order(session: Session, order: Order) -> Payment | None:
    """The payment of an order, or None if none was asked for."""
    return session.scalars(select(Payment).where(Payment.order_id == order.id)).one_or_none()


def view(session: Session, payment: Payment) -> PaymentRow:
    """``payment`` as people read it."""
    return _rows(session, _ONE, {"payment_id": payment.id})[0]


def view_of_order(session: Session, order: Order) -> PaymentRow | None:
    """The payment of an order as people read it, or None if none was asked for."""
    found = _rows(session, _OF_ORDER, {"order_id": order.id})
    return found[0] if found else None


def waiting(session: Session, limit: int = 200) -> list[PaymentRow]:
    """Payments that a person must look at, the longest waiting first."""
    query = _joined().where(Payment.state.in_(rules.WAITING_FOR_STAFF))
    return _rows(session, query.order_by(Payment.reported_at, Payment.id).limit(limit))


def states_of(session: Session, order_ids: Collection[int]) -> dict[int, PaymentState]:
    """The state of the payment of some orders, by order id; those without one are left out."""
    query = select(Payment.order_id, Payment.state).where(Payment.order_id.in_(order_ids))
    return dict(session.execute(query).all())


def counts(session: Session) -> dict[str, int]:
    """How many payments are in each state; states without any are left out."""
    rows = session.execute(select(Payment.state, func.count()).group_by(Payment.state))
    return {str(state): number for state, number in rows}


def listing(
    session: Session,
    *,
    state: str | None = None,
    states: Collection[str] = (),
    query: str | None = None,
    customer_id: int | None = None,
    phone: str | None = None,
    updated_since: datetime | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> Slice[PaymentRow]:
    """Payments, newest first, in one ``state`` or in some ``states``. ``query`` looks in order
    code, customer, bank reference, and, if it is a number, in the amount due; ``phone``, as typed,
    is the customer's whole number.
    """
    found = _joined()
    wanted = {state} if state else set(states)
    if wanted:
        found = found.where(Payment.state.in_([one for one in PaymentState if one in wanted]))
    if customer_id is not None:
        found = found.where(Order.customer_id == customer_id)
    if phone:
        found = found.where(reached_at(phone))
    if query and query.strip():
        found = _searched(found, query.strip())
    window = Window(updated_since, cursor, limit)
    found = window.cut(found, Payment.id, Payment.created_at, Payment.updated_at)
    rows = _rows(session, found)
    return window.slice([(row, row.id, row.created_at, row.updated_at) for row in rows])


_Joined = Select[Payment, Order, Customer, BankAccount, str, str]


def _joined() -> _Joined:
    approver, decider = aliased(Staff), aliased(Staff)
    return (
        select(Payment, Order, Customer, BankAccount, approver.name, decider.name)
        .join(Order, Order.id == Payment.order_id)
        .join(Customer, Customer.id == Order.customer_id)
        .join(BankAccount, BankAccount.id == Payment.bank_account_id)
        .outerjoin(approver, approver.id == Payment.approved_by)
        .outerjoin(decider, decider.id == Payment.decided_by)
        .options(lazyload(Order.discounts))
    )


_ONE = _joined().where(Payment.id == bindparam("payment_id"))
_OF_ORDER = _joined().where(Payment.order_id == bindparam("order_id"))


def _searched(found: _Joined, query: str) -> _Joined:
    code = read_code(query, ORDER)
    if code:
        return found.where(Order.order_code == code)
    digits = query.replace(".", "")
    if digits.isascii() and digits.isdigit() and len(digits) <= 15:
        return found.where(Payment.amount_due_idr == Rupiah(int(digits)))
    searched = (Order.order_code, Customer.name, Payment.bank_reference)
    return found.where(or_(*[column.icontains(query, autoescape=True) for column in searched]))


def _rows(
    session: Session, query: _Joined, given: Mapping[str, object] | None = None
) -> list[PaymentRow]:
    found = session.execute(query, given or {}).all()
    reports = _reports(session, [payment.id for payment, *_ in found])
    ids = list(reports)  # proofs come with reports
    same = _same_proofs(session, ids) if ids else {}
    alike = likenesses(session, ids) if ids else {}
    return [
        _row(
            one,
            tuple(reports.get(one[0].id, ())),
            same.get(one[0].id, ()),
            alike.get(one[0].id, ()),
        )
        for one in found
    ]


def _row(
    found: tuple[Payment, Order, Customer, BankAccount, str | None, str | None],
    evidence: tuple[ReportView, ...],
    same_proof_as: tuple[str, ...],
    alike: tuple[LikenessView, ...],
) -> PaymentRow:
    payment, order, customer, account, approver, decider = found
    return PaymentRow(
        id=payment.id,
        order_id=order.id,
        order_code=order.order_code,
        order_state=order.state,
        customer_id=customer.public_id,
        customer_name=customer.name,
        state=payment.state,
        total_idr=order.total_idr,
        amount_due_idr=payment.amount_due_idr,
        unique_code=payment.unique_code,
        amount_received_idr=payment.amount_received_idr,
        bank_reference=payment.bank_reference,
        bank_account=view_of(account),
        reports=evidence,
        proof_media_ids=tuple(one.media_id for one in evidence if one.media_id is not None),
        same_proof_as=same_proof_as,
        alike=alike,
        sms_sent_at=payment.sms_sent_at,
        sms_to=mask(payment.sms_to) if payment.sms_to else None,
        sms_attempts=payment.sms_attempts,
        sms_right=payment.sms_to is not None and payment.sms_code_hash is None,
        approved_by=approver,
        decided_by=decider,
        reason=payment.reason,
        created_at=payment.created_at,
        updated_at=payment.updated_at,
        expires_at=order.expires_at,
        reported_at=payment.reported_at,
        decided_at=payment.decided_at,
    )


def _reports(session: Session, payment_ids: Sequence[int]) -> dict[int, list[ReportView]]:
    query = select(TransferReport).where(TransferReport.payment_id.in_(payment_ids))
    reports: dict[int, list[ReportView]] = {}
    for one in session.scalars(query.order_by(TransferReport.id)):
        reports.setdefault(one.payment_id, []).append(
            ReportView(
                text=one.text,
                sender_name=one.sender_name,
                amount_idr=one.amount_idr,
                message_id=one.message_id,
                media_id=one.media_id,
                at=one.created_at,
            )
        )
    return reports


def _same_proofs(session: Session, payment_ids: Sequence[int]) -> dict[int, tuple[str, ...]]:
    """Per payment the codes of other orders with the same picture, byte for byte."""
    mine, theirs = aliased(Media), aliased(Media)
    my_report, their_report = aliased(TransferReport), aliased(TransferReport)
    query = (
        select(my_report.payment_id, Order.order_code)
        .join(mine, mine.id == my_report.media_id)
        .join(theirs, theirs.sha256 == mine.sha256)
        .join(their_report, their_report.media_id == theirs.id)
        .join(Payment, Payment.id == their_report.payment_id)
        .join(Order, Order.id == Payment.order_id)
        .where(
            my_report.payment_id.in_(payment_ids),
            their_report.payment_id != my_report.payment_id,
        )
        .distinct()
    )
    same: dict[int, list[str]] = {}
    for payment_id, order_code in session.execute(query):
        same.setdefault(payment_id, []).append(order_code)
    return {payment_id: tuple(sorted(codes)) for payment_id, codes in same.items()}
