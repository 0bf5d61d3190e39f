"""Pure decisions about shipping: what a weight costs, and which district an address means."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz

from crm_core.money import Rupiah

GRAMS_PER_KG = 1000
CLOSE = 85
"""A typed name this similar (rapidfuzz ratio, 0–100) to a known one is taken for a slip."""

SHORTEST_FUZZY = 5
"""Below this many letters every word resembles some other."""


@dataclass(frozen=True, slots=True)
class Place:
    """A district by its names, as the rates file has them."""

    id: int
    name: str
    regency: str
    province: str


@dataclass(frozen=True, slots=True)
class _Found:
    place: Place
    start: int
    end: int
    score: float


def cost(first_kg_idr: int, next_kg_idr: int, weight_g: int) -> Rupiah:
    """Rupiah for ``weight_g`` grams: begun kilograms count whole, the first one always."""
    kilograms = max(1, -(-weight_g // GRAMS_PER_KG))
    return Rupiah(first_kg_idr) + Rupiah(next_kg_idr) * (kilograms - 1)


_SHORT = {
    "ptk": "pontianak", "pnk": "pontianak", "pontianank": "pontianak", "pontinak": "pontianak",
    "sei": "sungai", "sui": "sungai", "sungei": "sungai", "sgi": "sungai", "s.": "sungai",
    "sel": "selatan", "slt": "selatan", "brt": "barat", "bar": "barat",
    "tim": "timur", "tmr": "timur", "tmur": "timur", "utr": "utara", "ut": "utara",
    "tgr": "tenggara", "tenggr": "tenggara", "kt": "kota", "kta": "kota",
    "kep": "kepulauan", "kalbar": "kalimantan barat", "kkr": "kubu raya", "kubur": "kubu",
    "skw": "singkawang", "singkwg": "singkawang", "mpw": "mempawah", "ktp": "ketapang",
    "stg": "sintang", "sgu": "sanggau", "kec": "kecamatan", "kab": "kabupaten",
}  # fmt: skip
_KIND = {"kabupaten", "kota administrasi"}
_STREET = re.compile(r"\b(?:jln?|jalan|gg|gang|komp|kompleks|komplek|perum|blok|rt|rw)\b")
_STREET_END = re.compile(r"[,;\n]|\bno\b|\bkecamatan\b|\bkec\b|\d")


def plain_words(text: str) -> list[str]:
    """Lower-case words with everyday short forms of place names written out."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    words = re.findall(r"[a-z0-9]+", folded)
    return " ".join(_SHORT.get(word, word) for word in words).split()


def _regency_words(regency: str) -> list[str]:
    words = plain_words(regency)
    return words[1:] if words and words[0] in {"kabupaten", "kota"} else words


def find(text: str, places: Sequence[Place], limit: int = 25) -> list[Place]:
    """The districts that ``text``, a name or a whole address line, can mean; best first.

    One result is an answer; several share the name, or only their regency was named; none means
    that nothing was recognised. A name inside a street's name counts only if there is no other.
    """
    words, street = _read(text)
    if not words:
        return []
    found = _exact(words, places) or _similar(words, places)
    found = _outside_street(found, street)
    if not found:
        return _of_regency(words, places)[:limit]
    found = _after_kecamatan(words, found)
    found = _longest(found)
    found = _in_named_regency(words, found)
    unique: dict[int, Place] = {one.place.id: one.place for one in found}
    return list(unique.values())[:limit]


def _read(text: str) -> tuple[list[str], frozenset[int]]:
    """The words of the line, and the positions of those that belong to a street's name."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    words: list[str] = []
    street: set[int] = set()
    at = 0
    for begin, end in [*_streets(folded), (len(folded), len(folded))]:
        words += plain_words(folded[at:begin])
        inside = plain_words(folded[begin:end])
        street.update(range(len(words), len(words) + len(inside)))
        words += inside
        at = end
    return words, frozenset(street)


def _streets(folded: str) -> Iterable[tuple[int, int]]:
    at = 0
    while found := _STREET.search(folded, at):
        end = _STREET_END.search(folded, found.end())
        at = end.start() if end else len(folded)
        yield found.start(), at


def _windows(words: Sequence[str], sizes: Iterable[int]) -> Iterable[tuple[int, int, str]]:
    for size in sizes:
        for start in range(len(words) - size + 1):
            yield start, start + size, "".join(words[start : start + size])


def _exact(words: Sequence[str], places: Sequence[Place]) -> list[_Found]:
    """Names that stand in the line letter for letter; spaces between their words do not matter."""
    longest = max((len(plain_words(place.name)) for place in places), default=0)
    spans: dict[str, list[tuple[int, int]]] = {}
    for start, end, joined in _windows(words, range(1, longest + 1)):
        spans.setdefault(joined, []).append((start, end))
    return [
        _Found(place, start, end, 100.0)
        for place in places
        for start, end in spans.get("".join(plain_words(place.name)), ())
    ]


def _similar(words: Sequence[str], places: Sequence[Place]) -> list[_Found]:
    """Names that resemble a stretch of the line; only the most similar ones."""
    found: list[_Found] = []
    for place in places:
        name = plain_words(place.name)
        joined = "".join(name)
        if len(joined) < SHORTEST_FUZZY:
            continue
        for start, end, piece in _windows(words, {max(1, len(name) - 1), len(name), len(name) + 1}):
            score = fuzz.ratio(joined, piece, score_cutoff=CLOSE)
            if score:
                found.append(_Found(place, start, end, score))
    best = max((one.score for one in found), default=0.0)
    return [one for one in found if one.score >= best - 1]


def _outside_street(found: list[_Found], street: frozenset[int]) -> list[_Found]:
    outside = [one for one in found if one.start not in street]
    return outside or found


def _after_kecamatan(words: Sequence[str], found: list[_Found]) -> list[_Found]:
    """If the line says which word is the kecamatan, nothing else in it is."""
    named = [one for one in found if one.start and words[one.start - 1] == "kecamatan"]
    return named or found


def _longest(found: list[_Found]) -> list[_Found]:
    """Without names that are only a piece of a longer one ("Sungai Raya Kepulauan")."""
    return [
        one
        for one in found
        if not any(
            other.start <= one.start
            and one.end <= other.end
            and (other.end - other.start) > (one.end - one.start)
            for other in found
        )
    ]


def _in_named_regency(words: Sequence[str], found: list[_Found]) -> list[_Found]:
    """Those whose regency the rest of the line names; all of them if it names none."""
    regency_of = {
        one.place.id: _mentions([*words[: one.start], "|", *words[one.end :]], one.place.regency)
        for one in found
    }
    named = [one for one in found if regency_of[one.place.id]]
    # "Pemangkat, Sambas": Sambas is a district too, but here it says where Pemangkat is.
    regencies = {"".join(_regency_words(one.place.regency)) for one in named}
    meant = [one for one in named if "".join(plain_words(one.place.name)) not in regencies]
    return meant or named or found


def _mentions(words: Sequence[str], regency: str) -> bool:
    name = _regency_words(regency)
    joined = "".join(name)
    return any(
        piece == joined or (len(joined) > SHORTEST_FUZZY and fuzz.ratio(piece, joined) >= CLOSE)
        for _, _, piece in _windows(words, {len(name), max(1, len(name) - 1)})
    )


def _of_regency(words: Sequence[str], places: Sequence[Place]) -> list[Place]:
    """All districts of a regency that is named without one of them."""
    named = [place for place in places if _mentions(words, place.regency)]
    return sorted(named, key=lambda place: (place.regency, place.name))
