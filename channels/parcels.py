"""Tables of shipping as files: rates and tracking numbers in and out, for console and terminal.

A file is read whole, every bad row is named with its reason, and a dry run keeps nothing.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from channels import spreadsheet
from crm_core import shipments, shipping
from crm_core.errors import CrmError, InvalidInput

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from crm_core.shipping import RatesReport, RateView
    from crm_core.timeline import Actor

Work = Callable[[], AbstractContextManager["Session"]]
Row = Mapping[str, Any]

MOST_BYTES = 5_000_000
MOST_ROWS = 20_000
_NAMES = {
    "order": "order_code", "kode": "order_code", "kode_pesanan": "order_code",
    "pesanan": "order_code", "no_pesanan": "order_code",
    "resi": "tracking_number", "no_resi": "tracking_number", "nomor_resi": "tracking_number",
    "awb": "tracking_number", "tracking": "tracking_number", "no_awb": "tracking_number",
    "kurir": "courier", "ekspedisi": "courier",
    "provinsi": "province", "kabupaten": "regency", "kota": "regency", "kecamatan": "district",
    "cara": "method", "metode": "method",
}  # fmt: skip
"""Headings that people and couriers write, and the column each of them means."""


@dataclass
class NumbersReport:
    """What became of a file of tracking numbers: order codes by outcome, and the refused rows."""

    sent: list[str] = field(default_factory=list)
    noted: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    rejected: list[tuple[int, str, CrmError]] = field(default_factory=list)


class SheetRow(dict[str, str]):
    """One row by its columns, with its ``number`` as a spreadsheet shows it."""

    def __init__(self, number: int, cells: Iterable[tuple[str, str]]) -> None:
        super().__init__(cells)
        self.number = number


class _Undone(Exception):  # noqa: N818 - it is no error: it ends a dry run
    """Ends the transaction of a dry run without keeping anything."""


def read_rows(data: bytes, *needed: str) -> list[Row]:
    """The rows of a CSV whose first line names the columns, whatever separates them.

    Raises InvalidInput ("file_too_large"), ("file_unreadable"), ("column_missing", column) for one
    of ``needed``.
    """
    if len(data) > MOST_BYTES:
        raise InvalidInput("file_too_large")
    text = _text(data)
    first = text.lstrip("\r\n").partition("\n")[0]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=max(",;\t|", key=first.count))
    try:
        lines = [
            (number, line)
            for number, line in enumerate(reader, start=1)
            if any(cell.strip() for cell in line)
        ]
    except csv.Error:
        raise InvalidInput("file_unreadable") from None
    if len(lines) > MOST_ROWS:
        raise InvalidInput("file_too_large")
    heading = [_column(name) for name in (lines[0][1] if lines else [])]
    for column in needed:
        if column not in heading:
            raise InvalidInput("column_missing", column=column)
    return [SheetRow(number, zip(heading, line, strict=False)) for number, line in lines[1:]]


def sheet_row(rows: Sequence[Row], number: int) -> int:
    """Row ``number`` of the rows that were read, from 1, as the spreadsheet counts it."""
    row = rows[number - 1] if 0 < number <= len(rows) else None
    return row.number if isinstance(row, SheetRow) else number


def bring_rates(
    work: Work, rows: Iterable[Row], *, actor: Actor, dry_run: bool = False
) -> RatesReport:
    """Take in a table of rates; see ``shipping.load_rates``."""
    with work() as session:
        return shipping.load_rates(session, rows, dry_run=dry_run, actor=actor)


def rates_csv(rates: Iterable[RateView]) -> str:
    """The table of rates as a file that a spreadsheet opens and :func:`bring_rates` takes back."""
    return spreadsheet.table(shipping.COLUMNS, (rate.row() for rate in rates))


def bring_numbers(
    work: Work, rows: Sequence[Row], *, actor: Actor, ship: bool = False, dry_run: bool = False
) -> NumbersReport:
    """Take in tracking numbers, each row in a transaction of its own; see
    ``shipments.take_number``.
    """
    report = NumbersReport()
    if dry_run:
        try:
            with work() as session:
                for number, row in enumerate(rows, start=1):
                    _take(session, report, number, row, actor=actor, ship=ship)
                raise _Undone
        except _Undone:
            return report
    for number, row in enumerate(rows, start=1):
        with work() as session:
            _take(session, report, number, row, actor=actor, ship=ship)
    return report


def _take(
    session: Session, report: NumbersReport, number: int, row: Row, *, actor: Actor, ship: bool
) -> None:
    code = str(row.get("order_code") or "").strip()[:20]
    try:
        with session.begin_nested():
            outcome = shipments.take_number(session, row, actor=actor, ship=ship)
    except CrmError as error:
        report.rejected.append((number, code, error))
        return
    getattr(report, outcome).append(code.upper())


def _text(data: bytes) -> str:
    for encoding in ("utf-8-sig", "cp1252"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" not in text:
            return text
    raise InvalidInput("file_unreadable")


def _column(name: str) -> str:
    plain = "_".join(name.strip().lower().replace(".", " ").replace("-", " ").split())
    return _NAMES.get(plain, plain)
