"""A sum in Indonesian words, as a receipt repeats it below the figures ("Terbilang"). Pure."""

from __future__ import annotations

_ONES = (
    "", "satu", "dua", "tiga", "empat", "lima", "enam", "tujuh", "delapan", "sembilan",
    "sepuluh", "sebelas",
)  # fmt: skip
_SCALES = ((10**12, "triliun"), (10**9, "miliar"), (10**6, "juta"), (1000, "ribu"))
MOST = 10**15


def in_words(amount: int) -> str:
    """``150123`` → ``seratus lima puluh ribu seratus dua puluh tiga rupiah``.

    Raises ValueError for what no receipt says: below zero, or a thousand trillion and more.
    """
    if not 0 <= amount < MOST:
        raise ValueError("no receipt says this amount")
    return f"{_spoken(amount) or 'nol'} rupiah"


def _spoken(number: int) -> str:
    words: list[str] = []
    for size, name in _SCALES:
        count, number = divmod(number, size)
        if count == 1 and size == 1000:
            words.append("seribu")
        elif count:
            words += [_below_thousand(count), name]
    if number:
        words.append(_below_thousand(number))
    return " ".join(words)


def _below_thousand(number: int) -> str:
    hundreds, rest = divmod(number, 100)
    words = []
    if hundreds:
        words.append("seratus" if hundreds == 1 else f"{_ONES[hundreds]} ratus")
    if 0 < rest < 12:
        words.append(_ONES[rest])
    elif rest < 20 and rest:
        words.append(f"{_ONES[rest - 10]} belas")
    elif rest:
        tens, ones = divmod(rest, 10)
        words.append(f"{_ONES[tens]} puluh {_ONES[ones]}".rstrip())
    return " ".join(words)
