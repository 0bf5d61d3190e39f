"""How a return is made good: money back, money kept here, other goods, or nothing.

Locks: customer → order → return → payment → stock → points. Money itself only moves by a
refund that people carry out (``payments``); here it becomes a difference with an owner.
"""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import BigInteger, cast, func, select
from sqlalchemy.orm import Session

from crm_core import clock, loyalty, orders, payments
from crm_core.customers.models import Customer
from crm_core.errors import Conflict, InvalidInput
from crm_core.money import Rupiah
from crm_core.orders import Order
from crm_core.payments import Payment, PaymentState
from crm_core.returns import rules
from crm_core.returns.models import Return
from crm_core.returns.queries import worth
from crm_core.returns.rules import Outcome, ReturnState
from crm_core.returns.service import checked_reason, lock, move, record, tell
from crm_core.timeline import Actor


def settle(
    session: Session,
    found: Return,
    outcome: Outcome | str,
    *,
    actor: Actor,
    amount_idr: int | None = None,
    replacement: Mapping[str, int] | None = None,
    reason: str = "",
) -> Return:
    """Make a received return good.

    refund, credit: ``amount_idr`` rupiah, by default what the goods were paid with; any other
    amount needs a ``reason``. exchange: the same parts again, or ``replacement`` (part code →
    pieces); what that costs more is asked for, what it costs less is due to the customer. nothing:
    with a reason. Raises InvalidInput ("outcome_unknown", "amount_invalid", "reason_missing"),
    Conflict ("illegal_transition", "refund_too_high" with ``most``, "stock_short" …).
    """
    if outcome not in list(Outcome):
        raise InvalidInput("outcome_unknown")
    with session.begin_nested():
        order = _hold(session, found, Outcome(outcome))
        value = worth(session, found)
        move(session, found, ReturnState.SETTLED, actor)
        found.outcome, found.settled_at = Outcome(outcome), clock.now()
        if outcome == Outcome.EXCHANGE:
            _exchange(session, found, order, value, actor, replacement)
        elif outcome == Outcome.NOTHING:
            found.amount_idr = Rupiah(0)
            why = checked_reason(reason)
            session.flush()
            tell(session, found, "return_settled_nothing", reason=why)
        else:
            amount = _amount(value, amount_idr, reason)
            _money(session, found, amount, actor, reason, keep=outcome == Outcome.CREDIT)
        facts: dict[str, object] = {
            "outcome": str(outcome),
            "amount_idr": int(found.amount_idr or 0),
            **({"reason": reason.strip()[:500]} if reason.strip() else {}),
        }
        record(session, found, "settled", actor, facts)
        loyalty.returned(session, order, _back(session, order), found.return_code, actor)
    return found


def reopen(session: Session, found: Return, *, actor: Actor, reason: str) -> Return:
    """The exchange cannot be: its order ends unsent, and the return is to be made good anew.

    Raises InvalidInput ("reason_missing"), Conflict ("illegal_transition") for any other outcome,
    or once the new order is on its way.
    """
    why = checked_reason(reason)
    with session.begin_nested():
        lock(session, found)
        step = rules.STATES.check(found.state, ReturnState.RECEIVED, actor.kind)
        if found.new_order_id is None or found.amount_idr:
            raise Conflict(
                "illegal_transition", subject="return", old=str(found.state), new="received"
            )
        made = orders.lock(session, session.get_one(Order, found.new_order_id))
        payment = payments.for_order_locked(session, made)
        orders.cancel(session, made, actor, why, with_return=True)
        if payment is not None:
            payments.close(session, payment)
            payments.order_ended(session, payment, actor)
        loyalty.order_ended(session, made, actor)
        found.state, found.outcome, found.settled_at = ReturnState.RECEIVED, None, None
        found.amount_idr = found.new_order_id = None
        session.flush()
        record(session, found, step.name, actor, {"order_code": made.order_code})
    return found


def _hold(session: Session, found: Return, outcome: Outcome) -> Order:
    """Lock what this outcome changes, in the common order; returns the order."""
    if outcome == Outcome.EXCHANGE:
        orders.placed_before(session, session.get_one(Customer, found.customer_id), None)
    if outcome == Outcome.CREDIT:
        paid = _paid_with(session, session.get_one(Order, found.order_id))
        for account_id in sorted({payment.bank_account_id for payment, _ in paid}):
            payments.hold_account(session, account_id)
    return lock(session, found)


def _back(session: Session, order: Order) -> int:
    """Rupiah of the order's goods that were given back, in money or kept here, with all returns."""
    amounts = cast(func.coalesce(func.sum(Return.amount_idr), 0), BigInteger)
    settled = select(amounts).where(
        Return.order_id == order.id, Return.state == ReturnState.SETTLED
    )
    return session.execute(settled).scalar_one()


def most_to_refund(session: Session, order: Order) -> Rupiah:
    """Rupiah that were paid for an order, also with goods of earlier ones, and are still here."""
    return Rupiah(sum(left for _, left in _paid_with(session, order)))


def _amount(value: Rupiah, said: int | None, reason: str) -> Rupiah:
    if said is None:
        return value
    if said < 0:
        raise InvalidInput("amount_invalid")
    if said != value:
        checked_reason(reason)
    return Rupiah(said)


def _money(
    session: Session, found: Return, amount: Rupiah, actor: Actor, reason: str, *, keep: bool
) -> None:
    found.amount_idr = amount
    session.flush()
    if not amount:
        raise InvalidInput("amount_invalid")
    order = session.get_one(Order, found.order_id)
    why = reason.strip() or f"{found.return_code}: {found.reason}"[:500]
    _owe(session, order, amount, actor, why, keep=keep)
    if not keep:  # of money kept here the customer is told by its own notice
        tell(session, found, "return_settled_refund", amount=amount)


def _owe(
    session: Session, order: Order, amount: Rupiah, actor: Actor, why: str, *, keep: bool
) -> None:
    """Make ``amount`` rupiah due, from the payments that paid for the order, the newest first."""
    paid = _paid_with(session, order)
    shares = rules.spread(int(amount), [left for _, left in paid])
    for (payment, _), share in zip(paid, shares, strict=True):
        if not share:
            continue
        owed = payments.owe_for_return(session, payment, Rupiah(share), actor=actor, reason=why)
        if keep:
            payments.credit(session, owed.id, actor=actor, reason=why)


def _exchange(
    session: Session,
    found: Return,
    order: Order,
    value: Rupiah,
    actor: Actor,
    replacement: Mapping[str, int] | None,
) -> None:
    sold = {line.id: line for line in order.lines}
    same = {sold[one.order_line_id].part_code: one.quantity for one in found.lines}
    wanted = dict(replacement or same)
    alike = wanted == same
    made = orders.exchange(
        session,
        order,
        wanted=wanted,
        known_prices={line.part_code: line.unit_price_idr for line in order.lines} if alike else {},
        # The same piece again costs nothing, whatever discount it was bought with.
        credit=_gross(found, order) if alike else value,
        label=found.return_code,
        actor=actor,
    )
    found.new_order_id = made.id
    found.amount_idr = Rupiah(0) if alike else max(value - made.items_idr, Rupiah(0))
    session.flush()
    if found.amount_idr:
        _owe(session, order, found.amount_idr, actor, found.return_code, keep=False)
    if made.total_idr:
        payments.request(session, made, actor)
        tell(
            session, found, "return_settled_exchange_pay",
            order_code=made.order_code, amount=made.total_idr,
        )  # fmt: skip
    else:
        tell(session, found, "return_settled_exchange", order_code=made.order_code)


def _gross(found: Return, order: Order) -> Rupiah:
    """The returned pieces at the order's prices, before any discount."""
    price = {line.id: line.unit_price_idr for line in order.lines}
    return sum((price[one.order_line_id] * one.quantity for one in found.lines), Rupiah(0))


def _paid_with(session: Session, order: Order) -> list[tuple[Payment, int]]:
    """The payments whose money an order was paid with, and what of each is still here.

    An order that came in exchange was paid with the goods of another, and so with its money.
    """
    found: list[tuple[Payment, int]] = []
    seen: set[int] = set()
    at: Order | None = order
    while at is not None and at.id not in seen:
        seen.add(at.id)
        payment = payments.for_order(session, at)
        if payment is not None and payment.state == PaymentState.ACCEPTED:
            # The three digits that tell payments apart are no part of the price.
            here = min(payment.amount_received_idr or Rupiah(0), at.total_idr)
            found.append((payment, max(0, int(here - payments.returned(session, payment)))))
        before = select(Order).join(Return, Return.order_id == Order.id)
        at = session.scalars(before.where(Return.new_order_id == at.id)).one_or_none()
    return found
