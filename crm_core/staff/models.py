from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint
from sqlalchemy.orm import Mapped, mapped_column

from crm_core import clock
from crm_core.db import Base, Id, one_of


class Staff(Base):
    """Somebody who works in the console. Left staff stay as rows: history names them."""

    __tablename__ = "staff"
    __table_args__ = (
        one_of("role", "agent", "manager", "admin"),
        CheckConstraint("email = lower(email) AND email <> ''", name="email_lower"),
    )

    id: Mapped[Id]
    email: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    role: Mapped[str]
    password_hash: Mapped[str]
    active: Mapped[bool] = mapped_column(default=True)
    session_epoch: Mapped[int] = mapped_column(default=0)
    """Raised by a new password: sessions signed under an older number are over."""
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
