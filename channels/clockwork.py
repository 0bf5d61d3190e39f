"""What the clock's jobs do: everything that is due, each customer in a transaction of their own.

A transaction that writes to several customers holds one conversation while it waits for the next;
two such jobs at once would wait for each other until the database ends one of them.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from contextlib import AbstractContextManager

from sqlalchemy.orm import Session

from crm_core import carts, checkout, db, handoffs, payments

Work = Callable[[], AbstractContextManager[Session]]


def expire_orders(work: Work) -> list[str]:
    """End the unpaid orders whose time is over; returns their codes."""
    return _one_by_one(work, lambda session: checkout.expire_due(session, limit=1))


def remind_payers(work: Work) -> list[str]:
    """Remind of the orders whose time to pay runs out soon; returns their codes."""
    return _one_by_one(work, lambda session: payments.remind_due(session, limit=1))


def look_after_handoffs(work: Work) -> list[str]:
    """Take conversations from idle agents and renew promises that have passed; their public ids."""
    return _one_by_one(work, lambda session: handoffs.look_after(session, limit=1))


def tell_arrivals(work: Work) -> int:
    """Tell customers what has come in for them; returns how many were told."""
    return len(_one_by_one(work, lambda session: [""] * carts.tell_arrivals(session, limit=1)))


def _one_by_one(work: Work, verb: Callable[[Session], Collection[str]]) -> list[str]:
    """Run ``verb`` until it finds nothing more to do, each time in a transaction of its own."""

    def once() -> Collection[str]:
        with work() as session:
            return verb(session)

    found: list[str] = []
    while made := db.again(once):
        found.extend(made)
    return found
