"""Numbers said in words: Indonesian, Pontianak Malay and English, as people chat. Pure.

"seratus lima puluh", "duabelas", "tige", "twenty five"; digits may stand in for a part of it
("2 juta 250 ribu", "3 ratus").
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

ONES = {
    "satu": 1, "dua": 2, "tiga": 3, "empat": 4, "lima": 5, "enam": 6, "tujuh": 7, "delapan": 8,
    "sembilan": 9, "duwa": 2, "tigo": 3, "ampat": 4, "limo": 5, "anam": 6, "tuju": 7, "lapan": 8,
    "sikok": 1, "sutu": 1, "due": 2, "duak": 2, "tige": 3, "tigak": 3, "mpat": 4, "lime": 5,
    "dlapan": 8, "smbilan": 9, "sambilan": 9, "stu": 1,
    "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8,
    "nine": 9,
}  # fmt: skip
_TEENS = {
    "sepuluh": 10, "sepulu": 10, "spuluh": 10, "sebelas": 11, "sblas": 11, "ten": 10, "eleven": 11,
    "twelve": 12, "thirteen": 13, "fourteen": 14, "fifteen": 15, "sixteen": 16, "seventeen": 17,
    "eighteen": 18, "nineteen": 19,
}  # fmt: skip
_TENS = {
    "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70,
    "eighty": 80, "ninety": 90,
}  # fmt: skip
_TEEN_WORDS = frozenset({"belas", "blas", "bls"})
_TEN_WORDS = frozenset({"puluh", "pulu", "pluh", "plh"})
_HUNDRED_WORDS = frozenset({"ratus", "rts", "hundred"})
_HUNDREDS = frozenset({"seratus", "sratus", "seratos"})
THOUSAND_WORDS = frozenset("ribu rb rbu rebu ribuan rban thousand".split())
MILLION_WORDS = frozenset("juta jt jta jutaan million".split())
_SCALES = (
    (10**6, MILLION_WORDS, frozenset({"sejuta", "sjuta"})),
    (10**3, THOUSAND_WORDS, frozenset({"seribu", "sribu", "serebu"})),
)
# "duabelas", "limapuluh": written as one word.
_GLUED = {
    one + tail: (one, tail)
    for one in ONES
    for tail in ("belas", "puluh", "ratus", "ribu", "juta", "rb", "jt")
}
WORDS = frozenset(
    {
        *ONES,
        *_TEENS,
        *_TENS,
        *_HUNDREDS,
        *_GLUED,
        *(word for _, _, alone in _SCALES for word in alone),
    }
)
"""Words that can begin a number."""


@dataclass(frozen=True, slots=True)
class Said:
    """A number said by the words from the place asked about up to ``end``.

    ``scale`` is the largest of 1, 1000 and 1000000 that was named.
    """

    value: int
    end: int
    scale: int = 1


def longest(words: Sequence[str], at: int, *, digits: bool = False) -> Said | None:
    """The longest number that begins at word ``at`` (lower case), or None.

    ``digits``: whole numbers of up to three digits may stand for a part.
    """
    first = _word(words, at)
    if first not in WORDS and first != "a" and not (digits and first.isdigit()):
        return None
    value, end, largest = 0, at, 1
    for scale, names, alone in _SCALES:
        said = _scaled(words, end, names, alone, digits)
        if said is not None:
            value, end = value + said[0] * scale, said[1]
            largest = max(largest, scale)
    rest = _below_thousand(words, end, digits)
    if rest is not None:
        value, end = value + rest[0], rest[1]
    return Said(value, end, largest) if end > at else None


def whole(words: Sequence[str]) -> int | None:
    """The number that all of ``words`` are, or None."""
    said = longest(words, 0)
    return said.value if said is not None and said.end == len(words) else None


def _scaled(
    words: Sequence[str], at: int, names: frozenset[str], alone: frozenset[str], digits: bool
) -> tuple[int, int] | None:
    if _word(words, at) in alone:
        return 1, at + 1
    glued = _GLUED.get(_word(words, at))
    if glued is not None and glued[1] in names:
        return ONES[glued[0]], at + 1
    many = _below_thousand(words, at, digits)
    if many is not None and _word(words, many[1]) in names:
        return many[0], many[1] + 1
    return None


def _below_thousand(words: Sequence[str], at: int, digits: bool) -> tuple[int, int] | None:
    hundreds = _hundreds(words, at, digits)
    start = hundreds[1] if hundreds else at
    if hundreds and _word(words, start) == "and":
        start += 1
    rest = _below_hundred(words, start)
    if hundreds is None and rest is None and digits and _short_number(_word(words, at)):
        return int(words[at]), at + 1
    if hundreds and rest:
        return hundreds[0] + rest[0], rest[1]
    return hundreds or rest


def _hundreds(words: Sequence[str], at: int, digits: bool) -> tuple[int, int] | None:
    word, following = _word(words, at), _word(words, at + 1)
    if word in _HUNDREDS:
        return 100, at + 1
    glued = _GLUED.get(word)
    if glued is not None and glued[1] == "ratus":
        return ONES[glued[0]] * 100, at + 1
    one = ONES.get(word) or (1 if word == "a" else None)
    if one is None and digits and len(word) == 1 and word.isascii() and word.isdigit():
        one = int(word)
    if one and following in _HUNDRED_WORDS:
        return one * 100, at + 2
    return None


def _below_hundred(words: Sequence[str], at: int) -> tuple[int, int] | None:
    word, following = _word(words, at), _word(words, at + 1)
    if word in _TEENS:
        return _TEENS[word], at + 1
    one, tail, end = ONES.get(word), following, at + 2
    glued = _GLUED.get(word)
    if glued is not None and glued[1] in {"belas", "puluh"}:
        one, tail, end = ONES[glued[0]], glued[1], at + 1
    if one and one > 1 and tail in _TEEN_WORDS:
        return one + 10, end
    tens = one * 10 if one and one > 1 and tail in _TEN_WORDS else _TENS.get(word)
    if tens is not None:
        end = at + 1 if word in _TENS else end
        last = ONES.get(_word(words, end))
        scaled = _word(words, end + 1) in _TEN_WORDS | _TEEN_WORDS | _HUNDRED_WORDS
        return (tens + last, end + 1) if last and not scaled else (tens, end)
    return (one, at + 1) if one else None


def _word(words: Sequence[str], at: int) -> str:
    return words[at] if at < len(words) else ""


def _short_number(word: str) -> bool:
    return word.isascii() and word.isdigit() and len(word) <= 3
