"""The verbs of complaints."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm_core import clock, codes, conversations, timeline
from crm_core.complaints import rules
from crm_core.complaints.models import Complaint, ComplaintNote
from crm_core.complaints.rules import STATES, Category, ComplaintState, Urgency
from crm_core.customers.models import Customer
from crm_core.db import Event, announce
from crm_core.errors import InvalidInput, NotFound
from crm_core.orders import Order
from crm_core.timeline import Actor

LONGEST = 4000


def file(
    session: Session,
    customer: Customer,
    text: str,
    *,
    actor: Actor,
    order: Order | None = None,
    conversation_id: int | None = None,
    angry: bool = False,
) -> Complaint:
    """Write a complaint down; matter and urgency are read out of the text.

    ``angry``: whoever read it heard anger in it, which makes it urgent whatever its words are.

    Raises InvalidInput ("complaint_empty") and NotFound ("order_not_found") for another customer's
    order.
    """
    words = text.strip()[:LONGEST]
    if not words:
        raise InvalidInput("complaint_empty")
    if order is not None and order.customer_id != customer.id:
        raise NotFound("order_not_found", order_code=order.order_code)
    complaint = Complaint(
        complaint_code=_free_code(session),
        customer_id=customer.id,
        order_id=order.id if order else None,
        conversation_id=conversation_id,
        category=rules.category(words),
        urgency=Urgency.HIGH if angry else rules.urgency(words),
        state=STATES.start,
        text=words,
        created_at=clock.now(),
    )
    session.add(complaint)
    session.flush()
    facts: dict[str, object] = {
        "category": str(complaint.category),
        "urgency": str(complaint.urgency),
    }
    _record(session, complaint, "filed", actor, facts)
    return complaint


def add_note(
    session: Session, complaint: Complaint, text: str, *, actor: Actor, tell: bool = False
) -> ComplaintNote:
    """Add to the thread. A customer's word brings a complaint that waited for it back to work.

    Staff's note stays in the house unless ``tell``; then the customer is sent it. Raises
    InvalidInput ("note_empty").
    """
    words = text.strip()[:LONGEST]
    if not words:
        raise InvalidInput("note_empty")
    _lock(session, complaint)
    note = ComplaintNote(
        actor_kind=actor.kind,
        actor_id=actor.id,
        actor_name=actor.name[:120],
        text=words,
        at=clock.now(),
    )
    complaint.notes.append(note)
    complaint.updated_at = clock.now()
    if actor.kind == "staff" and tell:
        complaint.first_response_at = complaint.first_response_at or clock.now()
        _tell(session, complaint, "complaint_answered", text=words)
    session.flush()
    _record(session, complaint, "noted", actor, {"told": tell})
    from_customer = actor.kind in {"customer", "bot"}
    if from_customer and complaint.state == ComplaintState.WAITING_CUSTOMER:
        _change(session, complaint, ComplaintState.IN_PROGRESS, actor)
    return note


def move(
    session: Session, complaint: Complaint, state: ComplaintState | str, actor: Actor
) -> Complaint:
    """Bring a complaint to ``state`` and tell the customer, unless the customer did it.

    Raises InvalidInput ("state_unknown") and Conflict ("illegal_transition").
    """
    if state not in list(ComplaintState):
        raise InvalidInput("state_unknown", state=str(state)[:30])
    _lock(session, complaint)
    _change(session, complaint, ComplaintState(state), actor)
    if actor.kind in {"staff", "system"}:
        _tell(session, complaint, f"complaint_{complaint.state}")
    return complaint


def set_urgency(
    session: Session, complaint: Complaint, urgency: Urgency | str, *, actor: Actor
) -> None:
    """Staff knows better how much it hurries. Raises InvalidInput ("urgency_unknown")."""
    if urgency not in list(Urgency):
        raise InvalidInput("urgency_unknown")
    _lock(session, complaint)
    complaint.urgency = Urgency(urgency)
    _record(session, complaint, "urgency_set", actor, {"urgency": str(urgency)})


def set_category(
    session: Session, complaint: Complaint, category: Category | str, *, actor: Actor
) -> None:
    """Staff knows better what it is about. Raises InvalidInput ("category_unknown")."""
    if category not in list(Category):
        raise InvalidInput("category_unknown")
    _lock(session, complaint)
    complaint.category = Category(category)
    _record(session, complaint, "category_set", actor, {"category": str(category)})


def _change(session: Session, complaint: Complaint, new: ComplaintState, actor: Actor) -> None:
    step = STATES.check(complaint.state, new, actor.kind)
    complaint.state = new
    if actor.kind == "staff":
        complaint.first_response_at = complaint.first_response_at or clock.now()
    if new == ComplaintState.RESOLVED:
        complaint.resolved_at = clock.now()
    elif new == ComplaintState.REOPENED:
        complaint.resolved_at = None
    session.flush()
    _record(session, complaint, step.name, actor, {})


def _lock(session: Session, complaint: Complaint) -> None:
    session.scalars(
        select(Complaint)
        .where(Complaint.id == complaint.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()


def _free_code(session: Session) -> str:
    while True:
        code = codes.new_code(codes.COMPLAINT)
        query = select(Complaint.id).where(Complaint.complaint_code == code)
        if session.execute(query).first() is None:
            return code


def _record(
    session: Session, complaint: Complaint, action: str, actor: Actor, facts: dict[str, object]
) -> None:
    timeline.record(
        session,
        subject="complaint",
        subject_id=complaint.id,
        action=action,
        actor=actor,
        customer_id=complaint.customer_id,
        facts={"complaint_code": complaint.complaint_code, **facts},
    )
    announce(session, Event("complaint_changed", {"complaint_code": complaint.complaint_code}))


def _tell(session: Session, complaint: Complaint, notice: str, **facts: str) -> None:
    customer = session.get_one(Customer, complaint.customer_id)
    code = complaint.complaint_code
    conversations.notify(session, customer, notice, complaint_code=code, **facts)
