"""Rows of a file that were refused: which row of the spreadsheet, and why, in words."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from channels import parcels
from channels.i18n import has, t

if TYPE_CHECKING:
    from collections.abc import Sequence

_TWICE = re.compile(r"duplicate_of_row_(\d+)")


def told(rows: Sequence[parcels.Row], rejected: Sequence[tuple[int, str]]) -> list[tuple[int, str]]:
    """(row as the spreadsheet counts it, sentence) for each refusal of the core.

    ``rejected`` counts the rows as they were read, from 1.
    """
    return [(parcels.sheet_row(rows, number), _why(rows, reason)) for number, reason in rejected]


def _why(rows: Sequence[parcels.Row], reason: str) -> str:
    twice = _TWICE.fullmatch(reason)
    if twice is not None:
        return t("imports.twice", row=parcels.sheet_row(rows, int(twice[1])))
    code, _, column = reason.partition(": ")
    name = f"imports.why.{code}"
    if code == "column_invalid":
        name = f"imports.column.{column}"
    return t(name) if has(name) else t("imports.other", reason=reason)
