"""What customers say and send about a transfer: evidence, never money."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from crm_core import clock, orders
from crm_core.conversations.models import Conversation, Media, Message
from crm_core.errors import Conflict, NotFound
from crm_core.money import Rupiah
from crm_core.orders import Order
from crm_core.payments import rules, service, sms
from crm_core.payments.models import Payment, TransferReport
from crm_core.payments.rules import PaymentState
from crm_core.timeline import Actor

log = logging.getLogger(__name__)


def report(
    session: Session,
    order: Order,
    *,
    actor: Actor,
    text: str = "",
    media_ids: Sequence[int] = (),
    message_id: int | None = None,
    sender_name: str | None = None,
    amount_idr: Rupiah | None = None,
) -> Payment:
    """Keep what the customer said or sent about a transfer; somebody must now look at the account.

    The same message or photo again adds nothing. A payment that waits for staff or is decided
    keeps its state. The first report has a code sent to the customer's phone, if one is known.
    Raises NotFound ("payment_not_found", "media_not_found").
    """
    payment = _lock_both(session, order)
    sources = _sources(session, order, media_ids, message_id)
    for source_id, media_id in sources:
        values = {
            "payment_id": payment.id,
            "message_id": source_id,
            "media_id": media_id,
            "text": text.strip()[:2000],
            "sender_name": (sender_name or "").strip()[:120] or None,
            "amount_idr": amount_idr,
            "created_at": clock.now(),
        }
        session.execute(insert(TransferReport).values(**values).on_conflict_do_nothing())
    payment.updated_at = clock.now()
    facts: dict[str, object] = {"proofs": len(media_ids)}
    if payment.state in rules.REPORTABLE:
        payment.reported_at = clock.now()
        service.move(session, order, payment, PaymentState.REPORTED, actor=actor, facts=facts)
        _ask_for_code(session, payment)
    else:
        service.record(session, order, payment, "report_added", actor=actor, facts=facts)
    return payment


def _ask_for_code(session: Session, payment: Payment) -> None:
    """Send the code that proves who reports; without it the report is worth no less."""
    try:
        with session.begin_nested():
            sms.send_code(session, payment, actor=Actor.bot())
    except Conflict as refused:
        log.info("no code is sent: %s", refused.code)


def _lock_both(session: Session, order: Order) -> Payment:
    orders.lock(session, order)
    payment = service.for_order_locked(session, order)
    if payment is None:
        raise NotFound("payment_not_found", order_code=order.order_code)
    return payment


def _sources(
    session: Session, order: Order, media_ids: Sequence[int], message_id: int | None
) -> list[tuple[int | None, int | None]]:
    """Pairs of message and picture; pictures must be of this customer's own messages."""
    if not media_ids:
        return [(message_id, None)]
    rows = session.execute(
        select(Media.id, Media.message_id)
        .join(Message, Message.id == Media.message_id)
        .join(Conversation, Conversation.id == Message.conversation_id)
        .where(Media.id.in_(media_ids), Conversation.customer_id == order.customer_id)
        .order_by(Media.id)
    ).all()
    if len(rows) != len(set(media_ids)):
        raise NotFound("media_not_found")
    return [(source, media) for media, source in rows]
