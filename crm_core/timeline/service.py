"""Who did what: every changing verb records one entry in its own transaction."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm_core.timeline.models import Entry

ActorKind = Literal["customer", "bot", "staff", "system"]


class _Named(Protocol):
    """A customer or a member of staff; timeline lies below both and knows neither."""

    @property
    def id(self) -> int: ...
    @property
    def name(self) -> str | None: ...


@dataclass(frozen=True, slots=True)
class Actor:
    """Who changes something."""

    kind: ActorKind
    id: int | None
    name: str

    @classmethod
    def customer(cls, customer: _Named) -> Actor:
        """The customer acts, by their own message or tap."""
        return cls("customer", customer.id, customer.name or "")

    @classmethod
    def bot(cls) -> Actor:
        """The assistant acts by itself."""
        return cls("bot", None, "bot")

    @classmethod
    def of_staff(cls, staff: _Named) -> Actor:
        """A member of staff acts."""
        return cls("staff", staff.id, staff.name or "")

    @classmethod
    def system(cls, name: str) -> Actor:
        """A clock or an import acts, named by what it is ("expiry")."""
        return cls("system", None, name)


def record(
    session: Session,
    *,
    subject: str,
    subject_id: int,
    action: str,
    actor: Actor,
    customer_id: int | None = None,
    cause: str | None = None,
    facts: dict[str, Any] | None = None,
) -> Entry:
    """Write that ``actor`` did ``action`` ("placed") to ``subject`` ("order").

    ``cause`` names what led to it ("turn:12"); ``facts`` are JSON values without names, phones or
    addresses: an entry outlives a customer's right to be forgotten.
    """
    entry = Entry(
        subject=subject,
        subject_id=subject_id,
        action=action,
        actor_kind=actor.kind,
        actor_id=actor.id,
        # A customer's name may have to be forgotten, and an entry never changes.
        actor_name="" if actor.kind == "customer" else actor.name,
        customer_id=customer_id,
        cause=cause,
        facts=facts or {},
    )
    session.add(entry)
    session.flush()
    return entry


def entries(
    session: Session,
    *,
    subject: str | None = None,
    subject_id: int | None = None,
    customer_id: int | None = None,
    customer_ids: Collection[int] | None = None,
    before_id: int | None = None,
    limit: int = 100,
) -> Sequence[Entry]:
    """The newest entries first, narrowed by what is given; ``before_id`` goes on from a page.

    ``customer_ids``: of any of these, for a customer who was several before (``customers.ids_of``).
    """
    query = select(Entry).order_by(Entry.id.desc()).limit(limit)
    if subject is not None:
        query = query.where(Entry.subject == subject)
    if subject_id is not None:
        query = query.where(Entry.subject_id == subject_id)
    if customer_id is not None:
        query = query.where(Entry.customer_id == customer_id)
    if customer_ids is not None:
        query = query.where(Entry.customer_id.in_(customer_ids))
    if before_id is not None:
        query = query.where(Entry.id < before_id)
    return session.scalars(query).all()
