"""Tables of orders: what was agreed when it was placed, and how far it has come."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    ForeignKey,
    Identity,
    Index,
    SmallInteger,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from crm_core import clock
from crm_core.db import Base, RupiahType, UTCDateTime, enum_of
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
        CheckConstraint(
            "shipping_method = 'pickup' or district_id is not null", name="district_if_sent"
        ),
        # The last door: whatever a program forgets, nothing is packed or sent for nothing.
        CheckConstraint(
            "state not in ('packed', 'shipped', 'delivered', 'completed')"
            " or paid_at is not null or pay_on_delivery",
            name="sent_only_for_money",
        ),
        CheckConstraint(
            "state <> 'completed' or paid_at is not null", name="completed_only_when_paid"
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
        enum_of(OrderState, "state"),
        default=OrderState.AWAITING_PAYMENT,
    )
    recipient_name: Mapped[str] = mapped_column(String(120))
    recipient_phone: Mapped[str | None] = mapped_column(String(20))
    address: Mapped[str] = mapped_column(Text)
    district_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("districts.id"))
    district_label: Mapped[str] = mapped_column(String(250))
    shipping_method: Mapped[str] = mapped_column(String(20))
    days_min: Mapped[int] = mapped_column(SmallInteger, default=0)
    days_max: Mapped[int] = mapped_column(SmallInteger, default=0)
    pay_on_delivery: Mapped[bool] = mapped_column(Boolean, default=False)
    items_idr: Mapped[Rupiah] = mapped_column(RupiahType)
    shipping_idr: Mapped[Rupiah] = mapped_column(RupiahType)
    discount_idr: Mapped[Rupiah] = mapped_column(RupiahType)
    total_idr: Mapped[Rupiah] = mapped_column(RupiahType)
    weight_g: Mapped[int] = mapped_column(BigInteger)
    charged_g: Mapped[int] = mapped_column(BigInteger, default=0)
    """Grams that the shipping was reckoned with: the weight, or the volume if that is more."""
    note: Mapped[str | None] = mapped_column(String(500))
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
    discounts: Mapped[list[OrderDiscount]] = relationship(
        order_by="OrderDiscount.id",
        cascade="all, delete-orphan",
        passive_deletes=True,
        lazy="selectin",
    )


class OrderDiscount(Base):
    """Something taken off an order, as it was called then; together they are ``discount_idr``."""

    __tablename__ = "order_discounts"
    __table_args__ = (
        CheckConstraint(
            "kind in ('promotion', 'voucher', 'points', 'bargain', 'exchange')", name="kind_known"
        ),
        CheckConstraint("amount_idr > 0", name="amount_positive"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    order_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("orders.id", ondelete="CASCADE"), index=True
    )
    kind: Mapped[str] = mapped_column(String(12))
    label: Mapped[str] = mapped_column(Text)
    amount_idr: Mapped[Rupiah] = mapped_column(RupiahType)
    promotion_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("promotions.id"))


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
    note: Mapped[str | None] = mapped_column(String(200))
