"""Tables of stock that is held for orders. Levels and movements lie with the part they count."""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Identity, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from crm_core import clock
from crm_core.catalogue.models import StockLevel, StockMovement
from crm_core.db import Base, UTCDateTime

__all__ = ["GoodsLine", "GoodsReceipt", "Reservation", "StockLevel", "StockMovement"]


class Reservation(Base):
    """Pieces of one part held for one order; its state says whether they were given up or sent."""

    __tablename__ = "reservations"
    __table_args__ = (
        UniqueConstraint("order_id", "part_id"),
        CheckConstraint("quantity > 0", name="quantity_positive"),
        CheckConstraint("state IN ('held', 'released', 'shipped')", name="state_known"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    # No foreign key: orders lie above stock, and an order is never deleted.
    order_id: Mapped[int] = mapped_column(BigInteger)
    part_id: Mapped[int] = mapped_column(ForeignKey("parts.id"), index=True)
    quantity: Mapped[int] = mapped_column()
    state: Mapped[str] = mapped_column(Text, default="held")
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=clock.now)
    ended_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class GoodsReceipt(Base):
    """A delivery of a supplier, known by its document; taken in once."""

    __tablename__ = "goods_receipts"
    __table_args__ = (UniqueConstraint("supplier", "document"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    supplier: Mapped[str] = mapped_column(Text)
    document: Mapped[str] = mapped_column(Text)
    note: Mapped[str] = mapped_column(Text, default="")
    actor_kind: Mapped[str] = mapped_column(Text)
    actor_id: Mapped[int | None] = mapped_column(BigInteger)
    actor_name: Mapped[str] = mapped_column(Text, default="")
    received_at: Mapped[datetime] = mapped_column(UTCDateTime, default=clock.now, index=True)

    lines: Mapped[list["GoodsLine"]] = relationship(
        order_by="GoodsLine.part_id", cascade="all, delete-orphan"
    )


class GoodsLine(Base):
    """How many pieces of one part a delivery brought."""

    __tablename__ = "goods_lines"
    __table_args__ = (
        UniqueConstraint("receipt_id", "part_id"),
        CheckConstraint("quantity > 0", name="quantity_positive"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    receipt_id: Mapped[int] = mapped_column(ForeignKey("goods_receipts.id", ondelete="CASCADE"))
    part_id: Mapped[int] = mapped_column(ForeignKey("parts.id"), index=True)
    quantity: Mapped[int] = mapped_column()
