from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from crm_core import clock
from crm_core.db import Base, Id, one_of


class Leftover(Base):
    """Something of a forgotten customer outside of the database; the row goes when it is gone.

    It names no customer: nothing may tie what is left to somebody who is forgotten.
    """

    __tablename__ = "leftovers"
    __table_args__ = (
        one_of("kind", "file", "dialogue", "message"),
        Index("ix_leftovers_due_at", "due_at", "id"),
    )

    id: Mapped[Id]
    kind: Mapped[str]
    provider: Mapped[str | None]
    """Of a message: who has it."""
    reference: Mapped[str]
    """A path below the data folder, a conversation's public id, or the provider's id."""
    attempts: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime] = mapped_column(default=clock.now)
    error: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
