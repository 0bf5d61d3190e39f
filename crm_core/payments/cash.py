"""Cash at the door: counted by a person, against the number of a receipt that serves only once."""

from __future__ import annotations

from sqlalchemy.orm import Session

from crm_core import orders
from crm_core.errors import Conflict, InvalidInput, NotFound
from crm_core.money import Rupiah
from crm_core.orders import Order
from crm_core.payments import decision, rules, service
from crm_core.payments.models import Payment
from crm_core.timeline import Actor


def take_cash(
    session: Session,
    order: Order,
    *,
    actor: Actor,
    amount_idr: int,
    receipt_number: str,
    second_person_from: int = rules.SECOND_PERSON_FROM,
) -> Payment:
    """Book what the customer paid in cash for an order to be paid at the door; it is paid then.

    Only the exact sum is taken: at the door there is change, and the goods stay with the driver
    until it is right. Raises NotAllowed ("staff_only"), InvalidInput ("receipt_missing",
    "cash_not_exact" with ``due``), NotFound ("payment_not_found"), Conflict ("cash_not_due",
    order_code, state) for an order that owes none, ("receipt_used", order_code of the other one).
    """
    service.need_staff(actor)
    receipt = rules.clean_reference(receipt_number)
    if receipt is None:
        raise InvalidInput("receipt_missing")
    orders.lock(session, order)
    payment = service.for_order_locked(session, order)
    if payment is None:
        raise NotFound("payment_not_found", order_code=order.order_code)
    if not orders.owes_cash(order):
        raise Conflict("cash_not_due", order_code=order.order_code, state=str(order.state))
    if amount_idr != payment.amount_due_idr:
        raise InvalidInput("cash_not_exact", due=Rupiah(int(payment.amount_due_idr)))
    other = decision.claimed_by_other(session, payment, receipt, payment.bank_account_id)
    if other is not None:
        raise Conflict("receipt_used", order_code=other)
    return decision.accept(
        session,
        payment,
        actor=actor,
        amount_received_idr=amount_idr,
        bank_reference=receipt,
        second_person_from=second_person_from,
    )
