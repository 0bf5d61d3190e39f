"""Statement files in CSV, whatever the bank: its columns are a row of ``shapes.csv``."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

from crm_core.errors import InvalidInput
from crm_core.money import Rupiah
from crm_core.payments.statements.values import (
    Direction,
    Mutation,
    Rejected,
    Statement,
    UnreadableError,
    amount_of,
    balance_of,
    day_of,
)

_HEADING_WITHIN = 60
_LINES_OF_A_CELL = 5
_ROLES = (
    "date", "description", "amount", "debit", "credit", "balance", "account", "reference",
    "currency",
)  # fmt: skip
_RUPIAH = frozenset({"", "idr", "rp", "rupiah"})
_FOOTER = re.compile(r"saldo\s*(awal|akhir)|(mutasi\s*)?(debet|debit|kredit)\b|total\b|sub\s*total")
_MARKS = {
    "CR": Direction.IN, "C": Direction.IN, "K": Direction.IN, "+": Direction.IN,
    "DB": Direction.OUT, "DR": Direction.OUT, "D": Direction.OUT, "-": Direction.OUT,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Shape:
    """Which heading holds what. Several headings joined by ``+`` are read as one text.

    Either ``amount``, whose mark (CR, DB, minus) stands in the cell or in the nameless column
    behind it, or ``debit`` and ``credit``.
    """

    name: str
    bank: str
    columns: dict[str, tuple[str, ...]]

    @property
    def needed(self) -> frozenset[str]:
        """The headings without which it is another file; a second text or balance may lack."""
        roles = ("date", "amount", "debit", "credit")
        firsts = [self.columns["description"][0], *_of(self.columns, "balance")]
        return frozenset([name for role in roles for name in _of(self.columns, role)] + firsts)


def _of(columns: dict[str, tuple[str, ...]], role: str) -> tuple[str, ...]:
    return columns.get(role, ())


def read_shapes(text: str) -> tuple[Shape, ...]:
    """Shapes out of a table like ``shapes.csv``.

    Raises InvalidInput ("bank_columns_invalid", row) for one that lacks a name, a date, a
    description, or amounts.
    """
    shapes = []
    for number, row in enumerate(csv.DictReader(io.StringIO(text)), start=2):
        columns = {
            role: tuple(_plain(name) for name in (row.get(role) or "").split("+") if name.strip())
            for role in _ROLES
        }
        columns = {role: names for role, names in columns.items() if names}
        whole = {"amount"} <= set(columns) or {"debit", "credit"} <= set(columns)
        name = (row.get("shape") or "").strip()
        if not (name and whole and {"date", "description"} <= set(columns)):
            raise InvalidInput("bank_columns_invalid", row=number)
        shapes.append(Shape(name, (row.get("bank") or "").strip(), columns))
    return tuple(shapes)


@cache
def standard_shapes() -> tuple[Shape, ...]:
    """The shapes that come with the program."""
    return read_shapes(Path(__file__).with_name("shapes.csv").read_text(encoding="utf-8"))


def read_csv(text: str, shapes: Sequence[Shape], today: date) -> Statement | None:
    """The statement in ``text``, or None if no shape's headings are among its first lines.

    Raises InvalidInput ("statement_currency", currency).
    """
    for separator in ",;\t|":
        rows = list(_rows(text, separator))
        for at, (_, cells) in enumerate(rows[:_HEADING_WITHIN]):
            heading = [_plain(cell) for cell in cells]
            shape = _shape_of(heading, shapes)
            if shape is not None:
                before = [" ".join(above) for _, above in rows[:at]]
                return _Table(shape, heading, before, today).read(rows[at + 1 :])
    return None


def _rows(text: str, separator: str) -> Iterator[tuple[int, list[str]]]:
    """(line, cells) of each row that is not blank.

    A quoted cell may run over a few lines; a quote that is never closed ends with its line.
    """
    try:
        reader = csv.reader(io.StringIO(text), delimiter=separator)
        rows = [(reader.line_num, cells) for cells in reader]
    except csv.Error:  # a cell longer than any bank writes
        rows = []
    if not rows or any(cell.count("\n") > _LINES_OF_A_CELL for _, cells in rows for cell in cells):
        rows = [
            (number, line.replace('"', "").split(separator))
            for number, line in enumerate(text.splitlines(), start=1)
        ]
    for number, cells in rows:
        if any(cell.strip() for cell in cells):
            yield number, [_bare(cell) for cell in cells]


def _bare(cell: str) -> str:
    """A cell without what keeps a spreadsheet from calculating: ``'0001``, ``="0001"``."""
    cell = cell.strip()
    if found := re.fullmatch(r'="(.*)"', cell):
        cell = found[1]
    return cell.removeprefix("'").strip()


def _plain(heading: str) -> str:
    return re.sub(r"[\W_]+", " ", heading).strip().casefold()


def _shape_of(heading: list[str], shapes: Sequence[Shape]) -> Shape | None:
    names = set(heading)
    fitting = [shape for shape in shapes if shape.needed <= names]
    return max(fitting, key=lambda shape: len(shape.needed), default=None)


class _Table:
    """The rows under a heading, read one by one."""

    def __init__(self, shape: Shape, heading: list[str], before: list[str], today: date) -> None:
        self.shape, self.heading = shape, heading
        self.places = {
            role: [at for name in names for at, head in enumerate(heading) if head == name]
            for role, names in shape.columns.items()
        }
        preamble = "\n".join(before)
        self.account = _account_in(preamble)
        self.earliest, self.latest = _period_in(preamble, today)
        _refuse_currency(preamble)

    def read(self, rows: Sequence[tuple[int, list[str]]]) -> Statement:
        """All rows; what is neither a booking nor furniture of the file is rejected."""
        good, bad = [], []
        for number, cells in rows:
            if self._is_furniture(cells):
                continue
            try:
                good.append(self._mutation(number, cells))
            except UnreadableError as error:
                bad.append(Rejected(number, str(error), " ".join(filter(None, cells))[:120]))
        return Statement(self.shape.name, self.shape.bank or None, tuple(good), tuple(bad))

    def _is_furniture(self, cells: list[str]) -> bool:
        filled = [cell for cell in cells if cell]
        if len(filled) <= 1:  # a line that begins with a date is a broken booking, and is named
            return not (filled and re.match(r"\d{1,4}[/-]\d", filled[0]))
        return (
            _FOOTER.match(filled[0].casefold()) is not None
            or [_plain(cell) for cell in cells] == self.heading
            or self._text(cells, "description").casefold() in {"saldo awal", "saldo akhir"}
        )

    def _mutation(self, number: int, cells: list[str]) -> Mutation:
        booked_on = day_of(self._text(cells, "date"), self.latest, self.earliest)
        amount, direction = self._amount(cells)
        if amount <= 0:
            raise UnreadableError("amount_zero")
        if self._text(cells, "currency").casefold() not in _RUPIAH:
            raise UnreadableError("currency_unknown")
        account = re.sub(r"\D", "", self._text(cells, "account")) or self.account
        reference = re.sub(r"\s+", "", self._text(cells, "reference")).upper()[:60]
        return Mutation(
            row=number,
            account=account,
            booked_on=booked_on,
            amount=Rupiah(amount),
            direction=direction,
            description=self._text(cells, "description")[:500],
            reference=reference if len(reference) >= 6 else None,
            balance=balance_of(self._text(cells, "balance")),
        )

    def _amount(self, cells: list[str]) -> tuple[int, Direction]:
        if "amount" not in self.places:
            out, into = (self._number(cells, role) for role in ("debit", "credit"))
            if out and into:
                raise UnreadableError("amount_unreadable")
            return (out, Direction.OUT) if out else (into, Direction.IN)
        amount, mark = amount_of(self._text(cells, "amount"))
        behind = self.places["amount"][0] + 1
        if mark is None and behind < len(cells) and not self._named(behind):
            mark = cells[behind].upper() or None
        if mark not in _MARKS:
            raise UnreadableError("mark_missing")
        return amount, _MARKS[mark]

    def _named(self, at: int) -> bool:
        return at < len(self.heading) and self.heading[at] != ""

    def _number(self, cells: list[str], role: str) -> int:
        said = self._text(cells, role)
        return amount_of(said)[0] if said not in {"", "-"} else 0

    def _text(self, cells: list[str], role: str) -> str:
        said = [cells[at] for at in self.places.get(role, ()) if at < len(cells)]
        return re.sub(r"\s+", " ", " ".join(filter(None, said))).strip()


def _account_in(preamble: str) -> str | None:
    found = re.search(
        r"(?:no(?:mor)?\.?\s*rek\w*|account\s*(?:no|number)\w*)[\s.:=']*(\d[\d .-]{5,}\d)",
        preamble,
        re.IGNORECASE,
    )
    return re.sub(r"\D", "", found[1]) if found else None


def _period_in(preamble: str, today: date) -> tuple[date | None, date]:
    day = r"(\d{1,2}/\d{1,2}/\d{4})"
    found = re.search(rf"{day}\s*(?:-|–|s/d|sd|to)\s*{day}", preamble, re.IGNORECASE)
    if found is None:
        return None, today
    try:
        first, last = (day_of(text, today) for text in found.groups())
    except UnreadableError:
        return None, today
    return (first, last) if first <= last else (None, today)


def _refuse_currency(preamble: str) -> None:
    found = re.search(r"(?:mata\s*uang|currency)[\s:=']*([a-z]+)", preamble, re.IGNORECASE)
    if found and found[1].casefold() not in _RUPIAH:
        raise InvalidInput("statement_currency", currency=found[1].upper()[:10])
