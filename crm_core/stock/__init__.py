"""Stock: what lies on the shelf, what is held for orders, and every change of both."""

from crm_core.stock.models import Reservation, StockLevel, StockMovement
from crm_core.stock.service import (
    available,
    correct,
    level,
    movements,
    receive,
    release,
    reserve,
    ship,
)

__all__ = [
    "Reservation",
    "StockLevel",
    "StockMovement",
    "available",
    "correct",
    "level",
    "movements",
    "receive",
    "release",
    "reserve",
    "ship",
]
