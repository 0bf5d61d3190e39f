"""Money that goes back to a customer, or stays here under their name: the ways out of a difference.

The money itself moves at the bank; here stands how much, to which account, and on whose word.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm_core import clock, loyalty, orders
from crm_core.errors import Conflict, InvalidInput, NotFound
from crm_core.money import Rupiah
from crm_core.orders import OrderState
from crm_core.payments import differences, matching, rules, service
from crm_core.payments.differences import Held, checked_reason, second_needed
from crm_core.payments.matching import DifferenceKind, DifferenceState, MutationState
from crm_core.payments.models import Difference, Payment, Refund
from crm_core.payments.rules import PaymentState
from crm_core.timeline import Actor


@dataclass(frozen=True, slots=True)
class RefundAccount:
    """The customer's account that the money goes to, as typed."""

    bank: str
    number: str
    holder: str

    def checked(self) -> RefundAccount:
        """Trimmed; the number without spaces and dashes.

        Raises InvalidInput ("refund_account_invalid", field).
        """
        values = {
            "bank": self.bank.strip(),
            "number": "".join(sign for sign in self.number if sign not in " .-"),
            "holder": self.holder.strip(),
        }
        for field, value in values.items():
            if not value or len(value) > 60:
                raise InvalidInput("refund_account_invalid", field=field)
        if not (values["number"].isascii() and values["number"].isdigit()):
            raise InvalidInput("refund_account_invalid", field="number")
        return RefundAccount(**values)

    def __str__(self) -> str:
        """As the customer reads it: the last four digits are enough to know it again."""
        return f"{self.bank} ***{self.number[-4:]}"


def refund(
    session: Session,
    payment: Payment,
    *,
    actor: Actor,
    to: RefundAccount,
    reason: str,
    second_person_from: int = rules.SECOND_PERSON_FROM,
) -> Refund:
    """Send back what this payment has too much, or all of it where it pays for nothing.

    Raises as :func:`refund_difference`, and Conflict ("illegal_transition", "nothing_to_refund").
    """
    checked_reason(reason)
    service.need_staff(actor)
    differences.hold_account(session, payment.bank_account_id)
    service.lock(session, payment)
    active = differences.of_payment(session, payment)
    if active is None:
        rules.STATES.check(payment.state, PaymentState.REFUNDED, actor.kind)
        whole = (payment.amount_received_idr or Rupiah(0)) - differences.returned(session, payment)
        if whole <= 0:
            raise Conflict("nothing_to_refund")
        kind = DifferenceKind.REFUND_DUE
        active = differences.open_(session, kind, whole, payment=payment, actor=actor)
    return refund_difference(
        session,
        active.id,
        actor=actor,
        to=to,
        reason=reason,
        second_person_from=second_person_from,
    )


def refund_difference(
    session: Session,
    difference_id: int,
    *,
    actor: Actor,
    to: RefundAccount,
    reason: str,
    second_person_from: int = rules.SECOND_PERSON_FROM,
) -> Refund:
    """Record that the money of a difference went back; from the set amount on, propose it.

    A proposed refund (``done_at`` is None) waits for :func:`confirm_refund` by somebody else.
    Returning what is too little ends the order. Raises InvalidInput ("reason_missing",
    "refund_account_invalid"), NotAllowed ("staff_only"), Conflict ("illegal_transition"),
    NotFound ("difference_not_found").
    """
    staff_id = service.need_staff(actor)
    why, account = checked_reason(reason), to.checked()
    held = differences.hold(session, difference_id)
    amount = sum_to_return(held.difference, held.payment)
    large = second_needed(amount, second_person_from)
    new = DifferenceState.REFUND_PROPOSED if large else DifferenceState.REFUNDED
    matching.DIFFERENCES.check(held.difference.state, new, actor.kind)
    made = Refund(
        difference_id=difference_id,
        amount_idr=amount,
        to_bank=account.bank,
        to_number=account.number,
        to_holder=account.holder,
        reason=why,
        requested_by=staff_id,
    )
    session.add(made)
    session.flush()
    if large:
        differences.move(session, held.difference, new, actor, refund_id=made.id)
    else:
        _carry_out(session, held, made, actor, second_person_from)
    return made


def confirm_refund(
    session: Session,
    difference_id: int,
    *,
    actor: Actor,
    second_person_from: int = rules.SECOND_PERSON_FROM,
) -> Refund:
    """The second person agrees, so the refund is done.

    Raises NotFound ("refund_not_found"), Conflict ("second_approver_needed") for the one who
    proposed it.
    """
    staff_id = service.need_staff(actor)
    held = differences.hold(session, difference_id)
    proposed = _proposed(session, difference_id)
    if proposed.requested_by == staff_id:
        code = held.order.order_code if held.order else ""
        raise Conflict("second_approver_needed", order_code=code, by=actor.name)
    proposed.approved_by = staff_id
    _carry_out(session, held, proposed, actor, second_person_from)
    return proposed


def withdraw_refund(session: Session, difference_id: int, *, actor: Actor) -> Difference:
    """A proposed refund is not to be: the difference is open again."""
    service.need_staff(actor)
    held = differences.hold(session, difference_id)
    _proposed(session, difference_id).withdrawn_at = clock.now()
    differences.move(session, held.difference, DifferenceState.OPEN, actor)
    return held.difference


def credit(
    session: Session,
    difference_id: int,
    *,
    actor: Actor,
    reason: str,
    second_person_from: int = rules.SECOND_PERSON_FROM,
) -> Difference:
    """Keep the money under the customer's name; it may still be sent back later.

    Raises InvalidInput ("reason_missing"), Conflict ("credit_needs_customer") for money of
    nobody known and for what is too little.
    """
    service.need_staff(actor)
    why = checked_reason(reason)
    held = differences.hold(session, difference_id)
    difference = held.difference
    if difference.kind not in matching.CREDITABLE or held.order is None:
        raise Conflict("credit_needs_customer", kind=str(difference.kind))
    differences.move(session, difference, DifferenceState.CREDITED, actor)
    difference.reason = why
    if difference.kind not in matching.PART_OF_IT:
        _move_mutations(session, held, MutationState.CREDIT, actor, why)
    service.tell(session, held.order, "payment_credited", amount=difference.amount_idr)
    differences.finish_overpaid(session, held, actor, second_person_from)
    return difference


def sum_to_return(difference: Difference, payment: Payment | None) -> Rupiah:
    """How much goes back: the difference itself, or all that came where it was too little."""
    if difference.kind == DifferenceKind.UNDERPAID and payment is not None:
        return payment.amount_received_idr or difference.amount_idr
    return difference.amount_idr


def _proposed(session: Session, difference_id: int) -> Refund:
    query = select(Refund).where(
        Refund.difference_id == difference_id,
        Refund.done_at.is_(None),
        Refund.withdrawn_at.is_(None),
    )
    found = session.scalars(query.with_for_update()).one_or_none()
    if found is None:
        raise NotFound("refund_not_found")
    return found


def _carry_out(
    session: Session, held: Held, made: Refund, actor: Actor, second_person_from: int
) -> None:
    """The refund is done: states of difference, payment, order and mutations follow it."""
    made.done_at = clock.now()
    difference, payment, order = held.difference, held.payment, held.order
    differences.move(session, difference, DifferenceState.REFUNDED, actor, refund_id=made.id)
    difference.reason = made.reason
    if difference.kind not in matching.PART_OF_IT:
        _move_mutations(session, held, MutationState.REFUNDED, actor, made.reason)
    if payment is None or order is None:
        return
    whole_payment = {DifferenceKind.UNDERPAID, DifferenceKind.LATE, DifferenceKind.REFUND_DUE}
    if difference.kind in whole_payment:
        service.move(session, order, payment, PaymentState.REFUNDED, actor=actor)
        service.decide(payment, actor, made.reason)
        service.close(session, payment)
    to = RefundAccount(made.to_bank, made.to_number, made.to_holder)
    service.tell(session, order, "payment_refunded", amount=made.amount_idr, account=str(to))
    if difference.kind == DifferenceKind.UNDERPAID and order.state == OrderState.AWAITING_PAYMENT:
        orders.cancel(session, order, actor, made.reason)
        loyalty.order_ended(session, order, actor)
    differences.finish_overpaid(session, held, actor, second_person_from)


def _move_mutations(
    session: Session, held: Held, new: MutationState, actor: Actor, reason: str
) -> None:
    """The one mutation of the difference, else all that the payment counts."""
    if held.mutation is not None:
        found = [held.mutation]
    else:
        found = differences.counted(session, held.payment) if held.payment else []
    for mutation in found:
        differences.move_mutation(session, mutation, new, actor, reason=reason)
