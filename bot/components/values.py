"""Values that a message carries: a bike, a quantity, an amount of money, an order code."""

from __future__ import annotations

import re
from dataclasses import dataclass

from bot.components.lexicon import BIKES
from bot.components.text import ChatToken, plain, tokens

_UNITS = frozenset(
    "pcs pc biji bj bijik buah botol btl set st unit pasang psg dus box kotak lembar keping item "
    "bottles bottle pieces piece pairs pair sets units".split()
)
_COUNTS = {
    **dict.fromkeys(("satu", "sebuah", "sebiji", "sebotol", "se1", "one"), 1),
    **dict.fromkeys(("dua", "duak", "due", "two", "sepasang"), 2),
    **dict.fromkeys(("tiga", "tige", "tigak", "three"), 3),
    **dict.fromkeys(("empat", "mpat", "four"), 4),
    **dict.fromkeys(("lima", "five"), 5),
    **dict.fromkeys(("enam", "six"), 6),
    **dict.fromkeys(("tujuh", "seven"), 7),
    **dict.fromkeys(("delapan", "eight"), 8),
    **dict.fromkeys(("sembilan", "nine"), 9),
    **dict.fromkeys(("sepuluh", "ten"), 10),
    **dict.fromkeys(("selusin", "dozen"), 12),
}
# As crm_core.codes makes them: P and five signs without 0, 1, I and O; the dash may be left out.
_ORDER_CODE = re.compile(r"p(?:-|(?=[a-z]*\d))([2-9a-hj-np-z]{5})")
_BIKE_TAIL = frozenset({"xcc", "xtahun", "x", "fi", "esp", "pop", "street", "fit", "pro", "led"})
_AFTER_COUNT = frozenset({"ya", "saja", "kakak", "abang", "lah", "admin"})


@dataclass(frozen=True, slots=True)
class Value:
    """A value found in a message. `start` and `end` are character offsets in the text as given."""

    entity: str
    value: str
    start: int
    end: int


def find_values(text: str) -> list[Value]:
    """Read bike, quantity, money and order_code.

    A number is a quantity only beside a unit ("2 botol"), or when nothing but a number and a
    particle is said ("2 ya kak"): an engine size, a year, a house number is none. Nothing here is
    an authority; whoever uses a value checks it against the database.
    """
    pieces = tokens(text)
    found: list[Value] = []
    for place, piece in enumerate(pieces):
        value = _money_or_code(text, piece) or _quantity(text, pieces, place)
        if value:
            found.append(value)
    return sorted([*found, *_bikes(text, pieces)], key=lambda value: value.start)


def _money_or_code(text: str, piece: ChatToken) -> Value | None:
    written = plain(text[piece.start : piece.end])
    if piece.form == "xuang":
        return Value("money", written, piece.start, piece.end)
    code = _ORDER_CODE.fullmatch(written)
    if code is None:
        return None
    return Value("order_code", f"P-{code.group(1).upper()}", piece.start, piece.end)


def _quantity(text: str, pieces: list[ChatToken], place: int) -> Value | None:
    piece = pieces[place]
    written = plain(text[piece.start : piece.end])
    digits = written.rstrip("abcdefghijklmnopqrstuvwxyz")
    count = int(digits) if digits.isdecimal() else _COUNTS.get(written)
    if count is None or not 0 < count < 1000:
        return None
    glued_unit = digits != written and written[len(digits) :] in _UNITS
    following = pieces[place + 1] if place + 1 < len(pieces) else None
    beside_unit = following is not None and plain(text[following.start : following.end]) in _UNITS
    rest = pieces[:place] + pieces[place + 1 :]
    alone = digits == written or not digits.isdecimal()
    alone = alone and all(other.form in _AFTER_COUNT for other in rest)
    if glued_unit or beside_unit or alone or written == "sepasang":
        return Value("quantity", str(count), piece.start, piece.end)
    return None


def _bikes(text: str, pieces: list[ChatToken]) -> list[Value]:
    found: list[Value] = []
    place = 0
    while place < len(pieces):
        last = place
        if pieces[place].form in BIKES:
            while last + 1 < len(pieces) and _continues_bike(pieces[last + 1].form):
                last += 1
            start, end = pieces[place].start, pieces[last].end
            found.append(Value("bike", plain(text[start:end]), start, end))
        place = last + 1
    return found


def _continues_bike(form: str) -> bool:
    return form in _BIKE_TAIL or form in BIKES
