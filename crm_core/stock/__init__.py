"""Stock: what lies on the shelf, what is held for orders, and every change of both."""

from crm_core.stock.audit import StockFault, audit
from crm_core.stock.models import Reservation, StockLevel, StockMovement
from crm_core.stock.service import (
    available,
    correct,
    hold_levels,
    level,
    movements,
    receive,
    release,
    reserve,
    ship,
)

__all__ = [
    "Reservation",
    "StockFault",
    "StockLevel",
    "StockMovement",
    "audit",
    "available",
    "correct",
    "hold_levels",
    "level",
    "movements",
    "receive",
    "release",
    "reserve",
    "ship",
]
