"""A statement file into the books: read, stored and committed, then settled row by row.

Command line, console and sweep share it. Each mutation is settled in a transaction of its own; one
that could not be stays ``new`` and is tried again by the next sweep.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import structlog

from crm_core import clock, db, payments
from crm_core.errors import CrmError, InvalidInput
from crm_core.payments import MutationState, MutationView, TakenIn
from crm_core.payments.statements import Shape, Statement, read, read_shapes

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy.orm import Session

    from crm_core.timeline import Actor

log = structlog.get_logger(__name__)

Work = Callable[[], AbstractContextManager["Session"]]

COLUMNS_FILE = "bank_columns.csv"
"""In the data folder: a shop's own table of columns, for banks that we do not know."""


@dataclass(frozen=True, slots=True)
class Brought:
    """What became of a file. ``taken.file_id`` names nothing after a dry run."""

    statement: Statement
    taken: TakenIn
    mutations: tuple[MutationView, ...]

    def in_state(self, *states: MutationState) -> tuple[MutationView, ...]:
        """The new mutations that are in one of ``states`` now."""
        return tuple(one for one in self.mutations if one.state in states)

    @property
    def matched(self) -> tuple[MutationView, ...]:
        """New mutations that were booked for an order."""
        return self.in_state(MutationState.BOOKED)

    @property
    def unmatched(self) -> tuple[MutationView, ...]:
        """New mutations that wait for a person."""
        return self.in_state(MutationState.OPEN, MutationState.NEW)

    @property
    def outgoing(self) -> tuple[MutationView, ...]:
        """New mutations of money that left the account."""
        return self.in_state(MutationState.OUTGOING)


class _DryRun(Exception):  # noqa: N818 - takes everything back
    """Ends a transaction without keeping anything."""


def own_shapes(data_dir: Path) -> tuple[Shape, ...]:
    """The shapes of the shop's own table of columns, none if it has no such table.

    Raises InvalidInput ("bank_columns_invalid", row).
    """
    table = data_dir / COLUMNS_FILE
    if not table.is_file():
        return ()
    try:
        return read_shapes(table.read_text(encoding="utf-8-sig"))
    except UnicodeDecodeError:
        raise InvalidInput("bank_columns_invalid", row=1) from None


def bring(
    work: Work,
    data: bytes,
    *,
    name: str,
    actor: Actor,
    account: str | None = None,
    shapes: tuple[Shape, ...] = (),
    dry_run: bool = False,
) -> Brought:
    """Store the file's mutations and settle the new ones; with ``dry_run`` only look.

    Raises as ``statements.read`` and ``payments.take_in``; then nothing is stored.
    """
    statement = read(data, today=clock.local_date(clock.now()), shapes=shapes)
    if dry_run:
        return _look(work, statement, data, name, actor, account)
    with work() as session:
        taken = payments.take_in(
            session, statement, name=name, data=data, actor=actor, account=account
        )
    settle_each(work, taken.new)
    with work() as session:
        return Brought(statement, taken, _views(session, taken))


def settle_left(work: Work) -> int:
    """Settle mutations that were stored and never looked at; how many there were."""
    with work() as session:
        left = payments.waiting_new(session)
    settle_each(work, tuple(left))
    return len(left)


def settle_each(work: Work, mutation_ids: Iterable[int]) -> None:
    """Settle stored mutations, each in a transaction of its own; one left ``new`` is logged."""

    def settle(mutation_id: int) -> None:
        with work() as session:
            payments.settle(session, mutation_id)

    for mutation_id in mutation_ids:
        try:
            db.again(partial(settle, mutation_id))
        except CrmError as error:  # stored and still new: the sweep tries again
            log.warning("mutation_not_settled", mutation_id=mutation_id, code=error.code)


def _look(
    work: Work, statement: Statement, data: bytes, name: str, actor: Actor, account: str | None
) -> Brought:
    found: list[Brought] = []
    try:
        with work() as session:
            taken = payments.take_in(
                session, statement, name=name, data=data, actor=actor, account=account
            )
            for mutation_id in taken.new:
                payments.settle(session, mutation_id)
            found.append(Brought(statement, taken, _views(session, taken)))
            raise _DryRun
    except _DryRun:
        return found[0]


def _views(session: Session, taken: TakenIn) -> tuple[MutationView, ...]:
    return tuple(payments.ledger.of_file(session, taken.file_id))
