"""Rupiah: whole numbers only, read the way people in Pontianak type them."""

from __future__ import annotations

import re
from typing import Any, NoReturn

from crm_core.errors import InvalidInput

MOST = 10**15
"""No amount of this shop is larger; what is larger was misread."""

_UNITS = {
    "": 1, "perak": 1, "rupiah": 1,
    "rb": 10**3, "ribu": 10**3, "rbu": 10**3, "k": 10**3,
    "jt": 10**6, "juta": 10**6, "jta": 10**6,
    "m": 10**9, "miliar": 10**9, "milyar": 10**9,
}  # fmt: skip
_WRITTEN = re.compile(
    r"(?:rp|idr)?\s*\.?\s*(?P<number>\d[\d.,]*?)\s*(?P<unit>[a-z]*)\s*(?:rupiah|,-|\.-|-)?", re.A
)
_GROUPED = re.compile(r"\d{1,3}([.,])\d{3}(?:\1\d{3})*")


class Rupiah(int):
    """An amount of money in whole rupiah. Adding and multiplying whole numbers keeps the type;
    anything with a fraction is refused (TypeError), since rupiah have none.
    """

    def __new__(cls, value: int) -> Rupiah:
        """Refuse what is not a whole number: floats, decimals, text, and bool by accident."""
        if isinstance(value, bool) or not isinstance(value, int):
            raise TypeError(f"an amount is a whole number of rupiah, not {type(value).__name__}")
        return super().__new__(cls, value)

    @classmethod
    def parse(cls, text: str) -> Rupiah:
        """``"150rb"``, ``"1,5jt"``, ``"Rp 150.000,-"``, ``"1250k"`` → Rupiah.

        A dot or comma groups thousands ("1.250rb" is 1.250.000) or marks a fraction before a unit
        ("1,5rb"; before jt and m always: "1.250jt" is 1.250.000); ",00" is dropped. Raises
        InvalidInput ("money_unreadable") for anything else, also for a fraction of a rupiah, a
        minus sign, and a sum of parts such as "1 jt 200".
        """
        found = _WRITTEN.fullmatch(text.strip().lower()) if len(text) <= 40 else None
        if found is None or found["unit"] not in _UNITS:
            raise InvalidInput("money_unreadable")
        value = _whole(found["number"], _UNITS[found["unit"]])
        if value is None or value > MOST:
            raise InvalidInput("money_unreadable")
        return cls(value)

    def __add__(self, other: int) -> Rupiah:
        return Rupiah(int(self) + _whole_number(other))

    __radd__ = __add__

    def __sub__(self, other: int) -> Rupiah:
        return Rupiah(int(self) - _whole_number(other))

    def __rsub__(self, other: int) -> Rupiah:
        return Rupiah(_whole_number(other) - int(self))

    def __mul__(self, other: int) -> Rupiah:
        return Rupiah(int(self) * _whole_number(other))

    __rmul__ = __mul__

    def __neg__(self) -> Rupiah:
        return Rupiah(-int(self))

    def __truediv__(self, other: object) -> NoReturn:
        raise TypeError("an amount is divided with // and the remainder is someone's")

    __rtruediv__ = __truediv__

    def __repr__(self) -> str:
        return f"Rupiah({int(self)})"

    __str__ = int.__repr__

    def __format__(self, spec: str) -> str:
        return format(int(self), spec)


def format_rupiah(value: int) -> str:
    """``150000`` → ``"Rp 150.000"``; below zero ``"-Rp 150.000"``."""
    amount = Rupiah(value)
    return f"{'-' if amount < 0 else ''}Rp {abs(amount):,}".replace(",", ".")


def _whole_number(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"an amount meets whole numbers only, not {type(value).__name__}")
    return int(value)


def _whole(number: str, scale: int) -> int | None:
    """The digits of ``number`` times ``scale``, or None if that is not a whole rupiah amount."""
    if number.isdigit():
        return int(number) * scale
    if scale <= 10**3 and _GROUPED.fullmatch(number):
        amount = int(re.sub(r"[.,]", "", number))
        # "150.000rb" is a slip of the thumb: nobody can tell 150 thousand from 150 million.
        return amount * scale if scale == 1 or amount < 10_000 else None
    grouped, fraction = re.split(r"[.,](?=\d*$)", number, maxsplit=1)
    if not (grouped.isdigit() or _GROUPED.fullmatch(grouped)) or not fraction:
        return None
    whole = int(re.sub(r"[.,]", "", grouped))
    if scale == 1:
        return whole if fraction in {"0", "00"} else None
    part, rest = divmod(int(fraction) * scale, 10 ** len(fraction))
    return None if rest else whole * scale + part
