"""Tables of stock that is held for orders. Levels and movements lie with the part they count."""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Identity, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from crm_core import clock
from crm_core.catalogue.models import StockLevel, StockMovement
from crm_core.db import Base, UTCDateTime

__all__ = ["Reservation", "StockLevel", "StockMovement"]


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
