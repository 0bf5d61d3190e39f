"""Words for a customer who is not waiting for an answer: by which conversation they arrive."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm_core import clock, customers, notices
from crm_core.conversations.contents import has_template
from crm_core.conversations.models import Conversation, Message
from crm_core.conversations.service import conversation_at, say
from crm_core.customers import ChannelAddress, Customer

WHATSAPP_WINDOW = timedelta(hours=24)
"""Free text reaches a WhatsApp user only this long after their last message (error 63016)."""


def notify(
    session: Session, customer: Customer, notice_code: str, /, **facts: object
) -> Message | None:
    """Tell the customer of something that happened outside the dialogue.

    The notice is written in the customer's language into the conversation they used last; None if
    they have none. Where WhatsApp takes free text no more it leaves as a template, if the shop has
    that one approved, or waits until the customer writes.
    """
    conversation = _latest(session, customer)
    if conversation is None:
        return None
    return _said(session, conversation, customer, notice_code, facts)


def by_sms(session: Session, customer: Customer, number: str) -> Conversation | None:
    """The conversation of text messages with ``number`` (E.164), made if needed and locked.

    None if nothing may be sent there. Nobody may ever have written in it: which provider carries
    the first message is decided when it leaves.
    """
    address = customers.sms_address(session, customer, number)
    if address.stopped_at is not None:
        return None
    return conversation_at(session, address, "loopback")


def text_to(
    session: Session, customer: Customer, number: str, notice_code: str, /, **facts: object
) -> Message | None:
    """A notice as a text message to ``number``, in the customer's language; None as above."""
    conversation = by_sms(session, customer, number)
    if conversation is None:
        return None
    return _said(session, conversation, customer, notice_code, facts)


def notify_surely(
    session: Session, customer: Customer, notice_code: str, /, **facts: object
) -> Message | None:
    """As :func:`notify`, but what could only wait on WhatsApp goes by SMS instead."""
    last = _latest(session, customer)
    number = _number(last) if last is not None and _window_is_over(last) else None
    if number is not None and not has_template(session, notice_code, customer.language):
        sent = text_to(session, customer, number, notice_code, **facts)
        if sent is not None:
            return sent
    return notify(session, customer, notice_code, **facts)


def notify_in_browser(
    session: Session, customer: Customer, notice_code: str, /, **facts: object
) -> Message | None:
    """As :func:`notify`; who has only filled in a form finds it in the chat of their browser."""
    told = notify(session, customer, notice_code, **facts)
    if told is not None:
        return told
    browsers = select(ChannelAddress).where(
        ChannelAddress.customer_id == customer.id,
        ChannelAddress.channel == "web",
        ChannelAddress.closed_at.is_(None),
    )
    address = session.scalars(browsers.order_by(ChannelAddress.id.desc()).limit(1)).first()
    if address is None:
        return None
    conversation = conversation_at(session, address, "web")
    return _said(session, conversation, customer, notice_code, facts)


def _said(
    session: Session,
    conversation: Conversation,
    customer: Customer,
    notice_code: str,
    facts: dict[str, object],
) -> Message:
    language, honorific = customer.language, customer.honorific
    text = notices.render(notice_code, language, honorific, **facts)
    message = say(session, conversation, text, author="system")
    message.notice = notice_code
    message.facts = dict(notices.facts_written(notice_code, language, honorific, facts))
    session.flush()
    return message


def _latest(session: Session, customer: Customer) -> Conversation | None:
    """The conversation that the customer used last."""
    query = (
        select(Conversation)
        .join(Conversation.address)
        .where(Conversation.customer_id == customer.id, ChannelAddress.closed_at.is_(None))
        .order_by(Conversation.last_inbound_at.desc().nulls_last(), Conversation.id.desc())
        .limit(1)
    )
    return session.scalars(query).first()


def _window_is_over(conversation: Conversation) -> bool:
    if conversation.channel != "whatsapp":
        return False
    last = conversation.last_inbound_at
    return last is None or clock.now() - last > WHATSAPP_WINDOW


def _number(conversation: Conversation) -> str:
    return conversation.address.address.partition(":")[2]
