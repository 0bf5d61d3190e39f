"""A code to a phone, and the proof that somebody read it there.

Whether the number belongs to a customer changes nothing that the asker can see.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm_core import clock, conversations, customers, notices
from crm_core.conversations import Conversation, Message
from crm_core.customers import Customer
from crm_core.db import lock_key
from crm_core.errors import Conflict
from crm_core.identity.models import PhoneCode
from crm_core.phone import to_e164

VALID = timedelta(minutes=10)
MOST_TRIES = 5
MOST_AN_HOUR = 3
"""Codes within an hour, for one phone and for one network address."""
_HOUR = timedelta(hours=1)
_SAFETY = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class PhoneProof:
    """A phone (E.164) that the asker has just proven; ``id`` names the code that did it."""

    id: int
    phone: str
    channel: str


def ask_code(
    session: Session, number: str, *, browser: str, origin: str, language: str, shop: str
) -> str:
    """Send a six-digit code to ``number`` (as typed) for ``browser``; returns it as E.164.

    By WhatsApp while that conversation is open, else by SMS. Good for ten minutes and five tries;
    a newer one ends it. Raises InvalidInput ("phone_invalid"), Conflict ("codes_spent") after three
    within an hour for this phone or for ``origin``.
    """
    phone = to_e164(number)
    digest = hashlib.sha256(f"phone-code-origin:{origin}".encode()).hexdigest()
    _refuse_more(session, phone, digest)
    code = f"{secrets.randbelow(10**6):06d}"
    talk, channel = _door(session, phone)
    row = PhoneCode(phone=phone, browser=browser, origin=digest, channel=channel, code_hash="")
    session.add(row)
    session.flush()
    row.code_hash = _digest(row, code)
    if talk is not None:
        text = notices.render("sign_in_code", language, None, digits=code, shop=shop)
        row.message_id = conversations.say(session, talk, text, author="system").id
    session.flush()
    return phone


def prove(session: Session, number: str, code: str, *, browser: str) -> PhoneProof | None:
    """The proof that ``browser``'s user read the code sent to ``number``; None for a wrong one.

    A wrong code counts, so the caller must commit. Raises Conflict ("code_spent") when there is
    none to try any more: none asked for here, too late, too many tries, used already.
    """
    phone = to_e164(number)
    query = (
        select(PhoneCode)
        .where(PhoneCode.phone == phone, PhoneCode.browser == browser)
        .order_by(PhoneCode.id.desc())
        .limit(1)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    row = session.scalars(query).first()
    late = row is None or clock.now() - row.sent_at > VALID
    if row is None or late or row.attempts >= MOST_TRIES or row.proven_at is not None:
        raise Conflict("code_spent")
    row.attempts += 1
    typed = "".join(sign for sign in code if sign.isascii() and sign.isdigit())
    right = hmac.compare_digest(row.code_hash, _digest(row, typed))
    if right:
        row.proven_at = clock.now()
    session.flush()
    return PhoneProof(row.id, row.phone, row.channel) if right else None


def hide_old(session: Session) -> int:
    """Make codes that no longer work unreadable in the conversations they were sent in."""
    query = (
        select(Message)
        .join(PhoneCode, PhoneCode.message_id == Message.id)
        .where(
            PhoneCode.sent_at < clock.now() - VALID,
            Message.status.not_in(["queued", "sending"]),
        )
        .with_for_update(of=Message, skip_locked=True)
        .limit(200)
    )
    messages = session.scalars(query).all()
    for message in messages:
        message.text = "".join("•" if sign.isdigit() else sign for sign in message.text)
    done = [message.id for message in messages]
    for row in session.scalars(select(PhoneCode).where(PhoneCode.message_id.in_(done))):
        row.message_id = None
    session.flush()
    return len(done)


def _refuse_more(session: Session, phone: str, origin: str) -> None:
    """Hold phone and origin, in one order for everybody, and count what they had."""
    for key in sorted((f"phone-code:{phone}", f"phone-code:{origin}")):
        lock_key(session, key)
    since = PhoneCode.sent_at > clock.now() - _HOUR
    for mine in (PhoneCode.phone == phone, PhoneCode.origin == origin):
        had = session.scalar(select(func.count()).select_from(PhoneCode).where(mine, since)) or 0
        if had >= MOST_AN_HOUR:
            raise Conflict("codes_spent")


def _door(session: Session, phone: str) -> tuple[Conversation | None, str]:
    """Where the code goes, and how it is called; nothing goes to a number that stopped us."""
    talk = conversations.of_address(session, f"whatsapp:{phone}")
    if talk is not None and talk.last_inbound_at is not None and talk.address.stopped_at is None:
        open_until = talk.last_inbound_at + conversations.WHATSAPP_WINDOW - _SAFETY
        if clock.now() < open_until:
            return talk, "whatsapp"
    return conversations.by_sms(session, _owner(session, phone), phone), "sms"


def _owner(session: Session, phone: str) -> Customer:
    """Who writes from this number; somebody new if nobody has yet."""
    known = customers.known_at(session, f"whatsapp:{phone}")
    return known or customers.for_address(session, "sms", f"sms:{phone}")


def _digest(row: PhoneCode, code: str) -> str:
    return hashlib.sha256(f"phone:{row.id}:{row.browser}:{code}".encode()).hexdigest()
