"""Codes that prove a phone."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from crm_core import clock
from crm_core.db import Base, Id, one_of


class PhoneCode(Base):
    """A code sent to a phone for one browser to prove that its user reads there.

    ``origin`` is a digest of the network address that asked, only to count how often it does.
    """

    __tablename__ = "phone_codes"
    __table_args__ = (
        one_of("channel", "sms", "whatsapp"),
        CheckConstraint("attempts >= 0", name="attempts_counted"),
        Index("ix_phone_codes_phone", "phone", "sent_at"),
        Index("ix_phone_codes_origin", "origin", "sent_at"),
    )

    id: Mapped[Id]
    phone: Mapped[str]
    browser: Mapped[str]
    origin: Mapped[str]
    channel: Mapped[str]
    code_hash: Mapped[str]
    attempts: Mapped[int] = mapped_column(default=0)
    message_id: Mapped[int | None] = mapped_column(ForeignKey("messages.id"))
    sent_at: Mapped[datetime] = mapped_column(default=clock.now)
    proven_at: Mapped[datetime | None]
