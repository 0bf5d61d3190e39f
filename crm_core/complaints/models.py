"""Tables of complaints: the complaint and the thread of notes under it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Identity, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from crm_core import clock
from crm_core.complaints.rules import Category, ComplaintState, Urgency
from crm_core.db import Base, UTCDateTime, enum_of


class Complaint(Base):
    """Something that went wrong for a customer, and how far putting it right has come."""

    __tablename__ = "complaints"
    __table_args__ = (
        Index("ix_complaints_state", "state", "id"),
        Index("ix_complaints_updated_at", "updated_at", "id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    complaint_code: Mapped[str] = mapped_column(String(12), unique=True)
    customer_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("customers.id"), index=True)
    order_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("orders.id"), index=True)
    conversation_id: Mapped[int | None] = mapped_column(
        BigInteger, ForeignKey("conversations.id", ondelete="SET NULL")
    )
    category: Mapped[Category] = mapped_column(enum_of(Category, "category"))
    urgency: Mapped[Urgency] = mapped_column(enum_of(Urgency, "urgency", 10))
    state: Mapped[ComplaintState] = mapped_column(
        enum_of(ComplaintState, "state"),
        default=ComplaintState.OPEN,
    )
    text: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=clock.now)
    updated_at: Mapped[datetime] = mapped_column(UTCDateTime, default=clock.now, onupdate=clock.now)
    first_response_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    resolved_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    notes: Mapped[list[ComplaintNote]] = relationship(
        order_by="ComplaintNote.id", cascade="all, delete-orphan", passive_deletes=True
    )


class ComplaintNote(Base):
    """One entry in a complaint's thread: words of the customer or of staff."""

    __tablename__ = "complaint_notes"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    complaint_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("complaints.id", ondelete="CASCADE"), index=True
    )
    actor_kind: Mapped[str] = mapped_column(String(20))
    actor_id: Mapped[int | None] = mapped_column(BigInteger)
    actor_name: Mapped[str] = mapped_column(String(120))
    text: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(UTCDateTime, default=clock.now)
