"""Pure decisions about orders: the states, who may change them, and what an order is worth."""

from __future__ import annotations

from enum import StrEnum


class OrderState(StrEnum):
    """States of an order as people and programs outside see them."""

    AWAITING_PAYMENT = "awaiting_payment"
    PAID = "paid"
    PACKED = "packed"
    SHIPPED = "shipped"
    DELIVERED = "delivered"
    COMPLETED = "completed"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    RETURNED = "returned"
