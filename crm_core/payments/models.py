"""Tables of payments: our accounts, what is due for an order, and what was said and decided."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Enum,
    ForeignKey,
    Identity,
    Index,
    SmallInteger,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from crm_core import clock
from crm_core.db import Base, RupiahType, UTCDateTime
from crm_core.money import Rupiah
from crm_core.payments.rules import PaymentState


class BankAccount(Base):
    """An account of the shop that customers transfer to; the lowest position is asked first."""

    __tablename__ = "bank_accounts"
    __table_args__ = (
        # A number given up and taken up again is a new row; only one may be in use.
        Index(
            "uq_bank_accounts_active",
            "bank",
            "number",
            unique=True,
            postgresql_where=text("active"),
        ),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    bank: Mapped[str] = mapped_column(String(60))
    number: Mapped[str] = mapped_column(String(40))
    holder: Mapped[str] = mapped_column(String(120))
    active: Mapped[bool] = mapped_column(Boolean, default=True)
    position: Mapped[int] = mapped_column(SmallInteger, default=0)


class Payment(Base):
    """What is due for one order, told apart from all others by its unique amount."""

    __tablename__ = "payments"
    __table_args__ = (
        CheckConstraint("unique_code between 1 and 999", name="unique_code_three_digits"),
        CheckConstraint("amount_due_idr > 0", name="amount_due_positive"),
        CheckConstraint("amount_received_idr >= 0", name="amount_received_not_negative"),
        # Only an open payment holds its code and amount; closing it gives both free.
        Index(
            "uq_payments_open_code",
            "bank_account_id",
            "unique_code",
            unique=True,
            postgresql_where=text("closed_at is null"),
        ),
        Index(
            "uq_payments_open_amount",
            "bank_account_id",
            "amount_due_idr",
            unique=True,
            postgresql_where=text("closed_at is null"),
        ),
        Index("ix_payments_state", "state", "id"),
        Index("ix_payments_updated_at", "updated_at", "id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    order_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("orders.id"), unique=True)
    bank_account_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("bank_accounts.id"))
    state: Mapped[PaymentState] = mapped_column(
        Enum(
            PaymentState,
            native_enum=False,
            create_constraint=True,
            name="state",
            length=20,
            values_callable=lambda states: [state.value for state in states],
        ),
        default=PaymentState.AWAITING,
    )
    amount_due_idr: Mapped[Rupiah] = mapped_column(RupiahType)
    unique_code: Mapped[int] = mapped_column(SmallInteger)
    amount_received_idr: Mapped[Rupiah | None] = mapped_column(RupiahType)
    bank_reference: Mapped[str | None] = mapped_column(String(80))
    approved_by: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("staff.id"))
    approved_amount_idr: Mapped[Rupiah | None] = mapped_column(RupiahType)
    decided_by: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("staff.id"))
    reason: Mapped[str | None] = mapped_column(Text)
    sms_code_hash: Mapped[str | None] = mapped_column(String(64))
    sms_sent_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    sms_attempts: Mapped[int] = mapped_column(SmallInteger, default=0)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=clock.now)
    updated_at: Mapped[datetime] = mapped_column(UTCDateTime, default=clock.now, onupdate=clock.now)
    reported_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    decided_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    closed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class BankReference(Base):
    """A bank's own number of one incoming transfer: it counts for one payment, ever."""

    __tablename__ = "bank_references"
    __table_args__ = (UniqueConstraint("bank_account_id", "reference"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    bank_account_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("bank_accounts.id"))
    reference: Mapped[str] = mapped_column(String(80))
    payment_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("payments.id"), index=True)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=clock.now)


class TransferReport(Base):
    """What a customer said or sent about a transfer; evidence, never money."""

    __tablename__ = "transfer_reports"
    __table_args__ = (
        Index(
            "uq_transfer_reports_source",
            "payment_id",
            "message_id",
            "media_id",
            unique=True,
            postgresql_nulls_not_distinct=True,
            postgresql_where=text("message_id is not null"),
        ),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    payment_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("payments.id"), index=True)
    message_id: Mapped[int | None] = mapped_column(
        BigInteger, ForeignKey("messages.id", ondelete="SET NULL")
    )
    media_id: Mapped[int | None] = mapped_column(
        BigInteger, ForeignKey("media.id", ondelete="SET NULL"), index=True
    )
    text: Mapped[str] = mapped_column(Text)
    sender_name: Mapped[str | None] = mapped_column(String(120))
    amount_idr: Mapped[Rupiah | None] = mapped_column(RupiahType)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=clock.now)
