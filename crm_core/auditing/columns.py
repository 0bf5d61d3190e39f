"""Sums in SQL that stay whole numbers."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, Cast, cast, func
from sqlalchemy.orm import InstrumentedAttribute

Column = InstrumentedAttribute[Any]


def total(column: Column) -> Cast[int]:
    """The sum of ``column``, 0 of no rows; not the decimal that PostgreSQL makes of it."""
    return cast(func.coalesce(func.sum(column), 0), BigInteger)
