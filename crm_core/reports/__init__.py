"""Numbers over all concepts: what the shop's people look at together."""

from crm_core.reports.queries import Today, WishRow, popular, today, wishes

__all__ = ["Today", "WishRow", "popular", "today", "wishes"]
