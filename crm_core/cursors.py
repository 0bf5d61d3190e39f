"""Pages of a list that changes while it is read: a cursor names the last row seen."""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar

from sqlalchemy import ColumnElement, tuple_
from sqlalchemy.orm import InstrumentedAttribute

from crm_core.errors import InvalidInput

T = TypeVar("T")
LIMIT = 200


@dataclass(frozen=True, slots=True)
class Slice(Generic[T]):
    """Some rows of a list; ``next`` is the cursor of the following slice, None at the end."""

    items: tuple[T, ...]
    next: str | None


@dataclass(frozen=True, slots=True)
class Place:
    """A row's place in a list ordered by a time, then by id."""

    at: datetime
    id: int

    def cursor(self) -> str:
        """The place as an opaque text safe in URLs."""
        written = json.dumps([self.at.astimezone(UTC).isoformat(), self.id])
        return base64.urlsafe_b64encode(written.encode()).decode().rstrip("=")

    @classmethod
    def read(cls, cursor: str) -> Place:
        """The place that ``cursor`` names; InvalidInput("cursor_invalid") if it names none."""
        try:
            padded = cursor + "=" * (-len(cursor) % 4)
            at, row_id = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
            place = cls(datetime.fromisoformat(at), row_id)
        except (binascii.Error, ValueError, TypeError, RecursionError):
            raise InvalidInput("cursor_invalid") from None
        sound = type(row_id) is int and 0 <= row_id < 2**63 and place.at.tzinfo is not None
        if not sound:
            raise InvalidInput("cursor_invalid")
        return place


def checked_limit(limit: int) -> int:
    """``limit`` if it is between 1 and 200, else InvalidInput("limit_invalid")."""
    if not 1 <= limit <= LIMIT:
        raise InvalidInput("limit_invalid", least=1, most=LIMIT)
    return limit


def after(
    cursor: str, at: InstrumentedAttribute[datetime], row_id: InstrumentedAttribute[int]
) -> ColumnElement[bool]:
    """The condition of rows that follow ``cursor`` in a list from old to new."""
    place = Place.read(cursor)
    return tuple_(at, row_id) > (place.at, place.id)


def before(
    cursor: str, at: InstrumentedAttribute[datetime], row_id: InstrumentedAttribute[int]
) -> ColumnElement[bool]:
    """The condition of rows that follow ``cursor`` in a list from new to old."""
    place = Place.read(cursor)
    return tuple_(at, row_id) < (place.at, place.id)


def cut(rows: list[tuple[T, Place]] | Any, limit: int) -> Slice[T]:
    """A slice of at most ``limit`` from rows that were read with ``limit + 1``."""
    kept = list(rows)[: limit + 1]
    more = len(kept) > limit
    kept = kept[:limit]
    return Slice(tuple(row for row, _ in kept), kept[-1][1].cursor() if more else None)
