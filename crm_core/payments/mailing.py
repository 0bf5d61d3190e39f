"""What a customer with an e-mail address is written about money: how to pay, and the receipt."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm_core import clock, links, mails, orders, shop
from crm_core.customers.models import Customer
from crm_core.mails.writing import Row
from crm_core.orders import Order, OrderState
from crm_core.payments import rules
from crm_core.payments.models import BankAccount, Payment

_WORDS = {
    "id": {"shipping": "Ongkir", "code": "Kode unik", "sum": "Total transfer", "got": "Diterima"},
    "en": {
        "shipping": "Shipping", "code": "Unique code", "sum": "To transfer", "got": "Received",
    },
}  # fmt: skip


def mail_details(session: Session, order: Order, payment: Payment) -> int | None:
    """Write the exact amount, the account and the deadline (PAY-01), once for each amount.

    Returns the id of the mail; None without an address, or for money that is paid at the door.
    """
    if order.pay_on_delivery or payment.state not in rules.EXPIRABLE:
        return None
    if not session.get_one(Customer, order.customer_id).email:
        return None
    account = session.get_one(BankAccount, payment.bank_account_id)
    facts: dict[str, object] = {
        "amount": payment.amount_due_idr,
        "bank": account.bank,
        "number": account.number,
        "holder": account.holder,
        "deadline": order.expires_at,
    }
    once = f"payment:{payment.id}:{int(payment.amount_due_idr)}"
    return _write(session, order, payment, "payment_details", once, facts)


def mail_receipt(session: Session, order: Order, payment: Payment) -> int | None:
    """Write that the money has come, once."""
    facts: dict[str, object] = {
        "amount": payment.amount_received_idr or payment.amount_due_idr,
        "paid_at": order.paid_at or clock.now(),
    }
    return _write(session, order, payment, "payment_receipt", f"receipt:{payment.id}", facts)


def mail_open(session: Session, customer: Customer) -> list[str]:
    """Write how to pay for every order that waits; the codes of those newly written about.

    For a customer whose e-mail address has just become known.
    """
    query = (
        select(Order, Payment)
        .join(Payment, Payment.order_id == Order.id)
        .where(
            Order.customer_id == customer.id,
            Order.state == OrderState.AWAITING_PAYMENT,
            Payment.state.in_(rules.EXPIRABLE),
        )
        .order_by(Order.id)
    )
    found = session.execute(query).all()
    return [order.order_code for order, due in found if mail_details(session, order, due)]


def _write(
    session: Session,
    order: Order,
    payment: Payment,
    code: str,
    once: str,
    facts: dict[str, object],
) -> int | None:
    customer = session.get_one(Customer, order.customer_id)
    if not customer.email:
        return None
    known = shop.facts(session)
    contact = (known.get("address"), known.get("whatsapp") or known.get("phone"))
    written = mails.write(
        code,
        customer.language,
        customer.honorific,
        rows=_rows(session, order, payment, customer.language),
        link=links.order_url(order.id),
        order_code=order.order_code,
        shop=known.get("name", "Sapa"),
        contact=", ".join(one for one in contact if one),
        **facts,
    )
    return mails.queue(session, customer, written, once=once, order_id=order.id)


def _rows(session: Session, order: Order, payment: Payment, language: str) -> list[Row]:
    """The order's lines and sums; they add up to the amount due."""
    words = _WORDS.get(language, _WORDS["id"])
    view = orders.view(session, order)
    rows: list[Row] = [(f"{line.quantity} x {line.name}", line.subtotal_idr) for line in view.lines]
    rows.append((words["shipping"], view.shipping_idr))
    rows += [(one.label, -one.amount_idr) for one in view.discounts]
    if payment.unique_code:
        rows.append((words["code"], payment.amount_due_idr - view.total_idr))
    return [*rows, (words["sum"], payment.amount_due_idr)]
