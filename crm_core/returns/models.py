"""Tables of returns: what somebody wants to send back, piece by piece, and what became of it."""

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
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from crm_core import clock
from crm_core.db import Base, RupiahType, UTCDateTime, enum_of
from crm_core.money import Rupiah
from crm_core.returns.rules import Condition, Outcome, ReturnKind, ReturnState


class Return(Base):
    """A return, an exchange or a warranty claim about one order."""

    __tablename__ = "returns"
    __table_args__ = (
        CheckConstraint("amount_idr >= 0", name="amount_not_negative"),
        CheckConstraint("(state = 'settled') = (outcome is not null)", name="settled_has_outcome"),
        Index("ix_returns_state", "state", "id"),
        Index("ix_returns_updated_at", "updated_at", "id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    return_code: Mapped[str] = mapped_column(String(12), unique=True)
    order_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("orders.id"), index=True)
    customer_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("customers.id"), index=True)
    conversation_id: Mapped[int | None] = mapped_column(
        BigInteger, ForeignKey("conversations.id", ondelete="SET NULL")
    )
    kind: Mapped[ReturnKind] = mapped_column(enum_of(ReturnKind, "kind", 10))
    state: Mapped[ReturnState] = mapped_column(
        enum_of(ReturnState, "state", 10), default=ReturnState.ASKED
    )
    reason: Mapped[str] = mapped_column(Text)
    decision_reason: Mapped[str | None] = mapped_column(Text)
    decided_by: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("staff.id"))
    outcome: Mapped[Outcome | None] = mapped_column(enum_of(Outcome, "outcome", 10))
    amount_idr: Mapped[Rupiah | None] = mapped_column(RupiahType)
    new_order_id: Mapped[int | None] = mapped_column(
        BigInteger, ForeignKey("orders.id"), index=True
    )
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=clock.now)
    updated_at: Mapped[datetime] = mapped_column(UTCDateTime, default=clock.now, onupdate=clock.now)
    decided_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    received_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    settled_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    lines: Mapped[list[ReturnLine]] = relationship(
        order_by="ReturnLine.id", cascade="all, delete-orphan", passive_deletes=True
    )
    photos: Mapped[list[ReturnMedia]] = relationship(
        order_by="ReturnMedia.media_id", cascade="all, delete-orphan", passive_deletes=True
    )


class ReturnLine(Base):
    """Pieces of one order line; how they were found, and whether they are sold again."""

    __tablename__ = "return_lines"
    __table_args__ = (
        UniqueConstraint("return_id", "order_line_id"),
        CheckConstraint("quantity > 0", name="quantity_positive"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    return_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("returns.id", ondelete="CASCADE"), index=True
    )
    order_line_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("order_lines.id"), index=True)
    quantity: Mapped[int] = mapped_column()
    condition: Mapped[Condition | None] = mapped_column(enum_of(Condition, "condition", 10))
    restock: Mapped[bool] = mapped_column(Boolean, default=False)


class ReturnMedia(Base):
    """A photo that shows what is wrong."""

    __tablename__ = "return_media"

    return_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("returns.id", ondelete="CASCADE"), primary_key=True
    )
    media_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("media.id", ondelete="CASCADE"), primary_key=True
    )
