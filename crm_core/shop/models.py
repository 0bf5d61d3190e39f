from __future__ import annotations

from datetime import date, datetime, time

from sqlalchemy import CheckConstraint, SmallInteger
from sqlalchemy.orm import Mapped, mapped_column

from crm_core import clock
from crm_core.db import Base, one_of


class Page(Base):
    """A text of the shop in one language: how to buy, warranty, about us. ``body`` is Markdown."""

    __tablename__ = "pages"
    __table_args__ = (one_of("language", "id", "en"),)

    slug: Mapped[str] = mapped_column(primary_key=True)
    language: Mapped[str] = mapped_column(primary_key=True)
    title: Mapped[str]
    body: Mapped[str]
    updated_at: Mapped[datetime] = mapped_column(default=clock.now, onupdate=clock.now)


class OfficeHour(Base):
    """When people answer on a weekday (0 = Monday), on the shop's clock; no row = closed."""

    __tablename__ = "office_hours"
    __table_args__ = (
        CheckConstraint("weekday BETWEEN 0 AND 6", name="weekday"),
        CheckConstraint("opens < closes", name="opens_before_closing"),
    )

    weekday: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    opens: Mapped[time] = mapped_column(primary_key=True)
    closes: Mapped[time]


class Holiday(Base):
    """A local date on which the shop stays closed."""

    __tablename__ = "holidays"

    day: Mapped[date] = mapped_column(primary_key=True)
    name: Mapped[str]


class ShopFact(Base):
    """A short fact that sentences name: ``name``, ``address``, ``phone``, ``maps_url`` …"""

    __tablename__ = "shop_facts"

    key: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[str]
