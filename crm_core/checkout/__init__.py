"""From a cart to an order that can be paid, and the two ways an unpaid order ends."""

from crm_core.checkout.service import (
    CheckoutSummary,
    Placed,
    cancel,
    expire_due,
    known_delivery,
    place,
    summary,
)

__all__ = [
    "CheckoutSummary",
    "Placed",
    "cancel",
    "expire_due",
    "known_delivery",
    "place",
    "summary",
]
