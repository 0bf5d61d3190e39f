"""What a customer's own record gives away in their words: names, street addresses. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import pairwise

NAME, ADDRESS = "‹nama›", "‹alamat›"
IN_EXAMPLES = {NAME: "Andi", ADDRESS: "Jl. Melati No. 1"}
"""What stands for them in training data: as people write, but nobody's."""

_SHORTEST_NAME = 3
_WORD = re.compile(r"[^\W_]+")
_STREET = frozenset(
    "jl gg komp komplek kompleks perum perumahan blok rt rw desa dusun parit lorong ruko street "
    "road".split()
)
_SHORT = {"jln": "jl", "jalan": "jl", "gang": "gg"}
_PASSED = frozenset({"no", "nomor"})
# Of a workshop's name these words are said of everything; they give nobody away.
_COMMON = frozenset(
    "bengkel toko motor mobil jaya makmur abadi mandiri putra putri pak bapak ibu bang kak mas "
    "mbak pt cv ud honda beat vario scoopy supra revo".split()
)


def hidden(text: str, names: Iterable[str], addresses: Iterable[str]) -> str:
    """``text`` without the words of these names and without pieces of these street addresses.

    A piece is at least two words of the address in its order, one of them a number or a word for
    a street and one neither; a town alone gives nobody away.
    """
    for address in addresses:
        text = _without_address(text, _words(address))
    words = {word for name in names for word in _words(name)} - _COMMON
    own = {word for word in words if len(word) >= _SHORTEST_NAME}
    text = _WORD.sub(lambda said: NAME if said[0].casefold() in own else said[0], text)
    return re.sub(rf"{NAME}(?:\s+{NAME})+", NAME, text)


def _without_address(text: str, address: list[str]) -> str:
    kept = [_SHORT.get(word, word) for word in address if word not in _PASSED]
    pairs = set(pairwise(kept))
    said = [one for one in _WORD.finditer(text) if one[0].casefold() not in _PASSED]
    words = [_SHORT.get(one[0].casefold(), one[0].casefold()) for one in said]
    runs: list[tuple[int, int]] = []
    at = 0
    while at < len(words):
        end = at
        while end + 1 < len(words) and (words[end], words[end + 1]) in pairs:
            end += 1
        told = {word in _STREET or word.isdigit() for word in words[at : end + 1]}
        if end > at and len(told) > 1:
            runs.append((said[at].start(), said[end].end()))
        at = end + 1
    for begin, end in reversed(runs):
        text = f"{text[:begin]}{ADDRESS}{text[end:]}"
    return text


def _words(text: str) -> list[str]:
    return [word.casefold() for word in _WORD.findall(text)]
