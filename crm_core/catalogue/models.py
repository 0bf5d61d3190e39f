"""Tables of the catalogue: parts, what they fit, what replaces them, what was asked in vain.

A part's stock level and its movements lie here too: the catalogue shows the level with every
part and an import may set it. Holding stock for an order is ``crm_core.stock``'s.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Identity,
    Index,
    SmallInteger,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from crm_core import clock
from crm_core.db import Base, RupiahType, UTCDateTime
from crm_core.money import Rupiah


class Category(Base):
    """A shelf of the shop, such as "Rem" / "Brakes"; shown in the category menu by position."""

    __tablename__ = "categories"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    slug: Mapped[str] = mapped_column(Text, unique=True)
    name_id: Mapped[str] = mapped_column(Text)
    name_en: Mapped[str] = mapped_column(Text)
    position: Mapped[int] = mapped_column(SmallInteger, default=0)


class Part(Base):
    """A part that is sold. ``part_code`` is upper case without dashes; no price = on request."""

    __tablename__ = "parts"
    __table_args__ = (
        CheckConstraint("part_code ~ '^[A-Z0-9]{3,32}$'", name="code_plain"),
        CheckConstraint("price_idr IS NULL OR price_idr > 0", name="price_positive"),
        CheckConstraint("weight_g >= 0", name="weight_not_negative"),
        CheckConstraint(
            "length_mm > 0 and width_mm > 0 and height_mm > 0", name="measures_positive"
        ),
        CheckConstraint("warranty_days >= 0", name="warranty_not_negative"),
        Index("ix_parts_category_id_name", "category_id", "name"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    part_code: Mapped[str] = mapped_column(Text, unique=True)
    name: Mapped[str] = mapped_column(Text)
    category_id: Mapped[int | None] = mapped_column(ForeignKey("categories.id"))
    price_idr: Mapped[Rupiah | None] = mapped_column(RupiahType)
    weight_g: Mapped[int] = mapped_column(default=0)
    length_mm: Mapped[int | None]
    width_mm: Mapped[int | None]
    height_mm: Mapped[int | None]
    # Days after arrival in which a fault is made good; 0 is no warranty.
    warranty_days: Mapped[int] = mapped_column(SmallInteger, default=0, server_default=text("0"))
    unit: Mapped[str] = mapped_column(Text, default="pcs")
    description: Mapped[str] = mapped_column(Text, default="")
    original: Mapped[bool] = mapped_column(default=True)
    active: Mapped[bool] = mapped_column(default=True)
    # The catalogue's version at the last change that a search can see (name, fitments, active).
    revision: Mapped[int] = mapped_column(BigInteger, default=0, index=True)
    updated_at: Mapped[datetime] = mapped_column(UTCDateTime, default=clock.now, index=True)

    category: Mapped[Category | None] = relationship()
    fitments: Mapped[list["Fitment"]] = relationship(
        back_populates="part", cascade="all, delete-orphan", order_by="Fitment.id"
    )
    level: Mapped["StockLevel | None"] = relationship(cascade="all, delete-orphan")

    @property
    def volume_mm3(self) -> int:
        """Cubic millimetres of one, packed; 0 as long as its measures are not all known."""
        return (self.length_mm or 0) * (self.width_mm or 0) * (self.height_mm or 0)


class CatalogueVersion(Base):
    """One row that every change of searchable facts raises, so each process can see it is behind.

    Its row lock puts such changes in one order: a later version never becomes visible first.
    """

    __tablename__ = "catalogue_versions"
    __table_args__ = (CheckConstraint("id = 1", name="only_one"),)

    id: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    version: Mapped[int] = mapped_column(BigInteger)


class BikeModel(Base):
    """One generation of a Honda model with its years, platform codes and what people call it."""

    __tablename__ = "bike_models"
    __table_args__ = (
        UniqueConstraint("model", "generation"),
        CheckConstraint("year_to IS NULL OR year_to >= year_from", name="years_in_order"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    model: Mapped[str] = mapped_column(Text)
    generation: Mapped[str] = mapped_column(Text, default="")
    year_from: Mapped[int] = mapped_column(SmallInteger)
    year_to: Mapped[int | None] = mapped_column(SmallInteger)
    codes: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list)
    aliases: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list)
    engine_cc: Mapped[int | None] = mapped_column(SmallInteger)


class Fitment(Base):
    """A statement that a part fits a bike: no generation or years means all of them.

    ``source`` says where it is known from: "maker", "shop", "import", or "name" when the model
    was read out of the part's own name.
    """

    __tablename__ = "fitments"
    __table_args__ = (
        UniqueConstraint(
            "part_id",
            "model",
            "generation",
            "year_from",
            "year_to",
            postgresql_nulls_not_distinct=True,
        ),
        CheckConstraint("year_to IS NULL OR year_to >= year_from", name="years_in_order"),
        Index("ix_fitments_model_generation", "model", "generation"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    part_id: Mapped[int] = mapped_column(ForeignKey("parts.id", ondelete="CASCADE"))
    model: Mapped[str] = mapped_column(Text)
    generation: Mapped[str | None] = mapped_column(Text)
    year_from: Mapped[int | None] = mapped_column(SmallInteger)
    year_to: Mapped[int | None] = mapped_column(SmallInteger)
    source: Mapped[str] = mapped_column(Text, default="import")

    part: Mapped[Part] = relationship(back_populates="fitments")


class Substitute(Base):
    """``substitute`` may be sold in place of ``part``: its successor, or an equal alternative."""

    __tablename__ = "substitutes"
    __table_args__ = (
        UniqueConstraint("part_id", "substitute_id"),
        CheckConstraint("part_id <> substitute_id", name="not_itself"),
        CheckConstraint("kind IN ('successor', 'alternative')", name="kind_known"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    part_id: Mapped[int] = mapped_column(ForeignKey("parts.id", ondelete="CASCADE"))
    substitute_id: Mapped[int] = mapped_column(
        ForeignKey("parts.id", ondelete="CASCADE"), index=True
    )
    kind: Mapped[str] = mapped_column(Text, default="alternative")


class Wish(Base):
    """Something asked for in vain: not sold, out of stock, or without a price."""

    __tablename__ = "wishes"
    __table_args__ = (
        CheckConstraint(
            "reason IN ('not_found', 'out_of_stock', 'on_request')", name="reason_known"
        ),
        CheckConstraint("quantity IS NULL OR quantity > 0", name="quantity_positive"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    customer_id: Mapped[int | None] = mapped_column(ForeignKey("customers.id"), index=True)
    conversation_id: Mapped[int | None] = mapped_column(ForeignKey("conversations.id"))
    query: Mapped[str] = mapped_column(Text)
    understood: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    reason: Mapped[str] = mapped_column(Text)
    part_id: Mapped[int | None] = mapped_column(ForeignKey("parts.id"), index=True)
    quantity: Mapped[int | None] = mapped_column()
    notify: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    told_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=clock.now, index=True)


class StockLevel(Base):
    """How many pieces lie on the shelf, and how many of them are held for orders."""

    __tablename__ = "stock_levels"
    __table_args__ = (
        CheckConstraint("reserved >= 0", name="reserved_not_negative"),
        CheckConstraint("reserved <= on_hand", name="reserved_on_hand"),
    )

    part_id: Mapped[int] = mapped_column(
        ForeignKey("parts.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    on_hand: Mapped[int] = mapped_column(default=0)
    reserved: Mapped[int] = mapped_column(default=0)


class StockMovement(Base):
    """One change of a stock level; ``quantity`` is signed as it changed what it changed.

    received, corrected, shipped, returned change on_hand; reserved, released change reserved
    (shipped lowers both).
    """

    __tablename__ = "stock_movements"
    __table_args__ = (
        CheckConstraint(
            "kind IN ('received', 'corrected', 'reserved', 'released', 'shipped', 'returned')",
            name="kind_known",
        ),
        Index("ix_stock_movements_part_id_at", "part_id", "at"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    part_id: Mapped[int] = mapped_column(ForeignKey("parts.id", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(Text)
    quantity: Mapped[int] = mapped_column()
    # No foreign key: orders lie above the catalogue, and an order is never deleted.
    order_id: Mapped[int | None] = mapped_column(BigInteger, index=True)
    actor_kind: Mapped[str] = mapped_column(Text)
    actor_id: Mapped[int | None] = mapped_column(BigInteger)
    actor_name: Mapped[str] = mapped_column(Text, default="")
    reason: Mapped[str] = mapped_column(Text, default="")
    at: Mapped[datetime] = mapped_column(UTCDateTime, default=clock.now)


class ShoppingList(Base):
    """A list that a customer pasted or sent, line by line with what was decided about each.

    ``lines`` are entries as ``shoppingquotes.Entry`` writes them: no prices and no stock.
    """

    __tablename__ = "shopping_lists"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    customer_id: Mapped[int] = mapped_column(
        ForeignKey("customers.id", ondelete="CASCADE"), index=True
    )
    conversation_id: Mapped[int] = mapped_column(
        ForeignKey("conversations.id", ondelete="CASCADE"), unique=True
    )
    lines: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=clock.now)
    updated_at: Mapped[datetime] = mapped_column(UTCDateTime, default=clock.now)
