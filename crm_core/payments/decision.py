"""The decision on received money: by a person with the bank statement, or by the statement itself.

An order is paid only by an exact amount, and only with the bank's own reference of the transfer,
or on the word of two different people (invariant I8). From a set amount on, one person's word is
not enough even with a reference. Everything else gets a name of its own.
"""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session, aliased

from crm_core import clock, loyalty, orders
from crm_core.conversations.models import Media
from crm_core.errors import Conflict, InvalidInput, NotAllowed
from crm_core.money import Rupiah
from crm_core.orders import ENDED_UNPAID, Order, OrderState
from crm_core.payments import differences, mailing, rules, service
from crm_core.payments.matching import DifferenceKind
from crm_core.payments.models import BankReference, Payment, TransferReport
from crm_core.payments.rules import Match, PaymentState
from crm_core.staff.models import Staff
from crm_core.timeline import Actor


def accept(
    session: Session,
    payment: Payment,
    *,
    actor: Actor,
    amount_received_idr: int,
    bank_reference: str | None = None,
    second_person_from: int = rules.SECOND_PERSON_FROM,
    statement_account_id: int | None = None,
) -> Payment:
    """Decide that ``amount_received_idr`` rupiah in all have come for this payment.

    Exact → accepted, and the order is paid. Otherwise a named state that leaves the order unpaid:
    underpaid, overpaid, late (the order has ended), duplicate (the reference, or without one the
    proof photo, already served another order). Two different people are needed for an exact
    amount without ``bank_reference``, or of ``second_person_from`` rupiah and more: the first call
    returns the payment in its old state with ``approved_by`` set. The system decides only with a
    reference. ``statement_account_id`` says that a bank file shows the money, and on which
    account; then a report refused before does not stand in the way. Raises InvalidInput
    ("amount_invalid", "bank_reference_invalid"), NotAllowed ("staff_only"), Conflict
    ("already_decided", order_code, state, by), ("second_approver_needed", order_code) or
    ("statement_shows_more", order_code, shown_idr).
    """
    reference = rules.clean_reference(bank_reference)
    _refuse_others(actor, reference)
    amount = _amount(amount_received_idr)
    order = service.lock(session, payment)
    _refuse_decided(session, order, payment, from_statement=statement_account_id is not None)
    if statement_account_id is None:
        _refuse_less_than_shown(session, order, payment, amount)
    account_id = statement_account_id or payment.bank_account_id
    other = _served_already(session, payment, reference, account_id)
    if other is not None:
        outcome = PaymentState.DUPLICATE
        return _decide(
            session, order, payment, actor=actor, outcome=outcome, amount=amount, other=other
        )
    if order.state != OrderState.AWAITING_PAYMENT and not orders.owes_cash(order):
        outcome = PaymentState.LATE
    else:
        outcome = _OUTCOME[rules.match(payment.amount_due_idr, amount)]
    one_word = actor.kind == "staff" and (reference is None or amount >= second_person_from)
    needs_two = outcome == PaymentState.ACCEPTED and one_word
    if needs_two and not _second_approval(session, order, payment, actor, amount):
        payment.bank_reference = reference or payment.bank_reference
        return payment
    payment.bank_reference = reference or payment.bank_reference
    return _decide(session, order, payment, actor=actor, outcome=outcome, amount=amount)


def _refuse_others(actor: Actor, reference: str | None) -> None:
    if actor.kind != "system":
        service.need_staff(actor)
    elif reference is None:
        raise NotAllowed("staff_only")


_OUTCOME = {
    Match.EXACT: PaymentState.ACCEPTED,
    Match.UNDER: PaymentState.UNDERPAID,
    Match.OVER: PaymentState.OVERPAID,
}


def _amount(amount: object) -> Rupiah:
    if isinstance(amount, bool) or not isinstance(amount, int) or amount <= 0:
        raise InvalidInput("amount_invalid")
    return Rupiah(amount)


def _refuse_decided(
    session: Session, order: Order, payment: Payment, *, from_statement: bool
) -> None:
    after_all = from_statement or order.state in ENDED_UNPAID
    came_late = after_all and payment.state in {PaymentState.REJECTED, PaymentState.DUPLICATE}
    if payment.state not in rules.ACCEPTABLE and not came_late:
        raise service.already_decided(session, order, payment)


def _refuse_less_than_shown(
    session: Session, order: Order, payment: Payment, amount: Rupiah
) -> None:
    """Nobody talks money away that the bank's files show: its difference is settled instead."""
    shown = sum(int(one.amount_idr) for one in differences.counted(session, payment))
    if amount < shown:
        raise Conflict("statement_shows_more", order_code=order.order_code, shown_idr=shown)


def _served_already(
    session: Session, payment: Payment, reference: str | None, account: int
) -> str | None:
    """The code of another order that this money was already counted for, or None.

    Claims the reference for this payment if nobody has it; a parallel claim waits for the first.
    """
    if reference is None:
        return _proof_of_other(session, payment)
    return claimed_by_other(session, payment, reference, account)


def claimed_by_other(
    session: Session, payment: Payment, reference: str, account: int
) -> str | None:
    """The code of the order that ``reference`` was counted for; None once this payment has it."""
    session.execute(
        insert(BankReference)
        .values(
            bank_account_id=account,
            reference=reference,
            payment_id=payment.id,
            created_at=clock.now(),
        )
        .on_conflict_do_nothing()
    )
    return session.execute(
        select(Order.order_code)
        .join(Payment, Payment.order_id == Order.id)
        .join(BankReference, BankReference.payment_id == Payment.id)
        .where(
            BankReference.bank_account_id == account,
            BankReference.reference == reference,
            BankReference.payment_id != payment.id,
        )
    ).scalar_one_or_none()


def _proof_of_other(session: Session, payment: Payment) -> str | None:
    """An accepted order whose proof is the same picture, byte for byte."""
    mine, theirs = aliased(Media), aliased(Media)
    pictures = (
        select(mine.sha256)
        .join(TransferReport, TransferReport.media_id == mine.id)
        .where(TransferReport.payment_id == payment.id, mine.sha256.is_not(None))
    )
    query = (
        select(func.min(Order.order_code))
        .join(Payment, Payment.order_id == Order.id)
        .join(TransferReport, TransferReport.payment_id == Payment.id)
        .join(theirs, theirs.id == TransferReport.media_id)
        .where(
            Payment.id != payment.id,
            Payment.state == PaymentState.ACCEPTED,
            theirs.sha256.in_(pictures),
        )
    )
    return session.execute(query).scalar_one_or_none()


def _second_approval(
    session: Session, order: Order, payment: Payment, actor: Actor, amount: Rupiah
) -> bool:
    """Whether two people now vouch for ``amount``; keeps the first one's word."""
    first, word = payment.approved_by, payment.approved_amount_idr
    if first is not None and word == amount:
        if first != actor.id:
            return True
        staff = session.get_one(Staff, first)
        raise Conflict("second_approver_needed", order_code=order.order_code, by=staff.name)
    payment.approved_by, payment.approved_amount_idr = actor.id, amount
    session.flush()
    facts: dict[str, object] = {"amount_idr": int(amount)}
    service.record(session, order, payment, "approved_first", actor=actor, facts=facts)
    return False


def _decide(
    session: Session,
    order: Order,
    payment: Payment,
    *,
    actor: Actor,
    outcome: PaymentState,
    amount: Rupiah,
    other: str | None = None,
) -> Payment:
    if payment.state == outcome and payment.amount_received_idr == amount:
        raise service.already_decided(session, order, payment)
    first = payment.approved_by
    facts: dict[str, object] = {"amount_idr": int(amount)}
    if payment.bank_reference:
        facts["bank_reference"] = payment.bank_reference
    if first is not None and first != actor.id:
        facts["approved_by"] = first
    if other:
        facts["same_as_order"] = other
    if outcome != PaymentState.DUPLICATE:  # that money was counted for the other order
        payment.amount_received_idr = amount
    service.decide(payment, actor, f"same_as:{other}" if other else None)
    if payment.state == outcome:  # another amount that is still too little, or too much
        service.record(session, order, payment, f"found_{outcome}", actor=actor, facts=facts)
    else:
        service.move(session, order, payment, outcome, actor=actor, facts=facts)
    _follow(session, order, payment, actor)
    return payment


def _follow(session: Session, order: Order, payment: Payment, actor: Actor) -> None:
    """What an outcome means for the order and the books, and the sentence for the customer."""
    due, received = payment.amount_due_idr, payment.amount_received_idr or Rupiah(0)
    if payment.state == PaymentState.ACCEPTED:
        service.close(session, payment)
        differences.settle_payment(session, payment, actor)
        orders.mark_paid(session, order, actor)
        loyalty.earn(session, order, actor)
        ready = order.state == OrderState.PAID
        notice = "payment_accepted" if ready else "payment_accepted_at_door"
        service.tell(session, order, notice, amount=received)
        mailing.mail_receipt(session, order, payment)
    elif payment.state == PaymentState.UNDERPAID:
        missing = due - received
        differences.open_(session, DifferenceKind.UNDERPAID, missing, payment=payment, actor=actor)
        service.tell(session, order, "payment_underpaid", amount=received, due=due, missing=missing)
    elif payment.state == PaymentState.OVERPAID:
        extra = received - due
        differences.open_(session, DifferenceKind.OVERPAID, extra, payment=payment, actor=actor)
        service.tell(session, order, "payment_overpaid", amount=received, due=due, extra=extra)
    elif payment.state == PaymentState.LATE:
        service.close(session, payment)
        differences.open_(session, DifferenceKind.LATE, received, payment=payment, actor=actor)
        service.tell(session, order, "payment_late", amount=received)
    else:
        service.tell(session, order, "payment_duplicate", amount=received)
