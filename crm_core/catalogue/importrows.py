"""One row of a price list read: what it says of a part, or why it cannot be used. Pure."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from crm_core.catalogue.bikes import BikeTable
from crm_core.catalogue.naming import Stated, stated_models
from crm_core.catalogue.text import plain_code
from crm_core.errors import InvalidInput
from crm_core.money import Rupiah

_MOST_PIECES = 10_000_000
_TRUE, _FALSE = {"1", "true", "ya", "yes", "y"}, {"0", "false", "tidak", "no", "n"}


class RowError(Exception):
    """This row cannot be used, for the reason given."""


@dataclass(slots=True)
class WantedPart:
    """One good row: ``values`` holds only the columns the row has."""

    row: int
    code: str
    values: dict[str, Any]
    stock: int | None = None
    category: str | None = None
    models: tuple[Stated, ...] | None = None
    named: tuple[Stated, ...] = field(default=())


def read_row(table: BikeTable, number: int, row: Mapping[str, Any]) -> WantedPart:
    """What row ``number`` wants; raises :class:`RowError`. Unknown columns are ignored."""
    code = plain_code(_said(row, "part_code", "sku"))
    if not code:
        raise RowError("part_code_missing")
    if not 3 <= len(code) <= 32:
        raise RowError("part_code_invalid")
    values: dict[str, Any] = {}
    name = clean_name(_said(row, "name"))
    if name:
        values["name"] = name
    if _has(row, "price_idr", "price"):
        values["price_idr"] = _price(_said(row, "price_idr", "price"))
    values |= _measures(row)
    for column in ("unit", "description"):
        if said := _said(row, column):
            values[column] = clean_name(said)[:2000]
    for column in ("original", "active"):
        if said := _said(row, column):
            values[column] = _yes(said, column)
    stock = _said(row, "stock")
    models = row.get("models")
    return WantedPart(
        number,
        code,
        values,
        stock=_whole(stock, "stock_unreadable") if stock else None,
        category=clean_name(_said(row, "category")) or None,
        models=stated_models(table, models) if models not in (None, "", []) else None,
    )


def _measures(row: Mapping[str, Any]) -> dict[str, int | None]:
    """Weight in grams, packed size in millimetres and days of warranty, as far as said."""
    values: dict[str, int | None] = {}
    if weight := _said(row, "weight_g"):
        values["weight_g"] = _whole(weight, "weight_unreadable")
    if days := _said(row, "warranty_days"):
        values["warranty_days"] = _whole(days, "warranty_days_unreadable")
        if (values["warranty_days"] or 0) > 3_650:
            raise RowError("warranty_days_unreadable")
    for column in ("length_mm", "width_mm", "height_mm"):
        if measure := _said(row, column):
            length = _whole(measure, f"{column}_unreadable")
            if length > 5_000:
                raise RowError(f"{column}_unreadable")
            values[column] = length or None
    return values


def _has(row: Mapping[str, Any], *columns: str) -> bool:
    return any(column in row for column in columns)


def _said(row: Mapping[str, Any], *columns: str) -> str:
    for column in columns:
        value = row.get(column)
        if value is not None and str(value).strip():
            return str(value).strip()
    return ""


def clean_name(said: str) -> str:
    """HTML entities resolved (also doubly escaped ones), control signs out, spaces single."""
    said = html.unescape(html.unescape(said))
    said = "".join(sign if sign.isprintable() else " " for sign in said)
    return re.sub(r"\s+", " ", said).strip()[:400]


def _price(said: str) -> int | None:
    if said in {"", "-", "0", "0.0", "0.00"}:
        return None
    said = re.sub(r"^(\d+)\.00?$", r"\1", said)
    try:
        price = int(Rupiah.parse(said))
    except InvalidInput:
        raise RowError("price_unreadable") from None
    if price < 0:
        raise RowError("price_unreadable")
    return price or None


def _whole(said: str, reason: str) -> int:
    said = re.sub(r"^(\d+)\.00?$", r"\1", said)
    if not (said.isascii() and said.isdigit()) or len(said) > 9 or int(said) > _MOST_PIECES:
        raise RowError(reason)
    return int(said)


def _yes(said: str, column: str) -> bool:
    if said.lower() in _TRUE:
        return True
    if said.lower() in _FALSE:
        return False
    raise RowError(f"{column}_unreadable")
