"""Going on in WhatsApp: a code from the web chat, written there, makes both customers one.

Whoever writes the code from a number has that number, and was given the code by whoever holds the
browser. It only ever carries the browser's things to the number, never the other way: somebody
who is talked into sending a stranger's code gets that stranger's cart and shows nothing of theirs.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm_core import clock, conversations, customers
from crm_core.codes import new_code, read_code
from crm_core.conversations import Conversation
from crm_core.customers import ChannelAddress
from crm_core.errors import Conflict
from crm_core.identity.models import MoveCode
from crm_core.identity.service import join, sign_out

VALID = timedelta(minutes=10)
MOST_AN_HOUR = 10
PREFIX, LENGTH = "W", 8
"""40 random bits: nobody finds one of the few that are good at any moment."""
_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class MoveTicket:
    """A code to be written in WhatsApp; it is kept nowhere else."""

    code: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Moved:
    """What a code did: ``moved``; ``same``: both were one already; ``spent``: late, used or made
    up; ``refused``: the browser belongs to another number. ``talk`` is the web conversation."""

    outcome: Literal["moved", "same", "spent", "refused"]
    talk: Conversation | None = None


def offer_move(session: Session, address: str) -> MoveTicket | None:
    """A new code for the visitor at ``address`` ("web:…"), good once and for ten minutes.

    None while nothing is known of them that could be carried anywhere. Raises Conflict
    ("codes_spent") after ten within an hour.
    """
    customer = customers.known_at(session, address)
    if customer is None:
        return None
    row = _row(session, address)
    made = func.count(MoveCode.id)
    since = MoveCode.made_at > clock.now() - _HOUR
    had = session.scalar(select(made).where(MoveCode.address_id == row.id, since)) or 0
    if had >= MOST_AN_HOUR:
        raise Conflict("codes_spent")
    code, now = new_code(PREFIX, LENGTH), clock.now()
    session.add(MoveCode(address_id=row.id, code_hash=_digest(code), made_at=now))
    session.flush()
    return MoveTicket(code, now + VALID)


def code_in(text: str) -> str | None:
    """The code that a message holds, or None."""
    return read_code(text, PREFIX, LENGTH)


def move(session: Session, code: str, talk: Conversation) -> Moved:
    """Let the visitor who was given ``code`` be the customer of ``talk``, who has written it.

    Cart, wishes and history come along, and the browser's name ends as at a sign-out: whoever
    holds it reads nothing of what is said from here on.
    """
    query = select(MoveCode).where(MoveCode.code_hash == _digest(code)).with_for_update()
    row = session.scalars(query).one_or_none()
    if row is None or row.used_at is not None or clock.now() - row.made_at > VALID:
        return Moved("spent")
    row.used_at = clock.now()
    address = session.get_one(ChannelAddress, row.address_id)
    web = conversations.of_address(session, address.address)
    if address.customer_id == talk.customer_id:
        return Moved("same", web)
    number = talk.address.address.partition(":")[2]
    phone = number if number.startswith("+") else None
    try:
        join(session, address.customer, talk.customer, phone)
    except Conflict:
        return Moved("refused", web)
    sign_out(session, address.address)
    return Moved("moved", web)


def _row(session: Session, address: str) -> ChannelAddress:
    """The address, held, so that codes are counted one after the other."""
    query = select(ChannelAddress).where(ChannelAddress.address == address)
    return session.scalars(query.with_for_update(key_share=True)).one()


def _digest(code: str) -> str:
    return hashlib.sha256(f"move:{code}".encode()).hexdigest()
