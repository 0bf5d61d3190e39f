"""Table of hand-offs: when the bot gave a conversation to people, and who took it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Identity, Index, String, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from crm_core import clock
from crm_core.db import Base, UTCDateTime, enum_of
from crm_core.handoffs.rules import HandoffState


class Handoff(Base):
    """One stay of a conversation with people, from asking for one to handing back."""

    __tablename__ = "handoffs"
    __table_args__ = (
        # A conversation is handed off once at a time, whoever asks and however often.
        Index(
            "uq_handoffs_open",
            "conversation_id",
            unique=True,
            postgresql_where=text("state <> 'returned'"),
        ),
        Index("ix_handoffs_state", "state", "id"),
        Index("ix_handoffs_updated_at", "updated_at", "id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    conversation_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("conversations.id", ondelete="CASCADE")
    )
    turn_id: Mapped[int | None] = mapped_column(
        BigInteger, ForeignKey("turns.id", ondelete="SET NULL")
    )
    reason: Mapped[str] = mapped_column(String(60))
    state: Mapped[HandoffState] = mapped_column(
        enum_of(HandoffState, "state", 10),
        default=HandoffState.WAITING,
    )
    packet: Mapped[dict[str, Any]] = mapped_column(JSONB)
    requested_at: Mapped[datetime] = mapped_column(UTCDateTime, default=clock.now)
    updated_at: Mapped[datetime] = mapped_column(UTCDateTime, default=clock.now, onupdate=clock.now)
    promised_at: Mapped[datetime] = mapped_column(UTCDateTime)
    # How often a promise passed without an answer and another was made in its place.
    repairs: Mapped[int] = mapped_column(default=0, server_default="0")
    agent_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("staff.id"))
    claimed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    first_reply_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    returned_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    note: Mapped[str | None] = mapped_column(Text)
