"""Tables of the cart: one per customer, one line per part."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    ForeignKey,
    Identity,
    String,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from crm_core import clock
from crm_core.db import Base, UTCDateTime


class Cart(Base):
    """What a customer means to buy; follows the customer from channel to channel."""

    __tablename__ = "carts"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    customer_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("customers.id", ondelete="CASCADE"), unique=True
    )
    updated_at: Mapped[datetime] = mapped_column(UTCDateTime, default=clock.now, onupdate=clock.now)
    shipping_method: Mapped[str | None] = mapped_column(String(20))
    """The way chosen for what is in it now; None until the customer chooses one."""
    voucher_code: Mapped[str | None] = mapped_column(String(20))
    """The voucher to be used with it, by its plain code; what it takes off is read anew."""
    pay_on_delivery: Mapped[bool] = mapped_column(Boolean, default=False, server_default="false")
    use_points: Mapped[bool] = mapped_column(Boolean, default=False, server_default="false")
    """Whether the customer's points shall pay for a part of it."""
    note: Mapped[str | None] = mapped_column(String(500))


class CartLine(Base):
    """One part in a cart with how many of it."""

    __tablename__ = "cart_lines"
    __table_args__ = (
        UniqueConstraint("cart_id", "part_id"),
        CheckConstraint("quantity > 0", name="quantity_positive"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    cart_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("carts.id", ondelete="CASCADE"))
    part_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("parts.id"), index=True)
    quantity: Mapped[int] = mapped_column(BigInteger)
    bargain_id: Mapped[int | None] = mapped_column(ForeignKey("bargains.id"))
    """The price agreed for it, if one was."""
    note: Mapped[str | None] = mapped_column(String(200))
    added_at: Mapped[datetime] = mapped_column(UTCDateTime, default=clock.now)
