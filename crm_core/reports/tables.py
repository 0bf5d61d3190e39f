"""Any list of the shop as one table: filtered, sorted by a column, page by page or whole."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Literal

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import Session

from crm_core.clock import ZONE
from crm_core.errors import InvalidInput

Kind = Literal["text", "word", "number", "rupiah", "moment", "day", "flag"]
PAGE = 50
MOST_ROWS = 100_000
"""A file of more rows is refused: it would be cut without anybody seeing it."""
_LAST_PAGE = 2_000


@dataclass(frozen=True, slots=True)
class Column:
    """One column; ``words`` names the group of words and ``choices`` what a state may be."""

    name: str
    value: Any
    kind: Kind = "text"
    words: str = ""
    choices: tuple[str, ...] = ()
    leads_to: bool = False
    """Its value names the record on the record's own page."""


@dataclass(frozen=True, slots=True)
class Table:
    """A list: ``source`` joins what the columns need, ``key`` tells rows apart."""

    name: str
    permission: str
    key: Any
    columns: tuple[Column, ...]
    source: Callable[[Select[Any]], Select[Any]]
    sort: str = ""

    def column(self, name: str) -> Column:
        """The column of this name. Raises InvalidInput ("sort_unknown")."""
        found = next((column for column in self.columns if column.name == name), None)
        if found is None:
            raise InvalidInput("sort_unknown", sorts=[column.name for column in self.columns])
        return found


@dataclass(frozen=True, slots=True)
class Asked:
    """What is wanted of a table: words to find, values by column, a span of days, an order.

    ``sort`` is a column's name, with "-" before it from the highest down.
    """

    query: str = ""
    values: Mapping[str, str] | None = None
    since: str = ""
    until: str = ""
    sort: str = ""
    page: int = 1


@dataclass(frozen=True, slots=True)
class Rows:
    """One page of a table; ``total`` counts the rows of all ``pages``."""

    rows: tuple[tuple[Any, ...], ...]
    total: int
    page: int
    pages: int
    sort: str


def read(session: Session, table: Table, asked: Asked) -> Rows:
    """A page of ``table``; one beyond the last is the last.

    Raises InvalidInput ("sort_unknown", "choice_unknown" with column, "day_invalid").
    """
    wanted = _filtered(table, asked)
    total = session.scalar(select(func.count()).select_from(wanted.subquery())) or 0
    pages = min(max(1, -(-total // PAGE)), _LAST_PAGE)
    page = min(max(1, asked.page), pages)
    sort = asked.sort or table.sort or table.columns[0].name
    ordered = _ordered(wanted, table, sort).limit(PAGE).offset((page - 1) * PAGE)
    rows = tuple(tuple(row)[:-1] for row in session.execute(ordered))
    return Rows(rows, total, page, pages, sort)


def whole(session: Session, table: Table, asked: Asked) -> list[tuple[Any, ...]]:
    """All rows that the filter leaves, for a file.

    Raises as :func:`read`, and InvalidInput ("list_too_long" with ``most``).
    """
    sort = asked.sort or table.sort or table.columns[0].name
    ordered = _ordered(_filtered(table, asked), table, sort).limit(MOST_ROWS + 1)
    rows = [tuple(row)[:-1] for row in session.execute(ordered)]
    if len(rows) > MOST_ROWS:
        raise InvalidInput("list_too_long", most=MOST_ROWS)
    return rows


def _filtered(table: Table, asked: Asked) -> Select[Any]:
    labelled = [column.value.label(column.name) for column in table.columns]
    wanted = table.source(select(*labelled, table.key.label("_key")))
    texts = [column.value for column in table.columns if column.kind == "text"]
    for word in asked.query.replace("\0", "").split()[:8]:
        wanted = wanted.where(or_(*(text.icontains(word, autoescape=True) for text in texts)))
    for name, value in (asked.values or {}).items():
        if value:
            wanted = wanted.where(_equal(table.column(name), value))
    return _within(wanted, table, asked)


def _within(wanted: Select[Any], table: Table, asked: Asked) -> Select[Any]:
    """Rows of the days asked for, by the first column that says when."""
    first = next((one for one in table.columns if one.kind in {"moment", "day"}), None)
    if first is None:
        return wanted
    if asked.since:
        begin = _midnight(asked.since)
        wanted = wanted.where(first.value >= (begin if first.kind == "moment" else _day(begin)))
    if asked.until:
        end = _midnight(asked.until) + timedelta(days=1)
        wanted = wanted.where(first.value < (end if first.kind == "moment" else _day(end)))
    return wanted


def _equal(column: Column, value: str) -> ColumnElement[bool]:
    known: Sequence[str] = ("yes", "no") if column.kind == "flag" else column.choices
    if value not in known:
        raise InvalidInput("choice_unknown", column=column.name)
    same: ColumnElement[bool]
    same = column.value.is_(value == "yes") if column.kind == "flag" else column.value == value
    return same


def _midnight(text: str) -> datetime:
    try:
        day = date.fromisoformat(text)
        return datetime.combine(day, time.min, ZONE).astimezone(UTC)
    except (ValueError, OverflowError):
        raise InvalidInput("day_invalid") from None


def _day(midnight: datetime) -> date:
    return midnight.astimezone(ZONE).date()


def _ordered(wanted: Select[Any], table: Table, sort: str) -> Select[Any]:
    value = table.column(sort.removeprefix("-")).value
    down = sort.startswith("-")
    first = value.desc().nulls_last() if down else value.asc().nulls_last()
    return wanted.order_by(first, table.key.desc() if down else table.key.asc())
