"""How many pieces a message asks for."""

from __future__ import annotations

import re
import unicodedata

MOST = 10_000
"""No order of this shop is larger; a larger number is a slip or a phone number."""

_NUMBERS = {
    "satu": 1, "dua": 2, "tiga": 3, "empat": 4, "lima": 5, "enam": 6, "tujuh": 7, "delapan": 8,
    "sembilan": 9, "sepuluh": 10, "sebelas": 11, "seratus": 100,
    "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8,
    "nine": 9, "ten": 10, "eleven": 11, "twelve": 12, "a": 1, "an": 1,
    "sebiji": 1, "sebuah": 1, "seset": 1, "setu": 1,
}  # fmt: skip
_BUNDLES = {
    "lusin": 12, "dosin": 12, "lsn": 12, "dozen": 12, "dozens": 12, "kodi": 20, "gros": 144,
    "pasang": 2, "psg": 2, "psng": 2, "pair": 2, "pairs": 2,
}  # fmt: skip
_WHOLE = {"selusin": 12, "sekodi": 20, "sepasang": 2, "segros": 144, "selosin": 12}
_PIECES = (
    "pcs|pc|pce|biji|bji|bj|buah|bh|unit|set|piece|pieces|item|lembar|lbr|botol|btl|batang|keping"
)
_FILLER = re.compile(
    r"\b(?:ya|yaa|aja|saja|dong|donk|deh|kak|kk|ka|bang|bg|gan|om|min|mas|pak|bu|bos|boss|lah|nya|"
    r"please|pls|ambil|pesan|beli|mau|order|butuh|minta|jadi|want|need|get|cukup|only|just|of|"
    r"i|me|take|ill|for|dulu|kita|saya|sy|aku|ok|oke|iya)\b"
)
_AMOUNT = rf"(?P<number>\d+|[a-z]+)?\s*(?P<unit>{'|'.join(_BUNDLES)}|{_PIECES})?"
_QUANTITY = re.compile(_AMOUNT)
_MULTIPLIED = re.compile(r"(?:x\s*(\d+)|(\d+)\s*x)")


def _plain(text: str) -> str:
    text = unicodedata.normalize("NFKC", text).casefold().strip()
    return re.sub(r"\s+", " ", text)


def _number(word: str) -> int | None:
    if word.isascii() and word.isdigit():
        return int(word) if len(word) <= 9 else None
    words = word.split()
    if len(words) == 1:
        if word in _NUMBERS:
            return _NUMBERS[word]
        return None
    if len(words) == 2 and words[1] in {"belas", "puluh"} and 2 <= _NUMBERS.get(words[0], 0) <= 9:
        return _NUMBERS[words[0]] + 10 if words[1] == "belas" else _NUMBERS[words[0]] * 10
    if len(words) == 3 and words[1] == "puluh":
        tens, ones = _number(" ".join(words[:2])), _NUMBERS.get(words[2], 0)
        return tens + ones if tens and 1 <= ones <= 9 else None
    return None


def _bounded(value: int | None) -> int | None:
    return value if value is not None and 1 <= value <= MOST else None


def read_quantity(text: str) -> int | None:
    """The number of pieces that ``text`` is, or None if it is not exactly one such number.

    Reads digits of any width ("２"), number words in Indonesian and English, "x4", "10biji",
    "3 pcs", bundles (lusin 12, kodi 20, pasang 2, gros 144) and polite words around them. Refuses
    0, negative and fractional numbers, ranges ("2-3"), and more than 10,000.
    """
    if len(text) > 80 or any(unicodedata.category(sign) in {"No", "Nl"} for sign in text):
        return None
    said = _plain(text)
    if re.search(r"[-−–+]\s*\d|\d\s*[-−–/]\s*\d|\d[.,]\d", said):
        return None
    said = re.sub(r"[.!?,;:]+", " ", said)
    said = re.sub(r"\s+", " ", _FILLER.sub(" ", said)).strip()
    multiplied = _MULTIPLIED.fullmatch(said)
    if multiplied:
        return _bounded(_number(multiplied.group(1) or multiplied.group(2)))
    if said in _WHOLE:
        return _WHOLE[said]
    return _bounded(_measured(said))


def _measured(said: str) -> int | None:
    said = re.sub(r"(\d)([a-z])", r"\1 \2", said)
    said = re.sub(r"^x\s+(?=\d)", "", said)
    words = said.split()
    if not words:
        return None
    unit = words[-1]
    if unit in _BUNDLES or re.fullmatch(_PIECES, unit):
        words = words[:-1]
    else:
        unit = ""
    if not words:
        return None
    if words[0] in {"setengah", "half"} and unit in _BUNDLES:
        return _BUNDLES[unit] // 2 if len(words) == 1 or words[1:] == ["a"] else None
    number = _number(" ".join(words))
    return None if number is None else number * _BUNDLES.get(unit, 1)


_ASKED = re.compile(
    rf"(?:\b(?:ambil|pesan|pesen|beli|order|mau|butuh|minta|take|need|want)\s+)(\d{{1,4}}|[a-z]+)"
    rf"(?:\s*({'|'.join(_BUNDLES)}|{_PIECES})\b|\s*$|\s*[,.!?]|\s+(?:ya|aja|dong)\b)|"
    rf"(?<![\d/.,-])\b(\d{{1,4}}|{'|'.join(_NUMBERS)})\s*({'|'.join(_BUNDLES)}|{_PIECES})\b|"
    rf"\b({'|'.join(_WHOLE)})\b|(?:^|\s)x(\d{{1,2}})(?=\s*(?:$|[,.!?;]))|(?<!\S)(\d{{1,2}})x(?=\s|$)"
)


def find_quantity(text: str) -> int | None:
    """A number of pieces said somewhere in a longer message, or None."""
    for match in _ASKED.finditer(_plain(text)):
        number, unit, number2, unit2, whole, after, before = match.groups()
        if whole:
            return _WHOLE[whole]
        value = _number(number or number2 or after or before or "")
        value = _bounded(value * _BUNDLES.get(unit or unit2 or "", 1) if value else None)
        if value:
            return value
    return None
