"""What a customer sends beside the chat, from a page of the shop: kept where people look for it."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm_core import clock
from crm_core.conversations import rules
from crm_core.conversations.models import Conversation, Message
from crm_core.conversations.service import conversation_at, locked
from crm_core.conversations.storing import add_media
from crm_core.conversations.values import InboundMedia
from crm_core.customers import ChannelAddress, Customer
from crm_core.db import Event, announce
from crm_core.errors import Conflict


def keep_upload(
    session: Session,
    customer: Customer,
    *,
    key: str,
    text: str,
    media: InboundMedia | None = None,
    conversation_id: int | None = None,
) -> Message:
    """Put words and a stored picture from a page into the customer's conversation, once per
    ``key``.

    They stand in ``conversation_id`` if it is theirs, else in the one used last. Nobody has to
    answer them, and they open no window of WhatsApp's: nothing came through its door. Raises
    Conflict ("customer_unreachable") for a customer without any address.
    """
    conversation = _conversation(session, customer, conversation_id)
    known = select(Message).where(
        Message.provider == conversation.provider, Message.provider_id == key
    )
    first = session.scalars(known).one_or_none()
    if first is not None:
        return first
    message = Message(
        conversation=conversation,
        direction="inbound",
        author="customer",
        text=rules.clean(text),
        choices=[],
        provider=conversation.provider,
        provider_id=key,
        status="received",
        epoch=conversation.epoch,
        awaits_bot=False,
        created_at=clock.now(),
    )
    session.add(message)
    session.flush()
    add_media(message, (media,) if media else ())
    conversation.unread += 1
    conversation.last_message_at = message.created_at
    session.flush()
    data = {"message_id": message.id, "conversation_id": conversation.public_id}
    announce(session, Event("message_changed", data))
    return message


def _conversation(
    session: Session, customer: Customer, conversation_id: int | None
) -> Conversation:
    query = (
        select(Conversation.id)
        .where(Conversation.customer_id == customer.id)
        .order_by(
            (Conversation.id == (conversation_id or 0)).desc(),
            Conversation.last_inbound_at.desc().nulls_last(),
            Conversation.id.desc(),
        )
        .limit(1)
    )
    known = session.scalars(query).first()
    if known is not None:
        return locked(session, known)
    addresses = select(ChannelAddress).where(ChannelAddress.customer_id == customer.id)
    address = session.scalars(addresses.order_by(ChannelAddress.id.desc()).limit(1)).first()
    if address is None:
        raise Conflict("customer_unreachable")
    return conversation_at(session, address, "web" if address.channel == "web" else "loopback")
