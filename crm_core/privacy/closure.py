"""All rows about a customer, found by the foreign keys themselves, so no new table is forgotten."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Table, or_, select
from sqlalchemy.orm import Session

from crm_core.customers import Customer
from crm_core.db import Base

Found = Mapping[Table, ColumnElement[bool]]
"""Table → which of its rows are about the customer."""


def tables() -> list[Table]:
    """Every table that can hold something about a customer, owners before what they own."""
    reached = {Customer.__tablename__}
    ordered: list[Table] = list(Base.metadata.sorted_tables)
    for table in ordered:
        if any(key.column.table.name in reached for key in table.foreign_keys):
            reached.add(table.name)
    return [table for table in ordered if table.name in reached]


def of(session: Session, customer_ids: Sequence[int]) -> Found:
    """The rows that name these customers, and the rows that name those rows, to the end."""
    found: dict[Table, ColumnElement[bool]] = {}
    ids: dict[str, list[Any]] = {Customer.__tablename__: list(customer_ids)}
    for table in tables():
        if table.name == Customer.__tablename__:
            found[table] = table.c.id.in_(customer_ids)
            continue
        named = [
            key.parent.in_(ids[key.column.table.name])
            for key in table.foreign_keys
            if key.column.table is not table and ids.get(key.column.table.name)
        ]
        if not named:
            continue
        found[table] = or_(*named)
        if "id" in table.c:
            ids[table.name] = list(session.scalars(select(table.c.id).where(found[table])))
    return found
