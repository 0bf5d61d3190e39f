"""What screens and the read API show of customers."""

from __future__ import annotations

import contextlib
from datetime import datetime

from sqlalchemy import ColumnElement, Select, or_, select
from sqlalchemy.orm import Session, selectinload

from crm_core import cursors
from crm_core.cursors import Place, Slice
from crm_core.customers.models import ChannelAddress, Customer
from crm_core.errors import InvalidInput
from crm_core.phone import to_e164


def listing(
    session: Session,
    *,
    query: str | None = None,
    phone: str | None = None,
    updated_since: datetime | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> Slice[Customer]:
    """Customers from the least to the most recently changed, with addresses and bikes loaded.

    ``query`` is a part of a name, an e-mail or an address; ``phone`` a whole number as typed,
    theirs or the one in an address.
    Raises InvalidInput ("cursor_invalid", "limit_invalid", "phone_invalid").
    """
    limit = cursors.checked_limit(limit)
    wanted = _wanted(query)
    if phone is not None:
        wanted = wanted.where(reached_at(phone))
    if updated_since is not None:
        wanted = wanted.where(Customer.updated_at >= updated_since)
    if cursor is not None:
        wanted = wanted.where(cursors.after(cursor, Customer.updated_at, Customer.id))
    return _slice(session, wanted.order_by(Customer.updated_at, Customer.id), limit)


def reached_at(phone: str) -> ColumnElement[bool]:
    """The condition of customers with this number as typed: theirs or the one in an address.

    Raises InvalidInput ("phone_invalid").
    """
    number = to_e164(phone)
    addressed = select(ChannelAddress.customer_id).where(
        ChannelAddress.address.in_([f"whatsapp:{number}", f"sms:{number}"])
    )
    return or_(Customer.phone == number, Customer.id.in_(addressed))


def recent(
    session: Session, *, query: str | None = None, cursor: str | None = None, limit: int = 50
) -> Slice[Customer]:
    """As :func:`listing` for people: the most recently changed first."""
    limit = cursors.checked_limit(limit)
    wanted = _wanted(query)
    if cursor is not None:
        wanted = wanted.where(cursors.before(cursor, Customer.updated_at, Customer.id))
    order = (Customer.updated_at.desc(), Customer.id.desc())
    return _slice(session, wanted.order_by(*order), limit)


def _wanted(query: str | None) -> Select[Customer]:
    wanted = (
        select(Customer)
        .where(Customer.merged_into_id.is_(None))
        .options(selectinload(Customer.addresses), selectinload(Customer.bikes))
    )
    return wanted.where(_matches(query.strip())) if query and query.strip() else wanted


def _slice(session: Session, wanted: Select[Customer], limit: int) -> Slice[Customer]:
    rows = session.scalars(wanted.limit(limit + 1)).all()
    return cursors.cut([(row, Place(row.updated_at, row.id)) for row in rows], limit)


def _matches(text: str) -> ColumnElement[bool]:
    addressed = select(ChannelAddress.customer_id).where(
        ChannelAddress.address.icontains(text, autoescape=True)
    )
    conditions = [
        Customer.name.icontains(text, autoescape=True),
        Customer.email.icontains(text, autoescape=True),
        Customer.phone.contains(text, autoescape=True),
        Customer.id.in_(addressed),
    ]
    with contextlib.suppress(InvalidInput):
        conditions.append(Customer.phone == to_e164(text))
    return or_(*conditions)
