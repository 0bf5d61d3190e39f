from __future__ import annotations

from datetime import datetime
from uuid import uuid4

from sqlalchemy import CheckConstraint, ForeignKey, Index, SmallInteger, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from crm_core import clock, honorifics
from crm_core.db import Base, Id, PublicId, one_of

PRICE_CLASSES = ("walk_in", "workshop", "reseller")
"""Who pays which price; walk_in is everybody whom the shop has not put into another class."""


ZONE_NAMES = ("WIB", "WITA", "WIT")


class Customer(Base):
    """A person or workshop that talks to the shop; ``name`` and ``phone`` may never be known."""

    __tablename__ = "customers"
    __table_args__ = (
        one_of("language", "id", "en"),
        one_of("kind", "individual", "workshop"),
        one_of("price_class", *PRICE_CLASSES),
        one_of("honorific", *honorifics.FORMS),
        one_of("zone", *ZONE_NAMES),
        CheckConstraint(r"phone ~ '^\+[1-9][0-9]{6,14}$'", name="phone_e164"),
        Index("ix_customers_updated_at", "updated_at", "id"),
    )

    id: Mapped[Id]
    public_id: Mapped[PublicId] = mapped_column(default=lambda: str(uuid4()))
    name: Mapped[str | None]
    phone: Mapped[str | None] = mapped_column(index=True)
    email: Mapped[str | None]
    language: Mapped[str] = mapped_column(default="id")
    kind: Mapped[str] = mapped_column(default="individual")
    price_class: Mapped[str] = mapped_column(default="walk_in")
    """Which prices they pay; set by staff only, whatever a customer says of themselves."""
    honorific: Mapped[str | None]
    """How they are spoken to in Indonesian ("Pak"); None, as long as nobody knows, means Kak."""
    honorific_own: Mapped[bool] = mapped_column(default=False)
    """Whether they said so of themselves; else it is how they address the shop."""
    zone: Mapped[str | None]
    """The clock they live by, if they said so; else where their parcels go to tells."""
    active: Mapped[bool] = mapped_column(default=True)
    promo_consent: Mapped[bool] = mapped_column(default=False)
    merged_into_id: Mapped[int | None] = mapped_column(ForeignKey("customers.id"), index=True)
    """The customer that this one turned out to be; only :mod:`crm_core.identity` sets it."""
    merged_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    updated_at: Mapped[datetime] = mapped_column(default=clock.now, onupdate=clock.now)

    addresses: Mapped[list[ChannelAddress]] = relationship(
        back_populates="customer", order_by="ChannelAddress.id"
    )
    bikes: Mapped[list[CustomerBike]] = relationship(order_by="CustomerBike.id")


class ChannelAddress(Base):
    """Where a customer is reached: ``whatsapp:+62…``, ``sms:+62…``, ``web:<uuid>``."""

    __tablename__ = "channel_addresses"
    __table_args__ = (
        one_of("channel", "whatsapp", "sms", "web"),
        CheckConstraint("starts_with(address, channel || ':')", name="address_names_channel"),
    )

    id: Mapped[Id]
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"), index=True)
    channel: Mapped[str]
    address: Mapped[str] = mapped_column(unique=True)
    stopped_at: Mapped[datetime | None]
    """Set while the customer wants nothing at this address; the gate refuses what goes there."""
    closed_at: Mapped[datetime | None]
    """Set when nobody reads there any more: a browser that has signed out."""
    created_at: Mapped[datetime] = mapped_column(default=clock.now)

    customer: Mapped[Customer] = relationship(back_populates="addresses")


class CustomerBike(Base):
    """A motorcycle the customer says they ride."""

    __tablename__ = "customer_bikes"
    __table_args__ = (CheckConstraint("year BETWEEN 1950 AND 2100", name="year"),)

    id: Mapped[Id]
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"), index=True)
    model: Mapped[str]
    generation: Mapped[str | None]
    year: Mapped[int | None] = mapped_column(SmallInteger)
    created_at: Mapped[datetime] = mapped_column(default=clock.now)


class DeliveryAddress(Base):
    """Where a customer has had parts sent; at most one is the default."""

    __tablename__ = "delivery_addresses"
    __table_args__ = (
        Index(
            "uq_delivery_addresses_default",
            "customer_id",
            unique=True,
            postgresql_where=text("is_default"),
        ),
    )

    id: Mapped[Id]
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"), index=True)
    recipient_name: Mapped[str]
    phone: Mapped[str | None]
    address: Mapped[str]
    district_id: Mapped[int | None] = mapped_column(ForeignKey("districts.id"))
    is_default: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
