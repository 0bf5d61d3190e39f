"""The verbs of points. Each locks the customer's account, the last row anybody locks.

The caller holds the order. Whatever is called twice for one order changes something only once.
"""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from crm_core import orders, shop, timeline
from crm_core.errors import Conflict, InvalidInput, NotAllowed
from crm_core.loyalty import queries, rules
from crm_core.loyalty.models import PointsAccount, PointsEntry
from crm_core.loyalty.rules import Redemption, Terms
from crm_core.orders import Order, OrderState
from crm_core.timeline import Actor


def set_terms(session: Session, terms: Terms, *, actor: Actor) -> None:
    """Say what points are from now on; what has been earned stays, and is worth what it is now.

    Raises InvalidInput ("points_terms_invalid", field: the shop's fact).
    """
    for field in rules.faults(terms):
        raise InvalidInput("points_terms_invalid", field=field)
    shop.change_facts(session, rules.facts_of(terms), actor=actor)


def earn(session: Session, order: Order, actor: Actor) -> int:
    """Points for an order that has just been paid; returns how many, 0 if it has them already."""
    account = _hold(session, order.customer_id)
    points = rules.earned(_paid(order), queries.terms(session))
    if not points or order.paid_at is None or _sum(session, order, "earned"):
        return 0
    return _write(session, account, "earned", points, actor, order=order)


def redeem(session: Session, order: Order, language: str, actor: Actor) -> Redemption:
    """Pay a part of an order that was just placed with its customer's points, once.

    What they take off becomes a discount of the order; before its payment is asked for. Nothing
    happens when there are too few, or with an order that points have paid for already. Raises
    Conflict ("illegal_transition") unless it awaits payment.
    """
    orders.lock(session, order)
    if order.state != OrderState.AWAITING_PAYMENT:
        raise Conflict("illegal_transition", subject="order", old=str(order.state), new="points")
    account = _hold(session, order.customer_id)
    if _sum(session, order, "redeemed"):
        return Redemption()
    found = rules.redeemable(account.balance, _paid(order), queries.terms(session))
    if found.points:
        orders.take_off(session, order, "points", found.label(language), found.amount)
        _write(session, account, "redeemed", -found.points, actor, order=order)
    return found


def returned(session: Session, order: Order, back_idr: int, cause: str, actor: Actor) -> int:
    """Set points right for goods that came back, worth ``back_idr`` rupiah with all before them.

    Those that they earned go, those that paid for them come back, both in proportion. ``cause`` is
    the return's code; the same one again changes nothing. Returns the points taken back (what was
    spent already is owed).
    """
    account = _hold(session, order.customer_id)
    again = select(PointsEntry.id).where(
        PointsEntry.order_id == order.id, PointsEntry.cause == cause
    )
    if session.scalars(again).first() is not None:
        return 0
    spent, given = -_sum(session, order, "redeemed"), _sum(session, order, "given_back")
    back = rules.to_reverse(spent, _paid(order), back_idr, given) if spent > 0 else 0
    if back:
        _write(session, account, "given_back", back, actor, order=order, cause=cause)
    points, before = _sum(session, order, "earned"), -_sum(session, order, "reversed")
    due = rules.to_reverse(points, _paid(order), back_idr, before) if points else 0
    if due:
        _write(session, account, "reversed", -due, actor, order=order, cause=cause)
    return due


def order_ended(session: Session, order: Order, actor: Actor) -> int:
    """Undo what an order did that ends unsent: earned points go, spent ones come back, once each.

    Returns the change in points (signed).
    """
    account = _hold(session, order.customer_id)
    changed = 0
    spent = -_sum(session, order, "redeemed") - _sum(session, order, "given_back")
    if spent > 0:
        changed += _write(session, account, "given_back", spent, actor, order=order)
    left = _sum(session, order, "earned") + _sum(session, order, "reversed")
    if left > 0:
        changed += _write(session, account, "reversed", -left, actor, order=order, cause="ended")
    return changed


def correct(session: Session, customer_id: int, points: int, reason: str, actor: Actor) -> int:
    """Set right by a person: ``points`` (signed, not 0) more or less, with a reason.

    Raises NotAllowed ("staff_only"), InvalidInput ("reason_missing", "points_invalid"), Conflict
    ("points_short", balance) for more than there are.
    """
    if actor.kind != "staff":
        raise NotAllowed("staff_only")
    why = reason.strip()[:500]
    if not why:
        raise InvalidInput("reason_missing")
    if isinstance(points, bool) or not points or abs(points) > 10**6:
        raise InvalidInput("points_invalid")
    account = _hold(session, customer_id)
    if account.balance + points < 0:
        raise Conflict("points_short", balance=account.balance)
    return _write(session, account, "corrected", points, actor, reason=why)


def merge(session: Session, source: int, target: int) -> int:
    """The account of customer ``source`` goes into ``target``'s; returns how many did (0 or 1).

    The entries move by themselves. What one of them owes, the other pays.
    """
    both = select(PointsAccount).where(PointsAccount.customer_id.in_([source, target]))
    ordered = both.order_by(PointsAccount.customer_id).with_for_update()
    rows = session.scalars(ordered.execution_options(populate_existing=True)).all()
    held = {row.customer_id: row for row in rows}
    if source not in held:
        return 0
    gone = held[source]
    into = held.get(target) or PointsAccount(customer_id=target, balance=0, owed=0)
    balance, owed = gone.balance + into.balance, gone.owed + into.owed
    paid = min(balance, owed)
    into.balance, into.owed = balance - paid, owed - paid
    session.add(into)
    session.delete(gone)
    if paid:
        session.add(
            PointsEntry(
                customer_id=target, kind="corrected", points=-paid, owed=-paid, reason="merged"
            )
        )
    session.flush()
    return 1


def _paid(order: Order) -> int:
    """Rupiah of goods that money was paid for; the shipping earns nothing."""
    return int(order.items_idr) - int(order.discount_idr)


def _hold(session: Session, customer_id: int) -> PointsAccount:
    new = insert(PointsAccount).values(customer_id=customer_id, balance=0, owed=0)
    session.execute(new.on_conflict_do_nothing())
    query = select(PointsAccount).where(PointsAccount.customer_id == customer_id)
    return session.scalars(query.with_for_update().execution_options(populate_existing=True)).one()


def _sum(session: Session, order: Order, kind: str) -> int:
    """Points of one kind for an order, also those that were only owed."""
    total = func.coalesce(func.sum(PointsEntry.points - PointsEntry.owed), 0)
    query = select(total).where(PointsEntry.order_id == order.id, PointsEntry.kind == kind)
    return int(session.scalar(query) or 0)


def _write(
    session: Session,
    account: PointsAccount,
    kind: str,
    points: int,
    actor: Actor,
    *,
    order: Order | None = None,
    cause: str = "",
    reason: str = "",
) -> int:
    moved, owed = rules.change(account.balance, account.owed, points)
    account.balance += moved
    account.owed += owed
    session.add(
        PointsEntry(
            customer_id=account.customer_id,
            order_id=order.id if order else None,
            kind=kind,
            points=moved,
            owed=owed,
            cause=cause,
            reason=reason,
            corrected_by=actor.name[:120] if kind == "corrected" else "",
        )
    )
    session.flush()
    facts: dict[str, object] = {"points": points, "balance": account.balance}
    if order is not None:
        facts["order_code"] = order.order_code
    if reason:
        facts["reason"] = reason
    timeline.record(
        session,
        subject="points",
        subject_id=account.customer_id,
        action=kind,
        actor=actor,
        customer_id=account.customer_id,
        facts=facts,
    )
    return points
