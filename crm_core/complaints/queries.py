"""What screens, sentences and programs read about complaints."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, case, func, or_, select
from sqlalchemy.orm import Session, selectinload

from crm_core.codes import COMPLAINT, read_code
from crm_core.complaints.models import Complaint
from crm_core.complaints.rules import UNSETTLED, Category, ComplaintState, Urgency
from crm_core.cursors import Slice
from crm_core.customers.models import Customer
from crm_core.customers.queries import reached_at
from crm_core.errors import NotFound
from crm_core.listing import Window
from crm_core.orders import Order


@dataclass(frozen=True, slots=True)
class NoteView:
    """One entry of the thread."""

    actor_kind: str
    actor_name: str
    text: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ComplaintView:
    """A complaint as people read it; ``customer_id`` is the public id."""

    id: int
    complaint_code: str
    customer_id: str
    customer_name: str | None
    order_code: str | None
    conversation_id: int | None
    category: Category
    urgency: Urgency
    state: ComplaintState
    text: str
    notes: tuple[NoteView, ...]
    created_at: datetime
    updated_at: datetime
    first_response_at: datetime | None
    resolved_at: datetime | None


def by_code(session: Session, code: str, *, customer: Customer | None = None) -> Complaint:
    """The complaint named in ``code`` (any writing of it).

    With ``customer``, somebody else's is as unknown as none: NotFound ("complaint_not_found",
    complaint_code).
    """
    complaint_code = read_code(code, COMPLAINT) or code.strip().upper()
    query = select(Complaint).where(Complaint.complaint_code == complaint_code)
    if customer is not None:
        query = query.where(Complaint.customer_id == customer.id)
    complaint = session.scalars(query).one_or_none()
    if complaint is None:
        raise NotFound("complaint_not_found", complaint_code=complaint_code[:20])
    return complaint


def of_customer(
    session: Session, customer: Customer, limit: int = 10, *, only_unsettled: bool = False
) -> Sequence[Complaint]:
    """The customer's newest complaints first."""
    query = select(Complaint).where(Complaint.customer_id == customer.id)
    if only_unsettled:
        query = query.where(Complaint.state.in_(UNSETTLED))
    return session.scalars(query.order_by(Complaint.id.desc()).limit(limit)).all()


def view(session: Session, complaint: Complaint) -> ComplaintView:
    """``complaint`` as people read it."""
    row = session.execute(_joined().where(Complaint.id == complaint.id)).one()
    return _view(row)


def counts(session: Session) -> dict[str, int]:
    """How many complaints are in each state; states without any are left out."""
    rows = session.execute(select(Complaint.state, func.count()).group_by(Complaint.state))
    return {str(state): number for state, number in rows}


def urgent_first(session: Session, limit: int = 200) -> list[ComplaintView]:
    """Unsettled complaints as somebody should take them up: urgent ones, then the oldest."""
    rank = case({Urgency.HIGH: 0, Urgency.NORMAL: 1}, value=Complaint.urgency, else_=2)
    query = _joined().where(Complaint.state.in_(UNSETTLED)).order_by(rank, Complaint.id)
    return [_view(row) for row in session.execute(query.limit(limit))]


def listing(
    session: Session,
    *,
    state: str | None = None,
    query: str | None = None,
    customer_id: int | None = None,
    phone: str | None = None,
    updated_since: datetime | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> Slice[ComplaintView]:
    """Complaints, newest first; ``query`` looks in code, order code, customer and text; ``phone``,
    as typed, is the customer's whole number.
    """
    found = _joined()
    if state:
        found = found.where(Complaint.state.in_([one for one in ComplaintState if one == state]))
    if customer_id is not None:
        found = found.where(Complaint.customer_id == customer_id)
    if phone:
        found = found.where(reached_at(phone))
    if query and query.strip():
        searched = (
            Complaint.complaint_code,
            Order.order_code,
            Customer.name,
            Complaint.text,
        )
        part = query.strip()
        found = found.where(or_(*[one.icontains(part, autoescape=True) for one in searched]))
    window = Window(updated_since, cursor, limit)
    found = window.cut(found, Complaint.id, Complaint.created_at, Complaint.updated_at)
    rows = session.execute(found)
    return window.slice(
        [(_view(row), row[0].id, row[0].created_at, row[0].updated_at) for row in rows]
    )


_Joined = tuple[Complaint, Customer, str | None]


def _joined() -> Select[Complaint, Customer, str | None]:
    return (
        select(Complaint, Customer, Order.order_code)
        .join(Customer, Customer.id == Complaint.customer_id)
        .outerjoin(Order, Order.id == Complaint.order_id)
        .options(selectinload(Complaint.notes))
    )


def _view(row: _Joined) -> ComplaintView:
    complaint, customer, order_code = row
    return ComplaintView(
        id=complaint.id,
        complaint_code=complaint.complaint_code,
        customer_id=customer.public_id,
        customer_name=customer.name,
        order_code=order_code,
        conversation_id=complaint.conversation_id,
        category=complaint.category,
        urgency=complaint.urgency,
        state=complaint.state,
        text=complaint.text,
        notes=tuple(
            NoteView(note.actor_kind, note.actor_name, note.text, note.at)
            for note in complaint.notes
        ),
        created_at=complaint.created_at,
        updated_at=complaint.updated_at,
        first_response_at=complaint.first_response_at,
        resolved_at=complaint.resolved_at,
    )
