"""Complaints: written down at once, answered in a thread, settled and opened again."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from crm_core import complaints
from crm_core.complaints import Complaint, ComplaintState
from crm_core.conversations import Message
from crm_core.customers import Customer
from crm_core.errors import Conflict, InvalidInput, NotFound
from crm_core.timeline import Actor
from tests import factories, selling

TEXT = "Kak, kampas remnya pecah waktu dibuka"


@pytest.fixture
def customer(session: Session) -> Customer:
    return factories.conversation(session).customer


@pytest.fixture
def complaint(session: Session, customer: Customer) -> Complaint:
    return complaints.file(session, customer, TEXT, actor=Actor.customer(customer))


@pytest.fixture
def clerk(session: Session) -> Actor:
    return Actor.of_staff(factories.member(session, name="Sari"))


def told(session: Session) -> list[str]:
    query = sa.select(Message.text).where(Message.author == "system").order_by(Message.id)
    return list(session.scalars(query))


def test_a_complaint_gets_a_code_a_matter_and_an_urgency(
    session: Session, complaint: Complaint
) -> None:
    assert complaint.complaint_code.startswith("K-")
    assert (complaint.category, complaint.urgency, complaint.state) == ("damaged", "normal", "open")
    assert complaint.text == TEXT
    assert selling.actions(session, "complaint", complaint.id) == [("filed", "customer")]


def test_a_complaint_names_its_order_and_nobody_elses(session: Session, customer: Customer) -> None:
    selling.part(session)
    order = selling.order(session, customer)
    made = complaints.file(
        session, customer, "barangnya kurang satu", actor=Actor.customer(customer), order=order
    )
    assert complaints.view(session, made).order_code == order.order_code
    other = factories.customer(session, factories.SITI, "Siti")
    with pytest.raises(NotFound) as refused:
        complaints.file(session, other, "rusak", actor=Actor.customer(other), order=order)
    assert refused.value.code == "order_not_found"
    assert list(complaints.of_customer(session, other)) == []


@pytest.mark.parametrize("text", ["", "  \n "])
def test_an_empty_complaint_is_none(session: Session, customer: Customer, text: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        complaints.file(session, customer, text, actor=Actor.customer(customer))
    assert refused.value.code == "complaint_empty"
    assert list(complaints.of_customer(session, customer)) == []


def test_every_move_by_staff_is_told_to_the_customer(
    session: Session, complaint: Complaint, clerk: Actor
) -> None:
    for state in ("in_progress", "waiting_customer", "resolved", "closed", "reopened"):
        complaints.move(session, complaint, state, clerk)
    assert len(told(session)) == 5
    assert all(complaint.complaint_code in text for text in told(session))
    assert complaint.state == ComplaintState.REOPENED
    assert complaint.resolved_at is None
    assert complaint.first_response_at is not None


def test_a_leap_is_refused_and_nothing_is_said(
    session: Session, complaint: Complaint, clerk: Actor
) -> None:
    with pytest.raises(Conflict) as refused:
        complaints.move(session, complaint, "closed", clerk)
    assert refused.value.code == "illegal_transition"
    assert complaint.state == ComplaintState.OPEN
    assert told(session) == []


def test_a_state_that_does_not_exist_is_refused(
    session: Session, complaint: Complaint, clerk: Actor
) -> None:
    with pytest.raises(InvalidInput) as refused:
        complaints.move(session, complaint, "forgotten", clerk)
    assert refused.value.code == "state_unknown"


def test_a_customers_answer_joins_the_thread_and_brings_it_back_to_work(
    session: Session, customer: Customer, complaint: Complaint, clerk: Actor
) -> None:
    complaints.move(session, complaint, "waiting_customer", clerk)
    complaints.add_note(session, complaint, "ini fotonya kak", actor=Actor.customer(customer))
    view = complaints.view(session, complaint)
    assert [(note.actor_kind, note.text) for note in view.notes] == [
        ("customer", "ini fotonya kak")
    ]
    assert view.state == ComplaintState.IN_PROGRESS


def test_staffs_note_stays_in_the_house_unless_it_is_meant_for_the_customer(
    session: Session, complaint: Complaint, clerk: Actor
) -> None:
    complaints.add_note(session, complaint, "cek gudang dulu", actor=clerk)
    assert told(session) == []
    assert complaint.first_response_at is None
    complaints.add_note(session, complaint, "kami kirim gantinya besok", actor=clerk, tell=True)
    (text,) = told(session)
    assert "kami kirim gantinya besok" in text
    assert complaint.first_response_at is not None


def test_a_customer_who_is_not_content_opens_it_again(
    session: Session, customer: Customer, complaint: Complaint, clerk: Actor
) -> None:
    complaints.move(session, complaint, "resolved", clerk)
    before = told(session)
    complaints.move(session, complaint, "reopened", Actor.customer(customer))
    assert complaint.state == ComplaintState.REOPENED
    assert told(session) == before


def test_a_customer_does_not_resolve_it_for_the_shop(
    session: Session, customer: Customer, complaint: Complaint
) -> None:
    with pytest.raises(Conflict):
        complaints.move(session, complaint, "resolved", Actor.customer(customer))
    assert complaint.state == ComplaintState.OPEN


def test_it_is_found_by_its_owner_in_any_writing(
    session: Session, customer: Customer, complaint: Complaint
) -> None:
    code = complaint.complaint_code.lower()
    assert complaints.by_code(session, code, customer=customer).id == complaint.id
    other = factories.customer(session, factories.SITI, "Siti")
    with pytest.raises(NotFound) as refused:
        complaints.by_code(session, code, customer=other)
    assert refused.value.code == "complaint_not_found"


def test_urgent_ones_are_taken_up_first_then_the_oldest(
    session: Session, customer: Customer, complaint: Complaint
) -> None:
    me = Actor.customer(customer)
    remark = complaints.file(session, customer, "saran aja kak", actor=me)
    fraud = complaints.file(session, customer, "penipu kalian", actor=me)
    order = [one.id for one in complaints.urgent_first(session)]
    assert order == [fraud.id, complaint.id, remark.id]


def test_staff_may_know_the_matter_and_the_hurry_better(
    session: Session, complaint: Complaint, clerk: Actor
) -> None:
    complaints.set_urgency(session, complaint, "high", actor=clerk)
    complaints.set_category(session, complaint, "service", actor=clerk)
    assert (complaint.urgency, complaint.category) == ("high", "service")
    with pytest.raises(InvalidInput):
        complaints.set_urgency(session, complaint, "soon", actor=clerk)
    with pytest.raises(InvalidInput):
        complaints.set_category(session, complaint, "weather", actor=clerk)


def test_lists_are_narrowed_by_state_and_words(
    session: Session, customer: Customer, complaint: Complaint, clerk: Actor
) -> None:
    other = complaints.file(
        session, customer, "paketnya belum sampai", actor=Actor.customer(customer)
    )
    complaints.move(session, complaint, "in_progress", clerk)

    def ids(**narrow: object) -> list[int]:
        return [one.id for one in complaints.listing(session, **narrow).items]  # type: ignore[arg-type]

    assert ids() == [other.id, complaint.id]
    assert ids(state="in_progress") == [complaint.id]
    assert ids(query="belum sampai") == [other.id]
    assert ids(customer_id=-1) == []
    assert complaints.counts(session) == {"open": 1, "in_progress": 1}
