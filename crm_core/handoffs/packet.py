"""What an agent is given with a conversation, so that the customer need not say it again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm_core import carts, clock, complaints, conversations, customers, orders, payments
from crm_core.catalogue.models import Wish
from crm_core.complaints.rules import Mood, mood
from crm_core.conversations.models import Conversation, Turn
from crm_core.customers.models import Customer

LAST_MESSAGES = 10
RECENT = timedelta(hours=24)
"""What went wrong longer ago is another story."""


def build(
    session: Session,
    conversation: Conversation,
    *,
    reason: str,
    wish: str | None = None,
    tried: Sequence[str] = (),
    angry: bool = False,
    question: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """The packet as JSON; every list may be empty, ``wish`` and ``last_query`` may be None.

    ``angry``: the assistant heard anger, whatever the list of angry words says.
    """
    customer = conversation.customer
    said = conversations.latest(session, conversation.id, limit=LAST_MESSAGES)
    own_words = [message.text for message in said if message.author == "customer"]
    return {
        "reason": reason,
        "customer_name": customer.name,
        "language": customer.language,
        "mood": str(Mood.ANGRY) if angry else _mood(own_words),
        "wish": (wish or "").strip()[:500] or next((w for w in reversed(own_words) if w), None),
        "question": dict(question) if question is not None else None,
        "last_query": _last_query(session, conversation),
        "bikes": [
            {"model": bike.model, "generation": bike.generation, "year": bike.year}
            for bike in customers.bikes(session, customer)
        ],
        "cart": _cart(session, customer),
        "open_orders": _open_orders(session, customer),
        "open_complaints": [
            {
                "complaint_code": one.complaint_code,
                "category": str(one.category),
                "state": str(one.state),
            }
            for one in complaints.of_customer(session, customer, only_unsettled=True)
        ],
        "last_messages": [
            {"author": one.author, "text": one.text, "at": one.at.isoformat()} for one in said
        ],
        "tried": [*tried, *_failures(session, conversation)],
    }


def _mood(own_words: Sequence[str]) -> str:
    """The worst of the last messages; somebody calms down slower than they type."""
    heard = {mood(text) for text in own_words[-5:] if text}
    worst = next((one for one in (Mood.ANGRY, Mood.UNHAPPY) if one in heard), None)
    return str(worst or (Mood.HAPPY if Mood.HAPPY in heard else Mood.NEUTRAL))


def _last_query(session: Session, conversation: Conversation) -> str | None:
    query = select(Wish.query).where(
        Wish.conversation_id == conversation.id, Wish.created_at >= clock.now() - RECENT
    )
    return session.scalars(query.order_by(Wish.id.desc()).limit(1)).first()


def _cart(session: Session, customer: Customer) -> dict[str, Any]:
    cart = carts.show(session, customer)
    lines = [
        {
            "part_code": line.part_code,
            "name": line.name,
            "quantity": line.quantity,
            "subtotal_idr": int(line.subtotal),
        }
        for line in cart.lines
    ]
    return {"lines": lines, "total_idr": int(cart.total)}


def _open_orders(session: Session, customer: Customer) -> list[dict[str, Any]]:
    found = []
    for order in orders.of_customer(session, customer, only_open=True):
        payment = payments.for_order(session, order)
        found.append(
            {
                "order_code": order.order_code,
                "state": str(order.state),
                "total_idr": int(order.total_idr),
                "payment_state": str(payment.state) if payment is not None else None,
            }
        )
    return found


def _failures(session: Session, conversation: Conversation) -> list[str]:
    query = select(Turn.error).where(
        Turn.conversation_id == conversation.id,
        Turn.state == "failed",
        Turn.created_at >= clock.now() - RECENT,
    )
    return [f"turn_failed: {error or ''}"[:200] for error in session.scalars(query.limit(5))]
