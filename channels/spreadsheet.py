"""Tables as CSV that a spreadsheet opens as text and numbers, and never runs."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

_RUNS = ("=", "+", "-", "@", "\t", "\r", "\n")


def safe(cell: object) -> str:
    """A cell as text; what a spreadsheet would take for a formula gets an apostrophe before it.

    Whole numbers stay numbers, also below zero (OWASP ASVS 1.2.10).
    """
    if cell is None:
        return ""
    if isinstance(cell, int):
        return str(int(cell))
    text = str(cell)
    bare = text.lstrip(" \u200b\ufeff")
    return f"'{text}" if bare.startswith(_RUNS) or text.startswith(_RUNS) else text


def table(heading: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A CSV with every text quoted, beginning with the mark by which Excel knows UTF-8."""
    target = io.StringIO()
    writer = csv.writer(target, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow(heading)
    writer.writerows([safe(cell) for cell in row] for row in rows)
    return "\ufeff" + target.getvalue()
