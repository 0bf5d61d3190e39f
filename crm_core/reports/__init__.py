"""Numbers over all concepts: what the shop's people look at together."""

from crm_core.reports.lists import TABLES
from crm_core.reports.queries import Bought, Today, WishRow, bought, popular, today, wishes
from crm_core.reports.tables import Asked, Column, Rows, Table

__all__ = [
    "TABLES",
    "Asked",
    "Bought",
    "Column",
    "Rows",
    "Table",
    "Today",
    "WishRow",
    "bought",
    "popular",
    "today",
    "wishes",
]
