"""A transfer report confirmed by a code sent to the customer's phone (document 004).

The code makes sure that the report comes from whoever the number belongs to. It is never money:
the shop still accepts a payment only by the bank's word, with or without a code.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from crm_core import clock, conversations, customers
from crm_core.customers.models import Customer
from crm_core.errors import Conflict
from crm_core.orders import Order
from crm_core.payments import rules, service
from crm_core.payments.models import Payment
from crm_core.payments.rules import PaymentState
from crm_core.phone import mask
from crm_core.timeline import Actor

VALID = timedelta(minutes=15)
MOST_ATTEMPTS = 5
SENDS_WITHIN = timedelta(hours=1)
MOST_SENDS = 4
"""Codes for one payment within the hour: the first and three more."""
MOST_SENDS_TO_NUMBER = 8
"""Codes to one number within the hour, whoever asked for them: nobody floods a stranger."""
AT_ONCE = timedelta(seconds=30)
"""Asked for again so soon, the code on its way is the answer."""
REMEMBERED = timedelta(hours=24)
"""For so long after a code a six-digit number is taken for it, if only to say that it is late."""


class Said(StrEnum):
    """What a message has to do with a code that is open: the code itself, or "send it again"."""

    CODE = "code"
    AGAIN = "again"


@dataclass(frozen=True, slots=True)
class Confirmation:
    """What became of a code: whether it was right, for which order, and the tries left."""

    right: bool
    order_code: str
    tries_left: int


def send_code(session: Session, payment: Payment, *, actor: Actor) -> str:
    """Make a code and send it by SMS to the registered number; returns the number masked.

    The number is the customer's own, or without one that of the order's recipient. A second call
    within 30 seconds sends nothing new. Raises Conflict ("nothing_to_confirm", "phone_unknown",
    "phone_stopped", "code_too_often" with ``minutes`` to wait).
    """
    order = service.lock(session, payment)
    if payment.state != PaymentState.REPORTED:
        raise Conflict("nothing_to_confirm", order_code=order.order_code)
    customer = session.get_one(Customer, order.customer_id)
    number = customer.phone or order.recipient_phone
    if number is None:
        raise Conflict("phone_unknown", order_code=order.order_code)
    sent = payment.sms_sent_at
    on_its_way = payment.sms_code_hash and payment.sms_to == number and sent
    if on_its_way and clock.now() - on_its_way < AT_ONCE:
        return mask(number)
    _count_sending(session, order, payment, number)
    if conversations.by_sms(session, customer, number) is None:
        raise Conflict("phone_stopped", order_code=order.order_code)
    code = make_sms_code(session, payment, actor=actor)
    payment.sms_to = number
    conversations.text_to(
        session, customer, number, "payment_code", order_code=order.order_code, digits=code
    )
    facts: dict[str, object] = {"to": mask(number)}
    service.record(session, order, payment, "sms_code_sent", actor=actor, facts=facts)
    return mask(number)


def code_sent_to(payment: Payment) -> str | None:
    """The masked number that a code is open at, None if none is."""
    is_open = payment.state == PaymentState.REPORTED and payment.sms_code_hash is not None
    return mask(payment.sms_to) if is_open and payment.sms_to else None


def make_sms_code(session: Session, payment: Payment, *, actor: Actor) -> str:
    """A new six-digit code for the customer's phone, good for 15 minutes and five tries.

    Only its digest is stored. Raises Conflict ("nothing_to_confirm") unless the payment is
    reported.
    """
    order = service.lock(session, payment)
    if payment.state != PaymentState.REPORTED:
        raise Conflict("nothing_to_confirm", order_code=order.order_code)
    code = f"{secrets.randbelow(10**6):06d}"
    payment.sms_code_hash = _digest(payment, code)
    payment.sms_sent_at, payment.sms_attempts = clock.now(), 0
    service.record(session, order, payment, "sms_code_made", actor=actor)
    return code


def confirm_sms_code(session: Session, payment: Payment, code: str, *, actor: Actor) -> bool:
    """Whether ``code`` is the one sent; if so the payment is verified_by_sms.

    A wrong code returns False and counts, so the caller must commit. Raises Conflict
    ("nothing_to_confirm") or ("sms_code_spent") after 15 minutes or five wrong codes.
    """
    order = service.lock(session, payment)
    sent = payment.sms_sent_at
    if payment.state != PaymentState.REPORTED or payment.sms_code_hash is None or sent is None:
        raise Conflict("nothing_to_confirm", order_code=order.order_code)
    if payment.sms_attempts >= MOST_ATTEMPTS or clock.now() - sent > VALID:
        raise Conflict("sms_code_spent", order_code=order.order_code)
    payment.sms_attempts += 1
    if not hmac.compare_digest(payment.sms_code_hash, _digest(payment, code.strip())):
        session.flush()
        return False
    payment.sms_code_hash = None
    service.move(session, order, payment, PaymentState.VERIFIED_BY_SMS, actor=actor)
    return True


def said_of_code(session: Session, customer: Customer, text: str) -> Said | None:
    """What ``text`` says about a code that the customer was sent; None while none is awaited.

    A six-digit number that is the amount of one of their open payments, or is spoken of as money,
    is no code.
    """
    if not rules.may_be_of_code(text):
        return None
    awaited = awaiting_code(session, customer)
    if not awaited:
        return None
    if rules.code_in(text, [int(one.amount_due_idr) for one in awaited]):
        return Said.CODE
    return Said.AGAIN if rules.asks_code_again(text) else None


def answer_code(session: Session, customer: Customer, text: str, *, actor: Actor) -> Confirmation:
    """The code in ``text`` tried on what the customer was sent codes for, the latest first.

    A wrong one counts as a try for each, so the caller must commit. Raises Conflict
    ("nothing_to_confirm") and, when all are late or tried too often, ("sms_code_spent").
    """
    awaited = awaiting_code(session, customer)
    code = rules.code_in(text, [int(one.amount_due_idr) for one in awaited])
    if code is None:
        raise Conflict("nothing_to_confirm")
    spent: Conflict | None = None
    tried: list[Payment] = []
    for payment in awaited:
        try:
            if confirm_sms_code(session, payment, code, actor=actor):
                return Confirmation(True, _order_code(session, payment), 0)
        except Conflict as refused:
            spent = refused
        else:
            tried.append(payment)
    if tried:
        left = MOST_ATTEMPTS - tried[0].sms_attempts
        return Confirmation(False, _order_code(session, tried[0]), left)
    raise spent or Conflict("nothing_to_confirm")


def awaiting_code(session: Session, customer: Customer) -> Sequence[Payment]:
    """Payments for which a code was sent to the customer, or to a number that is theirs, within
    the last day and not answered yet; the latest first. Some codes may be too late by now.
    """
    numbers = customers.proven_numbers(session, customer)
    query = (
        select(Payment)
        .join(Order, Order.id == Payment.order_id)
        .where(
            Payment.state == PaymentState.REPORTED,
            Payment.sms_code_hash.is_not(None),
            Payment.sms_sent_at > clock.now() - REMEMBERED,
            or_(Order.customer_id == customer.id, Payment.sms_to.in_(numbers)),
        )
        .order_by(Payment.sms_sent_at.desc(), Payment.id.desc())
        .limit(5)
    )
    return session.scalars(query).all()


def _count_sending(session: Session, order: Order, payment: Payment, number: str) -> None:
    """One more code is sent: refused when it is too many for the payment or for the number."""
    now = clock.now()
    since = payment.sms_sends_since
    if since is None or now - since >= SENDS_WITHIN:
        since, payment.sms_sends = now, 0
        payment.sms_sends_since = now
    lately = select(func.coalesce(func.sum(Payment.sms_sends), 0)).where(
        Payment.sms_to == number, Payment.sms_sends_since > now - SENDS_WITHIN
    )
    to_number = int(session.execute(lately).scalar_one())
    if payment.sms_sends >= MOST_SENDS or to_number >= MOST_SENDS_TO_NUMBER:
        minutes = max(1, -(-(since + SENDS_WITHIN - now) // timedelta(minutes=1)))
        raise Conflict("code_too_often", order_code=order.order_code, minutes=minutes)
    payment.sms_sends += 1


def _order_code(session: Session, payment: Payment) -> str:
    return session.get_one(Order, payment.order_id).order_code


def _digest(payment: Payment, code: str) -> str:
    return hashlib.sha256(f"payment:{payment.id}:{code}".encode()).hexdigest()
