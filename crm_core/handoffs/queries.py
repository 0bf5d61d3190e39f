"""What screens and programs read about hand-offs."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session

from crm_core import clock
from crm_core.conversations.models import Conversation
from crm_core.cursors import Slice
from crm_core.customers.models import Customer
from crm_core.customers.queries import reached_at
from crm_core.handoffs.models import Handoff
from crm_core.handoffs.rules import HandoffState
from crm_core.listing import Window
from crm_core.staff.models import Staff


@dataclass(frozen=True, slots=True)
class HandoffView:
    """A hand-off as people read it; ``conversation_id`` and ``customer_id`` are public ids."""

    id: int
    conversation_id: str
    customer_id: str
    customer_name: str | None
    channel: str
    reason: str
    state: HandoffState
    agent: str | None
    agent_id: int | None
    packet: dict[str, Any]
    note: str | None
    requested_at: datetime
    updated_at: datetime
    promised_at: datetime
    repairs: int
    claimed_at: datetime | None
    first_reply_at: datetime | None
    returned_at: datetime | None

    @property
    def overdue(self) -> bool:
        """Whether a promised time has passed without an answer."""
        waits = self.state == HandoffState.WAITING or self.first_reply_at is None
        open_ = self.state != HandoffState.RETURNED
        return open_ and waits and (self.repairs > 0 or clock.now() > self.promised_at)


def view(session: Session, handoff: Handoff) -> HandoffView:
    """``handoff`` as people read it."""
    return _view(session.execute(_joined().where(Handoff.id == handoff.id)).one())


def waiting(session: Session, limit: int = 200) -> list[HandoffView]:
    """The queue: who has waited longest comes first."""
    query = _joined().where(Handoff.state == HandoffState.WAITING)
    rows = session.execute(query.order_by(Handoff.requested_at, Handoff.id).limit(limit))
    return [_view(row) for row in rows]


def position(session: Session, conversation: Conversation) -> int | None:
    """The conversation's place in the queue, 1 = next; None if it does not wait."""
    mine = session.execute(
        select(Handoff.requested_at, Handoff.id).where(
            Handoff.conversation_id == conversation.id, Handoff.state == HandoffState.WAITING
        )
    ).one_or_none()
    if mine is None:
        return None
    requested_at, handoff_id = mine
    before = or_(
        Handoff.requested_at < requested_at,
        (Handoff.requested_at == requested_at) & (Handoff.id <= handoff_id),
    )
    query = select(func.count()).where(Handoff.state == HandoffState.WAITING, before)
    return session.execute(query).scalar_one()


def of_conversation(session: Session, conversation: Conversation) -> HandoffView | None:
    """The newest hand-off of a conversation, open or returned, or None."""
    query = _joined().where(Handoff.conversation_id == conversation.id)
    row = session.execute(query.order_by(Handoff.id.desc()).limit(1)).one_or_none()
    return _view(row) if row is not None else None


def open_of(session: Session, conversation_ids: Collection[int]) -> dict[str, HandoffView]:
    """The hand-offs that are not returned yet of some conversations, by their public id."""
    query = _joined().where(
        Handoff.conversation_id.in_(conversation_ids), Handoff.state != HandoffState.RETURNED
    )
    found = [_view(row) for row in session.execute(query)]
    return {handoff.conversation_id: handoff for handoff in found}


def counts(session: Session) -> dict[str, int]:
    """How many hand-offs are in each state; states without any are left out."""
    rows = session.execute(select(Handoff.state, func.count()).group_by(Handoff.state))
    return {str(state): number for state, number in rows}


def listing(
    session: Session,
    *,
    state: str | None = None,
    query: str | None = None,
    phone: str | None = None,
    updated_since: datetime | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> Slice[HandoffView]:
    """Hand-offs as :class:`crm_core.listing.Window` orders them; ``query`` looks in customer,
    reason and agent; ``phone``, as typed, is the customer's whole number.
    """
    found = _joined()
    if state:
        found = found.where(Handoff.state.in_([one for one in HandoffState if one == state]))
    if phone:
        found = found.where(reached_at(phone))
    if query and query.strip():
        searched = (Customer.name, Handoff.reason, Staff.name)
        part = query.strip()
        found = found.where(or_(*[one.icontains(part, autoescape=True) for one in searched]))
    window = Window(updated_since, cursor, limit)
    found = window.cut(found, Handoff.id, Handoff.requested_at, Handoff.updated_at)
    rows = session.execute(found)
    return window.slice(
        [(_view(row), row[0].id, row[0].requested_at, row[0].updated_at) for row in rows]
    )


_Joined = tuple[Handoff, Conversation, Customer, str | None]


def _joined() -> Select[Handoff, Conversation, Customer, str | None]:
    return (
        select(Handoff, Conversation, Customer, Staff.name)
        .join(Conversation, Conversation.id == Handoff.conversation_id)
        .join(Customer, Customer.id == Conversation.customer_id)
        .outerjoin(Staff, Staff.id == Handoff.agent_id)
    )


def _view(row: _Joined) -> HandoffView:
    handoff, conversation, customer, agent = row
    return HandoffView(
        id=handoff.id,
        conversation_id=conversation.public_id,
        customer_id=customer.public_id,
        customer_name=customer.name,
        channel=conversation.channel,
        reason=handoff.reason,
        state=handoff.state,
        agent=agent,
        agent_id=handoff.agent_id,
        packet=handoff.packet,
        note=handoff.note,
        requested_at=handoff.requested_at,
        updated_at=handoff.updated_at,
        promised_at=handoff.promised_at,
        repairs=handoff.repairs,
        claimed_at=handoff.claimed_at,
        first_reply_at=handoff.first_reply_at,
        returned_at=handoff.returned_at,
    )
