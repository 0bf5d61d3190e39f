"""Versions of one bike that names tell apart: with ABS or CBS brakes, with the idling stop. Pure.

A version is two bits: that a thing is for it, and that it is for the bike without it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache

import numpy as np
import numpy.typing as npt

VARIANTS = ("abs", "cbs", "iss")
WITH = {name: 1 << 2 * at for at, name in enumerate(VARIANTS)}
WITHOUT = {name: bit << 1 for name, bit in WITH.items()}
BITS = WITH | {f"non-{name}": bit for name, bit in WITHOUT.items()}
"""What each word of :func:`joined` says."""
_SPOKEN = frozenset(WITH) | {f"non{name}" for name in WITH}
_RIVALS = {"abs": WITH["cbs"], "cbs": WITH["abs"]}
"""A bike has one kind of brakes or the other; the idling stop goes with either."""

_NO = frozenset("non no not tanpa bukan without ga gak nggak ngga gk tidak tdk tak ndak".split())
_BETWEEN = frozenset("pake pakai pk yg yang ber versi tipe with".split())
_ASKING = frozenset("ada ready redi punya jual bisa stok".split())
"""Before "ga" they make it a question: "ada ga abs-nya?"."""

_OTHER, _SILENT, _UNMARKED = 0.65, 0.9, 0.96


def joined(words: Sequence[str]) -> list[str]:
    """``words`` with "non abs" and its like as one word "non-abs"."""
    if _SPOKEN.isdisjoint(words):
        return list(words)
    out: list[str] = []
    for word in words:
        if word in WITH:
            at = len(out)
            while at and out[at - 1] in _BETWEEN:
                at -= 1
            if at and out[at - 1] in _NO and not (at > 1 and out[at - 2] in _ASKING):
                out[at - 1 :] = [f"non-{word}"]
                continue
        out.append(f"non-{word[3:]}" if word[:3] == "non" and word[3:] in WITH else word)
    return out


def bits(words: Iterable[str]) -> int:
    """What all the words say together."""
    said = 0
    for word in words:
        said |= BITS.get(word, 0)
    return said


def named(said: int) -> tuple[str, ...]:
    """The words for a mask: ("abs", "non iss")."""
    has = [name for name in VARIANTS if said & WITH[name]]
    return (*has, *(f"non {name}" for name in VARIANTS if said & WITHOUT[name]))


@cache
def factors(asked: int) -> npt.NDArray[np.float64]:
    """What a thing of each mask loses where ``asked`` is wished; who wishes both wishes neither."""
    held = np.arange(1 << 2 * len(VARIANTS))
    out = np.ones(len(held))
    if asked & WITH["abs"] and asked & WITH["cbs"]:
        asked &= ~(WITH["abs"] | WITH["cbs"])
    for name in VARIANTS:
        has, lacks = held & WITH[name] != 0, held & WITHOUT[name] != 0
        rival = held & _RIVALS.get(name, 0) != 0
        wished, declined = bool(asked & WITH[name]), bool(asked & WITHOUT[name])
        if wished and not declined:
            out[~has] *= np.where(lacks | rival, _OTHER, _SILENT)[~has]
        elif declined and not wished:
            without = lacks | (rival & ~has)
            out[~without] *= np.where(has, _OTHER, _UNMARKED)[~without]
    return out


def apart(masks: Iterable[int]) -> bool:
    """Whether some of these things are for one version and others for another."""
    seen = set(masks)
    for name in VARIANTS:
        other = WITHOUT[name] | _RIVALS.get(name, 0)
        plain = any(mask & WITH[name] and not mask & other for mask in seen)
        if plain and any(mask & other and not mask & WITH[name] for mask in seen):
            return True
    return False
