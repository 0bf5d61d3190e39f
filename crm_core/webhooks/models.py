"""Tables of webhooks: who is told, what happened, and what became of telling it."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from crm_core import clock, sealing
from crm_core.db import Base, Id, PublicId, enum_of
from crm_core.webhooks.rules import DeliveryState, EndpointState


class WebhookEndpoint(Base):
    """Another program that hears of the chosen ``types``.

    ``failures`` in a row since ``failing_since``; nothing is posted before ``quiet_until``.
    ``held_until``: a worker posts to it now; one that is gone lets go by that time. The secrets
    that sign are kept sealed (``crm_core.sealing``).
    """

    __tablename__ = "webhook_endpoints"

    id: Mapped[Id]
    public_id: Mapped[PublicId] = mapped_column(default=lambda: str(uuid4()))
    url: Mapped[str]
    note: Mapped[str] = mapped_column(default="")
    types: Mapped[list[Any]]
    sealed_secret: Mapped[str] = mapped_column("secret")
    sealed_former: Mapped[str | None] = mapped_column("former_secret")
    former_until: Mapped[datetime | None]
    state: Mapped[EndpointState] = mapped_column(
        enum_of(EndpointState, "state", 10), default=EndpointState.ACTIVE
    )
    why_paused: Mapped[str | None]
    failures: Mapped[int] = mapped_column(default=0)
    failing_since: Mapped[datetime | None]
    quiet_until: Mapped[datetime | None]
    held_until: Mapped[datetime | None]
    delivered_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    updated_at: Mapped[datetime] = mapped_column(default=clock.now, onupdate=clock.now)

    @property
    def secret(self) -> str:
        """The secret that signs now. Raises Conflict ("seal_broken") under another secret key."""
        return sealing.opened(self.sealed_secret)


class WebhookEvent(Base):
    """Something that happened, with the very signs that are signed and sent."""

    __tablename__ = "webhook_events"

    id: Mapped[Id]
    public_id: Mapped[PublicId] = mapped_column(default=lambda: str(uuid4()))
    type: Mapped[str]
    subject: Mapped[str]
    """The one thing it is about: events of one thing arrive in order."""
    body: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(default=clock.now)


class WebhookDelivery(Base):
    """One event for one receiver: ``status`` and ``error`` are of the last attempt."""

    __tablename__ = "webhook_deliveries"
    __table_args__ = (
        UniqueConstraint("event_id", "endpoint_id"),
        Index(
            "ix_webhook_deliveries_pending",
            "endpoint_id",
            "subject",
            "id",
            postgresql_where=text("state = 'pending'"),
        ),
        Index("ix_webhook_deliveries_endpoint_id_id", "endpoint_id", "id"),
    )

    id: Mapped[Id]
    event_id: Mapped[int] = mapped_column(
        ForeignKey("webhook_events.id", ondelete="CASCADE"), index=True
    )
    endpoint_id: Mapped[int] = mapped_column(ForeignKey("webhook_endpoints.id"))
    subject: Mapped[str]
    state: Mapped[DeliveryState] = mapped_column(
        enum_of(DeliveryState, "state", 10), default=DeliveryState.PENDING
    )
    attempts: Mapped[int] = mapped_column(default=0)
    status: Mapped[int | None]
    error: Mapped[str | None]
    due_at: Mapped[datetime] = mapped_column(default=clock.now)
    tried_at: Mapped[datetime | None]
    delivered_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    updated_at: Mapped[datetime] = mapped_column(default=clock.now, onupdate=clock.now)
