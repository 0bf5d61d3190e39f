"""What was asked for in vain, and the word to whoever wanted to hear when it came in.

A wish is kept once per customer, thing and day, however often it is repeated. Whoever asked to be
told is told once: a service message they wanted, through the same door as every other message.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Integer, Select, cast, func, literal, select
from sqlalchemy.orm import Session

from crm_core import clock, conversations, customers
from crm_core.catalogue import queries, searching
from crm_core.catalogue.models import Part, StockLevel, Wish
from crm_core.db import lock_key
from crm_core.errors import InvalidInput, NotFound

REASONS = frozenset({"not_found", "out_of_stock", "on_request"})
KEPT = timedelta(days=90)
"""An older wish is for the report only: by now the part was bought elsewhere."""
_AT_ONCE = 200
_NAMED = 5


def record_wish(
    session: Session,
    *,
    query: str,
    reason: str,
    customer_id: int | None = None,
    conversation_id: int | None = None,
    understood: Mapping[str, Any] | None = None,
    part_code: str | None = None,
    quantity: int | None = None,
    notify: bool = False,
    at_least: int = 1,
) -> Wish:
    """Keep what was asked for in vain, once per customer, thing and day in Pontianak.

    Asked for again the same day, the larger quantity and the wish to be told are kept with the
    first. ``notify``: the customer wants to be told when ``at_least`` so many are there. Raises
    InvalidInput ("wish_invalid"), NotFound ("part_not_found").
    """
    if reason not in REASONS or (quantity is not None and quantity < 1) or at_least < 1:
        raise InvalidInput("wish_invalid")
    part = queries.part_row(session, part_code) if part_code else None
    said = query.replace("\x00", "")[:1000]
    wish = _same_today(session, customer_id, part.id if part else None, said, reason)
    if wish is None:
        wish = Wish(
            customer_id=customer_id,
            conversation_id=conversation_id,
            query=said,
            understood=dict(understood or {}),
            reason=reason,
            part_id=part.id if part else None,
        )
        session.add(wish)
    if quantity is not None:
        wish.quantity = max(quantity, wish.quantity or 0)
    wish.notify = notify or bool(wish.notify)
    if at_least > 1 or "at_least" in wish.understood:
        wish.understood = {**wish.understood, "at_least": at_least}
    session.flush()
    return wish


def wishes_of(session: Session, customer_id: int) -> Sequence[Wish]:
    """What a customer still wants to be told of, the newest first."""
    query = select(Wish).where(
        Wish.customer_id == customer_id,
        Wish.notify,
        Wish.told_at.is_(None),
        Wish.created_at > clock.now() - KEPT,
    )
    return session.scalars(query.order_by(Wish.id.desc())).all()


def withdraw_wish(session: Session, customer_id: int, wish_id: int) -> None:
    """Tell the customer nothing of it any more; it still counts as asked for in vain.

    Raises NotFound ("wish_not_found") if it is not the customer's.
    """
    wish = session.get(Wish, wish_id, with_for_update=True)
    if wish is None or wish.customer_id != customer_id:
        raise NotFound("wish_not_found")
    wish.notify = False
    session.flush()


def _same_today(
    session: Session, customer_id: int | None, part_id: int | None, said: str, reason: str
) -> Wish | None:
    if customer_id is None:
        return None
    begin = datetime.combine(clock.local_date(clock.now()), time.min, clock.ZONE)
    lock_key(session, f"wish:{customer_id}")
    query = select(Wish).where(
        Wish.customer_id == customer_id,
        Wish.reason == reason,
        Wish.created_at >= begin,
        Wish.told_at.is_(None),
    )
    if part_id is not None:
        query = query.where(Wish.part_id == part_id)
    else:
        same = func.lower(func.btrim(Wish.query)) == said.strip().lower()
        query = query.where(Wish.part_id.is_(None), same)
    return session.scalars(query.order_by(Wish.id).limit(1)).first()


def tell_arrivals(
    session: Session, limit: int | None = None, *, besides: ColumnElement[int] | None = None
) -> int:
    """Tell at most ``limit`` customers what they asked for and is there now; how many were told.

    However stock came in (import, console, API, a cancelled order), a part counts as there when
    enough of it can be ordered and it has a price; ``besides`` says how many pieces do not count
    for a wish, because its customer has taken them. One message per customer; each wish is told
    once, also when two workers look at the same moment. With more than one customer in a
    transaction, they are waited for crosswise: the clock's job takes one after the other.
    """
    waiting = session.scalars(_arrived(besides).with_only_columns(Wish.customer_id)).all()
    told = 0
    for customer_id in sorted({one for one in waiting if one is not None}):
        if told == limit:
            break
        theirs = _arrived(besides).where(Wish.customer_id == customer_id)
        wishes = session.scalars(theirs.with_for_update(of=Wish, skip_locked=True)).all()
        if wishes:
            _tell(session, customer_id, wishes)
            told += 1
    return told


def _arrived(besides: ColumnElement[int] | None = None) -> Select[Wish]:
    wanted = func.coalesce(cast(Wish.understood["at_least"].astext, Integer), 1)
    return (
        select(Wish)
        .join(Part, Part.id == Wish.part_id)
        .join(StockLevel, StockLevel.part_id == Part.id)
        .where(
            Wish.notify,
            Wish.told_at.is_(None),
            Wish.customer_id.is_not(None),
            Wish.created_at > clock.now() - KEPT,
            Part.active,
            Part.price_idr.is_not(None),
            StockLevel.on_hand - StockLevel.reserved - (literal(0) if besides is None else besides)
            >= wanted,
        )
        .order_by(Wish.id)
        .limit(_AT_ONCE)
    )


def _tell(session: Session, customer_id: int, wishes: Sequence[Wish]) -> None:
    customer = customers.by_id(session, customer_id)
    ids = list(dict.fromkeys(wish.part_id for wish in wishes if wish.part_id is not None))
    parts = queries.by_ids(session, ids)
    names = [f"{part.name.partition(' — ')[0]} ({part.part_code})" for part in parts[:_NAMED]]
    rest = len(parts) - _NAMED
    listed = ", ".join(names) + (f" +{rest}" if rest > 0 else "")
    code = parts[0].part_code
    conversations.notify(session, customer, "part_arrived", name=listed, part_code=code)
    for wish in wishes:
        wish.told_at = clock.now()
    session.flush()


def match_wishes(session: Session) -> int:
    """Find parts for wishes that named none we had; returns how many are known by now.

    Only a sure find counts: telling somebody of the wrong part is worse than silence.
    """
    query = select(Wish).where(
        Wish.notify,
        Wish.part_id.is_(None),
        Wish.told_at.is_(None),
        Wish.customer_id.is_not(None),
        Wish.created_at > clock.now() - KEPT,
    )
    matched = 0
    for wish in session.scalars(query.order_by(Wish.id.desc()).limit(_AT_ONCE)):
        result = searching.search(session, wish.query)
        if result.sure and result.hits:
            wish.part_id = result.hits[0].part.id
            matched += 1
    session.flush()
    return matched
