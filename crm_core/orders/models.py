"""Tables of orders: what was agreed when it was placed, and how far it has come."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Enum,
    ForeignKey,
    Identity,
    Index,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from crm_core import clock
from crm_core.db import Base, RupiahType, UTCDateTime
from crm_core.money import Rupiah
from crm_core.orders.rules import OrderState


class Order(Base):
    """An order with prices copied at placing, so that later price changes leave it alone."""

    __tablename__ = "orders"
    __table_args__ = (
        CheckConstraint(
            "items_idr >= 0 and shipping_idr >= 0 and discount_idr >= 0 and total_idr >= 0",
            name="money_not_negative",
        ),
        CheckConstraint(
            "total_idr = items_idr + shipping_idr - discount_idr", name="total_is_the_sum"
        ),
        Index("ix_orders_due", "expires_at", postgresql_where=text("state = 'awaiting_payment'")),
        Index("ix_orders_customer_id", "customer_id", "id"),
        Index("ix_orders_updated_at", "updated_at", "id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    order_code: Mapped[str] = mapped_column(String(12), unique=True)
    customer_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("customers.id"))
    conversation_id: Mapped[int | None] = mapped_column(
        BigInteger, ForeignKey("conversations.id", ondelete="SET NULL")
    )
    state: Mapped[OrderState] = mapped_column(
        Enum(
            OrderState,
            native_enum=False,
            create_constraint=True,
            name="state",
            length=20,
            values_callable=lambda states: [state.value for state in states],
        ),
        default=OrderState.AWAITING_PAYMENT,
    )
    recipient_name: Mapped[str] = mapped_column(String(120))
    recipient_phone: Mapped[str | None] = mapped_column(String(20))
    address: Mapped[str] = mapped_column(Text)
    district_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("districts.id"))
    district_label: Mapped[str] = mapped_column(String(250))
    shipping_method: Mapped[str] = mapped_column(String(20))
    items_idr: Mapped[Rupiah] = mapped_column(RupiahType)
    shipping_idr: Mapped[Rupiah] = mapped_column(RupiahType)
    discount_idr: Mapped[Rupiah] = mapped_column(RupiahType)
    total_idr: Mapped[Rupiah] = mapped_column(RupiahType)
    weight_g: Mapped[int] = mapped_column(BigInteger)
    note: Mapped[str | None] = mapped_column(Text)
    courier: Mapped[str | None] = mapped_column(String(60))
    tracking_number: Mapped[str | None] = mapped_column(String(60), index=True)
    idempotency_key: Mapped[str | None] = mapped_column(String(200), unique=True)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=clock.now)
    updated_at: Mapped[datetime] = mapped_column(UTCDateTime, default=clock.now, onupdate=clock.now)
    expires_at: Mapped[datetime] = mapped_column(UTCDateTime)
    paid_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    packed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    shipped_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    delivered_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    end_reason: Mapped[str | None] = mapped_column(Text)

    lines: Mapped[list[OrderLine]] = relationship(
        order_by="OrderLine.id", cascade="all, delete-orphan", passive_deletes=True
    )


class OrderLine(Base):
    """One part of an order as it was called and priced then; ``weight_g`` is of one unit."""

    __tablename__ = "order_lines"
    __table_args__ = (
        UniqueConstraint("order_id", "part_id"),
        CheckConstraint("quantity > 0", name="quantity_positive"),
        CheckConstraint("unit_price_idr > 0", name="price_positive"),
        CheckConstraint("subtotal_idr = unit_price_idr * quantity", name="subtotal_is_product"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    order_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("orders.id", ondelete="CASCADE"))
    part_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("parts.id"), index=True)
    part_code: Mapped[str] = mapped_column(String(40))
    name: Mapped[str] = mapped_column(Text)
    quantity: Mapped[int] = mapped_column(BigInteger)
    unit_price_idr: Mapped[Rupiah] = mapped_column(RupiahType)
    subtotal_idr: Mapped[Rupiah] = mapped_column(RupiahType)
    weight_g: Mapped[int] = mapped_column(BigInteger)
