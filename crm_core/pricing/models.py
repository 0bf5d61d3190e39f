"""Tables of prices: class prices and quantity breaks, promotions and their uses, bargains."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from crm_core import clock
from crm_core.customers.models import PRICE_CLASSES
from crm_core.db import Base, Id, one_of
from crm_core.money import Rupiah


class PriceTier(Base):
    """What one piece costs a class of customers from ``min_quantity`` pieces on.

    A row for walk_in is a quantity break for everybody.
    """

    __tablename__ = "price_tiers"
    __table_args__ = (
        UniqueConstraint("part_id", "price_class", "min_quantity"),
        one_of("price_class", *PRICE_CLASSES),
        CheckConstraint("min_quantity >= 1", name="quantity_positive"),
        CheckConstraint("price_idr > 0", name="price_positive"),
        CheckConstraint("price_class <> 'walk_in' OR min_quantity > 1", name="not_the_list_price"),
    )

    id: Mapped[Id]
    part_id: Mapped[int] = mapped_column(ForeignKey("parts.id", ondelete="CASCADE"))
    price_class: Mapped[str]
    min_quantity: Mapped[int]
    price_idr: Mapped[Rupiah]


class Promotion(Base):
    """Money off for a time: a voucher when it has a ``code``, else it applies by itself.

    ``value`` is percent or rupiah. ``used`` counts the orders that hold it; the database keeps it
    within ``limit_total`` whatever happens at the same time.
    """

    __tablename__ = "promotions"
    __table_args__ = (
        one_of("kind", "percent", "amount"),
        one_of("scope", "all", "category", "part"),
        one_of("price_class", *PRICE_CLASSES),
        CheckConstraint("code ~ '^[A-Z0-9]{3,20}$'", name="code_plain"),
        CheckConstraint("value > 0 AND (kind <> 'percent' OR value <= 100)", name="value_range"),
        CheckConstraint("max_discount_idr > 0 AND min_items_idr >= 0", name="money_range"),
        CheckConstraint("ends_at > starts_at", name="ends_after_start"),
        CheckConstraint("used >= 0 AND used <= limit_total", name="within_limit"),
        CheckConstraint("limit_per_customer > 0", name="limit_per_customer_positive"),
        CheckConstraint("(scope = 'category') = (category_id IS NOT NULL)", name="category_named"),
        CheckConstraint("(scope = 'part') = (part_id IS NOT NULL)", name="part_named"),
        Index("ix_promotions_updated_at", "updated_at", "id"),
    )

    id: Mapped[Id]
    code: Mapped[str | None] = mapped_column(unique=True)
    name_id: Mapped[str]
    name_en: Mapped[str]
    kind: Mapped[str]
    value: Mapped[int]
    max_discount_idr: Mapped[Rupiah | None]
    scope: Mapped[str] = mapped_column(default="all")
    category_id: Mapped[int | None] = mapped_column(ForeignKey("categories.id"))
    part_id: Mapped[int | None] = mapped_column(ForeignKey("parts.id"))
    min_items_idr: Mapped[Rupiah] = mapped_column(default=Rupiah(0))
    price_class: Mapped[str | None]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    limit_total: Mapped[int | None]
    limit_per_customer: Mapped[int | None]
    used: Mapped[int] = mapped_column(default=0)
    listed: Mapped[bool] = mapped_column(default=True)
    """Whether customers who ask are told of it; a voucher for one group is not."""
    active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    updated_at: Mapped[datetime] = mapped_column(default=clock.now, onupdate=clock.now)


class PromotionUse(Base):
    """One order's use of a promotion, given back when the order ends without being sent."""

    __tablename__ = "promotion_uses"
    __table_args__ = (
        UniqueConstraint("promotion_id", "order_id"),
        one_of("state", "held", "released"),
        CheckConstraint("amount_idr > 0", name="amount_positive"),
        Index("ix_promotion_uses_customer_id", "customer_id", "promotion_id"),
        Index("ix_promotion_uses_order_id", "order_id"),
    )

    id: Mapped[Id]
    promotion_id: Mapped[int] = mapped_column(ForeignKey("promotions.id"))
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"))
    # No foreign key: orders lie above prices, and an order is never deleted.
    order_id: Mapped[int] = mapped_column(BigInteger)
    amount_idr: Mapped[Rupiah]
    state: Mapped[str] = mapped_column(default="held")
    held_at: Mapped[datetime] = mapped_column(default=clock.now)
    released_at: Mapped[datetime | None]


class MarginRule(Base):
    """How many percent below a customer's price the assistant and agents may go.

    The most specific active rule counts: shelf and class, shelf, class, all.
    """

    __tablename__ = "margin_rules"
    __table_args__ = (
        UniqueConstraint("category_id", "price_class", postgresql_nulls_not_distinct=True),
        one_of("price_class", *PRICE_CLASSES),
        CheckConstraint("max_percent BETWEEN 0 AND 50", name="percent_range"),
    )

    id: Mapped[Id]
    category_id: Mapped[int | None] = mapped_column(ForeignKey("categories.id"))
    price_class: Mapped[str | None]
    max_percent: Mapped[int]
    active: Mapped[bool] = mapped_column(default=True)
    set_by: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    set_at: Mapped[datetime] = mapped_column(default=clock.now, onupdate=clock.now)


class Bargain(Base):
    """A price asked for one part, and what came of it; ``*_idr`` are per piece.

    ``price_idr`` is what the customer would pay without it. Accepted, it takes effect in one order.
    """

    __tablename__ = "bargains"
    __table_args__ = (
        one_of("state", "asked", "offered", "accepted", "refused", "used", "expired"),
        one_of("decided_by", "rule", "staff"),
        CheckConstraint("quantity > 0", name="quantity_positive"),
        CheckConstraint("asked_idr > 0 AND price_idr > 0", name="money_positive"),
        CheckConstraint("offered_idr > 0 AND offered_idr <= price_idr", name="offer_not_above"),
        CheckConstraint(
            "state NOT IN ('offered', 'accepted', 'used')"
            " OR (offered_idr IS NOT NULL AND expires_at IS NOT NULL AND decided_by IS NOT NULL)",
            name="offer_complete",
        ),
        CheckConstraint("(state = 'used') = (order_id IS NOT NULL)", name="used_in_an_order"),
        Index("ix_bargains_customer_id", "customer_id", "part_id"),
        Index("ix_bargains_state", "state", "id"),
    )

    id: Mapped[Id]
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"))
    part_id: Mapped[int] = mapped_column(ForeignKey("parts.id"))
    quantity: Mapped[int]
    price_idr: Mapped[Rupiah]
    asked_idr: Mapped[Rupiah]
    offered_idr: Mapped[Rupiah | None]
    decided_by: Mapped[str | None]
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    state: Mapped[str] = mapped_column(default="asked")
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    decided_at: Mapped[datetime | None]
    expires_at: Mapped[datetime | None]
    order_id: Mapped[int | None] = mapped_column(BigInteger)
