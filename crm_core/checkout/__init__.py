"""From a cart to an order that can be paid, and the two ways an unpaid order ends."""

from crm_core.checkout.changing import change_quantities, may_change
from crm_core.checkout.delivery import Way, known_delivery, ways
from crm_core.checkout.service import (
    CheckoutSummary,
    Placed,
    cancel,
    expire_due,
    place,
    summary,
)

__all__ = [
    "CheckoutSummary",
    "Placed",
    "Way",
    "cancel",
    "change_quantities",
    "expire_due",
    "known_delivery",
    "may_change",
    "place",
    "summary",
    "ways",
]
