"""Statement files for tests: bookings on the shop's BCA account, stored and settled."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlalchemy.orm import Session

from crm_core import clock, payments
from crm_core.money import Rupiah
from crm_core.payments import BankMutation, Payment, TakenIn
from crm_core.payments.statements import Direction, Mutation, Statement
from crm_core.timeline import Actor

ACCOUNT = "0291234567"
IMPORT = Actor.system("test import")


def row(
    amount: int,
    text: str = "TRSF E-BANKING CR BUDI SANTOSO",
    *,
    day: date | None = None,
    out: bool = False,
    reference: str | None = None,
    balance: int | None = None,
    account: str | None = ACCOUNT,
    number: int = 1,
) -> Mutation:
    """A booking of today, of money coming in unless told otherwise."""
    return Mutation(
        row=number,
        account=account,
        booked_on=day or clock.local_date(clock.now()),
        amount=Rupiah(amount),
        direction=Direction.OUT if out else Direction.IN,
        description=text,
        reference=reference,
        balance=None if balance is None else Rupiah(balance),
    )


def taken(session: Session, rows: Sequence[Mutation], shape: str = "bca_business") -> TakenIn:
    """A file with these rows is stored; nothing is settled yet."""
    statement = Statement(shape, "BCA", tuple(rows), ())
    return payments.take_in(
        session, statement, name="mutasi.csv", data=repr(rows).encode(), actor=IMPORT
    )


def brought(session: Session, *rows: Mutation) -> list[BankMutation]:
    """A file with these rows is stored and settled; gives the new mutations."""
    return [payments.settle(session, one) for one in taken(session, rows).new]


def paid_by(session: Session, payment: Payment, extra: int = 0, **more: object) -> BankMutation:
    """What is due, and ``extra`` rupiah more or less, comes on the account."""
    (made,) = brought(session, row(int(payment.amount_due_idr) + extra, **more))  # type: ignore[arg-type]
    return made
