"""Differences between money and orders: opened where one is found, settled by people.

Locks: the account's key → order → payment → difference; see :func:`hold_account`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

from sqlalchemy import BigInteger, Select, cast, func, select, update
from sqlalchemy.orm import Session

from crm_core import clock, db, loyalty, orders, timeline
from crm_core.db import Event, announce
from crm_core.errors import Conflict, InvalidInput, NotFound
from crm_core.money import Rupiah
from crm_core.orders import Order, OrderState
from crm_core.payments import matching, service
from crm_core.payments.matching import (
    DIFFERENCES,
    MUTATIONS,
    DifferenceKind,
    DifferenceState,
    MutationState,
)
from crm_core.payments.models import BankMutation, Difference, Payment, Refund
from crm_core.payments.rules import RETURNABLE, PaymentState
from crm_core.timeline import Actor

Row = TypeVar("Row", BankMutation, Difference)


def hold_account(session: Session, account_id: int) -> None:
    """Be the only one who matches or settles mutations of this account until the end."""
    db.lock_key(session, f"bank_account:{account_id}")


def open_(
    session: Session,
    kind: DifferenceKind,
    amount: Rupiah,
    *,
    actor: Actor,
    payment: Payment | None = None,
    mutation: BankMutation | None = None,
    reason: str | None = None,
) -> Difference:
    """Put a difference on somebody's list. One about the same payment is replaced by it."""
    if payment is not None and kind not in matching.BESIDE:
        active = of_payment(session, payment)
        if active is not None and (active.kind, active.amount_idr) == (kind, amount):
            return active
        if active is not None:
            _overtaken(session, active, DifferenceState.REPLACED, actor)
    account_id = _account_of(payment, mutation)
    made = Difference(
        kind=kind,
        state=DIFFERENCES.start,
        bank_account_id=account_id,
        payment_id=payment.id if payment else None,
        mutation_id=mutation.id if mutation else None,
        amount_idr=amount,
        booked_on=mutation.booked_on if mutation else clock.local_date(clock.now()),
        reason=reason,
        owner_id=actor.id if actor.kind == "staff" else None,
    )
    session.add(made)
    session.flush()
    record(session, made, "opened", actor)
    return made


def _account_of(payment: Payment | None, mutation: BankMutation | None) -> int:
    if mutation is not None:
        return mutation.bank_account_id
    if payment is None:
        raise ValueError("a difference is about a payment or a mutation")
    return payment.bank_account_id


def of_payment(session: Session, payment: Payment) -> Difference | None:
    """The unsettled difference of a payment itself (not of a second transfer for it), locked."""
    query = select(Difference).where(
        Difference.payment_id == payment.id,
        Difference.state.in_(matching.UNSETTLED),
        Difference.kind.not_in(matching.BESIDE),
    )
    return session.scalars(_locked(query)).one_or_none()


def of_mutation(session: Session, mutation: BankMutation) -> Difference | None:
    """The unsettled difference that waits because of a mutation, locked."""
    query = select(Difference).where(
        Difference.mutation_id == mutation.id, Difference.state.in_(matching.UNSETTLED)
    )
    return session.scalars(_locked(query)).one_or_none()


def _locked(query: Select[Row]) -> Select[Row]:
    return query.with_for_update().execution_options(populate_existing=True)


def settle_payment(session: Session, payment: Payment, actor: Actor) -> None:
    """The payment is exact now: the rest has come, or an amount typed before was wrong."""
    active = of_payment(session, payment)
    if active is not None:
        short = active.kind == DifferenceKind.UNDERPAID
        new = DifferenceState.TOPPED_UP if short else DifferenceState.REPLACED
        _overtaken(session, active, new, actor)


def _overtaken(
    session: Session, difference: Difference, new: DifferenceState, actor: Actor
) -> None:
    """Other money has settled a difference; a refund of it that was only proposed is not to be."""
    session.execute(
        update(Refund)
        .where(
            Refund.difference_id == difference.id,
            Refund.done_at.is_(None),
            Refund.withdrawn_at.is_(None),
        )
        .values(withdrawn_at=clock.now())
    )
    move(session, difference, new, actor)


def move(
    session: Session, difference: Difference, new: DifferenceState, actor: Actor, **facts: object
) -> None:
    """Change the state as the table allows, on the record; who settles it owns it."""
    step = DIFFERENCES.check(difference.state, new, actor.kind)
    difference.state = new
    difference.settled_at = None if new in matching.UNSETTLED else clock.now()
    if actor.kind == "staff" and difference.owner_id is None:
        difference.owner_id = actor.id
    session.flush()
    record(session, difference, step.name, actor, **facts)


def move_mutation(
    session: Session,
    mutation: BankMutation,
    new: MutationState,
    actor: Actor,
    *,
    reason: str | None = None,
) -> None:
    """Change a mutation's state as its table allows, on the record."""
    step = MUTATIONS.check(mutation.state, new, actor.kind)
    mutation.state = new
    mutation.decided_by = actor.id if actor.kind == "staff" else None
    mutation.reason = reason or mutation.reason
    session.flush()
    timeline.record(
        session,
        subject="bank_mutation",
        subject_id=mutation.id,
        action=step.name,
        actor=actor,
        facts={"amount_idr": int(mutation.amount_idr), "payment_id": mutation.payment_id},
    )


def record(
    session: Session, difference: Difference, action: str, actor: Actor, **facts: object
) -> None:
    """One timeline entry, on the order's payment too if there is one."""
    order = order_of(session, difference)
    known: dict[str, object] = {
        "kind": str(difference.kind),
        "amount_idr": int(difference.amount_idr),
        **({"order_code": order.order_code} if order else {}),
        **facts,
    }
    timeline.record(
        session,
        subject="difference",
        subject_id=difference.id,
        action=action,
        actor=actor,
        customer_id=order.customer_id if order else None,
        facts=known,
    )
    announce(session, Event("payment_changed", {"order_code": order.order_code if order else ""}))


def order_of(session: Session, difference: Difference) -> Order | None:
    """The order that a difference is about, or None for unknown money."""
    if difference.payment_id is None:
        return None
    return session.get_one(Order, session.get_one(Payment, difference.payment_id).order_id)


@dataclass(frozen=True, slots=True)
class Held:
    """A difference read anew with everything it concerns, locked."""

    difference: Difference
    payment: Payment | None
    order: Order | None
    mutation: BankMutation | None


def hold(session: Session, difference_id: int) -> Held:
    """Lock a difference and all it concerns, in the order of the module's docstring.

    Raises NotFound ("difference_not_found").
    """
    found = session.get(Difference, difference_id)
    if found is None:
        raise NotFound("difference_not_found")
    hold_account(session, found.bank_account_id)
    payment = order = mutation = None
    if found.payment_id is not None:
        payment = session.get_one(Payment, found.payment_id)
        order = service.lock(session, payment)
    difference = session.scalars(
        _locked(select(Difference).where(Difference.id == difference_id))
    ).one()
    if difference.mutation_id is not None:
        mutation = session.scalars(
            _locked(select(BankMutation).where(BankMutation.id == difference.mutation_id))
        ).one()
    return Held(difference, payment, order, mutation)


def take(session: Session, difference_id: int, *, actor: Actor) -> Difference:
    """Make a difference one's own task; taking a colleague's is allowed and on the record."""
    held = hold(session, difference_id).difference
    service.need_staff(actor)
    if held.state not in matching.UNSETTLED:
        raise Conflict("already_settled", state=str(held.state))
    if held.owner_id != actor.id:
        held.owner_id = actor.id
        session.flush()
        record(session, held, "taken", actor)
    return held


def order_ended(session: Session, payment: Payment, actor: Actor) -> None:
    """Its order was cancelled: what has come for it must go back."""
    received = payment.amount_received_idr
    if received and payment.state in RETURNABLE - {PaymentState.LATE, PaymentState.DUPLICATE}:
        open_(session, DifferenceKind.REFUND_DUE, received, payment=payment, actor=actor)


def finish_overpaid(session: Session, held: Held, actor: Actor, second_person_from: int) -> None:
    """The extra has found its place, so exactly what was due remains, and it pays the order.

    Other money about the same payment pays nothing: a second transfer, or all that came for an
    order that has ended.

    The one who found the money may not do this alone without the bank's reference, or from the
    set amount on. Raises Conflict ("second_approver_needed").
    """
    payment, order = held.payment, held.order
    if payment is None or order is None or payment.state != PaymentState.OVERPAID:
        return
    if held.difference.kind != DifferenceKind.OVERPAID:
        return
    alone = payment.decided_by == actor.id
    if alone and (payment.bank_reference is None or payment.amount_due_idr >= second_person_from):
        raise Conflict("second_approver_needed", order_code=order.order_code, by=actor.name)
    facts: dict[str, object] = {"amount_idr": int(payment.amount_due_idr)}
    if payment.decided_by is not None and not alone:
        facts["approved_by"] = payment.decided_by
    payment.amount_received_idr = payment.amount_due_idr
    service.decide(payment, actor, None)
    service.move(session, order, payment, PaymentState.ACCEPTED, actor=actor, facts=facts)
    service.close(session, payment)
    if order.state == OrderState.AWAITING_PAYMENT:
        orders.mark_paid(session, order, actor)
        loyalty.earn(session, order, actor)
        service.tell(session, order, "payment_accepted", amount=payment.amount_due_idr)


def returned(session: Session, payment: Payment) -> Rupiah:
    """What of a payment went back, or is to go back, for goods that came back."""
    query = select(cast(func.coalesce(func.sum(Difference.amount_idr), 0), BigInteger)).where(
        Difference.payment_id == payment.id,
        Difference.kind == DifferenceKind.RETURNED,
        Difference.state != DifferenceState.REPLACED,
    )
    return Rupiah(session.execute(query).scalar_one())


def owe_for_return(
    session: Session, payment: Payment, amount: Rupiah, *, actor: Actor, reason: str
) -> Difference:
    """Goods came back: ``amount`` rupiah of what was paid for them are due to the customer.

    Raises Conflict ("refund_too_high", most) beyond what was received and has not gone back.
    """
    service.lock(session, payment)
    received = payment.amount_received_idr or Rupiah(0)
    most = received - returned(session, payment)
    if payment.state != PaymentState.ACCEPTED or not 0 < amount <= most:
        raise Conflict("refund_too_high", most=max(most, Rupiah(0)))
    return open_(
        session,
        DifferenceKind.RETURNED,
        amount,
        actor=actor,
        payment=payment,
        reason=checked_reason(reason),
    )


def counted(session: Session, payment: Payment) -> list[BankMutation]:
    """The mutations whose amounts make up what the payment has received."""
    query = select(BankMutation).where(BankMutation.payment_id == payment.id, BankMutation.counted)
    return list(session.scalars(_locked(query)))


def second_needed(amount: int, second_person_from: int) -> bool:
    """Whether ``amount`` rupiah are too many for one person's word."""
    return amount >= second_person_from


def checked_reason(text: str) -> str:
    """A reason, not blank. Raises InvalidInput ("reason_missing")."""
    reason = text.strip()[:500]
    if not reason:
        raise InvalidInput("reason_missing")
    return reason
