"""A transfer report confirmed by a code sent to the customer's phone (document 004)."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from datetime import timedelta

from sqlalchemy.orm import Session

from crm_core import clock
from crm_core.errors import Conflict
from crm_core.payments import service
from crm_core.payments.models import Payment
from crm_core.payments.rules import PaymentState
from crm_core.timeline import Actor

VALID = timedelta(minutes=15)
MOST_ATTEMPTS = 5


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


def _digest(payment: Payment, code: str) -> str:
    return hashlib.sha256(f"payment:{payment.id}:{code}".encode()).hexdigest()
