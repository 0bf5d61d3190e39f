"""One word before an order's time to pay runs out, and only one (PAY-11)."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from crm_core import clock, conversations, links, shipping, shop
from crm_core.customers.models import Customer
from crm_core.orders import Order, OrderState
from crm_core.payments import rules, service
from crm_core.payments.models import BankAccount, Payment
from crm_core.shop import QuietHours
from crm_core.timeline import Actor

log = logging.getLogger(__name__)

HOURS_BEFORE, MOST_HOURS = 24, 7 * 24
"""How long before the deadline, unless the shop's fact ``reminder_hours`` says otherwise."""
AT_ONCE = 200


def remind_due(session: Session, limit: int = AT_ONCE) -> list[str]:
    """Remind at most ``limit`` customers whose time to pay runs out soon; returns their orders.

    Once per payment, whoever runs this how often: the row says so in the transaction that queues
    the words. Never for a payment that was reported, and never in the quiet hours on the customer's
    own clock (facts ``reminder_hours``, 0 for no reminders at all, and ``quiet_hours``). Orders
    that somebody works on at this moment are left to the next run. With more than one in a
    transaction, customers are waited for crosswise: the clock's job takes one after the other.
    """
    before, quiet = _wanted(session)
    now = clock.now()
    if not before:
        return []
    reminded: list[str] = []
    for order_id, expires_at, customer_id in session.execute(_waiting(now, before)).all():
        if len(reminded) == limit:
            break
        theirs = quiet.at_home(shipping.zone_of(session, customer_id))
        if theirs.hold(now) or shop.moment_before(expires_at, before, theirs) > now:
            continue
        code = _remind_one(session, order_id)
        if code is not None:
            reminded.append(code)
    return reminded


def _waiting(now: datetime, before: timedelta) -> Select[int, datetime, int]:
    return (
        select(Order.id, Order.expires_at, Order.customer_id)
        .join(Payment, Payment.order_id == Order.id)
        .where(
            Order.state == OrderState.AWAITING_PAYMENT,
            Order.expires_at > now,
            Order.expires_at <= now + before + timedelta(days=1),
            ~Order.pay_on_delivery,
            Payment.state.in_(rules.EXPIRABLE),
            Payment.reminded_at.is_(None),
        )
        .order_by(Order.expires_at, Order.id)
        .limit(AT_ONCE)
    )


def _remind_one(session: Session, order_id: int) -> str | None:
    """Remind of one order unless it has changed meanwhile; its code, or None."""
    order = session.scalars(
        select(Order)
        .where(Order.id == order_id, Order.state == OrderState.AWAITING_PAYMENT)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    ).one_or_none()
    payment = service.for_order_locked(session, order) if order is not None else None
    if order is None or payment is None:
        return None
    if payment.reminded_at or payment.state not in rules.EXPIRABLE:
        return None
    _remind(session, order, payment)
    return order.order_code


def _remind(session: Session, order: Order, payment: Payment) -> None:
    payment.reminded_at = clock.now()
    account = session.get_one(BankAccount, payment.bank_account_id)
    said = conversations.notify_surely(
        session,
        session.get_one(Customer, order.customer_id),
        "payment_reminder",
        order_code=order.order_code,
        amount=payment.amount_due_idr,
        bank=account.bank,
        number=account.number,
        holder=account.holder,
        deadline=order.expires_at,
        link=links.order_url(order.id) or order.order_code,
    )
    facts: dict[str, object] = {"said": said is not None}
    service.record(session, order, payment, "reminded", actor=Actor.system("clock"), facts=facts)


def _wanted(session: Session) -> tuple[timedelta, QuietHours]:
    """The shop's facts; one that cannot be read counts as not given, and is logged."""
    facts = shop.facts(session)
    try:
        hours = int(facts.get("reminder_hours", HOURS_BEFORE))
        if not 0 <= hours <= MOST_HOURS:
            raise ValueError(hours)
    except ValueError:
        log.warning("the fact reminder_hours is not a number of hours from 0 to %d", MOST_HOURS)
        hours = HOURS_BEFORE
    return timedelta(hours=hours), shop.quiet_hours(session)
