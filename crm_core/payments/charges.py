"""Money that comes through a gateway, decided by the same one verb as all other money.

Locks: order → payment → charge. The gateway is asked outside of any transaction; what it answered
is brought here, and may be brought any number of times in any order.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from crm_core import clock
from crm_core.errors import Conflict, NotFound
from crm_core.money import Rupiah
from crm_core.orders import Order, OrderState
from crm_core.payments import decision, differences, rules, service
from crm_core.payments.gateways import RUPIAH, ChargeState, GatewayStatus
from crm_core.payments.gatewaytables import GatewayCharge, GatewayNotice
from crm_core.payments.matching import DifferenceKind
from crm_core.payments.models import Payment
from crm_core.payments.rules import PaymentState
from crm_core.timeline import Actor

PAGE_LASTS = timedelta(hours=20)
"""A page is given again for so long; gateways close theirs after a day."""
ANSWERED_BY_STATEMENT = rules.ACCEPTABLE | {PaymentState.REJECTED, PaymentState.DUPLICATE}


def begin_charge(session: Session, payment: Payment, gateway: str) -> GatewayCharge:
    """The charge for what the payment still needs: the open one, or a new one without a page yet.

    Raises Conflict ("nothing_due", order_code) when nothing is awaited.
    """
    order = service.lock(session, payment)
    due = payment.amount_due_idr - (payment.amount_received_idr or Rupiah(0))
    awaited = order.state == OrderState.AWAITING_PAYMENT and payment.state in rules.ACCEPTABLE
    if not awaited or due <= 0:
        raise Conflict("nothing_due", order_code=order.order_code)
    known = session.scalars(
        select(GatewayCharge)
        .where(
            GatewayCharge.payment_id == payment.id,
            GatewayCharge.gateway == gateway,
            GatewayCharge.amount_idr == due,
            GatewayCharge.state == str(ChargeState.OPEN),
            GatewayCharge.created_at > clock.now() - PAGE_LASTS,
        )
        .order_by(GatewayCharge.id.desc())
    ).first()
    if known is not None:
        return known
    number = session.scalar(
        select(func.count())
        .where(GatewayCharge.payment_id == payment.id)
        .select_from(GatewayCharge)
    )
    made = GatewayCharge(
        payment_id=payment.id,
        gateway=gateway,
        reference=f"{order.order_code}-{(number or 0) + 1}",
        amount_idr=Rupiah(due),
    )
    session.add(made)
    session.flush()
    return made


def page_opened(session: Session, reference: str, page_url: str) -> None:
    """Keep where the customer pays. Raises NotFound ("charge_not_found")."""
    charge = _charge(session, reference)
    if charge is None:
        raise NotFound("charge_not_found")
    charge.page_url = page_url[:2000]
    session.flush()


def open_page_of(session: Session, payment: Payment) -> str | None:
    """The page on which exactly what is due now can be paid, if one was opened lately."""
    due = payment.amount_due_idr - (payment.amount_received_idr or Rupiah(0))
    query = select(GatewayCharge.page_url).where(
        GatewayCharge.payment_id == payment.id,
        GatewayCharge.state == str(ChargeState.OPEN),
        GatewayCharge.amount_idr == due,
        GatewayCharge.created_at > clock.now() - PAGE_LASTS,
        GatewayCharge.page_url.is_not(None),
    )
    return session.scalars(query.order_by(GatewayCharge.id.desc())).first()


def keep_notice(session: Session, gateway: str, reference: str, body: dict[str, Any]) -> int:
    """Store a notification whose signature was right; the same one again is the same row."""
    written = json.dumps(body, sort_keys=True, separators=(",", ":"))
    digest = hashlib.sha256(f"{gateway}:{written}".encode()).hexdigest()
    made = insert(GatewayNotice).values(
        gateway=gateway,
        reference=reference[:80],
        digest=digest,
        body=body,
        received_at=clock.now(),
    )
    session.execute(made.on_conflict_do_nothing())
    known = select(GatewayNotice.id).where(GatewayNotice.digest == digest)
    return session.scalars(known).one()


def notice_handled(session: Session, notice_id: int, outcome: str) -> None:
    """Keep what asking the gateway led to; the first outcome stays."""
    notice = session.get_one(GatewayNotice, notice_id)
    if notice.outcome is None:
        notice.outcome, notice.handled_at = outcome, clock.now()
        session.flush()


def waiting_notices(session: Session, gateway: str, limit: int = 50) -> Sequence[tuple[int, str]]:
    """(id, reference) of notifications about which the gateway has not answered yet."""
    query = (
        select(GatewayNotice.id, GatewayNotice.reference)
        .where(GatewayNotice.gateway == gateway, GatewayNotice.outcome.is_(None))
        .order_by(GatewayNotice.id)
        .limit(limit)
    )
    return [(row[0], row[1]) for row in session.execute(query)]


def settle_charge(session: Session, gateway: str, status: GatewayStatus) -> str:
    """Bring what the gateway answered into the books; returns the outcome in one word.

    "unknown" no charge of ours, "open" nothing has come, "failed" nothing will, "repeated" it was
    counted before, "paid" or the payment's state after the decision, "second" the payment had
    been decided and the money is a difference, "other_currency" or "not_whole" for a person,
    "returned" the gateway took it back.
    """
    found = _charge(session, status.reference)
    if found is None or found.gateway != gateway:
        return "unknown"
    payment = session.get_one(Payment, found.payment_id)
    order = service.lock(session, payment)
    charge = session.scalars(
        select(GatewayCharge)
        .where(GatewayCharge.id == found.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()
    actor = Actor.system(gateway)
    if status.state == ChargeState.RETURNED:
        return _returned(session, order, payment, charge, actor)
    if charge.state in {ChargeState.PAID, ChargeState.RETURNED}:
        return "repeated"
    if status.state == ChargeState.FAILED:
        charge.state = str(ChargeState.FAILED)
        session.flush()
        return "failed"
    if status.state == ChargeState.OPEN:
        return "open"
    if status.currency != RUPIAH or status.amount_idr is None or status.amount_idr <= 0:
        odd = "other_currency" if status.currency != RUPIAH else "not_whole"
        facts: dict[str, object] = {"reference": charge.reference, "currency": status.currency[:3]}
        service.record(session, order, payment, f"gateway_{odd}", actor=actor, facts=facts)
        return odd
    charge.state, charge.transaction_id = str(ChargeState.PAID), status.transaction_id[:80]
    session.flush()
    return _money(session, order, payment, status.amount_idr, status.transaction_id, actor)


def _money(
    session: Session, order: Order, payment: Payment, amount: Rupiah, reference: str, actor: Actor
) -> str:
    if payment.state not in ANSWERED_BY_STATEMENT:
        differences.open_(
            session,
            DifferenceKind.DUPLICATE,
            amount,
            payment=payment,
            actor=actor,
            reason=f"{actor.name} {reference}",
        )
        service.tell(session, order, "payment_second_transfer", amount=amount)
        return "second"
    decided = decision.accept(
        session,
        payment,
        actor=actor,
        amount_received_idr=int((payment.amount_received_idr or Rupiah(0)) + amount),
        bank_reference=f"{actor.name}:{reference}",
        statement_account_id=payment.bank_account_id,
    )
    return "paid" if decided.state == PaymentState.ACCEPTED else str(decided.state)


def _returned(
    session: Session, order: Order, payment: Payment, charge: GatewayCharge, actor: Actor
) -> str:
    """Money that had come went back by the gateway's hand: a person must look at the order."""
    if charge.state != ChargeState.PAID:
        charge.state = str(ChargeState.FAILED)
        session.flush()
        return "failed"
    charge.state = str(ChargeState.RETURNED)
    session.flush()
    facts: dict[str, object] = {"amount_idr": int(charge.amount_idr), "reference": charge.reference}
    service.record(session, order, payment, "gateway_returned", actor=actor, facts=facts)
    differences.open_(
        session,
        DifferenceKind.UNKNOWN,
        charge.amount_idr,
        payment=payment,
        actor=actor,
        reason=f"{actor.name} returned {charge.reference}",
    )
    return "returned"


def _charge(session: Session, reference: str) -> GatewayCharge | None:
    query = select(GatewayCharge).where(GatewayCharge.reference == reference)
    return session.scalars(query).one_or_none()
