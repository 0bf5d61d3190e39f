"""Rupiah: whole numbers only, read the way people in Pontianak type and say them.

The old market words ("gocap" 50, "cepek" 100) are meant in thousands today: nothing that a parts
shop sells costs fifty rupiah. With "perak" or "rupiah" behind them they are taken as they stand.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

from crm_core import numberwords
from crm_core.errors import InvalidInput

MOST = 10**15
"""No amount of this shop is larger; what is larger was misread."""

_UNITS = {
    "": 1, "perak": 1, "rupiah": 1,
    "rb": 10**3, "ribu": 10**3, "rbu": 10**3, "rebu": 10**3, "k": 10**3,
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
        ("1,5rb"; before jt and m always: "1.250jt" is 1.250.000); ",00" is dropped. Words count
        as well: "sejuta setengah", "2 juta 250 ribu", "gocap". Raises InvalidInput
        ("money_unreadable") for anything else, also for a fraction of a rupiah, a minus sign, and
        a sum that ends in a bare number ("1 jt 200": nobody can tell which 200).
        """
        found = _WRITTEN.fullmatch(text.strip().lower()) if len(text) <= 40 else None
        if found is None or found["unit"] not in _UNITS:
            return cls(_in_words(text))
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


@dataclass(frozen=True, slots=True)
class Amount:
    """Money named in a text: from character ``start`` up to ``end``."""

    value: Rupiah
    start: int
    end: int


_PIECE = re.compile(r"\d+(?:[.,]\d+)*(?:,-|\.-)?|[^\W\d_]+|[^\w\s]|_", re.UNICODE)
_SLANG = {
    "seceng": 1, "noceng": 2, "goceng": 5, "ceban": 10, "noban": 20, "jigo": 25, "goban": 50,
    "gocap": 50, "cepek": 100, "nopek": 200, "gopek": 500, "setiau": 1000, "setiao": 1000,
    "cetiau": 1000, "cetiaw": 1000,
}  # fmt: skip
_BIKES_OF_A_HUNDRED = frozenset("supra win astrea grand legenda prima star gl".split())
_SMALLEST = frozenset({"perak", "rupiah", "rupiahs", "idr"})
_THOUSAND = numberwords.THOUSAND_WORDS | {"k", "ceng"}
_MILLION = numberwords.MILLION_WORDS | {"mio"}
_BILLION = frozenset({"miliar", "milyar"})
_HALF = frozenset({"setengah", "stengah", "stgh"})
_NO_MONEY_AFTER = frozenset(
    "km kilo kilometer meter rpm pcs pc biji bj bijik buah bh unit set lusin orang motor tahun th "
    "thn watt cc hp ml gram gr kg kali jam hari bulan mil tahunan".split()
)
_NO_MONEY_BEFORE = frozenset(
    "no nomor nmr rek rekening resi kode pos kodepos hp wa telp telepon nik km part partno "
    "number id".split()
)


def find_amounts(text: str) -> tuple[Amount, ...]:
    """Every amount of money in a message, from left to right.

    A number is money by its shape (``150.000``, ``85000``), its sign (``Rp``, ``,-``) or its unit
    (rb, ribu, k, jt, juta, perak); years, codes, phone numbers, kilometres and pieces are none.
    """
    said = unicodedata.normalize("NFKC", text[:4000]).casefold()
    if len(said) != len(text[:4000]):  # places would shift, so they are given in what was read
        text = said
    pieces = [_Piece(m.group(), m.start(), m.end()) for m in _PIECE.finditer(said)]
    found: list[Amount] = []
    at = 0
    while at < len(pieces):
        read = _amount_at(pieces, at)
        if read is None:
            at += 1
            continue
        value, end = read
        found.append(Amount(Rupiah(value), pieces[at].start, pieces[end - 1].end))
        at = end
    return tuple(found)


def find_amount(text: str) -> Rupiah | None:
    """The one amount that a message names ("yang 129rb"); None if it names none or several."""
    values = {amount.value for amount in find_amounts(text)}
    return values.pop() if len(values) == 1 else None


@dataclass(frozen=True, slots=True)
class _Piece:
    """A number, a word or a sign, and where it stands."""

    text: str
    start: int
    end: int


def _in_words(text: str) -> int:
    said = text.strip()
    amounts = find_amounts(said) if len(said) <= 120 else ()
    if len(amounts) != 1 or (amounts[0].start, amounts[0].end) != (0, len(said)):
        raise InvalidInput("money_unreadable")
    return int(amounts[0].value)


def _amount_at(pieces: Sequence[_Piece], at: int) -> tuple[int, int] | None:
    """The amount that begins at a piece, and the piece after it."""
    start = at
    signed = pieces[at].text in {"rp", "idr"}
    if signed:
        at += 1
        if _text(pieces, at) == ".":
            at += 1
    if _touches(pieces, start):
        return None
    read = _slang(pieces, at) or _sum(pieces, at) or _bare(pieces, at, signed)
    if read is None:
        return None
    value, end = read
    if _text(pieces, end) in _SMALLEST and not signed:
        end += 1
    elif _text(pieces, end) == "-" and _text(pieces, end + 1) == "an":
        end += 2
    if _text(pieces, end) in _NO_MONEY_AFTER and not signed:
        return None
    return (value, end) if 0 <= value <= MOST else None


def _touches(pieces: Sequence[_Piece], at: int) -> bool:
    """Whether this is the tail of something else: a code, a range, a name, a negative number."""
    if at == 0:
        return False
    before, here = pieces[at - 1], pieces[at]
    glued = before.end == here.start
    if glued and (before.text[-1].isalnum() or before.text in {"-", "/", "−", "_", "+"}):
        return True
    return before.text in _NO_MONEY_BEFORE or (
        before.text in {".", ":"} and at > 1 and pieces[at - 2].text in _NO_MONEY_BEFORE
    )


def _slang(pieces: Sequence[_Piece], at: int) -> tuple[int, int] | None:
    """ "gocap", "cepek gocap", "gocap ribu", "gopek perak"."""
    total, end, least = 0, at, 10**9
    while (worth := _slang_worth(_text(pieces, end))) and worth < least:
        if worth == 100 and end > 0 and pieces[end - 1].text in _BIKES_OF_A_HUNDRED:
            return None
        total, end, least = total + worth, end + 1, worth
    if end == at:
        return None
    unit = _text(pieces, end)
    if unit in _MILLION:
        return total * 10**6, end + 1
    if unit in _SMALLEST:
        return total, end + 1
    return total * 10**3, end + 1 if unit in _THOUSAND else end


def _slang_worth(word: str) -> int:
    return _SLANG.get(word) or _SLANG.get(word.removesuffix("an"), 0)


def _sum(pieces: Sequence[_Piece], at: int) -> tuple[int, int] | None:
    """Millions, thousands and what is left, each at most once: "2 juta 250 ribu 500 perak"."""
    total, end, below = 0, at, 10**12
    while (term := _term(pieces, end)) is not None and term[2] < below:
        value, end, below = term
        total += value
        if below > 1 and _text(pieces, end) in _HALF and not _scale(_text(pieces, end + 1)):
            total, end = total + below // 2, end + 1
    rest = _text(pieces, end)
    open_end = rest.isdigit() and 2 <= len(rest) <= 3 and below == 10**6
    if open_end and _text(pieces, end + 1) not in _NO_MONEY_AFTER:
        return None  # "1 jt 200"
    return (total, end) if end > at else None


def _term(pieces: Sequence[_Piece], at: int) -> tuple[int, int, int] | None:
    """One number with its unit: (rupiah, next piece, what the unit is worth)."""
    text = _text(pieces, at)
    if text in _HALF and (scale := _scale(_text(pieces, at + 1))) > 1:
        return scale // 2, at + 2, scale
    if text[:1].isdigit() and (scale := _scale(_text(pieces, at + 1))):
        goes_on = _text(pieces, at + 2).isdigit() and _scale(_text(pieces, at + 3)) > 0
        if not goes_on and _cut_short(pieces, at + 1):
            return None
        value = _whole(text, scale)
        return None if value is None else (value, at + 2, scale)
    if text.isdigit() and len(text) <= 3 and _text(pieces, at + 1) in _HALF:
        scale = _scale(_text(pieces, at + 2))
        return (int(text) * scale + scale // 2, at + 3, scale) if scale > 1 else None
    return _worded(pieces, at)


def _worded(pieces: Sequence[_Piece], at: int) -> tuple[int, int, int] | None:
    words = [piece.text for piece in pieces[at : at + 16]]
    said = numberwords.longest(words, 0, digits=True)
    if said is None or (words[0].isdigit() and said.end == 1):
        return None
    end = at + said.end
    following = _text(pieces, end)
    if said.scale == 1 and following in _HALF and (scale := _scale(_text(pieces, end + 1))) > 1:
        return said.value * scale + scale // 2, end + 2, scale
    if said.scale == 1 and following not in _SMALLEST | {"ceng"}:
        return None
    if following == "ceng":
        return said.value * 10**3, end + 1, 10**3
    smallest = 10**3 if said.value % 10**3 == 0 else 1
    if said.value % 10**6 == 0:
        smallest = 10**6
    return said.value, end, smallest if said.scale > 1 else 1


def _bare(pieces: Sequence[_Piece], at: int, signed: bool) -> tuple[int, int] | None:
    """A number that is money by its shape or by the sign before it."""
    text = _text(pieces, at)
    if not text[:1].isdigit() or _cut_short(pieces, at):
        return None
    closed = text.endswith("-")
    number = text.removesuffix(",-").removesuffix(".-")
    grouped = _GROUPED.fullmatch(number.removesuffix(",00")) is not None
    plain = number.isdigit() and 5 <= len(number) <= 9 and number[0] != "0"
    named = _text(pieces, at + 1) in _SMALLEST
    if not (signed or closed or grouped or plain or named) or _scale(_text(pieces, at + 1)) > 1:
        return None
    value = _whole(number, 1)
    return None if value is None else (value, at + 1)


def _cut_short(pieces: Sequence[_Piece], at: int) -> bool:
    """Whether letters, digits or a dash with digits go on right behind this piece: a code."""
    if at + 1 >= len(pieces) or pieces[at].end != pieces[at + 1].start:
        return False
    following = pieces[at + 1].text
    if following in {"-", "/"} and at + 2 < len(pieces):
        after = pieces[at + 2]
        return pieces[at + 1].end == after.start and after.text[0].isdigit()
    return following[0].isalnum() and not (following in _SMALLEST or _scale(following))


def _scale(word: str) -> int:
    if word in _THOUSAND:
        return 10**3
    if word in _MILLION:
        return 10**6
    if word in _BILLION:
        return 10**9
    return 1 if word in _SMALLEST else 0


def _text(pieces: Sequence[_Piece], at: int) -> str:
    return pieces[at].text if 0 <= at < len(pieces) else ""
