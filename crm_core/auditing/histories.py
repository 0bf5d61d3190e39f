"""I7 and I9: every state was reached by declared moves, in order of time, by somebody known."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_, case, func, or_, select
from sqlalchemy.orm import Session

from crm_core import orders, payments, returns
from crm_core.auditing.values import Finding
from crm_core.customers import Customer
from crm_core.orders import Order, rules
from crm_core.payments import BankMutation, Difference, Payment
from crm_core.returns import Return
from crm_core.staff import Staff
from crm_core.states import StateTable
from crm_core.timeline import Entry

SUBJECTS: dict[str, tuple[StateTable[Any], Any]] = {
    "order": (orders.STATES, Order),
    "payment": (payments.STATES, Payment),
    "difference": (payments.DIFFERENCES, Difference),
    "bank_mutation": (payments.MUTATIONS, BankMutation),
    "return": (returns.STATES, Return),
}
"""What has states, and the table that declares its moves."""


@dataclass(slots=True)
class _Thing:
    """One thing on its way through its history."""

    at: str
    wanted: str
    name: str
    facts: frozenset[str] | None


def moves(session: Session) -> Iterator[Finding]:
    """I7: a thing's entries are declared moves of the right people, and end in its state."""
    for subject, (table, model) in SUBJECTS.items():
        things = _things(session, subject, str(table.start), model)
        query = (
            select(Entry.subject_id, Entry.action, Entry.actor_kind, Entry.facts, Entry.id)
            .where(Entry.subject == subject, Entry.action.in_(_names(table)))
            .order_by(Entry.id)
        )
        for subject_id, action, kind, facts, entry_id in session.execute(query):
            thing = things.get(subject_id)
            if thing is None:
                row = f"timeline {entry_id}"
                yield Finding("I7", row, f"{action} of {subject} {subject_id}, which is not there")
            elif said := _step(table, thing, action, kind, facts):
                yield Finding("I7", thing.name, f"{said} (timeline {entry_id})")
        for thing in things.values():
            if thing.at != thing.wanted:
                said = f"is {thing.wanted}, but its history ends at {thing.at}"
                yield Finding("I7", thing.name, said)


def _names(table: StateTable[Any]) -> set[str]:
    return {move.name for move in table.moves.values()}


def _things(session: Session, subject: str, start: str, model: Any) -> dict[int, _Thing]:
    if model is Order:
        return {
            order.id: _Thing(start, str(order.state), f"order {order.order_code}", _held(order))
            for order in session.execute(
                select(
                    Order.id, Order.order_code, Order.state, Order.pay_on_delivery,
                    Order.paid_at, Order.shipping_method,
                )
            )
        }  # fmt: skip
    rows = session.execute(select(model.id, model.state))
    return {row.id: _Thing(start, str(row.state), f"{subject} {row.id}", None) for row in rows}


def _held(order: Any) -> frozenset[str]:
    """What holds of an order for the guards of its moves, once all of them are made."""
    return rules.facts_of(
        pay_on_delivery=order.pay_on_delivery,
        paid=order.paid_at is not None,
        method=order.shipping_method,
    )


def _step(
    table: StateTable[Any], thing: _Thing, action: str, kind: str, facts: Mapping[str, Any]
) -> str | None:
    """Make the move that an entry tells; what is wrong with it, or None."""
    for (old, new), move in table.moves.items():
        if move.name != action or str(old) != thing.at:
            continue
        thing.at = str(new)
        if kind not in move.actors:
            return f"{action} by a {kind}, who may not"
        if thing.facts is not None and move.needs is not None and move.needs not in thing.facts:
            return f"{action} without being {move.needs}"
        return None
    goals = {str(new) for (_, new), move in table.moves.items() if move.name == action}
    if thing.at in goals and action.startswith("found_"):
        return None  # another amount that is still too little, or too much
    if action == "paid" and facts.get("state") == thing.at:
        return None  # paid at the door: the order keeps the state it has come to
    was, thing.at = thing.at, next(iter(goals))
    return f"{action} from {was} is no declared move"


def moments(session: Session) -> Iterator[Finding]:
    """I7: an order's moments follow one another, and belong to its state."""
    early = case(
        (and_(~Order.pay_on_delivery, Order.packed_at < Order.paid_at), "packed before paid"),
        (Order.paid_at < Order.created_at, "paid before placed"),
        (Order.shipped_at < Order.packed_at, "shipped before packed"),
        (Order.delivered_at < Order.shipped_at, "delivered before shipped"),
        (Order.ended_at < Order.created_at, "ended before placed"),
        (and_(Order.state == "paid", Order.paid_at.is_(None)), "paid at no time"),
        (and_(Order.state == "packed", Order.packed_at.is_(None)), "packed at no time"),
        (and_(Order.state == "shipped", Order.shipped_at.is_(None)), "shipped at no time"),
        (and_(Order.state == "delivered", Order.delivered_at.is_(None)), "delivered at no time"),
        (
            and_(
                Order.state.in_(["completed", "cancelled", "expired", "returned"]),
                Order.ended_at.is_(None),
            ),
            "ended at no time",
        ),
    )
    query = select(Order.order_code, early.label("said")).where(early.is_not(None))
    for code, said in session.execute(query):
        yield Finding("I7", f"order {code}", said)


def actors(session: Session) -> Iterator[Finding]:
    """I9: whoever changed something is somebody: a person we know, or a program with a name."""
    nobody = or_(
        and_(Entry.actor_kind == "staff", Staff.id.is_(None)),
        and_(Entry.actor_kind == "customer", Customer.id.is_(None)),
        and_(Entry.actor_kind == "system", Entry.actor_name == ""),
    )
    query = (
        select(Entry.id, Entry.subject, Entry.subject_id, Entry.action, Entry.actor_kind)
        .outerjoin(Staff, and_(Entry.actor_kind == "staff", Staff.id == Entry.actor_id))
        .outerjoin(Customer, and_(Entry.actor_kind == "customer", Customer.id == Entry.actor_id))
        .where(nobody, Entry.subject.in_(SUBJECTS))
        .order_by(Entry.id)
    )
    for entry_id, subject, subject_id, action, kind in session.execute(query):
        said = f"{action} of {subject} {subject_id} by an unknown {kind}"
        yield Finding("I9", f"timeline {entry_id}", said)


def numbers(session: Session) -> dict[str, int]:
    """How many rows of each kind were looked at."""
    counted = {f"{subject}s": model for subject, (_, model) in SUBJECTS.items()}
    return {
        name.replace("_", " "): session.scalar(select(func.count()).select_from(model)) or 0
        for name, model in counted.items()
    }
