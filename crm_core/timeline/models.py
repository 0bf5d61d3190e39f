from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Index, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from crm_core import clock
from crm_core.db import Base, Id, one_of


class Entry(Base):
    """One thing that somebody did. Rows are only added; a trigger refuses change and removal."""

    __tablename__ = "timeline"
    __table_args__ = (
        one_of("actor_kind", "customer", "bot", "staff", "system"),
        Index("ix_timeline_subject_subject_id", "subject", "subject_id", "id"),
        Index("ix_timeline_customer_id", "customer_id", "id"),
    )

    id: Mapped[Id]
    at: Mapped[datetime] = mapped_column(default=clock.now)
    subject: Mapped[str]
    subject_id: Mapped[int]
    action: Mapped[str]
    actor_kind: Mapped[str]
    actor_id: Mapped[int | None] = mapped_column(BigInteger)
    actor_name: Mapped[str]
    customer_id: Mapped[int | None] = mapped_column(BigInteger)
    cause: Mapped[str | None]
    facts: Mapped[dict[str, Any]] = mapped_column(default=dict)


class Seal(Base):
    """The link of one entry in the hash chain: its digest covers the entry and the link before."""

    __tablename__ = "timeline_seals"

    position: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    entry_id: Mapped[int] = mapped_column(BigInteger, unique=True)
    digest: Mapped[bytes] = mapped_column(LargeBinary)
