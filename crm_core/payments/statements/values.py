"""What a statement file says, and how its numbers and dates are read."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from crm_core.money import MOST, Rupiah


class Direction(StrEnum):
    """Which way money went over our account."""

    IN = "in"
    OUT = "out"


@dataclass(frozen=True, slots=True)
class Mutation:
    """One booking on an account. ``account`` is digits, or None where the file names none.

    ``row`` is the line of the file from 1; ``balance`` the running one in whole rupiah if told.
    """

    row: int
    account: str | None
    booked_on: date
    amount: Rupiah
    direction: Direction
    description: str
    reference: str | None = None
    balance: Rupiah | None = None

    @property
    def fingerprint(self) -> str:
        """The same for the same booking in every file of its shape.

        Without the balance: a bank may sort a day anew, and then only the balance differs.
        """
        words = re.sub(r"[\W_]+", "", self.description).casefold()
        parts = (
            self.booked_on.isoformat(), self.direction, int(self.amount), words,
            self.reference or "",
        )  # fmt: skip
        return hashlib.sha256("|".join(map(str, parts)).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Rejected:
    """A row that cannot be used: its line, a snake_case reason, and its beginning as it stands."""

    row: int
    reason: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class Statement:
    """A file as it was read."""

    shape: str
    bank: str | None
    mutations: tuple[Mutation, ...]
    rejected: tuple[Rejected, ...]


class UnreadableError(ValueError):
    """A cell that says nothing usable; the message is the reason, in snake_case."""


def amount_of(text: str) -> tuple[int, str | None]:
    """Whole rupiah and the mark in a cell: ``"150,123.00 CR"`` → (150123, "CR").

    The last dot or comma marks a fraction if one or two digits follow, else it groups thousands:
    both "1.234.567,00" and "1,234,567.00" are read. A minus sign or brackets give the mark "-".
    Raises UnreadableError ("amount_unreadable", "amount_with_sen").
    """
    said = text.strip().strip("'\"").upper().replace("\xa0", " ")
    found = re.fullmatch(
        r"(?P<open>[-+(]?)\s*(?:RP|IDR)?\s*\.?\s*(?P<sign>[-+]?)(?P<number>[\d.,]*\d)\s*\)?\s*"
        r"(?P<mark>CR|DB|DR|C|D|K|\+|-)?",
        said,
        re.ASCII,
    )
    if found is None:
        raise UnreadableError("amount_unreadable")
    negative = "-" in {found["open"], found["sign"]} or found["open"] == "("
    return _whole(found["number"]), found["mark"] or ("-" if negative else None)


_PLAIN = re.compile(r"\d+")
_GROUPED = re.compile(r"\d{1,3}([.,])\d{3}(?:\1\d{3})*")


def _whole(number: str) -> int:
    cut = re.fullmatch(r"(?P<whole>.*?)[.,](?P<sen>\d{1,2})", number)
    whole = cut["whole"] if cut else number
    if not (whole == "" or _PLAIN.fullmatch(whole) or _GROUPED.fullmatch(whole)):
        raise UnreadableError("amount_unreadable")
    if cut and whole and cut[0][len(whole)] in whole:  # one sign cannot both group and cut
        raise UnreadableError("amount_unreadable")
    if cut and int(cut["sen"]):
        raise UnreadableError("amount_with_sen")
    value = int(re.sub(r"[.,]", "", whole) or 0)
    if value > MOST:
        raise UnreadableError("amount_unreadable")
    return value


def balance_of(text: str) -> Rupiah | None:
    """The whole rupiah of a running balance, sen cut off; None where it says nothing."""
    said = text.strip().strip("'\"")
    cut = re.fullmatch(r"(.*\d)[.,]\d{1,2}(\s*[A-Z]{2})?", said)
    try:
        value, mark = amount_of(cut[1] if cut else said)
    except UnreadableError:
        return None
    return Rupiah(-value if mark == "-" else value)


_MONTHS = {
    name: number
    for number, names in enumerate(
        "jan feb|peb mar apr may|mei jun jul aug|agu|ags sep oct|okt nov|nop dec|des".split(),
        start=1,
    )
    for name in names.split("|")
}


def day_of(text: str, latest: date, earliest: date | None = None) -> date:
    """The date that a cell begins with, day before month; a time behind it is left out.

    ``25/11`` has no year: it is the one that puts the day into ``earliest`` … ``latest``, else
    the last such day up to ``latest``. Raises UnreadableError ("pending", "date_unreadable").
    """
    said = text.strip().strip("'\"").strip()
    if said.upper().startswith("PEND"):
        raise UnreadableError("pending")
    try:
        if found := re.match(r"(\d{4})-(\d{1,2})-(\d{1,2})(?!\d)", said):
            return date(int(found[1]), int(found[2]), int(found[3]))
        if found := re.match(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4}|\d{2})(?!\d)", said):
            return date(_year(found[3]), int(found[2]), int(found[1]))
        if found := re.match(r"(\d{1,2})[ /-]([A-Za-z]{3})[a-z]*[ /-](\d{4}|\d{2})(?!\d)", said):
            return date(_year(found[3]), _MONTHS[found[2].lower()], int(found[1]))
        if found := re.fullmatch(r"(\d{1,2})[/-](\d{1,2})", said):
            return _of_period(int(found[2]), int(found[1]), latest, earliest)
    except (ValueError, KeyError):
        pass
    raise UnreadableError("date_unreadable")


def _year(text: str) -> int:
    return int(text) if len(text) == 4 else 2000 + int(text)


def _of_period(month: int, day: int, latest: date, earliest: date | None) -> date:
    years = range(latest.year, latest.year - 5, -1)
    for year in years:
        try:
            found = date(year, month, day)
        except ValueError:  # 29 February of another year
            continue
        if found <= latest and (earliest is None or found >= earliest):
            return found
    raise UnreadableError("date_unreadable")
