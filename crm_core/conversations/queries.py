"""What screens and the read API show of conversations."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import Session, aliased, joinedload, selectinload

from crm_core import cursors
from crm_core.conversations.models import Conversation, Message
from crm_core.conversations.showing import MessageView, shown
from crm_core.cursors import Place, Slice
from crm_core.customers import ChannelAddress, Customer
from crm_core.customers.queries import reached_at
from crm_core.errors import InvalidInput, NotFound
from crm_core.phone import mask, to_e164
from crm_core.staff import Staff

PREVIEW = 120


@dataclass(frozen=True, slots=True)
class ConversationView:
    """A conversation as programs see it: both ids are public ones."""

    id: str
    customer_id: str
    channel: str
    handler: str
    epoch: int
    last_message_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class InboxRow:
    """A conversation in a list. ``address`` is masked; ``preview`` is the last message's start."""

    id: int
    public_id: str
    customer_public_id: str
    customer_name: str | None
    address: str
    channel: str
    handler: str
    agent_id: int | None
    agent_name: str | None
    preview: str
    preview_author: str | None
    unread: int
    waiting_since: datetime | None
    last_message_at: datetime


def by_public_id(session: Session, public_id: str) -> Conversation:
    """The conversation with this public id; NotFound("conversation_not_found")."""
    try:
        wanted = str(UUID(public_id))
    except ValueError:
        raise NotFound("conversation_not_found") from None
    query = select(Conversation).where(Conversation.public_id == wanted)
    conversation = session.scalars(query).first()
    if conversation is None:
        raise NotFound("conversation_not_found")
    return conversation


def view(session: Session, public_id: str) -> ConversationView:
    """As :func:`by_public_id`, for programs."""
    return _view(by_public_id(session, public_id))


def by_id(session: Session, conversation_id: int) -> Conversation:
    """The conversation with this internal id; NotFound("conversation_not_found")."""
    conversation = session.get(Conversation, conversation_id)
    if conversation is None:
        raise NotFound("conversation_not_found")
    return conversation


def of_customer(session: Session, customer: Customer) -> list[Conversation]:
    """A customer's conversations, the one used last first."""
    query = select(Conversation).where(Conversation.customer_id == customer.id)
    return list(
        session.scalars(query.order_by(Conversation.last_message_at.desc(), Conversation.id))
    )


def of_address(session: Session, address: str) -> Conversation | None:
    """The conversation at a channel address ("web:<id>"), or None before the first message."""
    query = select(Conversation).join(Conversation.address)
    return session.scalars(query.where(ChannelAddress.address == address)).first()


def transcript(
    session: Session, conversation_id: int, after_id: int = 0, limit: int = 200
) -> list[MessageView]:
    """The messages after ``after_id``, oldest first. Dropped ones were never said: not shown."""
    query = (
        _messages(conversation_id)
        .where(Message.id > after_id)
        .order_by(Message.id)
        .limit(cursors.checked_limit(limit))
    )
    return [shown(message) for message in session.scalars(query)]


def latest(
    session: Session, conversation_id: int, before_id: int | None = None, limit: int = 50
) -> list[MessageView]:
    """The newest messages (before ``before_id``), in reading order: oldest first."""
    query = _messages(conversation_id)
    if before_id is not None:
        query = query.where(Message.id < before_id)
    rows = session.scalars(
        query.order_by(Message.id.desc()).limit(cursors.checked_limit(limit))
    ).all()
    return [shown(message) for message in reversed(rows)]


def message_view(session: Session, message_id: int) -> MessageView:
    """One message; NotFound("message_not_found")."""
    message = session.get(Message, message_id)
    if message is None:
        raise NotFound("message_not_found")
    return shown(message)


def messages(
    session: Session, public_id: str, *, cursor: str | None = None, limit: int = 50
) -> Slice[MessageView]:
    """A conversation's messages in the order they came, for programs.

    Raises NotFound("conversation_not_found"), InvalidInput ("cursor_invalid", "limit_invalid").
    """
    limit = cursors.checked_limit(limit)
    query = _messages(by_public_id(session, public_id).id)
    if cursor is not None:
        query = query.where(Message.id > Place.read(cursor).id)
    rows = session.scalars(query.order_by(Message.id).limit(limit + 1))
    return cursors.cut([(shown(row), Place(row.created_at, row.id)) for row in rows], limit)


def inbox(
    session: Session,
    *,
    handler: str | None = None,
    agent_id: int | None = None,
    channel: str | None = None,
    unread_only: bool = False,
    query: str | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> Slice[InboxRow]:
    """Conversations by their last message, newest first.

    ``query`` is part of a customer's name or of an address, or a whole phone number.
    """
    limit = cursors.checked_limit(limit)
    last = aliased(Message)
    newest = (
        select(func.max(last.id))
        .where(last.conversation_id == Conversation.id, last.status != "dropped")
        .correlate(Conversation)
        .scalar_subquery()
    )
    rows = (
        select(Conversation, Customer, ChannelAddress.address, Staff.name, Message)
        .join(Conversation.customer)
        .join(Conversation.address)
        .outerjoin(Staff, Staff.id == Conversation.agent_id)
        .outerjoin(Message, Message.id == newest)
    )
    wanted = [
        Conversation.handler == handler if handler else None,
        Conversation.agent_id == agent_id if agent_id is not None else None,
        Conversation.channel == channel if channel else None,
        Conversation.unread > 0 if unread_only else None,
        _matches(query.strip()) if query and query.strip() else None,
        cursors.before(cursor, Conversation.last_message_at, Conversation.id) if cursor else None,
    ]
    rows = rows.where(*[condition for condition in wanted if condition is not None])
    rows = rows.order_by(Conversation.last_message_at.desc(), Conversation.id.desc())
    return cursors.cut(
        [
            (_row(talk, who, address, agent, said), Place(talk.last_message_at, talk.id))
            for talk, who, address, agent, said in session.execute(rows.limit(limit + 1))
        ],
        limit,
    )


def listing(
    session: Session,
    *,
    customer: Customer | None = None,
    phone: str | None = None,
    handler: str | None = None,
    updated_since: datetime | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> Slice[ConversationView]:
    """Conversations from the least to the most recently changed, for programs.

    ``phone`` is a whole number as typed: the customer's, or the one in their address. Raises
    InvalidInput ("cursor_invalid", "limit_invalid", "phone_invalid").
    """
    limit = cursors.checked_limit(limit)
    query = select(Conversation).options(joinedload(Conversation.customer))
    if customer is not None:
        query = query.where(Conversation.customer_id == customer.id)
    if phone is not None:
        query = query.join(Conversation.customer).where(reached_at(phone))
    if handler is not None:
        query = query.where(Conversation.handler == handler)
    if updated_since is not None:
        query = query.where(Conversation.updated_at >= updated_since)
    if cursor is not None:
        query = query.where(cursors.after(cursor, Conversation.updated_at, Conversation.id))
    query = query.order_by(Conversation.updated_at, Conversation.id).limit(limit + 1)
    rows = session.scalars(query).all()
    return cursors.cut([(_view(row), Place(row.updated_at, row.id)) for row in rows], limit)


def counts(session: Session) -> dict[str, int]:
    """How many conversations each handler has: ``{"bot": 3, "queue": 1, "agent": 0}``."""
    query = select(Conversation.handler, func.count()).group_by(Conversation.handler)
    return {"bot": 0, "queue": 0, "agent": 0} | dict(session.execute(query).all())


def count_of_agent(session: Session, agent_id: int) -> int:
    """How many conversations this member of staff has now."""
    query = select(func.count()).select_from(Conversation)
    return session.scalar(query.where(Conversation.agent_id == agent_id)) or 0


def _messages(conversation_id: int) -> Select[Message]:
    return (
        select(Message)
        .where(Message.conversation_id == conversation_id, Message.status != "dropped")
        .options(selectinload(Message.media), joinedload(Message.staff))
    )


def _view(talk: Conversation) -> ConversationView:
    return ConversationView(
        id=talk.public_id,
        customer_id=talk.customer.public_id,
        channel=talk.channel,
        handler=talk.handler,
        epoch=talk.epoch,
        last_message_at=talk.last_message_at,
        updated_at=talk.updated_at,
    )


def _row(
    talk: Conversation, who: Customer, address: str, agent: str | None, said: Message | None
) -> InboxRow:
    return InboxRow(
        id=talk.id,
        public_id=talk.public_id,
        customer_public_id=who.public_id,
        customer_name=who.name,
        address=masked_address(address),
        channel=talk.channel,
        handler=talk.handler,
        agent_id=talk.agent_id,
        agent_name=agent,
        preview=" ".join((said.text or said.tapped_label or "").split())[:PREVIEW] if said else "",
        preview_author=said.author if said else None,
        unread=talk.unread,
        waiting_since=talk.waiting_since,
        last_message_at=talk.last_message_at,
    )


def masked_address(address: str) -> str:
    """``"whatsapp:+6281234567890"`` → ``"+62812•••7890"``; a web visitor keeps 8 signs."""
    rest = address.partition(":")[2]
    return mask(rest) if rest.startswith("+") else rest[:8]


def _matches(text: str) -> ColumnElement[bool]:
    conditions = [
        Customer.name.icontains(text, autoescape=True),
        ChannelAddress.address.icontains(text, autoescape=True),
    ]
    try:
        number = to_e164(text)
    except InvalidInput:
        return or_(*conditions)
    return or_(*conditions, Customer.phone == number, ChannelAddress.address.endswith(number))
