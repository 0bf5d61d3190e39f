from __future__ import annotations

from datetime import datetime
from uuid import uuid4

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from crm_core import clock
from crm_core.db import Base, Id, PublicId, one_of


class Mail(Base):
    """An e-mail to a customer: a row first, sent by whoever claims it.

    ``once`` names what it says to whom: the same is never written twice.
    """

    __tablename__ = "mails"
    __table_args__ = (
        one_of("state", "queued", "sending", "sent", "failed"),
        Index(
            "ix_mails_unsent",
            "id",
            postgresql_where=text("state IN ('queued', 'sending')"),
        ),
        Index("ix_mails_order_id", "order_id", "id"),
    )

    id: Mapped[Id]
    public_id: Mapped[PublicId] = mapped_column(default=lambda: str(uuid4()))
    """Goes into the Message-ID: a letter sent twice shows up as one."""
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"), index=True)
    order_id: Mapped[int | None] = mapped_column(ForeignKey("orders.id"))
    once: Mapped[str] = mapped_column(unique=True)
    address: Mapped[str]
    language: Mapped[str]
    subject: Mapped[str]
    text: Mapped[str]
    html: Mapped[str]
    state: Mapped[str] = mapped_column(default="queued")
    attempts: Mapped[int] = mapped_column(default=0)
    error: Mapped[str | None]
    due_at: Mapped[datetime | None]
    claimed_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    sent_at: Mapped[datetime | None]
