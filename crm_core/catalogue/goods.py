"""What a clause is about that others sell or do: goods beside the trade, work on a bike. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from crm_core.catalogue.lexicon import Lexicon

Phrase = tuple[str, ...]

_LONGEST = 3
AND = frozenset({"sama", "dan", "dn", "and", "plus", "serta", "sekalian"})
"""Between two things wanted at once; inside a thing's own name they are part of it."""
# Before a word for work they tell when, where or by whom it was done: the wish is another.
_TOLD = frozenset(
    "habis abis sehabis selesai kelar setelah sesudah sejak waktu pas saat kemarin kmrn kemaren "
    "tadi barusan baru udah sudah sdh dah hasil bekas tempat tukang bengkel mekanik kata orang "
    "after during since".split()
)


class Goods(NamedTuple):
    """``heads``: what the clause asks for before any part; ``beside``: words of what stands by."""

    heads: tuple[Phrase, ...]
    beside: frozenset[str]


def asked(words: Sequence[str], kept: Sequence[str], lexicon: Lexicon) -> Goods:
    """The goods and the work of others in a clause whose canonical part words are ``kept``."""
    spoken = lexicon.elsewhere_words
    places = [at for at, w in enumerate(words) if w in spoken or w not in lexicon.chatter]
    said = [words[at] for at in places]
    parts = {at for at, word in zip(places, said, strict=True) if lexicon.canonical(word) in kept}
    heads: list[Phrase] = []
    beside: set[str] = set()
    for at in range(len(said)):
        phrase, work = _beginning(said[at:], lexicon)
        if not phrase:
            continue
        begin, end = places[at], places[at + len(phrase) - 1] + 1
        if work and begin and words[begin - 1] in _TOLD:
            continue
        if not work and at and places[at - 1] in parts:
            continue  # "tutup oli mesin" is a cap
        joint = next((i for i in range(end, len(words)) if words[i] in AND), len(words))
        if any(i < begin or i > joint for i in parts):
            beside.update(map(lexicon.canonical, phrase))
        else:
            heads.append(phrase)
    return Goods(tuple(heads), frozenset(beside))


def _beginning(said: Sequence[str], lexicon: Lexicon) -> tuple[Phrase, bool]:
    """The goods or the work that ``said`` begins with, the longest; whether it is work."""
    for length in range(min(_LONGEST, len(said)), 0, -1):
        phrase = tuple(said[:length])
        if phrase in lexicon.services or phrase in lexicon.not_sold:
            return phrase, phrase in lexicon.services
    return (), False
