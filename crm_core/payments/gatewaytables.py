"""Tables of payment gateways: pages that were opened, and what was notified about them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Identity, Index, String, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from crm_core import clock
from crm_core.db import Base, RupiahType, UTCDateTime, one_of
from crm_core.money import Rupiah
from crm_core.payments.gateways import ChargeState


class GatewayCharge(Base):
    """A page on which one payment can be made; ``reference`` is our name for it at the gateway."""

    __tablename__ = "gateway_charges"
    __table_args__ = (
        one_of("state", *[str(state) for state in ChargeState]),
        CheckConstraint("amount_idr > 0", name="amount_positive"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    payment_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("payments.id"), index=True)
    gateway: Mapped[str] = mapped_column(String(20))
    reference: Mapped[str] = mapped_column(String(50), unique=True)
    amount_idr: Mapped[Rupiah] = mapped_column(RupiahType)
    page_url: Mapped[str | None] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(10), default=str(ChargeState.OPEN))
    transaction_id: Mapped[str | None] = mapped_column(String(80))
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=clock.now)
    updated_at: Mapped[datetime] = mapped_column(UTCDateTime, default=clock.now, onupdate=clock.now)


class GatewayNotice(Base):
    """A signed notification as it came, once; ``outcome`` says what asking the gateway led to."""

    __tablename__ = "gateway_notices"
    __table_args__ = (
        Index("ix_gateway_notices_waiting", "id", postgresql_where=text("outcome is null")),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    gateway: Mapped[str] = mapped_column(String(20))
    reference: Mapped[str] = mapped_column(String(80))
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    body: Mapped[dict[str, Any]] = mapped_column(JSONB)
    outcome: Mapped[str | None] = mapped_column(String(30))
    received_at: Mapped[datetime] = mapped_column(UTCDateTime, default=clock.now)
    handled_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
