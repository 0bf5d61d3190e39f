"""What price a customer asks for: "50rb ya", "kurangin 5rb", "diskon 10%", "200 buat 4"."""

from __future__ import annotations

import re

from crm_core.money import find_amounts

_PERCENT = re.compile(r"(?<!\d)(\d{1,2})\s*(?:%|persen|percent)", re.IGNORECASE)
_OFF = re.compile(
    r"\b(?:diskon\w*|disc\w*|kurang\w*|krg\w*|krang\w*|krgin|potong\w*|ptong\w*|turun\w*|less|off|"
    r"cut|murahin|beda)\b",
    re.IGNORECASE,
)
_TO = re.compile(r"\b(?:jadi\w*|jd|menjadi|sampai|ke|to|cuma|aja|saja)\b", re.IGNORECASE)
_BARE = re.compile(
    r"(?<![\w.,/-])(\d{2,4})(?![\w.,%/-])"
    r"(?!\s*(?:pcs|pc|biji|buah|bh|unit|set|psg|pasang|btl|botol|lusin|dus|pieces?|pairs?))",
    re.IGNORECASE,
)
_ALL = re.compile(
    r"\b(?:total\w*|semua\w*|smua\w*|bulat\w*|keseluruhan|sekaligus|everything|altogether|round)\b",
    re.IGNORECASE,
)
_FOR = re.compile(
    r"\b(?:untuk|utk|buat|bwt|for|ambil|beli|pesan|order|dpt|dapat|dapet)\s+(\d{1,4})\b", re.I
)
_COUNTED = re.compile(
    r"(?<![\w.,])(\d{1,4})\s*(?:pcs|pc|biji|buah|bh|unit|set|psg|pasang|btl|botol|pieces?|pairs?)\b",
    re.IGNORECASE,
)


def speaks_of_all(text: str) -> bool:
    """Whether the price of everything together is meant ("bulatin 300rb", "totalnya")."""
    return bool(_ALL.search(text))


def count_in(text: str) -> int | None:
    """For how many pieces a price is asked ("kalau ambil 10", "5 pcs"); None if none is said."""
    found = _COUNTED.search(text) or _FOR.search(text)
    count = int(found[1]) if found else 0
    return count if 1 <= count <= 10_000 else None


def sum_named(text: str) -> int | None:
    """The amount of money in the text, in rupiah; None without one."""
    amounts = find_amounts(text)
    return int(amounts[0].value) if amounts else None


def asked(text: str, price: int, quantity: int) -> int | None:
    """The price of one piece, in rupiah, that the words ask for; None when they name none.

    ``price`` is what one costs now, ``quantity`` how many it is about. "5rb" after a word for less
    is taken off; an amount above one piece's price is for all of them; "150" means 150 thousand
    where that is near what is talked about.
    """
    percent = _PERCENT.search(text)
    if percent and 1 <= int(percent[1]) <= 99:
        return price * (100 - int(percent[1])) // 100
    amount = sum_named(text)
    if amount is None:
        amount = _thousands(text, price, quantity)
    if amount is None or amount <= 0:
        return None
    reduces = bool(_OFF.search(text)) and not (_TO.search(text) and amount * 2 >= price)
    if reduces and amount * 2 < price:
        return price - amount
    if quantity > 1 and amount > price:
        return amount // quantity
    return amount


def _thousands(text: str, price: int, quantity: int) -> int | None:
    """A bare number as thousands, when that many are near the price of one or of all."""
    counted = {found[1] for pattern in (_FOR, _COUNTED) for found in pattern.finditer(text)}
    for found in _BARE.finditer(text):
        if found[1] in counted:
            continue
        amount = int(found[1]) * 1000
        if price * 3 <= amount * 10 <= price * quantity * 12:
            return amount
    return None
