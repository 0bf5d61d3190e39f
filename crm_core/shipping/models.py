"""Tables of shipping: the districts delivered to and what delivery costs."""

from __future__ import annotations

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    CheckConstraint,
    ForeignKey,
    Identity,
    SmallInteger,
    String,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from crm_core.db import Base, RupiahType
from crm_core.money import Rupiah


class District(Base):
    """A kecamatan within a regency or city of a province."""

    __tablename__ = "districts"
    __table_args__ = (UniqueConstraint("province", "regency", "name"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    name: Mapped[str] = mapped_column(String(120))
    regency: Mapped[str] = mapped_column(String(120))
    province: Mapped[str] = mapped_column(String(120))
    also: Mapped[list[str]] = mapped_column(ARRAY(String(60)), server_default="{}")
    """Quarters, villages and former names by which people call it ("Siantan")."""


class ShippingRate(Base):
    """What one way of delivery to a district costs: the first kilogram and each further one."""

    __tablename__ = "shipping_rates"
    __table_args__ = (
        UniqueConstraint("district_id", "method"),
        CheckConstraint("method in ('driver', 'courier')", name="method_known"),
        CheckConstraint("first_kg_idr >= 0 and next_kg_idr >= 0", name="cost_not_negative"),
        CheckConstraint("0 <= days_min and days_min <= days_max", name="days_ordered"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    district_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("districts.id", ondelete="CASCADE")
    )
    method: Mapped[str] = mapped_column(String(20))
    first_kg_idr: Mapped[Rupiah] = mapped_column(RupiahType)
    next_kg_idr: Mapped[Rupiah] = mapped_column(RupiahType)
    days_min: Mapped[int] = mapped_column(SmallInteger)
    days_max: Mapped[int] = mapped_column(SmallInteger)
    courier: Mapped[str | None] = mapped_column(String(60))
    """The company that goes there ("JNE"); None for the own driver or where it varies."""


class CodRule(Base):
    """The one row that says when a customer may pay on delivery; without it nobody may."""

    __tablename__ = "cod_rules"
    __table_args__ = (
        CheckConstraint("id = 1", name="only_one"),
        CheckConstraint("max_total_idr > 0", name="max_total_positive"),
        CheckConstraint("min_completed >= 0 and most_open >= 1", name="counts_in_range"),
    )

    id: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    active: Mapped[bool] = mapped_column(Boolean, default=False)
    max_total_idr: Mapped[Rupiah] = mapped_column(RupiahType)
    min_completed: Mapped[int] = mapped_column(SmallInteger, default=1)
    most_open: Mapped[int] = mapped_column(SmallInteger, default=1)
    driver: Mapped[bool] = mapped_column(Boolean, default=True)
    pickup: Mapped[bool] = mapped_column(Boolean, default=True)
    courier: Mapped[bool] = mapped_column(Boolean, default=False)
