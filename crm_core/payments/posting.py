"""Bookings that a program tells one by one, instead of a bank's file: the same way into the books.

A file shows a whole day, so equal rows in it can be counted; a program tells what is new, so each
booking needs the bank's own reference, and the reference says whether it is known.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm_core import clock
from crm_core.errors import Conflict, InvalidInput
from crm_core.money import MOST, Rupiah
from crm_core.payments.bankfiles import TakenIn, account_id_of, take_in
from crm_core.payments.differences import hold_account
from crm_core.payments.models import BankMutation
from crm_core.payments.statements import Direction, Mutation, Statement
from crm_core.timeline import Actor

SHAPE = "api"


@dataclass(frozen=True, slots=True)
class Booking:
    """A booking on an account as a program tells it; ``amount_idr`` is above 0."""

    booked_on: date
    direction: str
    amount_idr: int
    description: str
    reference: str


def post(session: Session, account: str, bookings: Sequence[Booking], *, actor: Actor) -> TakenIn:
    """Store the bookings that are not known yet, all of them or none; ``settle`` each afterwards.

    Raises InvalidInput ("booking_invalid" with ``row`` from 1 and ``field``, "reference_twice" with
    ``row``, "bank_account_unknown"), Conflict ("reference_used", row, reference) if the reference
    has come with another day, way, amount or text, and ("statement_shape_differs") for days that a
    bank's file has covered.
    """
    rows = [_row(number, account, one) for number, one in enumerate(bookings, start=1)]
    seen: set[str] = set()
    for row in rows:
        if row.reference in seen:
            raise InvalidInput("reference_twice", row=row.row)
        seen.add(row.reference or "")
    if not rows:
        raise InvalidInput("booking_invalid", row=1, field="booked_on")
    account_id = account_id_of(session, account)
    hold_account(session, account_id)
    stored = select(BankMutation.reference, BankMutation.fingerprint).where(
        BankMutation.bank_account_id == account_id, BankMutation.reference.in_(seen)
    )
    known = {one.reference: one.fingerprint for one in session.execute(stored)}
    for row in rows:
        if known.get(row.reference or "", row.fingerprint) != row.fingerprint:
            raise Conflict("reference_used", row=row.row, reference=row.reference)
    data = json.dumps([asdict(one) for one in bookings], default=str).encode()
    statement = Statement(SHAPE, None, tuple(rows), ())
    return take_in(session, statement, name=SHAPE, data=data, actor=actor, account=account)


def _row(number: int, account: str, told: Booking) -> Mutation:
    reference = told.reference.strip()
    wrong = {
        "amount_idr": not 0 < told.amount_idr <= MOST,
        "booked_on": told.booked_on > clock.local_date(clock.now()),
        "direction": told.direction not in set(Direction),
        "reference": not 1 <= len(reference) <= 80,
    }
    for field, is_wrong in wrong.items():
        if is_wrong:
            raise InvalidInput("booking_invalid", row=number, field=field)
    return Mutation(
        row=number,
        account=account,
        booked_on=told.booked_on,
        amount=Rupiah(told.amount_idr),
        direction=Direction(told.direction),
        description=told.description.strip(),
        reference=reference,
    )
