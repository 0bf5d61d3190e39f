"""Tables of points: one account for each customer, and every change of it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Identity, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from crm_core import clock
from crm_core.db import Base, UTCDateTime


class PointsAccount(Base):
    """What a customer has now, always the sum of their entries. Locked last of all rows.

    ``owed`` are points to be taken back that were spent already; the next ones earned go there.
    """

    __tablename__ = "points_accounts"
    __table_args__ = (
        CheckConstraint("balance >= 0 and owed >= 0", name="points_not_negative"),
        CheckConstraint("balance = 0 or owed = 0", name="owed_is_paid_first"),
    )

    customer_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("customers.id"), primary_key=True, autoincrement=False
    )
    balance: Mapped[int] = mapped_column(BigInteger, default=0)
    owed: Mapped[int] = mapped_column(BigInteger, default=0)


class PointsEntry(Base):
    """One change: ``points`` of the balance, ``owed`` of what is owed, each signed.

    ``cause`` tells the changes of one kind for one order apart (the code of a return).
    """

    __tablename__ = "points_entries"
    __table_args__ = (
        CheckConstraint(
            "kind in ('earned', 'redeemed', 'given_back', 'reversed', 'corrected')",
            name="kind_known",
        ),
        # The last door: no order is paid points for, or takes them back, twice.
        Index(
            "uq_points_entries_once",
            "order_id",
            "kind",
            "cause",
            unique=True,
            postgresql_where=text("order_id is not null"),
        ),
        Index("ix_points_entries_customer_id", "customer_id", "id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    customer_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("customers.id"))
    order_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("orders.id"))
    kind: Mapped[str] = mapped_column(String(12))
    points: Mapped[int] = mapped_column(BigInteger)
    owed: Mapped[int] = mapped_column(BigInteger, default=0)
    cause: Mapped[str] = mapped_column(String(20), default="")
    reason: Mapped[str] = mapped_column(Text, default="")
    corrected_by: Mapped[str] = mapped_column(String(120), default="", server_default="")
    """Who of the shop set it right; empty for what orders and returns did."""
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=clock.now)
