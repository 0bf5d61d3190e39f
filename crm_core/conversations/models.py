from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, Uuid, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from crm_core import clock
from crm_core.customers.models import ChannelAddress, Customer
from crm_core.db import Base, Id, PublicId, one_of
from crm_core.staff.models import Staff

KINDS = (
    "text", "tap", "photo", "list", "document", "voice", "video", "sticker", "location", "contact",
    "reaction", "other",
)  # fmt: skip
STATUSES = (
    "received", "queued", "sending", "sent", "delivered", "read", "failed", "unknown", "dropped",
)  # fmt: skip


class Conversation(Base):
    """Everything said at one channel address, and who speaks for the shop there now."""

    __tablename__ = "conversations"
    __table_args__ = (
        one_of("channel", "whatsapp", "sms", "web"),
        one_of("handler", "bot", "queue", "agent"),
        CheckConstraint("(handler = 'agent') = (agent_id IS NOT NULL)", name="agent_is_known"),
        Index("ix_conversations_last_message_at", "last_message_at", "id"),
        Index("ix_conversations_handler", "handler", "last_message_at", "id"),
        Index("ix_conversations_updated_at", "updated_at", "id"),
    )

    id: Mapped[Id]
    public_id: Mapped[PublicId] = mapped_column(default=lambda: str(uuid4()))
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"), index=True)
    address_id: Mapped[int] = mapped_column(ForeignKey("channel_addresses.id"), unique=True)
    channel: Mapped[str]
    provider: Mapped[str]
    """Who carried the latest message in; what goes out is handed to the same one."""
    handler: Mapped[str] = mapped_column(default="bot")
    epoch: Mapped[int] = mapped_column(default=0)
    epoch_turn_id: Mapped[int | None]
    """The bot's turn that raised the epoch itself (its own hand-off); no key, only compared."""
    agent_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"), index=True)
    choices: Mapped[list[dict[str, Any]] | None] = mapped_column(JSONB(none_as_null=True))
    bot_failures: Mapped[int] = mapped_column(default=0)
    unread: Mapped[int] = mapped_column(default=0)
    waiting_since: Mapped[datetime | None]
    """When the oldest message came that nobody has answered; None: all are answered."""
    minute_began_at: Mapped[datetime | None]
    """The minute in which ``minute_count`` messages came in."""
    minute_count: Mapped[int] = mapped_column(default=0, server_default="0")
    last_inbound_at: Mapped[datetime | None]
    last_message_at: Mapped[datetime] = mapped_column(default=clock.now)
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    updated_at: Mapped[datetime] = mapped_column(default=clock.now, onupdate=clock.now)

    customer: Mapped[Customer] = relationship()
    address: Mapped[ChannelAddress] = relationship()
    agent: Mapped[Staff | None] = relationship()


class Turn(Base):
    """One answer of the bot: to all messages unanswered then, or to an internal event."""

    __tablename__ = "turns"
    __table_args__ = (
        one_of("kind", "message", "internal"),
        one_of("state", "pending", "running", "answered", "dropped", "failed"),
        one_of("outcome", "understood", "asked_again", "handed_over"),
        CheckConstraint("(kind = 'internal') = (payload IS NOT NULL)", name="payload"),
        Index(
            "ix_turns_unfinished",
            "conversation_id",
            "id",
            postgresql_where=text("state IN ('pending', 'running')"),
        ),
        Index("ix_turns_read", "created_at", postgresql_where=text("outcome IS NOT NULL")),
    )

    id: Mapped[Id]
    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversations.id"))
    kind: Mapped[str] = mapped_column(default="message")
    payload: Mapped[str | None]
    epoch: Mapped[int]
    state: Mapped[str] = mapped_column(default="pending")
    attempts: Mapped[int] = mapped_column(default=0)
    request_id: Mapped[str] = mapped_column(Uuid(as_uuid=False), default=lambda: str(uuid4()))
    error: Mapped[str | None]
    intent: Mapped[str | None]
    """What typed words were read as; None for taps, pictures and events of ours."""
    confidence: Mapped[int | None]
    """Of that reading, per mille."""
    outcome: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]

    conversation: Mapped[Conversation] = relationship()


class Message(Base):
    """One thing said. Inbound rows are the provider's truth, outbound rows the one door out."""

    __tablename__ = "messages"
    __table_args__ = (
        one_of("direction", "inbound", "outbound"),
        one_of("author", "customer", "bot", "agent", "system"),
        one_of("provider", "twilio", "loopback", "web"),
        one_of("kind", *KINDS),
        one_of("status", *STATUSES),
        one_of("carried_as", "text", "taps", "template"),
        CheckConstraint(
            "(direction = 'inbound') = (author = 'customer')"
            " AND (direction = 'inbound') = (status = 'received')",
            name="direction_author_status",
        ),
        CheckConstraint("NOT awaits_bot OR direction = 'inbound'", name="awaits_bot"),
        UniqueConstraint("provider", "provider_id"),
        Index("ix_messages_conversation_id", "conversation_id", "id"),
        Index(
            "ix_messages_awaiting",
            "conversation_id",
            "id",
            postgresql_where=text("awaits_bot"),
        ),
        Index(
            "ix_messages_undelivered",
            "conversation_id",
            "id",
            postgresql_where=text("status IN ('queued', 'sending')"),
        ),
        Index("ix_messages_unknown", "id", postgresql_where=text("status = 'unknown'")),
        Index(
            "ix_messages_waiting",
            "conversation_id",
            "id",
            postgresql_where=text("status = 'failed' AND notice IS NOT NULL"),
        ),
    )

    id: Mapped[Id]
    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversations.id"))
    direction: Mapped[str]
    author: Mapped[str]
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    kind: Mapped[str] = mapped_column(default="text", server_default="text")
    text: Mapped[str]
    choices: Mapped[list[dict[str, Any]]] = mapped_column(default=list)
    provider: Mapped[str]
    provider_id: Mapped[str | None]
    in_reply_to: Mapped[int | None] = mapped_column(ForeignKey("messages.id"))
    """The message that this one quotes, of the same conversation."""
    sent_again_as: Mapped[int | None] = mapped_column(ForeignKey("messages.id"), unique=True)
    """Outbound: the message that says the same, after this one did not arrive."""
    referral: Mapped[str | None]
    """Inbound: the words of the advertisement that the customer came from."""
    tapped_payload: Mapped[str | None]
    tapped_label: Mapped[str | None]
    status: Mapped[str]
    error_code: Mapped[str | None]
    error: Mapped[str | None]
    epoch: Mapped[int]
    turn_id: Mapped[int | None] = mapped_column(ForeignKey("turns.id"), index=True)
    awaits_bot: Mapped[bool] = mapped_column(default=False)
    """Inbound: no turn has taken it yet and the bot is to answer it."""
    attempts: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime | None]
    """Outbound: not to be tried before (after a provider asked us to slow down)."""
    carried_as: Mapped[str | None]
    """Outbound: how the provider was given it; "text" beforehand: that way and no other."""
    notice: Mapped[str | None]
    """Outbound: the notice that it is, with its ``facts`` as written; for an approved template."""
    facts: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    claimed_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    sent_at: Mapped[datetime | None]
    delivered_at: Mapped[datetime | None]
    read_at: Mapped[datetime | None]
    raw: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))

    conversation: Mapped[Conversation] = relationship()
    staff: Mapped[Staff | None] = relationship()
    quoted: Mapped[Message | None] = relationship(
        remote_side="Message.id", foreign_keys="Message.in_reply_to"
    )
    media: Mapped[list[Media]] = relationship(back_populates="message", order_by="Media.position")


class Media(Base):
    """A picture or file of a message; bytes are kept outside the database at ``path``."""

    __tablename__ = "media"
    __table_args__ = (
        one_of("state", "pending", "stored", "refused"),
        CheckConstraint(
            "state <> 'stored' OR (path IS NOT NULL AND sha256 IS NOT NULL AND size >= 0)",
            name="stored_is_known",
        ),
        UniqueConstraint("message_id", "position"),
        Index("ix_media_pending", "id", postgresql_where=text("state = 'pending'")),
    )

    id: Mapped[Id]
    message_id: Mapped[int] = mapped_column(ForeignKey("messages.id"))
    position: Mapped[int]
    source_url: Mapped[str | None]
    content_type: Mapped[str]
    state: Mapped[str] = mapped_column(default="pending")
    path: Mapped[str | None]
    sha256: Mapped[str | None] = mapped_column(index=True)
    phash: Mapped[int | None]
    """What a picture looks like, in 64 bits: alike pictures differ in few of them."""
    size: Mapped[int | None]
    error: Mapped[str | None]
    attempts: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime] = mapped_column(default=clock.now)

    message: Mapped[Message] = relationship(back_populates="media")


class CarrierContent(Base):
    """A Content resource kept at the provider: choices of one shape, or a notice as a template.

    ``approval`` is WhatsApp's word on a template ("approved"); shapes need none.
    """

    __tablename__ = "carrier_contents"
    __table_args__ = (UniqueConstraint("account", "name"),)

    id: Mapped[Id]
    account: Mapped[str]
    name: Mapped[str]
    sid: Mapped[str]
    approval: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    checked_at: Mapped[datetime | None]


class StatusCallback(Base):
    """What a provider said about a message, once per status, in the order it arrived."""

    __tablename__ = "status_callbacks"
    __table_args__ = (UniqueConstraint("provider", "provider_id", "status"),)

    id: Mapped[Id]
    provider: Mapped[str]
    provider_id: Mapped[str]
    status: Mapped[str]
    error_code: Mapped[str | None]
    raw: Mapped[dict[str, Any]] = mapped_column(default=dict)
    received_at: Mapped[datetime] = mapped_column(default=clock.now)
