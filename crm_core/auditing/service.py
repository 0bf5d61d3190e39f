"""All checks in one read of the database."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from sqlalchemy import text
from sqlalchemy.orm import Session

from crm_core import timeline
from crm_core.auditing import bookkeeping, goods, histories, money, points, proofs, words
from crm_core.auditing.values import AuditReport, Finding
from crm_core.payments import SECOND_PERSON_FROM

CHECKS: dict[str, tuple[Callable[[Session], Iterator[Finding]], ...]] = {
    "I3": (words.effects, words.refunds_twice, goods.sent_twice),
    "I4": (goods.stock_faults,),
    "I5": (words.false_words,),
    "I6": (words.deliveries,),
    "I7": (histories.moves, histories.moments),
    "I8": (proofs.paid_for_a_reason, proofs.one_order_each, proofs.one_proof_each),
    "I9": (histories.actors,),
    "money": (money.orders_add_up, money.payments_add_up, money.nothing_waits_in_vain,
              money.mutations_have_places,
              money.differences_agree, money.refunds_agree),
    "promotions": (goods.promotions_used, goods.discounts_held),
    "points": (points.ledgers, points.of_ended_orders, points.of_discounts),
}  # fmt: skip
"""Which functions look for breaches of which rule."""


def audit(session: Session, *, second_person_from: int = SECOND_PERSON_FROM) -> AuditReport:
    """Look for every breach that the database can show; reads only, of one moment.

    The session must not have read anything yet. From ``second_person_from`` rupiah on one person's
    word does not pay an order. Entries that are not sealed yet are counted, not checked.
    """
    if not session.in_transaction():
        # One moment for all queries: a shop that goes on selling must not look like a fault.
        session.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"))
    session.info[proofs.SECOND_PERSON] = second_person_from
    found = [one for checks in CHECKS.values() for check in checks for one in check(session)]
    chain = timeline.verify(session)
    if chain.broken_at is not None:
        said = "does not fit its seal: somebody changed the history"
        found.append(Finding("I9", f"timeline {chain.broken_at}", said))
    accounts = bookkeeping.sums(session)
    for one in accounts:
        if one.gap:
            said = f"Rp {one.gap:,} came and has no place"
            found.append(Finding("money", f"account {one.account}", said))
    stock = goods.stock_sums(session)
    return AuditReport(
        findings=tuple(found),
        checked=histories.numbers(session) | {"sealed entries": chain.checked},
        accounts=tuple(accounts),
        stock=stock,
        head=chain.head,
        unsealed=chain.unsealed,
        notes=words.waiting(session),
    )
