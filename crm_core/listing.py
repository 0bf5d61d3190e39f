"""Lists that people leaf through and programs follow, in slices of the same shape."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import Select
from sqlalchemy.orm import InstrumentedAttribute

from crm_core import cursors
from crm_core.cursors import Place, Slice

Item = TypeVar("Item")
Query = TypeVar("Query", bound=Select[*tuple[Any, ...]])


@dataclass(frozen=True, slots=True)
class Window:
    """Which slice of a list is wanted.

    People leaf from the newest to the oldest. A program that asks ``updated_since`` is given the
    rows from the least to the most recently changed, so it can go on later where it stopped.
    """

    updated_since: datetime | None = None
    cursor: str | None = None
    limit: int = 50

    def cut(
        self,
        query: Query,
        row_id: InstrumentedAttribute[int],
        created: InstrumentedAttribute[datetime],
        updated: InstrumentedAttribute[datetime],
    ) -> Query:
        """``query`` ordered and cut to this window, with one row more to see whether it ends.

        Raises InvalidInput ("cursor_invalid", "limit_invalid").
        """
        limit = cursors.checked_limit(self.limit) + 1
        if self.updated_since is None:
            if self.cursor:
                query = query.where(cursors.before(self.cursor, created, row_id))
            return query.order_by(created.desc(), row_id.desc()).limit(limit)
        query = query.where(updated >= self.updated_since)
        if self.cursor:
            query = query.where(cursors.after(self.cursor, updated, row_id))
        return query.order_by(updated, row_id).limit(limit)

    def slice(self, rows: Sequence[tuple[Item, int, datetime, datetime]]) -> Slice[Item]:
        """The slice out of rows (item, id, created, updated) read with :meth:`cut`."""
        newest_first = self.updated_since is None
        placed = [
            (item, Place(created if newest_first else updated, row_id))
            for item, row_id, created, updated in rows
        ]
        return cursors.cut(placed, self.limit)
