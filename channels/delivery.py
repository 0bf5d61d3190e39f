"""From a queued row to the provider: claim, gate, send, note what came of it.

The claim is committed before anything is sent, so whatever happens in between leaves a row that
says "perhaps sent". Such a row is looked up at the provider before it is ever sent again.
"""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

import structlog

from channels import gate, metrics, pace, render
from channels.loopback.sender import LoopbackSender
from channels.senders import (
    ContentRefused,
    Parcel,
    Refused,
    RetryLater,
    Sender,
    SentReceipt,
    Uncertain,
)
from channels.twilio import contents, taps, templates
from channels.twilio.sender import TwilioSender
from channels.webchat.sender import WebSender
from crm_core import clock, conversations, db, notices, shipping, shop

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection
    from sqlalchemy.orm import Session

    from channels.context import Context
    from channels.senders import Content
    from crm_core.conversations import Delivery
    from crm_core.settings import Settings
    from crm_core.shop import QuietHours

log = structlog.get_logger(__name__)

STALE_S = 20.0
"""A message being sent for longer, and that no worker holds, is looked up: a provider that was
given it at the last moment has had time to list it."""
SETTLE_S = 15.0
"""How long a provider gets to list a message before "not listed" means "not taken"."""
GIVE_UP_S = 15 * 60.0
"""How long an uncertain message is looked up; then people decide."""
OPTED_OUT = "21610"
MAX_PAUSE_S = 300.0


class _Held(threading.local):
    """Ids of messages that this thread has queued and is about to send itself; None: it is not."""

    queued: list[int] | None = None


_held = _Held()


@contextmanager
def sent_here() -> Iterator[list[int]]:
    """What this thread queues within is not given to another worker, but told to the caller."""
    queued: list[int] = []
    _held.queued = queued
    try:
        yield queued
    finally:
        _held.queued = None


def is_held(message_id: int) -> bool:
    """Whether a message just queued is for this thread to send; then it is noted."""
    if _held.queued is None:
        return False
    _held.queued.append(message_id)
    return True


def sender_for(provider: str, settings: Settings) -> Sender:
    """The sender of a conversation's provider: ``web``, ``twilio`` or ``loopback``.

    Raises Refused when this installation does not have it.
    """
    if provider == "web":
        return WebSender()
    return TwilioSender.of(settings) if provider == "twilio" else LoopbackSender()


def deliver(here: Context, message_id: int, by: Connection | None = None) -> bool:
    """Send one message if it is its turn; whether something was done. ``by`` is a connection of
    ``here.quick`` that the caller uses for more than this."""
    if by is None:
        with here.quick.connect() as connection:
            return deliver(here, message_id, connection)
    with conversations.lock_delivery(by, message_id) as held:
        return held and _deliver(here, by, message_id)


def _deliver(here: Context, by: Connection, message_id: int) -> bool:
    delivery = conversations.claim(by, message_id)
    if delivery is None:
        return False
    delivery = _carried(delivery, here.settings)
    prepared = _at_once(here.settings, by, delivery)
    if prepared is None:
        with here.unit_of_work() as session:
            prepared = _prepared(session, here.settings, delivery)
    if prepared is None:
        return True
    delivery, to_tap, content = prepared
    if to_tap is not None and content is None:
        content = contents.made(here, message_id, to_tap)
    if not _its_turn(here, delivery):
        return True
    try:
        receipt = _handed_over(here, delivery, content)
    except RetryLater as busy:
        pause = min(busy.after_s * 2 ** (delivery.attempt - 1), MAX_PAUSE_S)
        with here.unit_of_work() as session:
            conversations.requeue(session, message_id, after_s=pause, code=busy.reason)
        log.warning("message_postponed", message_id=message_id, reason=busy.reason, pause_s=pause)
        metrics.delivery_ended(delivery.provider, "postponed", busy.reason)
    except Refused as refused:
        _refused(here, delivery, refused)
    except Uncertain as doubt:
        with here.unit_of_work() as session:
            conversations.mark_unknown(session, message_id, doubt.reason)
        log.warning("message_uncertain", message_id=message_id, reason=doubt.reason)
        metrics.delivery_ended(delivery.provider, "uncertain", doubt.reason)
    else:
        _sent(here, by, delivery, receipt)
    return True


def _at_once(
    settings: Settings, by: Connection, delivery: Delivery
) -> tuple[Delivery, taps.Shown | None, Content | None] | None:
    """The form of a message about which the database need not be asked any more: no notice, let
    through, not too long, its content known to this process. None: it has to be."""
    if delivery.notice or gate.may_leave(delivery, clock.now()) != gate.LEAVE or _long(delivery):
        return None
    to_tap = contents.to_tap(delivery)
    content = contents.remembered(settings, to_tap) if to_tap else None
    if to_tap is not None and content is None:
        return None
    if content is not None or delivery.carried_as == "taps":
        conversations.note_carried(by, delivery.message_id, "taps" if content else "text")
    return delivery, to_tap, content


def _prepared(
    session: Session, settings: Settings, delivery: Delivery
) -> tuple[Delivery, taps.Shown | None, Content | None] | None:
    """What the gate lets through, and in which form; None if it does not, which is noted."""
    message_id, template = delivery.message_id, templates.as_template(session, settings, delivery)
    quiet = _quiet(session, delivery) if notices.is_unasked(delivery.notice) else None
    verdict = gate.may_leave(delivery, clock.now(), quiet=quiet, approved=template is not None)
    if verdict.decision == "refuse":
        conversations.mark_failed(session, message_id, verdict.code, verdict.reason)
        log.info("message_refused", message_id=message_id, code=verdict.code)
        metrics.delivery_ended(delivery.provider, "withheld", verdict.code)
        return None
    if verdict.decision == "hold":
        assert verdict.until is not None  # noqa: S101 - what is held has an end
        conversations.hold(session, message_id, verdict.until)
        log.info("message_held", message_id=message_id, code=verdict.code)
        return None
    if verdict.decision == "template":
        conversations.note_carriage(session, message_id, "template")
        return delivery, None, template
    delivery = _first_part(session, delivery)
    to_tap = contents.to_tap(delivery)
    content = contents.known(session, settings, to_tap) if to_tap else None
    if content is not None or delivery.carried_as == "taps":
        conversations.note_carriage(session, message_id, "taps" if content else "text")
    return delivery, to_tap, content


def _quiet(session: Session, delivery: Delivery) -> QuietHours:
    """The shop's quiet hours on the customer's own clock."""
    customer_id = conversations.by_id(session, delivery.conversation_id).customer_id
    return shop.quiet_hours(session).at_home(shipping.zone_of(session, customer_id))


def _its_turn(here: Context, delivery: Delivery) -> bool:
    """Keep the pace: wait a moment, or put the message back for longer."""
    for pace_kept in pace.paces(here, delivery):
        wait = pace.to_wait(here, pace_kept)
        if wait > pace.WAITED_S:
            with here.unit_of_work() as session:
                conversations.requeue(session, delivery.message_id, after_s=wait, code="pace")
            log.info("message_paced", message_id=delivery.message_id, wait_s=round(wait, 1))
            return False
        time.sleep(wait)
    return True


def _handed_over(here: Context, delivery: Delivery, content: Content | None) -> SentReceipt:
    """Give it to the provider; a content that it does not take is said as text at once."""
    parcel = replace(_parcel(delivery), content=content)
    sender = sender_for(delivery.provider, here.settings)
    try:
        return sender.send(parcel)
    except ContentRefused as refused:
        assert content is not None  # noqa: S101 - only what was given can be refused
        if refused.reason_code == contents.GONE:
            contents.forget(here, content)
        if not delivery.choices:  # a template: WhatsApp takes no text in its place
            raise
        with here.unit_of_work() as session:
            conversations.note_carriage(session, delivery.message_id, "text")
        log.warning("choices_numbered", message_id=delivery.message_id, code=refused.reason_code)
        return sender.send(replace(parcel, content=None))


def reconcile(here: Context, message_id: int) -> None:
    """Find out what became of a message whose sending had no clear end.

    Found at the provider: sent. Surely not there: queued again. Undecidable: left for people. One
    that a worker is at is left to it.
    """
    with (
        here.quick.connect() as connection,
        conversations.lock_delivery(connection, message_id) as held,
    ):
        if held:
            _reconcile(here, connection, message_id)


def _reconcile(here: Context, by: Connection, message_id: int) -> None:
    with here.unit_of_work() as session:
        delivery = conversations.doubtful_delivery(session, message_id)
    if delivery is None:
        return
    delivery = _carried(delivery, here.settings)
    try:
        receipts = sender_for(delivery.provider, here.settings).look_up(_parcel(delivery))
    except (Uncertain, Refused) as doubt:
        with here.unit_of_work() as session:
            conversations.mark_unknown(session, message_id, doubt.reason)
        return
    with here.unit_of_work() as session:
        ids = [receipt.provider_id for receipt in receipts]
        ours = conversations.known_provider_ids(session, delivery.provider, ids)
    # The same words may have been sent shortly before: those receipts have their own rows.
    fresh = [receipt for receipt in receipts if receipt.provider_id not in ours]
    if fresh:
        _sent(here, by, delivery, fresh[-1])
        return
    with here.unit_of_work() as session:
        if conversations.doubtful_delivery(session, message_id) is not None:
            conversations.requeue(session, message_id)
            log.info("message_queued_again", message_id=message_id)


def doubtful(session: Session) -> list[int]:
    """Ids of messages to be looked up now: their worker died, or the provider gave no answer."""
    stale = conversations.stale_sending(session, older_than_s=STALE_S)
    return stale + conversations.in_doubt(session, settled_s=SETTLE_S, given_up_s=GIVE_UP_S)


def _carried(delivery: Delivery, settings: Settings) -> Delivery:
    """A number that we text first has no carrier yet: this installation's own takes it."""
    if delivery.channel == "sms" and delivery.last_inbound_at is None:
        return replace(delivery, provider=settings.sender)
    return delivery


def _sent(here: Context, by: Connection, delivery: Delivery, receipt: SentReceipt) -> None:
    message_id = delivery.message_id
    told = receipt.provider_id, receipt.status, delivery.provider
    event = conversations.note_sent(by, message_id, *told)
    if event is not None:
        db.tell([event])
    else:
        with here.unit_of_work() as session:
            conversations.mark_sent(session, message_id, *told)
    log.info("message_sent", message_id=message_id, provider_id=receipt.provider_id)
    metrics.delivery_ended(delivery.provider, "sent")


def _refused(here: Context, delivery: Delivery, refused: Refused) -> None:
    with here.unit_of_work() as session:
        conversations.mark_failed(session, delivery.message_id, refused.reason_code, refused.reason)
        if refused.reason_code == OPTED_OUT:
            conversations.note_opt_out(session, delivery.message_id)
    log.warning("message_failed", message_id=delivery.message_id, code=refused.reason_code)
    metrics.delivery_ended(delivery.provider, "refused", refused.reason_code)


def _first_part(session: Session, delivery: Delivery) -> Delivery:
    """Cut a message that is too long for its provider: the rest follows as rows of its own."""
    if not _long(delivery):
        return delivery
    below = _below(delivery)
    first, *rest = render.split(delivery.text, max(render.MAX_BODY - below, render.MAX_BODY // 2))
    if rest:
        conversations.divide(session, delivery.message_id, [first, *rest])
        return replace(delivery, text=first, choices=())
    return delivery


def _long(delivery: Delivery) -> bool:
    carried = delivery.provider == "twilio"
    return carried and len(delivery.text) + _below(delivery) > render.MAX_BODY


def _below(delivery: Delivery) -> int:
    return len(render.numbered("", delivery.choices)) + 2 if delivery.choices else 0


def _parcel(delivery: Delivery) -> Parcel:
    return Parcel(
        message_id=delivery.message_id,
        channel=delivery.channel,
        address=delivery.address,
        text=delivery.text,
        choices=delivery.choices,
        claimed_at=delivery.claimed_at or clock.now(),
    )
