"""The verbs of payments but the decision on money: ask, reject, close.

Locks in the order order → payment. What customers say of a transfer: ``reporting.report``; what
makes money of it: ``decision.accept``.
"""

from __future__ import annotations

import random
from collections.abc import Iterator

from sqlalchemy import bindparam, false, select, true, union_all
from sqlalchemy.dialects.postgresql import Insert, insert
from sqlalchemy.orm import Session

from crm_core import clock, conversations, orders, timeline
from crm_core.customers.models import Customer
from crm_core.db import Event, announce
from crm_core.errors import Conflict, InvalidInput, NotAllowed
from crm_core.money import Rupiah
from crm_core.orders import Order, OrderState
from crm_core.payments import mailing, matching, rules
from crm_core.payments.accounts import accounts, cash_box
from crm_core.payments.models import Payment
from crm_core.payments.rules import STATES, PaymentState
from crm_core.staff.models import Staff
from crm_core.timeline import Actor

_RANDOM = random.SystemRandom()
RULE_NAME = "Sapa"
"""Who decided where no person did."""


def request(session: Session, order: Order, actor: Actor, *, new: bool = False) -> Payment:
    """Ask for the order's total plus a unique code, to the first account that has one free.

    An order to be paid at the door asks for the bare total, into the cash box.
    Asking again gives the same payment; ``new`` is an order that this very transaction has made,
    which nobody else can know. Raises Conflict ("illegal_transition") for an order that
    awaits no payment, ("no_bank_account"), or ("no_unique_code_free") when every account has all
    its codes in open payments.
    """
    if not new:
        orders.lock(session, order)
        existing = for_order_locked(session, order)
        if existing is not None:
            return existing
    if order.state != OrderState.AWAITING_PAYMENT:
        raise Conflict(
            "illegal_transition", subject="payment", old=str(order.state), new="awaiting"
        )
    payment = _insert(session, order)
    facts: dict[str, object] = {"unique_code": payment.unique_code}
    record(session, order, payment, "requested", actor=actor, facts=facts)
    mailing.mail_details(session, order, payment)
    return payment


def reject(session: Session, payment: Payment, *, actor: Actor, reason: str) -> Payment:
    """The money is not there; the order waits on and the customer learns why.

    Raises InvalidInput ("reason_missing"), Conflict ("already_decided", state, by), and
    ("part_received") where some of it has come: then only the rest is missing.
    """
    reason = reason.strip()[:500]
    if not reason:
        raise InvalidInput("reason_missing")
    order = lock(session, payment)
    if payment.state not in rules.UNDECIDED:
        raise already_decided(session, order, payment)
    if payment.amount_received_idr:
        raise Conflict("part_received", order_code=order.order_code)
    decide(payment, actor, reason)
    move(session, order, payment, PaymentState.REJECTED, actor=actor)
    tell(session, order, "payment_rejected", reason=reason)
    return payment


def close(session: Session, payment: Payment) -> None:
    """Nothing is awaited here any more: the unique code and the amount are free again."""
    if payment.closed_at is None:
        payment.closed_at = clock.now()
        session.flush()


def lock(session: Session, payment: Payment) -> Order:
    """Lock the payment's order and then the payment, both read anew; returns the order."""
    order = orders.lock(session, session.get_one(Order, payment.order_id))
    for_order_locked(session, order)
    return order


def for_order_locked(session: Session, order: Order) -> Payment | None:
    """The order's payment read anew and locked, or None; the order must be locked already."""
    return session.scalars(
        select(Payment)
        .where(Payment.order_id == order.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()


def move(
    session: Session,
    order: Order,
    payment: Payment,
    new: PaymentState,
    *,
    actor: Actor,
    facts: dict[str, object] | None = None,
) -> None:
    """Change the state as the table allows, on the record."""
    step = STATES.check(payment.state, new, actor.kind)
    payment.state = new
    session.flush()
    record(session, order, payment, step.name, actor=actor, facts=facts)


def record(
    session: Session,
    order: Order,
    payment: Payment,
    action: str,
    *,
    actor: Actor,
    facts: dict[str, object] | None = None,
) -> None:
    """One timeline entry, and a word to the screens."""
    timeline.record(
        session,
        subject="payment",
        subject_id=payment.id,
        action=action,
        actor=actor,
        customer_id=order.customer_id,
        facts={"order_code": order.order_code, **(facts or {})},
    )
    announce(session, Event("payment_changed", {"order_code": order.order_code}))


def decide(payment: Payment, actor: Actor, reason: str | None) -> None:
    """Keep who decided and why; a first approval has served its time."""
    payment.decided_by, payment.decided_at = actor.id, clock.now()
    payment.reason = reason
    payment.approved_by, payment.approved_amount_idr = None, None


def already_decided(session: Session, order: Order, payment: Payment) -> Conflict:
    """The refusal that names who was faster."""
    staff = session.get(Staff, payment.decided_by) if payment.decided_by else None
    return Conflict(
        "already_decided",
        order_code=order.order_code,
        state=str(payment.state),
        by=staff.name if staff else RULE_NAME,
    )


def need_staff(actor: Actor) -> int:
    """The id of the person who acts. Raises NotAllowed ("staff_only") for anybody else."""
    if actor.kind != "staff" or actor.id is None:
        raise NotAllowed("staff_only")
    return actor.id


def tell(session: Session, order: Order, notice: str, **facts: object) -> None:
    """A notice about money to the order's customer."""
    customer = session.get_one(Customer, order.customer_id)
    conversations.notify(session, customer, notice, order_code=order.order_code, **facts)


def _insert(session: Session, order: Order) -> Payment:
    if order.pay_on_delivery:
        return session.scalars(_new_payment(order, cash_box(session), 0).returning(Payment)).one()
    active = accounts(session)
    if not active:
        raise Conflict("no_bank_account")
    for account in active:
        for code in spare_codes(session, account.id, order.total_idr):
            statement = _new_payment(order, account.id, code)
            made = session.scalars(statement.on_conflict_do_nothing().returning(Payment)).first()
            if made is not None:
                return made
    raise Conflict("no_unique_code_free")


def _new_payment(order: Order, account_id: int, code: int) -> Insert:
    return insert(Payment).values(
        order_id=order.id,
        bank_account_id=account_id,
        state=STATES.start,
        unique_code=code,
        amount_due_idr=order.total_idr + code,
        sms_attempts=0,
        created_at=clock.now(),
        updated_at=clock.now(),
    )


_codes = (Payment.unique_code, Payment.amount_due_idr)
_of_account = Payment.bank_account_id == bindparam("account_id")
_OPEN = select(*_codes, true().label("open")).where(
    # As the index of open codes says it; money without a code is cash, told apart by nobody.
    _of_account, Payment.closed_at.is_(None), Payment.unique_code > 0,
)  # fmt: skip
# Closed so lately that money may still come: such an amount is given out last.
_LATE = select(*_codes, false().label("open")).where(
    _of_account,
    Payment.closed_at >= bindparam("since"),
    Payment.amount_due_idr.between(bindparam("least"), bindparam("most")),
)
_TAKEN = union_all(_OPEN, _LATE)


def spare_codes(session: Session, account_id: int, total: Rupiah) -> Iterator[int]:
    """Free codes by chance; after each one that somebody else took meanwhile, look again."""
    while True:
        given = {
            "account_id": account_id,
            "since": clock.now() - matching.LOOK_BACK,
            "least": total + 1,
            "most": total + rules.LAST_CODE,
        }
        rows = session.execute(_TAKEN, given).all()
        held = [row for row in rows if row.open]
        free = rules.free_codes(
            total, {row.unique_code for row in held}, {row.amount_due_idr for row in held}
        )
        if not free:
            return
        used = {row.amount_due_idr for row in rows if not row.open}
        unused = [code for code in free if total + code not in used]
        yield _RANDOM.choice(unused or free)
