"""Codes that prove a phone, and codes that carry a visitor's talk to one."""

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


class MoveCode(Base):
    """A code by which a web visitor goes on in the WhatsApp conversation it is written in."""

    __tablename__ = "move_codes"
    __table_args__ = (Index("ix_move_codes_address_id", "address_id", "made_at"),)

    id: Mapped[Id]
    address_id: Mapped[int] = mapped_column(ForeignKey("channel_addresses.id"))
    code_hash: Mapped[str] = mapped_column(unique=True)
    made_at: Mapped[datetime] = mapped_column(default=clock.now)
    used_at: Mapped[datetime | None]
