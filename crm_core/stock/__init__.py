"""Stock: what lies on the shelf, what is held for orders, and every change of both."""

from crm_core.stock.audit import StockFault, audit
from crm_core.stock.models import (
    GoodsReceipt,
    Reservation,
    StockLevel,
    StockMovement,
)
from crm_core.stock.receipts import GoodsLineView, GoodsReceiptView, receipts, receive_goods
from crm_core.stock.service import (
    available,
    change_held,
    correct,
    hold_levels,
    level,
    movements,
    receive,
    refuse_if_short,
    release,
    reserve,
    ship,
    take_back,
)

__all__ = [
    "GoodsLineView",
    "GoodsReceipt",
    "GoodsReceiptView",
    "Reservation",
    "StockFault",
    "StockLevel",
    "StockMovement",
    "audit",
    "available",
    "change_held",
    "correct",
    "hold_levels",
    "level",
    "movements",
    "receipts",
    "receive",
    "receive_goods",
    "refuse_if_short",
    "release",
    "reserve",
    "ship",
    "take_back",
]
