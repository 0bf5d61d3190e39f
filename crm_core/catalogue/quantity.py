"""How many pieces a message asks for.

A number of pieces is found by what stands beside it: a unit ("6 btl", "2 lusin"), a word of
ordering ("mau 2 kampas"), or its place in the sentence ("2 busi vario", "busi vario 2"). Years,
engine and other sizes, codes, phone numbers, money, times and addresses are taken out first.
Libraries that read number words know no Indonesian chat, so this is our own.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

from crm_core import numberwords
from crm_core.catalogue import bikes as bike_reference
from crm_core.catalogue import lexicon
from crm_core.catalogue import quantitywords as said_as
from crm_core.catalogue.refusals import without_refused
from crm_core.money import find_amounts

MOST = 10_000
"""No order of this shop is larger; a larger number is a slip or a phone number."""

_PAIRS = re.compile(r"\b(?:s?e?pasang|psg|psng|pasng|psang|pairs?)\b", re.IGNORECASE)
_STREET = re.compile(
    r"\b(?:jl|jln|jalan|gg|gang|rt|rw|komp|komplek|kompleks|perum\w*|dusun|parit|street)\b"
)
_HOUSE = re.compile(
    r"\bn(?:o|mr|omor|omer|umber)\.? ?(?:rumah|blok|gang)|\brumahny[ae]|\bhouse n[ou]"
)
_CORRECTION = re.compile(r"\b(?:eh|bukan|maksud\w*|salah|ralat|i mean|sorry)\b")
_MASKS = re.compile(
    r"(?P<code>\b\d{5}[- ]?(?:[a-z][a-z0-9]{2}|\d[a-z0-9]\d)-[a-z0-9]{2,5}\b|"
    r"\b\d{5} ?(?:k(?!ak)|g(?!an))[a-z0-9]{2} ?[a-z0-9]{2,4}\b|\b\d{5}-\d{3,5}\b|"
    r"\b(?=[a-z0-9]*\d[a-z0-9]*\d[a-z0-9]*\d)(?=[a-z0-9]*[a-z])[a-z0-9]{7,}\b)|"
    r"(?P<none>(?<!\w)(?:\+?(?:0|62|8(?=\d\d))[\d -]{7,}\d|\d(?:-?\d){8,}|"
    r"\d{4,}(?:[ -]\d{3,}){2,})(?!\w)|\b\d{2,3}/\d{2,3} ?[ -] ?(?:1[0-9]|2[01])\b(?![.,]?\d)|"
    r"\b[pk]-?(?=[a-z]*\d)[2-9a-hj-np-z]{5}\b|"
    r"\b\d{1,2}w[- ]?\d{2}\b|\d+(?:[./:,-]\d+)+(?:-\d+)?|"
    r"\d+\s*(?:-|–|s/d|sampai|sampe|atau|ato|/)\s*\d+|(?<!\w)[-−]\d+)"
)
_BELT = re.compile(r"\bv[ -]?belt\b")
_NUMBERING = re.compile(r"^\s*(?:no\.?\s*)?\d{1,3}\s*[.)]\s*(?=[^\W\d])|^\s*(?:[*•·>]+\s*|-+\s+)")
_CLAUSE = re.compile(
    r"[,;\n!?()\[\]|]|\.(?=\s|$)|\s[-–—]\s|"
    r"\s(?:dan|sama|and|plus|trus|terus|lalu|eh|bukan|salah|ralat)\s"
)
_HINT = re.compile(
    rf"[\d½]|\b(?:{'|'.join({*numberwords.WORDS, *said_as.WHOLE, *said_as.ONE, *said_as.HALF})})|"
    rf"\ban?\s+(?:{'|'.join(said_as.BUNDLES)})\b",
    re.IGNORECASE,
)
"""Without any of these there is no number in a text, and nothing more to look for."""
_MANY = "|".join(word for word, value in numberwords.ONES.items() if value > 1)
_ALL_OF = re.compile(rf"\b({_MANY}|\d{{1,2}})(?:2\s?nya|\s?-\s?\1(?:nya)?)\b")
_FRACTION = re.compile(
    r"\b(?:(\d+)[.,]5|(\d*)\s*(?:1/2|½))\s*(?=(?:lusin|lsn|dozens?|kodi|gros)\b)"
)


def read_quantity(text: str) -> int | None:
    """The number of pieces that ``text`` is, or None if it is not exactly one such number.

    Reads digits of any width ("２"), number words in Indonesian and English, "x4", "10biji",
    "3 pcs", bundles (lusin 12, kodi 20, pasang 2, gros 144) and polite words around them. Refuses
    0, negative and fractional numbers, ranges ("2-3"), and more than 10,000.
    """
    if len(text) > 80 or any(unicodedata.category(sign) in {"No", "Nl"} for sign in text):
        return None
    said = _plain(text)
    everything = _ALL_OF.sub(lambda m: f" {m.group(1)} ", said)
    if everything == said and re.search(r"[-−–+]\s*\d|\d\s*[-−–/]\s*\d|\d[.,]\d", said):
        return None
    words = [w for w in _split(re.sub(r"[.!?,;:]+", " ", everything)) if w not in said_as.FILLERS]
    while words and words[0] in said_as.VERBS:
        words = words[1:]
    if not all(word.isalnum() and (word.isascii() or word.isalpha()) for word in words):
        return None
    if len(words) == 2 and "x" in words:
        number = next(word for word in words if word != "x") if words != ["x", "x"] else ""
        return _bounded(_digits(number))
    return _bounded(_measured(words))


@lru_cache(maxsize=64)  # a message is asked about a dozen times on its way
def find_quantity(text: str) -> int | None:
    """How many pieces a sentence asks for: "mau 2 kampas rem", "busi vario 3", "jadi 4", or None.

    Of several numbers the best founded one counts: with a unit, after a word of ordering, then at
    the beginning or the end of a clause; after "eh bukan" the last one, and never a refused one.
    """
    if not _HINT.search(text):
        return None
    said = without_refused(text)
    alone = read_quantity(said)
    if alone is not None:
        return None if said != text and 1960 <= alone <= 2035 else alone
    text = said
    address = any(pattern.search(text.casefold()) for pattern in (_STREET, _HOUSE))
    found: list[tuple[int, int, int]] = []
    for place, clause in enumerate(_clauses(text)):
        found += [(rank, place, value) for rank, value in _in_clause(clause)]
    if address:
        found = [entry for entry in found if entry[0] == 0]
    if not found:
        return None
    best = min(rank for rank, _, _ in found)
    values = [value for rank, _, value in found if rank == best]
    if _CORRECTION.search(_plain(text)):
        return max(found, key=lambda entry: (entry[1], -entry[0]))[2]
    return values[0]


def sold_as(quantity: int, text: str, unit: str) -> int:
    """Pieces as the part is sold: "sepasang" of something sold by the pair is one of it."""
    if unit in {"psg", "pasang", "pair"} and quantity % 2 == 0 and _PAIRS.search(text):
        return quantity // 2
    return quantity


def _plain(text: str) -> str:
    text = unicodedata.normalize("NFKC", text).casefold().replace("×", "x").strip()
    return re.sub(r"[ \t\r\f\v\u00a0]+", " ", text).replace("\n", " ")


def _split(said: str) -> list[str]:
    """Words and numbers apart ("10biji" → 10 biji), everything else as it stands."""
    return re.sub(r"(?<=\d)(?=[a-z])|(?<=\bx)(?=\d)", " ", said).split()


def _digits(word: str) -> int | None:
    return int(word) if word.isascii() and word.isdigit() and len(word) <= 9 else None


def _bounded(value: int | None) -> int | None:
    return value if value is not None and 1 <= value <= MOST else None


def _measured(words: Sequence[str]) -> int | None:
    """The number that ``words`` are, with at most one unit behind it."""
    if len(words) == 1 and (words[0] in said_as.WHOLE or words[0] in said_as.ONE):
        return said_as.WHOLE.get(words[0], 1)
    if words and words[0] == "x":
        words = words[1:]
    if not words:
        return None
    unit = words[-1] if words[-1] in said_as.BUNDLES or words[-1] in said_as.PIECES else ""
    number = list(words[:-1] if unit else words)
    if not number:
        return None
    if number[0] in said_as.HALF and unit in said_as.BUNDLES:
        return said_as.BUNDLES[unit] // 2 if number[1:] in ([], ["a"]) else None
    if number in (["a"], ["an"]):
        value: int | None = 1 if unit else None
    elif len(number) == 1 and number[0].isdigit():
        value = _digits(number[0])
    else:
        value = numberwords.whole(number)
    return None if value is None else value * said_as.BUNDLES.get(unit, 1)


def _clauses(text: str) -> list[list[str]]:
    """The words of each clause, without anything that is surely no number of pieces."""
    said = unicodedata.normalize("NFKC", text[:4000]).casefold().replace("×", "x")
    said = _BELT.sub("vbelt", said)
    for amount in reversed(find_amounts(said)):
        said = f"{said[: amount.start]} @ {said[amount.end :]}"
    out: list[list[str]] = []
    for line in said.split("\n"):
        plain = _NUMBERING.sub("", line.strip()).strip()
        plain = _FRACTION.sub(_half_bundles, plain)
        plain = _ALL_OF.sub(lambda m: f" = {m.group(1)} ", plain)
        plain = _MASKS.sub(lambda m: " kode@ " if m.group("code") else " @ ", plain)
        out += [words for part in _CLAUSE.split(plain) if (words := _words(part))]
    return out


def _half_bundles(found: re.Match[str]) -> str:
    """ "1,5 lusin" → "18 =" … : one and a half dozen, said in pieces of a dozen's half."""
    whole_ones = int(found.group(1) or found.group(2) or 0)
    return f" {whole_ones * 2 + 1} setengahan "


def _words(part: str) -> list[str]:
    """Words; what is glued to other letters and digits stays one ("k59"), units come apart."""
    out: list[str] = []
    for piece in re.findall(r"[^\s:=]+|=|:", part):
        glued = re.fullmatch(r"(x?)(\d{1,5})([a-z]*)\.?", piece)
        if glued is None:
            out.append("=" if piece == ":" else piece.strip(".'\"“”"))
            continue
        before, number, after = glued.groups()
        if before:
            out += ["x", number] if not after else [piece]
        elif (
            not after
            or after in said_as.PIECES
            or after in said_as.BUNDLES
            or after in {"x", "nya", "an"}
        ):
            out += [number, after] if after and after not in {"nya", "an"} else [number]
        else:
            out.append(piece)
    return [word for word in out if word]


@dataclass(frozen=True, slots=True)
class _Number:
    """A number in a clause: words ``start`` up to ``end``."""

    value: int
    start: int
    end: int


def _numbers(words: Sequence[str]) -> Iterator[_Number]:
    at = 0
    while at < len(words):
        number = _digits(words[at])
        said = None if number is not None else numberwords.longest(words, at)
        if number is not None:
            yield _Number(number, at, at + 1)
        elif said is not None and words[at] not in said_as.ARTICLES:
            yield _Number(said.value, at, said.end)
        elif words[at] in said_as.ARTICLES | said_as.HALF and _at(words, at + 1) in said_as.BUNDLES:
            yield _Number(1, at, at + 1)
        elif words[at] in said_as.HALF and _at(words, at + 1) in said_as.ARTICLES:
            yield _Number(1, at, at + 2)
            at += 1
        at = said.end if said is not None else at + 1


def _in_clause(words: Sequence[str]) -> Iterator[tuple[int, int]]:
    """(rank, pieces) of every number of pieces in a clause; rank 0 is the best founded."""
    numbers = list(_numbers(words))
    for word in words:
        if word in said_as.WHOLE or word in said_as.ONE:
            yield 0, said_as.WHOLE.get(word, 1)
    for place, number in enumerate(numbers):
        touching = any(
            (other.end == number.start or other.start == number.end) and not _named(words, other)
            for other in numbers[max(0, place - 1) : place + 2]
            if other is not number
        )
        for rank, value in _founded(words, number, touching):
            if _bounded(value):
                yield rank, value
                break


def _founded(words: Sequence[str], number: _Number, touching: bool) -> Iterator[tuple[int, int]]:
    bundled = _bundled(words, number)
    before, after = _at(words, number.start - 1), _at(words, number.end)
    if (
        bundled is None
        and after in said_as.PIECES
        and words[number.start] not in said_as.ARTICLES | said_as.HALF
    ):
        bundled = number.value
    if bundled is not None:
        yield 0, bundled
        return
    if words[number.start] in said_as.ARTICLES | said_as.HALF or not _countable(
        words, number, touching
    ):
        return
    if before == "=" or before in said_as.COUNTS or (after == "x" and not _repeats(words, number)):
        yield 0, number.value
        return
    if after == "x":
        return
    if before in said_as.VERBS:
        yield 1, number.value
    if number.value in said_as.SIZES:
        return
    first = _skip(words, 0, 1, said_as.LEADING)
    last = _skip(words, len(words) - 1, -1, said_as.FILLERS | {"=", "/"})
    ends = number.end == last + 1
    if number.start == first and (after.isalpha() or ends):
        yield 2, number.value
    if ends and number.start > 0 and number.value <= 200:
        yield 2, number.value


def _bundled(words: Sequence[str], number: _Number) -> int | None:
    """The pieces of a number of bundles: "2 lusin", "setengah lusin", "satu setengah lusin"."""
    after, following = _at(words, number.end), _at(words, number.end + 1)
    if words[number.start] in said_as.HALF:
        return said_as.BUNDLES[after] // 2 if after in said_as.BUNDLES else None
    if after == "setengahan":
        return number.value * said_as.BUNDLES.get(following, 0) // 2
    if after in said_as.HALF and following in said_as.BUNDLES:
        return number.value * said_as.BUNDLES[following] + said_as.BUNDLES[following] // 2
    return number.value * said_as.BUNDLES[after] if after in said_as.BUNDLES else None


def _named(words: Sequence[str], number: _Number) -> bool:
    """Whether a number surely belongs to a bike: its year or its engine."""
    before, value = _at(words, number.start - 1), number.value
    if words[number.start].isdigit() and 1960 <= value <= 2035:
        return True
    return value in said_as.SIZES or (
        value in said_as.BIKE_SIZES and (before in _bike_words() or (len(before) == 1))
    )


def _countable(words: Sequence[str], number: _Number, touching: bool) -> bool:
    """Whether the words around allow that the number counts pieces."""
    before, after = _at(words, number.start - 1), _at(words, number.end)
    if before in said_as.NOT_BEFORE or after in said_as.NOT_AFTER or touching:
        return False
    if before == "salah" and number.value == 1:
        return False  # "salah satu" is one of several
    value, digits = number.value, words[number.start].isdigit()
    if digits and (1960 <= value <= 2035 or words[number.start].startswith("0")):
        return False
    if before in _bike_words() or (len(before) == 1 and before.isalpha() and before != "x"):
        return value not in said_as.BIKE_SIZES and not 13 <= value <= 26
    if before == "x" and value in said_as.BIKE_SIZES:
        return False
    named = set(words)
    return not any(part & named and value in own for part, own in said_as.OWN_NUMBERS)


def _repeats(words: Sequence[str], number: _Number) -> bool:
    """ "Udah tanya 2x": times, not pieces."""
    ends = number.end + 1 >= len(words)
    return ends and any(word in said_as.REPEATED for word in words[: number.start])


def _skip(words: Sequence[str], at: int, step: int, skipped: frozenset[str]) -> int:
    while 0 <= at < len(words) and words[at] in skipped:
        at += step
    return at


def _at(words: Sequence[str], at: int) -> str:
    return words[at] if 0 <= at < len(words) else ""


@cache
def _bike_words() -> frozenset[str]:
    """First words of bikes' names and nicknames, behind which 125 is an engine."""
    names = {
        name for row in bike_reference.reference() for name in (*row.aliases, row.model.lower())
    }
    words = {word for name in names for word in name.split() if word.isalpha() and len(word) > 1}
    return frozenset(words | set(lexicon.load().bike_words) - {"baru", "lama"})
