"""The shop's bank accounts. An order keeps the account it was placed with."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from crm_core import timeline
from crm_core.errors import Conflict, InvalidInput, NotFound
from crm_core.payments.models import BankAccount
from crm_core.timeline import Actor

CASH = "Kas tunai"
"""What the cash box is called among the accounts."""


@dataclass(frozen=True, slots=True)
class AccountView:
    """Where to transfer to."""

    id: int
    bank: str
    number: str
    holder: str
    cash: bool = False


def view_of(account: BankAccount) -> AccountView:
    """``account`` as people read it."""
    return AccountView(account.id, account.bank, account.number, account.holder, account.cash)


def accounts(session: Session, *, active: bool = True) -> Sequence[BankAccount]:
    """The accounts in the order they are asked; with ``active=False`` the given-up ones too."""
    query = select(BankAccount).order_by(BankAccount.position, BankAccount.id)
    return session.scalars(query.where(BankAccount.active) if active else query).all()


def cash_box(session: Session) -> int:
    """The id of the account on which cash is booked, made when it is needed first."""
    known = select(BankAccount.id).where(BankAccount.cash)
    found = session.scalars(known).one_or_none()
    if found is None:
        values = {"bank": CASH, "number": "-", "holder": "-", "position": 0}
        statement = insert(BankAccount).values(**values, active=False, cash=True)
        session.execute(statement.on_conflict_do_nothing())
        found = session.scalars(known).one()
    return found


def add_account(
    session: Session, bank: str, number: str, holder: str, *, actor: Actor, position: int = 0
) -> BankAccount:
    """Take up an account.

    Raises InvalidInput ("bank_account_invalid", field), Conflict ("bank_account_exists").
    """
    values = _read(bank, number, holder)
    same = select(BankAccount.id).where(
        BankAccount.bank == values["bank"],
        BankAccount.number == values["number"],
        BankAccount.active,
    )
    if session.execute(same).first():
        raise Conflict("bank_account_exists")
    account = BankAccount(**values, position=position)
    session.add(account)
    session.flush()
    _record(session, account, "added", actor)
    return account


def change_account(
    session: Session, account_id: int, bank: str, number: str, holder: str, *, actor: Actor
) -> BankAccount:
    """Replace an account: new orders get the new one, old orders keep what they were told.

    Only a holder's name is changed in place. Raises as :func:`add_account`, and NotFound
    ("bank_account_not_found").
    """
    account = _account(session, account_id)
    values = _read(bank, number, holder)
    if (account.bank, account.number) == (values["bank"], values["number"]):
        account.holder = values["holder"]
        _record(session, account, "changed", actor)
        return account
    retire_account(session, account_id, actor=actor)
    return add_account(session, bank, number, holder, actor=actor, position=account.position)


def retire_account(session: Session, account_id: int, *, actor: Actor) -> None:
    """Ask no new order to pay here. Raises NotFound ("bank_account_not_found")."""
    account = _account(session, account_id)
    if account.active:
        account.active = False
        session.flush()
        _record(session, account, "retired", actor)


def _account(session: Session, account_id: int) -> BankAccount:
    account = session.get(BankAccount, account_id, with_for_update=True)
    if account is None:
        raise NotFound("bank_account_not_found")
    return account


def _read(bank: str, number: str, holder: str) -> dict[str, str]:
    values = {
        "bank": bank.strip(),
        "number": re.sub(r"[\s.-]", "", number),
        "holder": holder.strip(),
    }
    for field, value in values.items():
        if not value or len(value) > 60:
            raise InvalidInput("bank_account_invalid", field=field)
    if not (values["number"].isascii() and values["number"].isdigit()):
        raise InvalidInput("bank_account_invalid", field="number")
    return values


def _record(session: Session, account: BankAccount, action: str, actor: Actor) -> None:
    timeline.record(
        session,
        subject="bank_account",
        subject_id=account.id,
        action=action,
        actor=actor,
        facts={"bank": account.bank},
    )
