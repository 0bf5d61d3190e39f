"""Pure decisions about payments: the states, who may change them, what a transfer amounts to."""

from __future__ import annotations

from enum import StrEnum


class PaymentState(StrEnum):
    """States of a payment as people and programs outside see them."""

    AWAITING = "awaiting"
    REPORTED = "reported"
    VERIFIED_BY_SMS = "verified_by_sms"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    UNDERPAID = "underpaid"
    OVERPAID = "overpaid"
    DUPLICATE = "duplicate"
    LATE = "late"
    REFUNDED = "refunded"
