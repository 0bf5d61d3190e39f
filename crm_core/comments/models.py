"""The table of comments."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    ForeignKey,
    Identity,
    Index,
    String,
    Text,
)
from sqlalchemy.orm import Mapped, mapped_column

from crm_core import clock
from crm_core.comments.rules import CommentKind, CommentState
from crm_core.db import Base, UTCDateTime, enum_of


class Comment(Base):
    """Something that a customer said to the shop; shown to others only if they and staff agree."""

    __tablename__ = "comments"
    __table_args__ = (
        CheckConstraint("(kind = 'review') = (part_id is not null)", name="review_has_part"),
        CheckConstraint("(answer is null) = (answered_at is null)", name="answer_has_time"),
        CheckConstraint("state <> 'answered' or answer is not null", name="answered_has_answer"),
        CheckConstraint("state <> 'published' or may_publish", name="published_with_consent"),
        Index("ix_comments_state", "state", "id"),
        Index("ix_comments_part_id", "part_id", "state"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    customer_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("customers.id"), index=True)
    part_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("parts.id"))
    conversation_id: Mapped[int | None] = mapped_column(
        BigInteger, ForeignKey("conversations.id", ondelete="SET NULL")
    )
    kind: Mapped[CommentKind] = mapped_column(enum_of(CommentKind, "kind", 10))
    state: Mapped[CommentState] = mapped_column(
        enum_of(CommentState, "state", 10), default=CommentState.NEW
    )
    name: Mapped[str] = mapped_column(String(80), default="")
    may_publish: Mapped[bool] = mapped_column(Boolean, default=False)
    text: Mapped[str] = mapped_column(Text)
    answer: Mapped[str | None] = mapped_column(Text)
    answered_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    answered_by: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("staff.id"))
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=clock.now)
    updated_at: Mapped[datetime] = mapped_column(UTCDateTime, default=clock.now, onupdate=clock.now)
