"""How people take something back or suppose it: pure functions on text.

"Dihapus saja", "ga usah", "jangan dimasukin" take a thing out; "kalau ambil 12" only supposes;
"nomor rumahnya salah, harusnya 54" and "bukan km 20, km 22" are about the address.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from crm_core import catalogue

_NOT = r"(?:ga|gak|gk|g|nggak|ngga|enggak|engga|tak|tadak|ndak|dak|nda|ndk|tidak|tdk|kagak)"
_OUT = re.compile(
    rf"\b(?:(?:di)?(?:hapus|buang|coret|cabut|hilang|ilang)(?:kan|in|i)?|(?:di)?keluar(?:kan|in)|"
    rf"(?:{_NOT}\s*(?:usah|ush|jad[ie]|jd|perlu|pakai|pake|butuh)|gausah|gajadi|"
    r"gakjadi|gjd)(?:lah)?|(?:jangan|jgn|jngn)\s+(?:di)?(?:masuk|ikut|serta|pak[ae]|hitung)\w*|"
    r"(?:di)?(?:batal|cancel)(?:kan|in)?|remove|delete|take (?:[\w-]+ ){0,5}?(?:out|off)|"
    r"drop|skip|scratch|leave (?:out|off)|forget(?: about)?|no need(?: for)?|"
    r"(?:do not|don'?t|no longer) (?:need|want|include|add|put))\b",
    re.IGNORECASE,
)
_KEEPS = re.compile(
    rf"\b(?:jangan|jgn|jngn|{_NOT}\s*(?:usah|ush|jad[ie]|jd|perlu)(?:lah)?|gausah|gajadi|"
    r"do not|don'?t|never)\s+(?:(?:sampai|sampe|yang|yg|dulu)\s+)?(?:(?:di|men?|meng)?(?:hapus|"
    r"buang|coret|cabut|hilang|ilang|keluar(?=kan|in)|batal|cancel)\w*|remove|delete|drop|skip|"
    r"take (?:[\w-]+ ){0,4}?(?:out|off))\b",
    re.IGNORECASE,
)
_ASKS = re.compile(
    r"\?|\b(?:kok|kenapa|knp|kenape|why|siapa|kapan|when|ada|ade|adakah|berapa|brp|berape)\b",
    re.IGNORECASE,
)
_CLAUSES = re.compile(r"[,;\n]|\.(?=\s|$)|\s(?:tapi|tp|but|melainkan)\s", re.IGNORECASE)
_TAKES = (
    r"(?:(?:me)?ngambil|ambil|ambek|ambik|amek|(?:mem)?beli|bli|(?:me)?mesan|pesan|psn|(?:meng)?order|"
    r"borong|mborong|take|buy|get|grab|bought|took)"
)
_NUMBER = (
    r"(?:\d|satu|dua|due|tiga|tige|empat|lima|lime|enam|tujuh|delapan|sembilan|se(?:puluh|belas|"
    r"lusin|kodi|pasang)|one|two|three|four|five|six|ten|twelve|a dozen|a pair|banyak|lebih|more)"
)
_SUPPOSES = re.compile(
    rf"\b(?:apa)?(?:bila|jika|kal[ao]u?|klo|kl|klu|misal(?:nya|kan)?|andai(?:kan)?|seandainya|"
    rf"umpama(?:nya)?|if|what if|suppose)\s+(?:(?:kal[ao]u?|klo|sa?y[ae]|aku|ak|gw|gua|kami|kamek|"
    rf"kita|kite|kak|bang|langsung|mau|i|we)\s+){{0,3}}{_TAKES}\s+(?:sampai\s+)?{_NUMBER}",
    re.IGNORECASE,
)
_IN_ALL = re.compile(
    r"\bit is\b|\bmake (?:it|that)\b|\bin (?:all|total)\b|\baltogether\b|"
    r"\b(?:jadi(?:in|kan|nya)?|jd|total(?:nya)?|semua(?:nya)?|pokoknya|berarti|brarti|cukup)\b",
    re.IGNORECASE,
)
_MORE = re.compile(r"\b(?:lagi|lg|tambah\w*|more|another|extra|juga|jg)\b", re.IGNORECASE)
_EITHER = re.compile(
    r"(?:btl|bt)(?:\s+(?:kak|bang|bg|gan|min|bos|mas|mbak|pak|bu|om))?[\s.!]*", re.I
)
"""Short for "betul" as well as for "batal"."""


def keeps(text: str) -> bool:
    """Whether something is not to be taken out: "jangan dihapus", "don't remove it"."""
    return bool(_KEEPS.search(text))


def takes_out(text: str) -> str | None:
    """The words of ``text`` that take something out of the cart or the choice, or None.

    What is refused in favour of another number ("1 aja ga jadi 2") takes nothing out, nor does a
    question.
    """
    if _ASKS.search(text) or keeps(text):
        return None
    clauses = [one for one in _CLAUSES.split(catalogue.without_refused(text)) if one.strip()]
    return next((one.strip() for one in clauses if _OUT.search(one)), None)


def without_out(text: str) -> str:
    """``text`` without the "out" of "take the horn out", which would be part of a name."""
    return re.sub(r"\b(?:out|off)\b", " ", text, flags=re.IGNORECASE)


def beside(text: str) -> str:
    """What ``text`` says beside what it takes out: the second half of "busi ga usah, oli 1"."""
    clauses = [one.strip() for one in _CLAUSES.split(text) if one.strip()]
    return ", ".join(one for one in clauses if not _OUT.search(one))


def supposes(text: str) -> bool:
    """Whether a number is only supposed: "kalau ambil 12", "if I took two"."""
    return bool(_SUPPOSES.search(text))


def counts_in_all(text: str) -> bool:
    """Whether a number is how many in all, not how many more: "2 it is", "jadi 2 ya"."""
    return bool(_IN_ALL.search(text)) and not _MORE.search(text)


def either_way(text: str) -> bool:
    """Whether a short form alone may mean yes as well as no."""
    return bool(_EITHER.fullmatch(text.strip()))


@dataclass(frozen=True, slots=True)
class Place:
    """A number of an address: its kind (house, km, rt, rw, block, lane, floor) and the value."""

    kind: str
    value: str


_KINDS = {
    "house": r"n(?:o|mr|mer|omor|omer|umber)\.?(?:\s*rumah(?:ku)?)?|rumah(?:ku)?|house",
    "km": r"km|kilometer",
    "rt": r"rt",
    "rw": r"rw",
    "block": r"blok|block|blk(?=\s*[a-z]?\d)",
    "lane": r"gang|gg",
    "floor": r"lantai|lt|floor",
}
_VALUES = {
    "house": r"\d{1,4}(?:[/-]\d{1,3})?(?:\s?[a-h])?",
    "km": r"\d{1,3}(?:[.,]\d)?",
    "block": r"(?=[a-z]{0,2}-?\d|[a-z]{1,2}\b)[a-z]{0,2}-?\d{0,3}",
}
_DIGITS = re.compile(r"\b\d{1,4}[a-h]?\b", re.IGNORECASE)
_LABELS = re.compile(
    r"\b(?:e+h|maaf|sori|sorry|salah|slh|gang|gg|jalan|jln|jl|komp\w*|perum\w*|alamat|nama|yang|yg|"
    r"itu|ya|kak|bang|bg|gan|harusnya|seharusnya|it'?s|the)(?:ny[ae])?\b\.?|\bny[ae]\b",
    re.IGNORECASE,
)
_NAME = r"[^\W\d_]{3,}(?: [^\W\d_]{2,})?"
_RENAMES = re.compile(
    rf"(?P<new>{_NAME})[ ,]+(?:bukan|bkn|not) (?P<old>{_NAME})|"
    rf"(?:bukan|bkn|not) (?P<wrong>{_NAME})(?:,| tapi| tp| but| melainkan) ?(?P<right>{_NAME})",
    re.IGNORECASE,
)
_SURE_HOUSE = re.compile(r"\b(?:rumah\w*|house)\b", re.IGNORECASE)


def _kind(name: str) -> str:
    return rf"\b(?:{_KINDS[name]})(?:\s?ny[ae])?(?!\w)"


def place_in(text: str) -> Place | None:
    """The number of an address that a remark of at most ten words gives: "km 22", "harusnya 54"
    after "nomor rumahnya salah"; None where it gives none or several."""
    said = catalogue.without_refused(text)
    if len(text.split()) > 10:
        return None
    kinds = [name for name in _KINDS if re.search(_kind(name), text, re.IGNORECASE)]
    kinds = kinds if len(kinds) == 1 else [name for name in kinds if name != "house"]
    if len(kinds) != 1:
        return None
    value = rf"(?<![\w/-])({_VALUES.get(kinds[0], r'[0-9]{1,3}')})(?![\w/-])"
    told = re.findall(_kind(kinds[0]) + r"\.?[\s:]*" + value, said, re.IGNORECASE)
    digits = [one for one in re.findall(value, said, re.IGNORECASE) if any(map(str.isdigit, one))]
    found = dict.fromkeys(told or digits)
    return Place(kinds[0], next(iter(found)).strip()) if len(found) == 1 else None


def surely_house(text: str) -> bool:
    """Whether ``text`` speaks of a house, so that its number is no other number."""
    return bool(_SURE_HOUSE.search(text))


def moved(address: str, place: Place) -> str:
    """``address`` with the number of ``place``; behind the street where it has none of its kind."""
    value = rf"({_VALUES.get(place.kind, r'[0-9]{1,3}')})(?![\w/-])"
    pattern = re.compile(_kind(place.kind) + r"\.?[\s:]*" + value, re.IGNORECASE)
    at = list(pattern.finditer(address))
    if at:
        return address[: at[-1].start(1)] + place.value + address[at[-1].end(1) :]
    label = {"house": "no", "block": "blok", "lane": "gang", "floor": "lantai"}
    street, comma, rest = address.partition(",")
    return f"{street} {label.get(place.kind, place.kind)} {place.value}{comma}{rest}"


def renamed(address: str, text: str) -> str | None:
    """``address`` with the name that ``text`` puts in the place of one in it: "melati bukan
    mawar"; None where it does not. The name of its last part, the district, is left alone."""
    words = " ".join(_LABELS.sub(" ", text).split()).strip(" .,!")
    found = _RENAMES.fullmatch(words) if len(text.split()) <= 8 else None
    if found is None:
        return None
    old, new = found["old"] or found["wrong"], found["new"] or found["right"]
    street, comma, rest = address.rpartition(",")
    street, rest = (street, rest) if comma else (address, "")
    there = re.compile(rf"(?<!\w){re.escape(old)}(?!\w)", re.IGNORECASE)
    return (
        there.sub(lambda _: new, street, count=1) + comma + rest if there.search(street) else None
    )


def instead(address: str, text: str) -> Place | None:
    """The number that ``text`` puts in the place of one of ``address``: "bukan 45, 54"."""
    right = set(_DIGITS.findall(catalogue.without_refused(text)))
    wrong = set(_DIGITS.findall(text)) - right
    if len(right) != 1 or len(wrong) != 1 or len(text.split()) > 10:
        return None
    old, new = wrong.pop(), right.pop()
    kinds = [name for name in _KINDS if moved(address, Place(name, old)) == address]
    return Place(kinds[0], new) if len(kinds) == 1 else None
