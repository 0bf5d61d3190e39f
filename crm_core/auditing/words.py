"""I3, I5 and I6: what was done once, what customers were told, and what reached them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from crm_core import clock, codes, notices
from crm_core.auditing.values import Finding
from crm_core.conversations import Conversation, Message
from crm_core.effects import Effect
from crm_core.orders import Order
from crm_core.payments import Refund

PROMISES = {
    "payment_accepted": "paid_at",
    "payment_accepted_at_door": "paid_at",
    "order_packed": "packed_at",
    "order_ready_at_counter": "packed_at",
    "order_shipped": "shipped_at",
    "order_shipped_by_driver": "shipped_at",
    "order_shipped_for_cash": "shipped_at",
    "order_shipped_number_follows": "shipped_at",
    "order_delivered": "delivered_at",
    "order_expired": "ended_at",
    "order_cancelled_by_shop": "ended_at",
}
"""Notices that say something is done, and the moment of the order that makes it true."""

_ENDS = {"order_expired": "expired", "order_cancelled_by_shop": "cancelled"}
STUCK = timedelta(hours=1)
LOST = timedelta(days=2)
"""What has waited for so long in the queue is not on its way any more."""

_CODE = re.compile(rf"(?<![0-9A-Z]){codes.ORDER}-[{codes.ALPHABET}]{{{codes.LENGTH}}}(?![0-9A-Z])")


class _Told(NamedTuple):
    """What an order was when something was said of it."""

    customer_id: int
    state: str
    paid_at: datetime | None
    packed_at: datetime | None
    shipped_at: datetime | None
    delivered_at: datetime | None
    ended_at: datetime | None


def effects(session: Session) -> Iterator[Finding]:
    """I3: an effect that is on the books has a result; one without was half done."""
    for key in session.scalars(select(Effect.key).where(Effect.result.is_(None))):
        yield Finding("I3", f"effect {key}", "has no result")


def refunds_twice(session: Session) -> Iterator[Finding]:
    """I3: one difference is sent back once."""
    query = (
        select(Refund.difference_id, func.count())
        .where(Refund.done_at.is_not(None))
        .group_by(Refund.difference_id)
        .having(func.count() > 1)
    )
    for difference_id, times in session.execute(query):
        yield Finding("I3", f"difference {difference_id}", f"was sent back {times} times")


def false_words(session: Session) -> Iterator[Finding]:
    """I5: no message of the shop names an order that is not there, or a deed not done then."""
    known = {
        row[0]: _Told(*row[1:])
        for row in session.execute(
            select(
                Order.order_code, Order.customer_id, Order.state, Order.paid_at, Order.packed_at,
                Order.shipped_at, Order.delivered_at, Order.ended_at,
            )
        )
    }  # fmt: skip
    patterns = [(name, notices.pattern(name)) for name in PROMISES]
    query = (
        select(Message.id, Message.text, Message.author, Message.created_at,
               Conversation.customer_id)
        .join(Conversation, Conversation.id == Message.conversation_id)
        .where(Message.direction == "outbound", Message.author.in_(["system", "bot"]))
        .where(Message.text.contains(f"{codes.ORDER}-"))
        .order_by(Message.id)
    )  # fmt: skip
    for message_id, said, author, at, customer_id in session.execute(query):
        row = f"message {message_id}"
        for code in set(_CODE.findall(said)) - known.keys():
            yield Finding("I5", row, f"names order {code}, which is not there")
        if author != "system":
            continue
        for name, pattern in patterns:
            found = pattern.fullmatch(said)
            order = known.get(found["order_code"]) if found else None
            if found and order and (wrong := _wrong(name, order, at, customer_id)):
                yield Finding("I5", row, f"{name} of order {found['order_code']}: {wrong}")


def _wrong(name: str, order: _Told, at: datetime, customer_id: int) -> str | None:
    """What is untrue about a notice said at ``at``, or None."""
    moment = getattr(order, PROMISES[name])
    if moment is None or moment > at:
        return f"was not so when it was said ({PROMISES[name]} is {moment or 'empty'})"
    if name in _ENDS and order.state != _ENDS[name]:
        return f"it is {order.state}"
    return None if customer_id == order.customer_id else "was said to somebody else"


def deliveries(session: Session) -> Iterator[Finding]:
    """I6: what left has the provider's number, and nothing hangs or waits for ever."""
    now = clock.now()
    sent = Message.status.in_(["sent", "delivered", "read"])
    wrong = (
        (and_(sent, Message.provider_id.is_(None)), "sent without the provider's number"),
        (
            and_(Message.status == "sending", Message.claimed_at < now - STUCK),
            "on its way for more than an hour: whoever sent it has died",
        ),
        (
            and_(
                Message.status == "queued",
                Message.created_at < now - LOST,
                or_(Message.due_at.is_(None), Message.due_at < now - LOST),
            ),
            "waits for more than two days",
        ),
    )
    for condition, said in wrong:
        query = select(Message.id).where(Message.direction == "outbound", condition)
        for message_id in session.scalars(query.order_by(Message.id)):
            yield Finding("I6", f"message {message_id}", said)


def waiting(session: Session) -> dict[str, int]:
    """Messages by status; "unknown" ones stand on the people's list."""
    query = (
        select(Message.status, func.count())
        .where(Message.direction == "outbound")
        .group_by(Message.status)
        .order_by(Message.status)
    )
    return {f"messages {status}": number for status, number in session.execute(query)}
