"""Tables of shipping: the districts delivered to and what delivery costs."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
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
