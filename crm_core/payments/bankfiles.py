"""Statement files on their way into the books: stored once, row by row, before anything is decided.

The caller commits what :func:`take_in` stored and then settles each mutation in a transaction of
its own (``mutations.settle``), so a file of a thousand rows never holds a thousand orders.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm_core import timeline
from crm_core.errors import Conflict, InvalidInput
from crm_core.payments import differences, matching
from crm_core.payments.matching import MutationState, Place, Stored
from crm_core.payments.models import BankAccount, BankFile, BankMutation
from crm_core.payments.statements import Mutation, Statement
from crm_core.timeline import Actor


@dataclass(frozen=True, slots=True)
class TakenIn:
    """What a file brought: ``new`` ids of stored mutations, ``known`` how many were there."""

    file_id: int
    new: tuple[int, ...]
    known: int
    known_rows: tuple[int, ...]


def take_in(
    session: Session,
    statement: Statement,
    *,
    name: str,
    data: bytes,
    actor: Actor,
    account: str | None = None,
) -> TakenIn:
    """Store a statement's mutations that are not known yet, and that the file was brought.

    ``account`` (digits) is asked only where the file names none. Raises InvalidInput
    ("bank_account_unknown", number) if an account is none of the shop's, ("bank_account_needed")
    if the file does not say which, Conflict ("statement_shape_differs", shape, known) for days
    that another kind of file has already covered: its rows could not be told from known ones.
    """
    by_account = _by_account(session, statement, account)
    kept = _kept(session, statement, name, data, actor)
    new: list[int] = []
    known: list[int] = []
    for account_id in sorted(by_account):  # always in this order: two imports cannot block
        differences.hold_account(session, account_id)
        rows = by_account[account_id]
        _refuse_other_shape(session, account_id, statement.shape, rows)
        for equal in _equal(rows):
            _store(session, kept, account_id, equal, new, known)
    kept.added, kept.known = len(new), len(known)
    session.flush()
    timeline.record(
        session,
        subject="bank_file",
        subject_id=kept.id,
        action="imported",
        actor=actor,
        facts={"added": kept.added, "known": kept.known, "name": kept.name[:60]},
    )
    return TakenIn(kept.id, tuple(new), len(known), tuple(sorted(known)))


def _kept(session: Session, statement: Statement, name: str, data: bytes, actor: Actor) -> BankFile:
    """The record of the file itself, with the rows that could not be read."""
    kept = BankFile(
        name=name[:200],
        sha256=hashlib.sha256(data).hexdigest(),
        size=len(data),
        shape=statement.shape,
        imported_by=actor.id if actor.kind == "staff" else None,
        rejected=[
            {"row": one.row, "reason": one.reason, "text": one.text} for one in statement.rejected
        ],
        added=0,
        known=0,
    )
    session.add(kept)
    session.flush()
    return kept


def waiting_new(session: Session, limit: int = 1000) -> Sequence[int]:
    """Stored mutations that nobody has looked at yet, the oldest first."""
    query = select(BankMutation.id).where(BankMutation.state == MutationState.NEW)
    return session.scalars(query.order_by(BankMutation.id).limit(limit)).all()


def _by_account(
    session: Session, statement: Statement, given: str | None
) -> dict[int, list[Mutation]]:
    rows: dict[int, list[Mutation]] = defaultdict(list)
    ids: dict[str | None, int] = {}
    for mutation in statement.mutations:
        if mutation.account not in ids:
            number = mutation.account or given
            ids[mutation.account] = account_id_of(session, number, statement.bank)
        rows[ids[mutation.account]].append(mutation)
    return rows


def account_id_of(session: Session, number: str | None, bank: str | None = None) -> int:
    """The account with this number, else the only one in use (of ``bank``).

    Raises InvalidInput ("bank_account_unknown", number) and ("bank_account_needed").
    """
    digits = "".join(sign for sign in number or "" if sign.isdigit())
    query = select(BankAccount.id).order_by(BankAccount.active.desc(), BankAccount.id.desc())
    if not digits:
        active = query.where(BankAccount.active)
        found = session.scalars(
            active.where(func.lower(BankAccount.bank).contains(bank.lower())) if bank else active
        ).all()
        if len(found) != 1:
            raise InvalidInput("bank_account_needed")
        return found[0]
    # Banks print leading zeros or leave them out.
    same = func.ltrim(BankAccount.number, "0") == digits.lstrip("0")
    account_id = session.scalars(query.where(same).limit(1)).one_or_none()
    if account_id is None:
        raise InvalidInput("bank_account_unknown", number=digits[:40])
    return account_id


def _refuse_other_shape(
    session: Session, account_id: int, shape: str, rows: Sequence[Mutation]
) -> None:
    days = [row.booked_on for row in rows]
    other = session.scalars(
        select(BankFile.shape)
        .join(BankMutation, BankMutation.bank_file_id == BankFile.id)
        .where(
            BankMutation.bank_account_id == account_id,
            BankMutation.booked_on.between(min(days), max(days)),
            BankFile.shape != shape,
        )
        .limit(1)
    ).first()
    if other is not None:
        raise Conflict("statement_shape_differs", shape=shape, known=other)


def _equal(rows: Sequence[Mutation]) -> list[list[Mutation]]:
    groups: dict[str, list[Mutation]] = defaultdict(list)
    for row in rows:
        groups[row.fingerprint].append(row)
    return list(groups.values())


def _store(
    session: Session,
    kept: BankFile,
    account_id: int,
    equal: Sequence[Mutation],
    new: list[int],
    known: list[int],
) -> None:
    fingerprint = equal[0].fingerprint
    stored = session.execute(
        select(BankMutation.occurrence, BankMutation.balance_idr)
        .where(BankMutation.bank_account_id == account_id, BankMutation.fingerprint == fingerprint)
        .order_by(BankMutation.occurrence)
    ).all()
    balances = [None if row.balance is None else int(row.balance) for row in equal]
    found = matching.places(balances, [Stored(one[0], one[1]) for one in stored])
    for row, place in zip(equal, found, strict=True):
        if place.known:
            known.append(row.row)
            continue
        made = _mutation(session, kept, account_id, row, place)
        session.add(made)
        session.flush()
        new.append(made.id)


def _mutation(
    session: Session, kept: BankFile, account_id: int, row: Mutation, place: Place
) -> BankMutation:
    reference = row.reference
    taken = select(BankMutation.id).where(
        BankMutation.bank_account_id == account_id, BankMutation.reference == reference
    )
    if reference is None or session.execute(taken).first() is not None:
        reference = f"M-{row.fingerprint[:16].upper()}-{place.occurrence}"
    return BankMutation(
        bank_account_id=account_id,
        bank_file_id=kept.id,
        row=row.row,
        booked_on=row.booked_on,
        direction=row.direction.value,
        amount_idr=row.amount,
        description=row.description,
        reference=reference,
        fingerprint=row.fingerprint,
        occurrence=place.occurrence,
        doubtful=place.doubtful,
        balance_idr=row.balance,
    )


def days_of(statement: Statement) -> tuple[date, date] | None:
    """The first and last day that a statement has bookings of."""
    days = [row.booked_on for row in statement.mutations]
    return (min(days), max(days)) if days else None
