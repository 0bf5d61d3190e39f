"""Tables of payments: our accounts, what is due for an order, and what was said and decided."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Date,
    ForeignKey,
    Identity,
    Index,
    SmallInteger,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from crm_core import clock
from crm_core.db import Base, RupiahType, UTCDateTime, enum_of, one_of
from crm_core.money import Rupiah
from crm_core.payments.matching import DifferenceKind, DifferenceState, MutationState
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
        Index("uq_bank_accounts_cash", "cash", unique=True, postgresql_where=text("cash")),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    bank: Mapped[str] = mapped_column(String(60))
    number: Mapped[str] = mapped_column(String(40))
    holder: Mapped[str] = mapped_column(String(120))
    active: Mapped[bool] = mapped_column(Boolean, default=True)
    position: Mapped[int] = mapped_column(SmallInteger, default=0)
    cash: Mapped[bool] = mapped_column(Boolean, default=False, server_default="false")
    """The one cash box: what is paid at the door is booked here; nobody transfers to it."""


class Payment(Base):
    """What is due for one order, told apart from all others by its unique amount."""

    __tablename__ = "payments"
    __table_args__ = (
        # 0: to be paid in cash, where nobody has to tell one amount from another.
        CheckConstraint("unique_code between 0 and 999", name="unique_code_three_digits"),
        CheckConstraint("amount_due_idr > 0", name="amount_due_positive"),
        CheckConstraint("amount_received_idr >= 0", name="amount_received_not_negative"),
        # Only an open payment holds its code and amount; closing it gives both free.
        Index(
            "uq_payments_open_code",
            "bank_account_id",
            "unique_code",
            unique=True,
            postgresql_where=text("closed_at is null and unique_code > 0"),
        ),
        Index(
            "uq_payments_open_amount",
            "bank_account_id",
            "amount_due_idr",
            unique=True,
            postgresql_where=text("closed_at is null and unique_code > 0"),
        ),
        # Which amounts of the last days may still arrive: asked at each order and bank row.
        Index("ix_payments_amount", "bank_account_id", "amount_due_idr", "closed_at"),
        Index("ix_payments_state", "state", "id"),
        Index("ix_payments_updated_at", "updated_at", "id"),
        Index("ix_payments_sms_to", "sms_to", postgresql_where=text("sms_code_hash is not null")),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    order_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("orders.id"), unique=True)
    bank_account_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("bank_accounts.id"))
    state: Mapped[PaymentState] = mapped_column(
        enum_of(PaymentState, "state"),
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
    sms_to: Mapped[str | None] = mapped_column(String(20))
    """The number (E.164) that the last code was sent to."""
    sms_sends: Mapped[int] = mapped_column(SmallInteger, default=0, server_default="0")
    """Codes sent since ``sms_sends_since``, which begins anew after an hour."""
    sms_sends_since: Mapped[datetime | None] = mapped_column(UTCDateTime)
    reminded_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    """When the customer was reminded of the deadline: once, ever."""
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
        Index(
            "ix_transfer_reports_uncompared",
            "media_id",
            postgresql_where=text("compared_at is null and media_id is not null"),
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
    compared_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    """When its picture was compared with those sent for other payments."""
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=clock.now)


class ProofLikeness(Base):
    """A proof looks like one that was sent for another payment before; a hint for people.

    ``kind``: "same" (byte for byte), "copy" (another size, quality or cut), "edited" (a few lines
    differ: ``lines`` of them).
    """

    __tablename__ = "proof_likenesses"
    __table_args__ = (
        UniqueConstraint("media_id", "other_media_id"),
        CheckConstraint("other_media_id < media_id", name="other_came_before"),
        one_of("kind", "same", "copy", "edited"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    media_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("media.id", ondelete="CASCADE"))
    other_media_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("media.id", ondelete="CASCADE"), index=True
    )
    kind: Mapped[str] = mapped_column(String(10))
    lines: Mapped[int] = mapped_column(SmallInteger, default=0)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=clock.now)


class BankFile(Base):
    """A statement file somebody brought: its name, its sha256, and what it held."""

    __tablename__ = "bank_files"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    sha256: Mapped[str] = mapped_column(String(64), index=True)
    size: Mapped[int] = mapped_column(BigInteger)
    shape: Mapped[str] = mapped_column(String(60))
    imported_by: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("staff.id"))
    added: Mapped[int] = mapped_column(BigInteger, default=0)
    known: Mapped[int] = mapped_column(BigInteger, default=0)
    rejected: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, default=list)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=clock.now)


class BankMutation(Base):
    """One booking on an account, as the bank's file says; stored once, never changed in itself.

    ``reference`` is what it is claimed by: the bank's own number, or one made from the row.
    ``counted``: its amount is part of what ``payment_id`` has received.
    """

    __tablename__ = "bank_mutations"
    __table_args__ = (
        UniqueConstraint("bank_account_id", "fingerprint", "occurrence"),
        UniqueConstraint("bank_account_id", "reference"),
        CheckConstraint("amount_idr > 0", name="amount_positive"),
        CheckConstraint("payment_id is not null or not counted", name="counted_for_a_payment"),
        one_of("direction", "in", "out"),
        Index("ix_bank_mutations_day", "booked_on", "bank_account_id"),
        Index("ix_bank_mutations_state", "state", "id"),
        Index("ix_bank_mutations_updated_at", "updated_at", "id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    bank_account_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("bank_accounts.id"))
    bank_file_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("bank_files.id"), index=True)
    row: Mapped[int] = mapped_column(BigInteger)
    booked_on: Mapped[date] = mapped_column(Date)
    direction: Mapped[str] = mapped_column(String(3))
    amount_idr: Mapped[Rupiah] = mapped_column(RupiahType)
    description: Mapped[str] = mapped_column(Text)
    reference: Mapped[str] = mapped_column(String(80))
    fingerprint: Mapped[str] = mapped_column(String(64))
    occurrence: Mapped[int] = mapped_column(SmallInteger)
    doubtful: Mapped[bool] = mapped_column(Boolean, default=False)
    balance_idr: Mapped[Rupiah | None] = mapped_column(RupiahType)
    state: Mapped[MutationState] = mapped_column(
        enum_of(MutationState, "state"), default=MutationState.NEW
    )
    payment_id: Mapped[int | None] = mapped_column(
        BigInteger, ForeignKey("payments.id"), index=True
    )
    counted: Mapped[bool] = mapped_column(Boolean, default=False)
    reason: Mapped[str | None] = mapped_column(Text)
    decided_by: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("staff.id"))
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=clock.now)
    updated_at: Mapped[datetime] = mapped_column(UTCDateTime, default=clock.now, onupdate=clock.now)


class Difference(Base):
    """Money and orders do not agree: what it is about, whose task it is, how it ended.

    ``amount_idr`` is what is missing (underpaid), what is too much (overpaid), or the whole sum.
    Without ``owner_id`` it is a task of the managers.
    """

    __tablename__ = "differences"
    __table_args__ = (
        CheckConstraint("amount_idr > 0", name="amount_positive"),
        CheckConstraint("payment_id is not null or mutation_id is not null", name="about_money"),
        # A payment has one difference at a time; every second transfer for it is one of its own.
        Index(
            "uq_differences_payment",
            "payment_id",
            unique=True,
            postgresql_where=text(
                "state in ('open', 'refund_proposed')"
                " and kind not in ('duplicate', 'unknown', 'returned')"
            ),
        ),
        Index(
            "uq_differences_mutation",
            "mutation_id",
            unique=True,
            postgresql_where=text("state in ('open', 'refund_proposed')"),
        ),
        Index("ix_differences_state", "state", "id"),
        Index("ix_differences_day", "booked_on", "bank_account_id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    kind: Mapped[DifferenceKind] = mapped_column(enum_of(DifferenceKind, "kind"))
    state: Mapped[DifferenceState] = mapped_column(
        enum_of(DifferenceState, "state"), default=DifferenceState.OPEN
    )
    bank_account_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("bank_accounts.id"))
    payment_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("payments.id"))
    mutation_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("bank_mutations.id"))
    amount_idr: Mapped[Rupiah] = mapped_column(RupiahType)
    booked_on: Mapped[date] = mapped_column(Date)
    reason: Mapped[str | None] = mapped_column(Text)
    owner_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("staff.id"))
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=clock.now)
    updated_at: Mapped[datetime] = mapped_column(UTCDateTime, default=clock.now, onupdate=clock.now)
    settled_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class Refund(Base):
    """Money sent back, or about to be: how much, to whom, on whose word.

    ``approved_by`` is the second person where one is needed; ``done_at`` is None until then.
    """

    __tablename__ = "refunds"
    __table_args__ = (
        CheckConstraint("amount_idr > 0", name="amount_positive"),
        CheckConstraint("approved_by is null or approved_by <> requested_by", name="two_people"),
        Index(
            "uq_refunds_difference",
            "difference_id",
            unique=True,
            postgresql_where=text("withdrawn_at is null"),
        ),
        Index("ix_refunds_done_at", "done_at"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    difference_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("differences.id"))
    amount_idr: Mapped[Rupiah] = mapped_column(RupiahType)
    to_bank: Mapped[str] = mapped_column(String(60))
    to_number: Mapped[str] = mapped_column(String(60))
    to_holder: Mapped[str] = mapped_column(String(60))
    reason: Mapped[str] = mapped_column(Text)
    requested_by: Mapped[int] = mapped_column(BigInteger, ForeignKey("staff.id"))
    approved_by: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("staff.id"))
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=clock.now)
    done_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    withdrawn_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
