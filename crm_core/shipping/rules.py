"""Pure decisions about shipping: what a weight costs, and which district an address means."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz.distance import OSA

from crm_core.money import Rupiah

GRAMS_PER_KG = 1000
SHORTEST_FUZZY = 5
"""Below this many letters every word resembles some other."""
SHORTEST_FUZZY_NICKNAME = 7
"""Names that people merely use are many more, so short ones count only when written right."""


@dataclass(frozen=True, slots=True)
class Place:
    """A district by its names, as the rates file has them."""

    id: int
    name: str
    regency: str
    province: str
    also: tuple[str, ...] = ()
    """Quarters and other names that people say instead; several districts may share one."""

    @property
    def names(self) -> tuple[str, ...]:
        """What it is called, its own name first."""
        return (self.name, *self.also)


@dataclass(frozen=True, slots=True)
class _Found:
    place: Place
    start: int
    end: int
    slips: int
    called: str

    @property
    def own(self) -> bool:
        """By its own name, not by one that streets of other districts may bear too."""
        return self.called == self.place.name


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
_ENGLISH = {
    "north": "utara", "south": "selatan", "east": "timur", "west": "barat",
    "southeast": "tenggara", "central": "tengah",
}  # fmt: skip
_STREET = re.compile(r"\b(?:jln?|jalan|gg|gang|komp|kompleks|komplek|perum|blok|rt|rw)\b")
_STREET_END = re.compile(r"[,;\n]|\bno\b|\bkecamatan\b|\bkec\b|\d")


def plain_words(text: str) -> list[str]:
    """Lower-case words with everyday short forms of place names written out."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    words = re.findall(r"[a-z0-9]+", folded)
    for at, word in enumerate(words):
        if word in _ENGLISH:  # "north pontianak" is said "pontianak utara"
            words[at : at + 2] = [*words[at + 1 : at + 2], _ENGLISH[word]]
    return " ".join(_SHORT.get(word, word) for word in words).split()


@lru_cache(maxsize=4096)  # each address is looked for among the names of all districts
def _name_words(name: str) -> tuple[str, ...]:
    return tuple(plain_words(name))


def _regency_words(regency: str) -> tuple[str, ...]:
    words = _name_words(regency)
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
    found = [one for one in found if one.own or one.start not in street]
    found = _outside_street(_longest(words, found), street)
    if not found:
        return _of_regency(words, places)[:limit]
    found = _in_named_regency(words, _after_kecamatan(words, found))
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
    longest = max((len(_name_words(n)) for place in places for n in place.names), default=0)
    spans: dict[str, list[tuple[int, int]]] = {}
    for start, end, joined in _windows(words, range(1, longest + 1)):
        spans.setdefault(joined, []).append((start, end))
    return [
        _Found(place, start, end, 0, name)
        for place in places
        for name in place.names
        for joined in _written(name)
        for start, end in spans.get(joined, ())
    ]


@lru_cache(maxsize=4096)
def _written(name: str) -> frozenset[str]:
    """How a name may be written: "Kuala Mandor B" also without its letter."""
    words = _name_words(name)
    shorter = words[:-1] if len(words) > 2 and len(words[-1]) == 1 else words
    return frozenset({"".join(words), "".join(shorter)})


def _slips(typed: str, name: str) -> int | None:
    """How many letters are wrong, missing, too many or swapped; None if it is another word.

    One slip in a short name, two in a long one: "Siantan" is not "Sintang".
    """
    if len(name) < SHORTEST_FUZZY:
        return 0 if typed == name else None
    allowed = 1 if len(name) <= 8 else 2
    slips = OSA.distance(typed, name, score_cutoff=allowed)
    return slips if slips <= allowed else None


_NO_SLIPS = frozenset(
    "saja saya sama semua sudah besok barang bisa kirim kirimkan jadi juga lagi mana sana situ "
    "sini kalau begitu dulu hari lama nanti".split()
)
"""Everyday words that resemble a district's name: "kirim saja" is not to Sajad."""


def _similar(words: Sequence[str], places: Sequence[Place]) -> list[_Found]:
    """Names that resemble a stretch of the line; only the most similar ones."""
    found: list[_Found] = []
    for place in places:
        for called in place.names:
            name = _name_words(called)
            joined = "".join(name)
            if called != place.name and len(joined) < SHORTEST_FUZZY_NICKNAME:
                continue
            sizes = {max(1, len(name) - 1), len(name), len(name) + 1}
            for start, end, piece in _windows(words, sizes):
                if piece in _NO_SLIPS:
                    continue
                slips = _slips(piece, joined)
                if slips is not None:
                    found.append(_Found(place, start, end, slips, called))
    fewest = min((one.slips for one in found), default=0)
    return [one for one in found if one.slips == fewest]


def _outside_street(found: list[_Found], street: frozenset[int]) -> list[_Found]:
    outside = [one for one in found if one.start not in street]
    return outside or found


def _after_kecamatan(words: Sequence[str], found: list[_Found]) -> list[_Found]:
    """If the line says which word is the kecamatan, nothing else in it is."""
    named = [one for one in found if one.start and words[one.start - 1] == "kecamatan"]
    return named or found


def _longest(words: Sequence[str], found: list[_Found]) -> list[_Found]:
    """Without names that are only a piece of a longer one: "Sungai Raya" in "Sungai Raya
    Kepulauan", the district Kubu in the regency Kubu Raya.
    """
    spans = {(one.start, one.end) for one in found}
    for regency in {one.place.regency for one in found}:
        spans.update(_regency_spans(words, regency))
    return [
        one
        for one in found
        if not any(
            start <= one.start and one.end <= end and end - start > one.end - one.start
            for start, end in spans
        )
    ]


def _in_named_regency(words: Sequence[str], found: list[_Found]) -> list[_Found]:
    """Those whose regency the rest of the line names; all of them if it names none."""
    named = [one for one in found if _regency_is_named(words, one)]
    # "Pemangkat, Sambas": Sambas is a district too, but here it says where Pemangkat is.
    regencies = {"".join(_regency_words(one.place.regency)) for one in named}
    meant = [one for one in named if "".join(plain_words(one.place.name)) not in regencies]
    return meant or named or found


def _regency_is_named(words: Sequence[str], found: _Found) -> bool:
    """Beside the district, or within its own name ("Pontianak Tenggara")."""
    regency = found.place.regency
    rest = [*words[: found.start], "|", *words[found.end :]]
    return _mentions(rest, regency) or _mentions(plain_words(found.called), regency)


def _mentions(words: Sequence[str], regency: str) -> bool:
    return any(True for _ in _regency_spans(words, regency))


def _regency_spans(words: Sequence[str], regency: str) -> Iterable[tuple[int, int]]:
    name = _regency_words(regency)
    for start, end, piece in _windows(words, {len(name), max(1, len(name) - 1)}):
        if _slips(piece, "".join(name)) is not None:
            yield start, end


def _of_regency(words: Sequence[str], places: Sequence[Place]) -> list[Place]:
    """All districts of a regency that is named without one of them."""
    named = [place for place in places if _mentions(words, place.regency)]
    return sorted(named, key=lambda place: (place.regency, place.name))
