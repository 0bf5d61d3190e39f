"""Tables of learning: messages that were not understood, and trainings with their figures."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from crm_core import clock
from crm_core.conversations.models import Conversation
from crm_core.db import Base, Id, one_of
from crm_core.learning.rules import Reason, State, TrainingState
from crm_core.staff.models import Staff


class Training(Base):
    """One attempt to learn what was labelled, and whether its model was taken."""

    __tablename__ = "trainings"
    __table_args__ = (
        one_of("state", *TrainingState),
        Index(
            "ix_trainings_unfinished",
            "id",
            postgresql_where=text("state IN ('requested', 'running')"),
        ),
    )

    id: Mapped[Id]
    state: Mapped[str] = mapped_column(default=TrainingState.REQUESTED)
    actor_kind: Mapped[str]
    actor_name: Mapped[str]
    labels: Mapped[int] = mapped_column(default=0)
    """Distinct texts that were new in it."""
    before: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    after: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    worse: Mapped[list[Any]] = mapped_column(default=list)
    """Names of the figures that dropped too far."""
    error: Mapped[str | None]
    requested_at: Mapped[datetime] = mapped_column(default=clock.now)
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]


class Misunderstood(Base):
    """A customer's message that was not understood. It goes when the message goes."""

    __tablename__ = "misunderstood"
    __table_args__ = (
        one_of("language", "id", "en"),
        one_of("reason", *Reason),
        one_of("state", *State),
        CheckConstraint("(state = 'labelled') = (label IS NOT NULL)", name="label"),
        CheckConstraint("training_id IS NULL OR label IS NOT NULL", name="learned_is_labelled"),
        CheckConstraint("confidence BETWEEN 0 AND 1000", name="confidence"),
        Index("ix_misunderstood_state_key", "state", "key"),
        Index("ix_misunderstood_key", "key"),
    )

    id: Mapped[Id]
    message_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("messages.id", ondelete="CASCADE"), unique=True
    )
    conversation_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("conversations.id", ondelete="CASCADE"), index=True
    )
    language: Mapped[str]
    text: Mapped[str]
    """What was read as one, with private data masked."""
    key: Mapped[str]
    guess: Mapped[str | None]
    confidence: Mapped[int | None]
    """Of the guess, per mille."""
    ranking: Mapped[list[Any]] = mapped_column(default=list)
    """[[intent, per mille], …], the best first."""
    reason: Mapped[str]
    state: Mapped[str] = mapped_column(default=State.OPEN)
    label: Mapped[str | None]
    decided_by: Mapped[int | None] = mapped_column(
        BigInteger, ForeignKey("staff.id", ondelete="SET NULL")
    )
    decided_at: Mapped[datetime | None]
    measures: Mapped[bool] = mapped_column(default=False)
    """Kept for measuring: never becomes training data."""
    training_id: Mapped[int | None] = mapped_column(
        BigInteger, ForeignKey("trainings.id", ondelete="SET NULL"), index=True
    )
    """The training that learned it under its present label."""
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    updated_at: Mapped[datetime] = mapped_column(default=clock.now, onupdate=clock.now)

    conversation: Mapped[Conversation] = relationship()
    staff: Mapped[Staff | None] = relationship()
