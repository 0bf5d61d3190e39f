"""What becomes of each booking on an account: matched by rule, or settled by a person.

Locks: the account's key → order → payment → difference and mutation.
"""

from __future__ import annotations

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from crm_core import clock
from crm_core.errors import Conflict, NotFound
from crm_core.money import Rupiah
from crm_core.orders import Order
from crm_core.payments import candidates, decision, differences, matching, rules, service
from crm_core.payments.differences import checked_reason, hold_account, move_mutation
from crm_core.payments.matching import (
    DifferenceKind,
    DifferenceState,
    Meaning,
    MutationState,
    Verdict,
)
from crm_core.payments.models import BankMutation, BankReference, Payment
from crm_core.payments.rules import PaymentState
from crm_core.timeline import Actor

RULE = Actor.system("bank statement")


def settle(session: Session, mutation_id: int) -> BankMutation:
    """Find out by rule whose money a new mutation is, and book it or put it on a list.

    Doing it again, or at the same time as somebody else, changes nothing.
    """
    mutation = hold(session, mutation_id)
    if mutation.state != MutationState.NEW:
        return mutation
    if mutation.direction == "out":
        move_mutation(session, mutation, MutationState.OUTGOING, RULE)
        return mutation
    while True:
        verdict = candidates.verdict(session, mutation)
        if verdict.payment_id is None:
            _unknown(session, mutation, verdict)
            return mutation
        payment = session.get_one(Payment, verdict.payment_id)
        order = service.lock(session, payment)
        # Somebody may have decided, cancelled or expired the order before the lock was ours.
        if candidates.verdict(session, mutation) == verdict:
            _booked(session, mutation, payment, verdict.meaning, RULE)
            _place(session, mutation, order, payment, verdict.meaning, RULE)
            return mutation


def assign(
    session: Session,
    mutation_id: int,
    order: Order,
    *,
    actor: Actor,
    second_person_from: int = rules.SECOND_PERSON_FROM,
) -> BankMutation:
    """A person says that open money is for ``order``; the amount decides what that means.

    From the set amount on the mutation stays open until a second person says the same. Raises
    NotFound ("mutation_not_found", "payment_not_found"), NotAllowed ("staff_only"), Conflict
    ("mutation_settled", state), ("same_order", order_code) or ("second_approver_needed").
    """
    service.need_staff(actor)
    mutation = hold(session, mutation_id)
    if mutation.state != MutationState.OPEN:
        raise Conflict("mutation_settled", state=str(mutation.state))
    payment = session.scalars(select(Payment).where(Payment.order_id == order.id)).one_or_none()
    if payment is None:
        raise NotFound("payment_not_found", order_code=order.order_code)
    if mutation.payment_id == payment.id:
        raise Conflict("same_order", order_code=order.order_code)
    former = _lock_both(session, mutation, payment)
    candidate = candidates.read(session, [payment.id])[0]
    meaning = matching.meaning_for(int(mutation.amount_idr), candidate)
    if former is not None:
        _move_claim(session, mutation, former, payment)
    order = session.get_one(Order, payment.order_id)
    if not _booked(session, mutation, payment, meaning, actor, second_person_from):
        if former is not None:
            _move_claim(session, mutation, payment, former)
        return mutation
    task = differences.of_mutation(session, mutation)
    if task is not None:
        differences.move(session, task, DifferenceState.ASSIGNED, actor)
    if former is not None:
        _leave(session, mutation, former, order, actor)
    _place(session, mutation, order, payment, meaning, actor)
    return mutation


def not_ours(session: Session, mutation_id: int, *, actor: Actor, reason: str) -> BankMutation:
    """Money that is for no order: interest, the owner's deposit, a fee given back.

    Raises InvalidInput ("reason_missing"), NotAllowed ("staff_only"), Conflict
    ("illegal_transition") for money that has been booked or belongs to a customer.
    """
    service.need_staff(actor)
    why = checked_reason(reason)
    mutation = hold(session, mutation_id)
    task = differences.of_mutation(session, mutation)
    if task is None or task.kind != DifferenceKind.UNKNOWN:
        raise Conflict("mutation_settled", state=str(mutation.state))
    differences.move(session, task, DifferenceState.NOT_OURS, actor)
    task.reason = why
    move_mutation(session, mutation, MutationState.NOT_OURS, actor, reason=why)
    return mutation


def reopen(session: Session, mutation_id: int, *, actor: Actor) -> BankMutation:
    """It was somebody's money after all: open and unknown again."""
    service.need_staff(actor)
    mutation = hold(session, mutation_id)
    move_mutation(session, mutation, MutationState.OPEN, actor)
    differences.open_(
        session,
        DifferenceKind.UNKNOWN,
        mutation.amount_idr,
        mutation=mutation,
        actor=actor,
        reason="reopened",
    )
    return mutation


def hold(session: Session, mutation_id: int) -> BankMutation:
    """A mutation read anew while nobody else settles anything on its account.

    Raises NotFound ("mutation_not_found").
    """
    found = session.get(BankMutation, mutation_id)
    if found is None:
        raise NotFound("mutation_not_found")
    hold_account(session, found.bank_account_id)
    session.refresh(found, with_for_update=True)
    return found


def _unknown(session: Session, mutation: BankMutation, verdict: Verdict) -> None:
    move_mutation(session, mutation, MutationState.OPEN, RULE, reason=verdict.reason)
    differences.open_(
        session,
        DifferenceKind.UNKNOWN,
        mutation.amount_idr,
        mutation=mutation,
        actor=RULE,
        reason=verdict.reason,
    )


_DECIDES = frozenset({Meaning.PAYS, Meaning.UNDER, Meaning.OVER, Meaning.LATE})


def _booked(
    session: Session,
    mutation: BankMutation,
    payment: Payment,
    meaning: Meaning,
    actor: Actor,
    second_person_from: int = rules.SECOND_PERSON_FROM,
) -> bool:
    """Let the payment have the money through the one decision; False: a second person is needed."""
    if meaning not in _DECIDES:
        return True
    decision.accept(
        session,
        payment,
        actor=actor,
        amount_received_idr=(payment.amount_received_idr or Rupiah(0)) + mutation.amount_idr,
        bank_reference=mutation.reference,
        second_person_from=second_person_from,
        statement_account_id=mutation.bank_account_id,
    )
    if payment.state == PaymentState.DUPLICATE:  # its reference was typed for another order
        raise Conflict("reference_of_another", reason=payment.reason)
    return payment.approved_by is None


def _place(
    session: Session,
    mutation: BankMutation,
    order: Order,
    payment: Payment,
    meaning: Meaning,
    actor: Actor,
) -> None:
    """The mutation's own state, now that the payment has been decided."""
    mutation.payment_id = payment.id
    mutation.counted = meaning != Meaning.SECOND
    if meaning == Meaning.CONFIRMS:
        _claim(session, mutation, payment)
        facts: dict[str, object] = {"amount_idr": int(mutation.amount_idr)}
        service.record(session, order, payment, "seen_on_statement", actor=actor, facts=facts)
    waits = meaning == Meaning.SECOND or payment.state == PaymentState.LATE
    new = MutationState.OPEN if waits else MutationState.BOOKED
    if mutation.state != new:
        move_mutation(session, mutation, new, actor)
    session.flush()
    if meaning == Meaning.SECOND:
        differences.open_(
            session,
            DifferenceKind.DUPLICATE,
            mutation.amount_idr,
            payment=payment,
            mutation=mutation,
            actor=actor,
        )
        service.tell(session, order, "payment_second_transfer", amount=mutation.amount_idr)
    elif waits:
        task = differences.of_payment(session, payment)
        if task is not None:
            task.mutation_id, task.booked_on = mutation.id, mutation.booked_on
            session.flush()


def _claim(session: Session, mutation: BankMutation, payment: Payment) -> None:
    """The reference counts for this payment from now on."""
    session.execute(
        insert(BankReference)
        .values(
            bank_account_id=mutation.bank_account_id,
            reference=mutation.reference,
            payment_id=payment.id,
            created_at=clock.now(),
        )
        .on_conflict_do_nothing()
    )
    payment.bank_reference = payment.bank_reference or mutation.reference


def _lock_both(session: Session, mutation: BankMutation, payment: Payment) -> Payment | None:
    """Lock the new payment and the one that counts the money now, which is returned, if any."""
    former = None
    if mutation.payment_id is not None and mutation.counted:
        former = session.get_one(Payment, mutation.payment_id)
    both = [one for one in (payment, former) if one is not None]
    for one in sorted(both, key=lambda one: one.order_id):
        service.lock(session, one)
    return former


def _move_claim(session: Session, mutation: BankMutation, old: Payment, new: Payment) -> None:
    session.execute(
        update(BankReference)
        .where(
            BankReference.bank_account_id == mutation.bank_account_id,
            BankReference.reference == mutation.reference,
            BankReference.payment_id == old.id,
        )
        .values(payment_id=new.id)
    )


def _leave(
    session: Session, mutation: BankMutation, former: Payment, order: Order, actor: Actor
) -> None:
    """The money that came late for one order is used for another."""
    had = former.amount_received_idr or Rupiah(0)
    former.amount_received_idr = had - mutation.amount_idr
    former.bank_reference = None
    old = session.get_one(Order, former.order_id)
    facts: dict[str, object] = {
        "amount_idr": int(mutation.amount_idr),
        "used_for": order.order_code,
    }
    service.record(session, old, former, "moved_to_other_order", actor=actor, facts=facts)
