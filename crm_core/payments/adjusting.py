"""The amount of an open payment follows its order's total, and stays unlike all others."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from crm_core.errors import Conflict
from crm_core.orders import Order
from crm_core.payments import mailing, rules, service
from crm_core.payments.models import Payment
from crm_core.timeline import Actor


def adjust(session: Session, order: Order, payment: Payment, actor: Actor) -> Payment:
    """Ask for the order's new total; the unique code stays unless another order needs the amount.

    The caller holds the order and the payment. Raises Conflict ("payment_reported", order_code,
    state) once something says that money is on its way, ("no_unique_code_free").
    """
    if payment.state not in rules.EXPIRABLE:
        raise Conflict("payment_reported", order_code=order.order_code, state=str(payment.state))
    before = int(payment.amount_due_idr)
    for code in _codes(session, order, payment):
        try:
            with session.begin_nested():
                payment.unique_code = code
                payment.amount_due_idr = order.total_idr + code
                session.flush()
        except IntegrityError:  # an open payment has this code or this amount
            session.refresh(payment)
            continue
        facts: dict[str, object] = {
            "before_idr": before,
            "amount_due_idr": int(payment.amount_due_idr),
        }
        service.record(session, order, payment, "adjusted", actor=actor, facts=facts)
        mailing.mail_details(session, order, payment)
        return payment
    raise Conflict("no_unique_code_free")


def _codes(session: Session, order: Order, payment: Payment) -> Iterator[int]:
    yield payment.unique_code
    yield from service.spare_codes(session, payment.bank_account_id, order.total_idr)
