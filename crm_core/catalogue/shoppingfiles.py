"""A list sent as a file: CSV or Excel, read cell by cell and never run.

A stranger's file: its size, its unpacked size, its rows and columns are bounded, formulas are not
evaluated (their last shown value counts), and a file that is something else is refused by name.
"""

from __future__ import annotations

import csv
import io
import re
import warnings
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from typing import Literal

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from crm_core.catalogue.quantity import MOST, read_quantity
from crm_core.catalogue.shoppinglist import LONGEST_LINE, MOST_LINES, ListLine, read_list
from crm_core.errors import InvalidInput

MAX_BYTES = 1024 * 1024
_UNPACKED = 20 * 1024 * 1024
"""An Excel file is a zip: more than this when unpacked is no list but an attack or a mistake."""
_MOST_ROWS, _MOST_COLUMNS, _LONGEST_CELL = 2_000, 30, 300
_CSV_TYPES = frozenset(
    {
        "text/csv", "application/csv", "text/comma-separated-values", "text/x-csv",
        "text/tab-separated-values", "text/plain", "application/vnd.ms-excel",
    }
)  # fmt: skip
_XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

Column = Literal["code", "name", "quantity", "bike", "number"]
_HEADS: dict[Column, re.Pattern[str]] = {
    "quantity": re.compile(
        r"(?:qty|quantity|jumlah|jml|jmlh|banyak\w*|pcs|order|pesan\w*|kuantitas|kts)\b"
    ),
    "code": re.compile(
        r"(?:kode|code|part ?(?:no|num\w*|code)|no\.? ?part|nomor ?part|sku|pn|p/n|item ?code)"
    ),
    "name": re.compile(
        r"(?:nama|name|barang|part|spare ?part|deskripsi|desc\w*|item|uraian|produk|product|"
        r"keterangan)"
    ),
    "bike": re.compile(r"(?:motor|tipe|type|model|untuk|bike|kendaraan)"),
    "number": re.compile(r"(?:no|nomor|nr|#|urut)\.?$"),
}  # fmt: skip
_CODE = re.compile(r"(?=.*\d)[A-Za-z0-9][A-Za-z0-9 ./-]{4,24}")


@dataclass(frozen=True, slots=True)
class _Layout:
    """Which column holds what; None where the file has none."""

    columns: dict[Column, int]
    first_row: int


def is_list_type(content_type: str) -> bool:
    """Whether a file of this MIME type may be a list."""
    kind = content_type.partition(";")[0].strip().lower()
    return kind in _CSV_TYPES or kind == _XLSX_TYPE


def suffix_of(content_type: str) -> str:
    """The file name's end for a list of this type: ``.xlsx`` or ``.csv``."""
    return ".xlsx" if content_type.partition(";")[0].strip().lower() == _XLSX_TYPE else ".csv"


def read_file(content: bytes) -> tuple[ListLine, ...]:
    """The lines of a list in a CSV or XLSX file, told apart by their first bytes.

    Columns are known by their headings, else by what stands in them. Raises InvalidInput:
    "list_file_too_large", "list_file_unreadable", "list_file_empty", "list_too_long" (lines, most).
    """
    if len(content) > MAX_BYTES:
        raise InvalidInput("list_file_too_large", most_mb=1)
    rows = list(_workbook(content) if content[:4] == b"PK\x03\x04" else _text(content))
    if all(sum(bool(cell) for cell in row) <= 1 for row in rows):  # no table: a list in words
        lines = list(read_list("\n".join(" ".join(row) for row in rows)))
    else:
        lines = [line for line in _lines(rows) if line is not None]
    if not lines:
        raise InvalidInput("list_file_empty")
    if len(lines) > MOST_LINES:
        raise InvalidInput("list_too_long", lines=len(lines), most=MOST_LINES)
    return tuple(replace(line, number=number) for number, line in enumerate(lines, start=1))


def _workbook(content: bytes) -> list[list[str]]:
    """The cells of the first sheet that has any."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            if sum(member.file_size for member in packed.infolist()) > _UNPACKED:
                raise InvalidInput("list_file_too_large", most_mb=1)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about styles and extensions that we do not read
            book = load_workbook(io.BytesIO(content), read_only=True, data_only=True)
            with closing(book):
                for sheet in book.worksheets:
                    read = sheet.iter_rows(
                        max_row=_MOST_ROWS, max_col=_MOST_COLUMNS, values_only=True
                    )
                    rows = [[_cell(value) for value in row] for row in read]
                    if any(cell for row in rows for cell in row):
                        return rows
    except InvalidInput:
        raise
    except (InvalidFileException, zipfile.BadZipFile, KeyError, ValueError, TypeError, OSError,
            SyntaxError, AttributeError, IndexError, EOFError) as error:  # fmt: skip
        raise InvalidInput("list_file_unreadable") from error
    return []


def _cell(value: object) -> str:
    """A cell as it is shown; 2.0 is two pieces."""
    if value is None or isinstance(value, bool):
        return ""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return " ".join(str(value).split())[:_LONGEST_CELL]


def _text(content: bytes) -> Iterator[list[str]]:
    """The cells of a CSV file in UTF-8 (with or without mark), UTF-16 or Windows-1252."""
    if content[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        said = content.decode("utf-16", errors="replace")
    else:
        try:
            said = content.decode("utf-8-sig")
        except UnicodeDecodeError:
            said = content.decode("cp1252", errors="replace")
    strange = sum(not (sign.isprintable() or sign in "\r\n\t") for sign in said[:4000])
    if strange * 20 > len(said[:4000]) or "\x00" in said:
        raise InvalidInput("list_file_unreadable")
    said = said.replace("\r\n", "\n").replace("\r", "\n")
    mark = said.split("\n", 1)[0].strip().lower()
    if mark.startswith("sep=") and len(mark) == 5:
        said, sign = said.partition("\n")[2], mark[4]
        delimiter: str | None = sign
    else:
        delimiter = _delimiter(said)
    if delimiter is None:
        yield from ([_cell(line)] for line in said.split("\n")[:_MOST_ROWS])
        return
    try:
        reader = csv.reader(io.StringIO(said), delimiter=delimiter)
        for place, row in enumerate(reader):
            if place >= _MOST_ROWS:
                return
            yield [_cell(cell) for cell in row[:_MOST_COLUMNS]]
    except csv.Error as error:
        raise InvalidInput("list_file_unreadable") from error


def _delimiter(said: str) -> str | None:
    """The sign that parts most lines into the same number of cells; None if no sign does."""
    lines = [line for line in said.split("\n")[:50] if line.strip()]
    best: int = len(lines) // 2
    found: str | None = None
    for sign in (";", "\t", ",", "|"):
        counts = [line.count(sign) for line in lines]
        usual = max(set(counts), key=counts.count) if counts else 0
        worth = counts.count(usual) if usual else 0
        if worth > best:
            best, found = worth, sign
    return found


def _lines(rows: Sequence[Sequence[str]]) -> Iterator[ListLine | None]:
    layout = _layout(rows)
    for row in rows[layout.first_row :]:
        yield _line(row, layout)


def _layout(rows: Sequence[Sequence[str]]) -> _Layout:
    for place, row in enumerate(rows[:20]):
        heads = _heads(row)
        if {"name", "code"} & heads.keys() and (len(heads) >= 2 or _only(row)):
            return _Layout(heads, place + 1)
    return _Layout(_guessed(rows), 0)


def _heads(row: Sequence[str]) -> dict[Column, int]:
    found: dict[Column, int] = {}
    for at, cell in enumerate(row):
        plain = cell.casefold().strip(" .:*")
        if not plain or len(plain) > 30:
            continue
        for column, pattern in _HEADS.items():
            if column not in found and pattern.match(plain):
                found[column] = at
                break
    return found


def _only(row: Sequence[str]) -> bool:
    return sum(bool(cell) for cell in row) == 1


def _guessed(rows: Sequence[Sequence[str]]) -> dict[Column, int]:
    """Columns by what stands in them: codes, words, small numbers."""
    width = max((len(row) for row in rows), default=0)
    cells = [[row[at] for row in rows if at < len(row) and row[at]] for at in range(width)]
    found: dict[Column, int] = {}
    for at, column in enumerate(cells):
        if not column:
            continue
        numbers = [cell for cell in column if read_quantity(cell) is not None]
        if len(numbers) * 2 > len(column):
            counting = [cell.rstrip(".") for cell in column] == [
                str(n) for n in range(1, len(column) + 1)
            ]
            if counting and len(column) > 2 and "number" not in found and at == 0:
                found["number"] = at
            else:
                found["quantity"] = at
        elif "code" not in found and sum(_is_code(cell) for cell in column) * 2 > len(column):
            found["code"] = at
        elif "name" not in found:
            found["name"] = at
    if "number" in found and "quantity" not in found and len(found) == 1:
        found = {"name": found["number"]}
    return found


def _is_code(cell: str) -> bool:
    digits = sum(sign.isdigit() for sign in cell)
    return _CODE.fullmatch(cell) is not None and digits >= 3 and " " not in cell.strip()


def _line(row: Sequence[str], layout: _Layout) -> ListLine | None:
    def of(column: Column) -> str:
        at = layout.columns.get(column)
        return row[at].strip() if at is not None and at < len(row) else ""

    words = " ".join(part for part in (of("code"), of("name"), of("bike")) if part)
    if not words or not any(sign.isalnum() for sign in words) or _is_sum(words):
        return None
    said = of("quantity")
    quantity = read_quantity(said) if said else None
    if said and re.fullmatch(r"0+(?:[.,]0+)?", said):
        return None  # an order form with everything on it: what has a nought is not wanted
    if said:
        text, counted = words, quantity is not None
    else:
        read = read_list(words) if not of("code") else ()
        if len(read) == 1 and layout.columns.keys() <= {"name", "number"}:
            return read[0]
        text, counted = words, False
    return ListLine(
        1,
        text[:LONGEST_LINE],
        min(quantity or 1, MOST),
        counted,
        None,
        f"{text} {said}".strip()[:LONGEST_LINE],
    )


def _is_sum(words: str) -> bool:
    """ "Total", "Jumlah", "Grand total": the foot of a table."""
    return (
        re.fullmatch(r"(?:grand )?(?:total|jumlah|subtotal)\W*.{0,20}", words.casefold())
        is not None
    )


def as_json(lines: Iterable[ListLine]) -> list[dict[str, object]]:
    """Lines without bikes as JSON; ``ListLine(**…)`` reads each."""
    return [
        {
            "number": line.number,
            "text": line.text,
            "quantity": line.quantity,
            "counted": line.counted,
            "written": line.written,
        }
        for line in lines
    ]
