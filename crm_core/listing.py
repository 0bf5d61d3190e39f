"""Long lists in pages: newest first, each page naming where the next begins."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from crm_core.errors import InvalidInput

Row = TypeVar("Row")
Item = TypeVar("Item")

MOST = 500
"""More rows at once than anybody reads or any program should hold."""


@dataclass(frozen=True, slots=True)
class Listing(Generic[Item]):
    """One page; ``next`` is the cursor of the following one, None at the end."""

    items: tuple[Item, ...]
    next: str | None


def read_cursor(cursor: str | None) -> int | None:
    """The id below which the page begins. Raises InvalidInput ("cursor_invalid")."""
    if cursor is None or cursor == "":
        return None
    if not (cursor.isascii() and cursor.isdigit() and len(cursor) <= 18):
        raise InvalidInput("cursor_invalid")
    return int(cursor)


def checked_limit(limit: int) -> int:
    """``limit`` within 1 and 500. Raises InvalidInput ("limit_invalid", most)."""
    if not 1 <= limit <= MOST:
        raise InvalidInput("limit_invalid", most=MOST)
    return limit


def page_of(
    rows: Sequence[Row], limit: int, key: Callable[[Row], int], view: Callable[[Row], Item]
) -> Listing[Item]:
    """A page out of up to ``limit + 1`` rows; the row too many only shows that there are more."""
    shown = rows[:limit]
    more = str(key(shown[-1])) if len(rows) > limit else None
    return Listing(tuple(view(row) for row in shown), more)


def contains(text: str) -> str:
    """A LIKE pattern (escape ``\\``) for rows that contain ``text`` letter for letter."""
    escaped = text.strip().replace("\\", "\\\\").replace("%", r"\%").replace("_", r"\_")
    return f"%{escaped}%"
