"""What screens and programs read about statement files and the mutations in them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session

from crm_core import clock
from crm_core.codes import ORDER, read_code
from crm_core.cursors import Slice
from crm_core.errors import InvalidInput, NotFound
from crm_core.listing import Window
from crm_core.money import Rupiah
from crm_core.orders import Order
from crm_core.payments.accounts import AccountView, view_of
from crm_core.payments.matching import MutationState
from crm_core.payments.models import (
    BankAccount,
    BankFile,
    BankMutation,
    Payment,
)
from crm_core.payments.rules import PaymentState
from crm_core.payments.worklist import DifferenceView, differences
from crm_core.staff.models import Staff


@dataclass(frozen=True, slots=True)
class MutationView:
    """A booking on an account with what became of it; ``decided_by`` None: the rule."""

    id: int
    account: AccountView
    file_id: int
    row: int
    booked_on: date
    direction: str
    amount_idr: Rupiah
    description: str
    reference: str
    balance_idr: Rupiah | None
    state: MutationState
    order_code: str | None
    payment_state: PaymentState | None
    counted: bool
    reason: str | None
    decided_by: str | None
    difference: DifferenceView | None
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class FileView:
    """A statement file that was brought, and what became of its rows."""

    id: int
    name: str
    sha256: str
    shape: str
    imported_by: str | None
    added: int
    known: int
    rejected: tuple[dict[str, object], ...]
    states: dict[str, int]
    created_at: datetime


def files(session: Session, limit: int = 30) -> list[FileView]:
    """The files that were brought last."""
    query = select(BankFile, Staff.name).outerjoin(Staff, Staff.id == BankFile.imported_by)
    rows = session.execute(query.order_by(BankFile.id.desc()).limit(limit)).all()
    return [_file(session, kept, name) for kept, name in rows]


def file(session: Session, file_id: int) -> FileView:
    """One file. Raises NotFound ("bank_file_not_found")."""
    query = select(BankFile, Staff.name).outerjoin(Staff, Staff.id == BankFile.imported_by)
    row = session.execute(query.where(BankFile.id == file_id)).first()
    if row is None:
        raise NotFound("bank_file_not_found")
    return _file(session, row[0], row[1])


def _file(session: Session, kept: BankFile, name: str | None) -> FileView:
    states = session.execute(
        select(BankMutation.state, func.count())
        .where(BankMutation.bank_file_id == kept.id)
        .group_by(BankMutation.state)
    ).all()
    return FileView(
        id=kept.id,
        name=kept.name,
        sha256=kept.sha256,
        shape=kept.shape,
        imported_by=name,
        added=kept.added,
        known=kept.known,
        rejected=tuple(kept.rejected),
        states={str(state): number for state, number in states},
        created_at=kept.created_at,
    )


def mutation(session: Session, mutation_id: int) -> MutationView:
    """One mutation. Raises NotFound ("mutation_not_found")."""
    rows = _mutations(session, _joined().where(BankMutation.id == mutation_id))
    if not rows:
        raise NotFound("mutation_not_found")
    return rows[0]


def mutations(
    session: Session,
    *,
    states: Collection[str] = (),
    account_id: int | None = None,
    file_id: int | None = None,
    day: date | None = None,
    query: str | None = None,
    updated_since: datetime | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> Slice[MutationView]:
    """Mutations, the newest first; ``query`` looks in text, reference, order code and amount."""
    found = _joined()
    if states:
        found = found.where(BankMutation.state.in_([s for s in MutationState if s in states]))
    if account_id is not None:
        found = found.where(BankMutation.bank_account_id == account_id)
    if file_id is not None:
        found = found.where(BankMutation.bank_file_id == file_id)
    if day is not None:
        found = found.where(BankMutation.booked_on == day)
    if query and query.strip():
        found = _searched(found, query.strip())
    window = Window(updated_since, cursor, limit)
    found = window.cut(found, BankMutation.id, BankMutation.created_at, BankMutation.updated_at)
    rows = _mutations(session, found)
    return window.slice([(row, row.id, row.created_at, row.updated_at) for row in rows])


def of_file(session: Session, file_id: int) -> list[MutationView]:
    """All mutations that a file brought, in its own order."""
    query = _joined().where(BankMutation.bank_file_id == file_id)
    return _mutations(session, query.order_by(BankMutation.row, BankMutation.id))


_Joined = Select[BankMutation, BankAccount, str, PaymentState, str]


def _joined() -> _Joined:
    return (
        select(BankMutation, BankAccount, Order.order_code, Payment.state, Staff.name)
        .join(BankAccount, BankAccount.id == BankMutation.bank_account_id)
        .outerjoin(Payment, Payment.id == BankMutation.payment_id)
        .outerjoin(Order, Order.id == Payment.order_id)
        .outerjoin(Staff, Staff.id == BankMutation.decided_by)
    )


def _searched(found: _Joined, query: str) -> _Joined:
    code = read_code(query, ORDER)
    if code:
        return found.where(or_(Order.order_code == code, BankMutation.description.contains(code)))
    digits = query.replace(".", "").removeprefix("Rp").strip()
    if digits.isascii() and digits.isdigit() and len(digits) <= 15:
        return found.where(BankMutation.amount_idr == Rupiah(int(digits)))
    columns = (BankMutation.description, BankMutation.reference)
    return found.where(or_(*[one.icontains(query, autoescape=True) for one in columns]))


def _mutations(session: Session, query: _Joined) -> list[MutationView]:
    rows = session.execute(query).all()
    ids = [row[0].id for row in rows]
    tasks = {
        one.mutation_id: one
        for one in differences(session, mutation_ids=ids, unsettled=None, limit=10_000)
    }
    return [
        MutationView(
            id=found.id,
            account=view_of(account),
            file_id=found.bank_file_id,
            row=found.row,
            booked_on=found.booked_on,
            direction=found.direction,
            amount_idr=found.amount_idr,
            description=found.description,
            reference=found.reference,
            balance_idr=found.balance_idr,
            state=found.state,
            order_code=code,
            payment_state=payment_state,
            counted=found.counted,
            reason=found.reason,
            decided_by=decider,
            difference=tasks.get(found.id),
            created_at=found.created_at,
            updated_at=found.updated_at,
        )
        for found, account, code, payment_state, decider in rows
    ]


def read_day(text: str | None) -> date:
    """``2026-11-21``, or today in Pontianak for nothing. Raises InvalidInput ("day_invalid")."""
    if not (text or "").strip():
        return clock.local_date(clock.now())
    try:
        return date.fromisoformat((text or "").strip())
    except ValueError:
        raise InvalidInput("day_invalid") from None
