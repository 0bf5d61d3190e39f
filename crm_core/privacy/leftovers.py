"""What a forgotten customer leaves outside of the database: a row each, until it is gone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from crm_core import clock
from crm_core.privacy.models import Leftover

FIRST_PAUSE, LONGEST_PAUSE = timedelta(minutes=1), timedelta(hours=4)
CLAIM = timedelta(minutes=5)
"""So long what somebody has taken is nobody else's; if he dies over it, it is due again."""
KEEPERS = frozenset({"twilio"})
"""Providers that keep a copy of a message; what others were given lies in our database alone."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What this process may now let go of, outside."""

    leftover_id: int
    kind: str
    provider: str | None
    reference: str
    attempt: int


@dataclass(frozen=True, slots=True)
class Remaining:
    """How much of one kind is still there, since when, and why the last attempt failed."""

    kind: str
    count: int
    since: datetime
    error: str | None


def leave(
    session: Session,
    *,
    files: Sequence[str],
    conversations: Sequence[str],
    messages: Mapping[str, Sequence[str]],
) -> None:
    """Note what has to go: ``files`` below the data folder, the dialogues of ``conversations``
    (public ids), ``messages`` by provider."""
    rows = [Leftover(kind="file", reference=path) for path in files]
    rows += [Leftover(kind="dialogue", reference=talk) for talk in conversations]
    rows += [
        Leftover(kind="message", provider=provider, reference=sid)
        for provider in sorted(KEEPERS & messages.keys())
        for sid in messages[provider]
    ]
    session.add_all(rows)
    session.flush()


def claim(session: Session, limit: int) -> list[Taken]:
    """Take up to ``limit`` that are due and nobody else has, the oldest first."""
    now = clock.now()
    due = select(Leftover.id).where(Leftover.due_at <= now).order_by(Leftover.due_at, Leftover.id)
    free = due.limit(limit).with_for_update(skip_locked=True)
    mine = update(Leftover).where(Leftover.id.in_(free.scalar_subquery()))
    taken = mine.values(due_at=now + CLAIM, attempts=Leftover.attempts + 1).returning(
        Leftover.id, Leftover.kind, Leftover.provider, Leftover.reference, Leftover.attempts
    )
    return [Taken(*row) for row in session.execute(taken)]


def gone(session: Session, leftover_id: int) -> None:
    """It is not there any more, and neither is the row that named it."""
    row = session.get(Leftover, leftover_id)
    if row is not None:
        session.delete(row)
        session.flush()


def stays(session: Session, leftover_id: int, reason: str) -> None:
    """It could not be let go of: again after a pause that doubles, up to four hours, for ever."""
    row = session.get(Leftover, leftover_id)
    if row is not None:
        pause = min(FIRST_PAUSE * 2 ** min(max(row.attempts - 1, 0), 10), LONGEST_PAUSE)
        row.due_at, row.error = clock.now() + pause, reason[:500]
        session.flush()


def remaining(session: Session) -> list[Remaining]:
    """What is still there though it was tried, by kind."""
    tried = Leftover.error.is_not(None)
    counted = (
        select(Leftover.kind, func.count(), func.min(Leftover.created_at), func.max(Leftover.error))
        .where(tried)
        .group_by(Leftover.kind)
        .order_by(Leftover.kind)
    )
    return [Remaining(*row) for row in session.execute(counted)]
