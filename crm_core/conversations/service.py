"""Messages coming in and going out, and who speaks for the shop."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from crm_core import clock, customers, notices, timeline
from crm_core.conversations import rules
from crm_core.conversations.models import Conversation, Message
from crm_core.conversations.resting import release
from crm_core.conversations.storing import add_media, insert_inbound
from crm_core.conversations.values import Choice, Inbound
from crm_core.customers import ChannelAddress
from crm_core.db import Event, announce
from crm_core.errors import InvalidInput
from crm_core.staff import Staff
from crm_core.timeline import Actor

MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Received:
    """A stored inbound message; ``first`` is False if it had been stored before."""

    message: Message
    conversation: Conversation
    first: bool


def receive(session: Session, inbound: Inbound) -> Received:
    """Store an inbound message once per (provider, provider_id); a repeat returns the first.

    Finds or makes the customer and the conversation of the address. Ids of a conversation's
    messages follow the order of arrival. The bot is to answer if it is the handler; the words that
    end SMS stop the address instead. Raises InvalidInput ("address_invalid",
    "provider_id_missing").
    """
    provider_id = rules.clean(inbound.provider_id, 200).strip()
    if not provider_id:
        raise InvalidInput("provider_id_missing")
    name = rules.clean(inbound.profile_name or "")
    address = customers.address_row(session, inbound.channel, rules.clean(inbound.address), name)
    word = inbound.opt_out or (rules.stop_word(inbound.text) if inbound.channel == "sms" else None)
    if word is not None and _stored(session, inbound.provider, provider_id) is None:
        _obey(session, address, word)
    if inbound.also_at:
        customers.add_address(session, address, rules.clean(inbound.also_at))
    conversation = conversation_at(session, address, inbound.provider)
    message = insert_inbound(session, conversation, inbound, provider_id, stopped=word == "stop")
    if message is None:
        message = _stored(session, inbound.provider, provider_id)
        assert message is not None  # noqa: S101 - the unique index has just found it
        return Received(message, message.conversation, first=False)
    add_media(message, inbound.media if message.kind in rules.VIEWED else ())
    conversation.provider = inbound.provider
    conversation.unread += 1
    _count(conversation, message.created_at)
    conversation.last_inbound_at = conversation.last_message_at = message.created_at
    if conversation.waiting_since is None and word != "stop":
        conversation.waiting_since = message.created_at
    session.flush()
    if inbound.channel == "whatsapp":
        release(session, conversation)
    cuts = rules.cuts_burst(
        message.text, tapped=message.tapped_payload is not None, pictured=bool(inbound.media)
    )
    announce_work(session, conversation, cuts_burst=cuts)
    return Received(message, conversation, first=True)


def _count(conversation: Conversation, at: datetime) -> None:
    began = conversation.minute_began_at
    if began is None or at - began >= MINUTE:
        conversation.minute_began_at, conversation.minute_count = at, 0
    conversation.minute_count += 1


def announce_work(session: Session, conversation: Conversation, *, cuts_burst: bool) -> None:
    """Wake whoever answers in ``conversation``; ``cuts_burst``: without waiting for more."""
    data = {
        "conversation_id": conversation.public_id,
        "conversation_row_id": conversation.id,
        "cuts_burst": cuts_burst,
    }
    announce(session, Event("message_received", data))


def locked(session: Session, conversation_id: int) -> Conversation:
    """The conversation as it is now, held until the transaction ends.

    Whoever adds a message or changes the handler holds it, so ids follow the order of commits.
    """
    query = (
        select(Conversation)
        .where(Conversation.id == conversation_id)
        .with_for_update(key_share=True, of=Conversation)
        .execution_options(populate_existing=True)
    )
    return session.scalars(query).one()


def say(
    session: Session,
    conversation: Conversation,
    text: str,
    *,
    author: str,
    staff: Staff | None = None,
    choices: Sequence[Choice] = (),
) -> Message:
    """Queue an outgoing message.

    Words of a person ("agent") answer what was waiting and end the choices on offer; words of the
    "system" are asides and leave both. Raises InvalidInput("text_missing").
    """
    text = rules.clean(text).strip()
    if not text:
        raise InvalidInput("text_missing")
    conversation = locked(session, conversation.id)
    if author == "agent":
        conversation.choices = None
    return append(session, conversation, text, author=author, staff=staff, choices=choices)


def append(
    session: Session,
    conversation: Conversation,
    text: str,
    *,
    author: str,
    staff: Staff | None = None,
    choices: Sequence[Choice] = (),
    turn_id: int | None = None,
    status: str = "queued",
) -> Message:
    """Add an outgoing message to a conversation that the caller has locked."""
    message = Message(
        conversation=conversation,
        direction="outbound",
        author=author,
        staff=staff,
        text=text,
        choices=[choice.stored() for choice in choices],
        provider=conversation.provider,
        status=status,
        epoch=conversation.epoch,
        turn_id=turn_id,
    )
    session.add(message)
    session.flush()
    if status == "queued":
        conversation.last_message_at = message.created_at
        if author != "system":
            conversation.waiting_since = None
    data = {"message_id": message.id, "conversation_id": conversation.public_id}
    announce(session, Event("message_queued" if status == "queued" else "message_changed", data))
    return message


def say_once(
    session: Session,
    conversation: Conversation,
    notice_code: str,
    every: timedelta,
    **facts: object,
) -> Message | None:
    """Say a notice in this conversation unless the same was said within ``every``: then None."""
    conversation = locked(session, conversation.id)
    customer = conversation.customer
    text = notices.render(notice_code, customer.language, customer.honorific, **facts)
    said = select(Message.id).where(
        Message.conversation_id == conversation.id,
        Message.author == "system",
        Message.text == rules.clean(text).strip(),
        Message.created_at > clock.now() - every,
    )
    if session.execute(said.limit(1)).first() is not None:
        return None
    return say(session, conversation, text, author="system")


def set_handler(
    session: Session,
    conversation: Conversation,
    handler: str,
    *,
    agent: Staff | None = None,
    turn_id: int | None = None,
) -> Conversation:
    """Let another speak from here on; only :mod:`crm_core.handoffs` decides that.

    Raises the epoch, so that answers still being made by the one before are dropped, except by the
    turn ``turn_id`` that itself asked for this change. Messages that the bot has not taken are the
    people's now.
    """
    conversation = locked(session, conversation.id)
    conversation.handler = handler
    conversation.agent_id = agent.id if agent is not None else None
    conversation.epoch += 1
    conversation.epoch_turn_id = turn_id
    conversation.choices = None
    if handler == "bot":
        conversation.bot_failures = 0
    awaiting = (Message.conversation_id == conversation.id, Message.awaits_bot)
    session.execute(update(Message).where(*awaiting).values(awaits_bot=False))
    session.flush()
    session.expire(conversation, ["agent"])
    data = {"conversation_id": conversation.public_id}
    announce(session, Event("conversation_changed", data))
    return conversation


def mark_seen(session: Session, conversation: Conversation) -> None:
    """A person has looked at everything said so far."""
    if conversation.unread:
        conversation = locked(session, conversation.id)
        conversation.unread = 0
        session.flush()
        data = {"conversation_id": conversation.public_id}
        announce(session, Event("conversation_changed", data))


def _stored(session: Session, provider: str, provider_id: str) -> Message | None:
    query = select(Message).where(Message.provider == provider, Message.provider_id == provider_id)
    return session.scalars(query).first()


def _obey(session: Session, address: ChannelAddress, word: str) -> None:
    """Stop or resume the address, before the conversation is locked: customers come first."""
    actor = Actor.customer(address.customer)
    if word == "stop":
        customers.stop_address(session, address, actor=actor)
    else:
        customers.resume_address(session, address, actor=actor)


def conversation_at(session: Session, address: ChannelAddress, provider: str) -> Conversation:
    """The conversation of the address, made if needed, locked; ``provider`` of a new one."""
    query = (
        select(Conversation)
        .where(Conversation.address_id == address.id)
        .with_for_update(key_share=True, of=Conversation)
        .execution_options(populate_existing=True)
    )
    found = session.scalars(query).first()
    if found is None:
        values = {
            "customer_id": address.customer_id,
            "address_id": address.id,
            "channel": address.channel,
            "provider": provider,
        }
        made = insert(Conversation).values(values)
        session.execute(made.on_conflict_do_nothing(index_elements=["address_id"]))
        found = session.scalars(query).one()
    set_committed_value(found, "address", address)
    set_committed_value(found, "customer", address.customer)
    return found


def record_handler_change(
    session: Session, conversation: Conversation, action: str, actor: Actor, **facts: object
) -> None:
    """Write a change of handler on the timeline (``action``: "handed_off", "claimed" …)."""
    timeline.record(
        session,
        subject="conversation",
        subject_id=conversation.id,
        action=action,
        actor=actor,
        customer_id=conversation.customer_id,
        facts=facts,
    )
