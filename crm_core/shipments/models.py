"""Tables of parcels on their way."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import (
    BigInteger,
    Date,
    ForeignKey,
    Identity,
    Index,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from crm_core import clock
from crm_core.db import Base, UTCDateTime, one_of
from crm_core.shipments.rules import BatchState, EventKind


class ShipmentBatch(Base):
    """Parcels that leave together on a day: one driver's round or one courier's pick-up."""

    __tablename__ = "shipment_batches"
    __table_args__ = (
        one_of("state", *BatchState),
        one_of("method", "driver", "courier"),
        Index("ix_shipment_batches_day", "day", "id"),
        # Two people who begin the same round meet in one batch.
        Index(
            "uq_shipment_batches_open",
            "day",
            "method",
            "courier",
            unique=True,
            postgresql_where=text("state = 'open'"),
        ),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    day: Mapped[date] = mapped_column(Date)
    method: Mapped[str] = mapped_column(String(20))
    courier: Mapped[str] = mapped_column(String(60))
    state: Mapped[str] = mapped_column(String(20), default=BatchState.OPEN)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=clock.now)
    closed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    handed_over_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    handed_over_by: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("staff.id"))


class BatchOrder(Base):
    """An order in a batch; it leaves with one batch only."""

    __tablename__ = "shipment_batch_orders"

    order_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("orders.id"), primary_key=True)
    batch_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("shipment_batches.id", ondelete="CASCADE"), index=True
    )
    added_at: Mapped[datetime] = mapped_column(UTCDateTime, default=clock.now)


class ShipmentEvent(Base):
    """One piece of news about an order's parcel, as its source has it; stored once."""

    __tablename__ = "shipment_events"
    __table_args__ = (
        one_of("kind", *EventKind),
        UniqueConstraint("order_id", "at", "kind", "text"),
        Index("ix_shipment_events_order_id", "order_id", "at"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    order_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("orders.id", ondelete="CASCADE"))
    at: Mapped[datetime] = mapped_column(UTCDateTime)
    kind: Mapped[str] = mapped_column(String(20))
    text: Mapped[str] = mapped_column(Text, default="")
    place: Mapped[str | None] = mapped_column(String(120))
    source: Mapped[str] = mapped_column(String(60))
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=clock.now)
