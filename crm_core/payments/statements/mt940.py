"""Statement files in MT940 (SWIFT), read by the library ``mt-940``.

Every ``:61:`` line is one booking with its ``:86:`` text. A line that SWIFT's rule does not allow
is rejected by number before the library sees it, so that it takes no other booking with it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from typing import Any

from mt940.models import Transactions

from crm_core.money import MOST, Rupiah
from crm_core.payments.statements.values import Direction, Mutation, Rejected, Statement

_BOOKING = re.compile(
    r":61:\d{6}(?:\d{4})?(?:R?[CD])[A-Z]?(?:\d{1,13}(?:,\d{0,2})?)[NFS][A-Z0-9]{3}.*", re.ASCII
)
_NO_REFERENCE = frozenset({"", "NONREF", "NOREF"})


def looks_like_mt940(text: str) -> bool:
    """Whether the tags of a statement are there."""
    return all(re.search(rf"^:{tag}", text, re.MULTILINE) for tag in ("20:", "25", "61:|60"))


def read_mt940(text: str) -> Statement:
    """All bookings of all accounts in ``text``, and the rows that are none."""
    good: list[Mutation] = []
    bad: list[Rejected] = []
    for first, lines in _statements(text):
        kept, numbers, refused = _sound(first, lines)
        bad += refused
        parsed = Transactions()
        try:
            parsed.parse("\n".join(kept))
        except (ValueError, RuntimeError, ArithmeticError, KeyError) as error:
            bad.append(Rejected(first, "statement_unreadable", str(error)[:120]))
            continue
        account = re.sub(r"\D", "", str(parsed.data.get("account_identification", ""))) or None
        found = [entry.data for entry in parsed if entry.data.get("date") is not None]
        if len(found) != len(numbers):  # the library read other bookings than the lines hold
            bad.append(Rejected(first, "statement_unreadable", kept[0][:120]))
            continue
        for number, data in zip(numbers, found, strict=True):
            read = _mutation(number, account, data)
            if isinstance(read, Mutation):
                good.append(read)
            else:
                bad.append(read)
    return Statement("mt940", None, tuple(good), tuple(sorted(bad, key=lambda one: one.row)))


def _statements(text: str) -> Iterator[tuple[int, list[str]]]:
    """(first line, lines) of each ``:20:`` block; SWIFT's envelope is left out."""
    block: list[str] = []
    start = 1
    for number, raw in enumerate(text.splitlines(), start=1):
        line = re.sub(r"^\{.*\{4:", "", raw).rstrip()
        if line.startswith(":20:") and block:
            yield start, block
            block = []
        if not block:
            start = number
            if not line.startswith(":20:"):
                continue
        block.append("" if line in {"-", "-}"} else line)
    if block:
        yield start, block


def _sound(first: int, lines: list[str]) -> tuple[list[str], list[int], list[Rejected]]:
    """The lines without bad bookings, the numbers of the good ones, and the bad ones."""
    kept: list[str] = []
    numbers: list[int] = []
    bad: list[Rejected] = []
    skipping = False
    for number, line in enumerate(lines, start=first):
        if line.startswith(":"):
            skipping = skipping and line.startswith(":86:")
        if line.startswith(":61:"):
            skipping = _BOOKING.fullmatch(line) is None
            if skipping:
                bad.append(Rejected(number, "line_invalid", line[:120]))
            else:
                numbers.append(number)
        if not skipping and line:
            kept.append(line)
    return kept, numbers, bad


def _mutation(number: int, account: str | None, data: dict[str, Any]) -> Mutation | Rejected:
    words = [data.get("extra_details"), data.get("transaction_details")]
    description = re.sub(r"\s+", " ", " ".join(filter(None, words))).strip()
    amount, day = data["amount"].amount, data.get("entry_date") or data["date"]
    if str(data.get("currency") or "IDR") != "IDR":
        return Rejected(number, "currency_unknown", description[:120])
    if amount != amount.to_integral_value():
        return Rejected(number, "amount_with_sen", description[:120])
    value = abs(int(amount))
    if not 0 < value <= MOST:
        return Rejected(number, "amount_zero" if not value else "amount_unreadable")
    # RC takes a credit back and RD a debit, so the letter at the end is turned round.
    into = str(data["status"]) in {"C", "RD"}
    return Mutation(
        row=number,
        account=account,
        booked_on=date(day.year, day.month, day.day),
        amount=Rupiah(value),
        direction=Direction.IN if into else Direction.OUT,
        description=description[:500],
        reference=_reference(data),
    )


def _reference(data: dict[str, Any]) -> str | None:
    for name in ("bank_reference", "customer_reference"):
        said = re.sub(r"\s+", "", str(data.get(name) or "")).upper()
        if said not in _NO_REFERENCE and len(said) >= 6:
            return said[:60]
    return None
