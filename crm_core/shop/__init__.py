"""The shop itself: pages, facts, opening hours and what they promise."""

from crm_core.shop.quiet import QuietHours, moment_before
from crm_core.shop.service import (
    PageView,
    add_holiday,
    change_facts,
    facts,
    holidays,
    hours,
    is_open,
    next_opening,
    page,
    pages,
    promise,
    quiet_hours,
    remove_holiday,
    save_fact,
    save_page,
    set_hours,
)

__all__ = [
    "PageView",
    "QuietHours",
    "add_holiday",
    "change_facts",
    "facts",
    "holidays",
    "hours",
    "is_open",
    "moment_before",
    "next_opening",
    "page",
    "pages",
    "promise",
    "quiet_hours",
    "remove_holiday",
    "save_fact",
    "save_page",
    "set_hours",
]
