"""Part codes in chat: with or without dashes, in small letters, cut short, one sign wrong."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from crm_core.catalogue.segments import Array, Layer
from crm_core.catalogue.text import even, plain_code

PLATFORM = re.compile(r"[a-z][a-z0-9]{2}")

_GROUP = re.compile(r"[a-z0-9]+")
_GAP = re.compile(r"[\s\-–./]{1,3}")
_ALIKE = str.maketrans("OQDILZSBG", "000112586")
_SHORTEST_PREFIX = 7
_MOST = 17


@dataclass(frozen=True, slots=True)
class CodesRead:
    """Codes found in a text: the parts they mean, and the codes as they were said."""

    part_ids: tuple[tuple[int, float], ...] = ()
    said: tuple[str, ...] = ()
    exact: bool = False


def alike(code: str) -> str:
    """The code with signs that are mistaken for each other made one."""
    return code.translate(_ALIKE)


def tail(code: str) -> str:
    """What follows the first five signs, as far as people say it."""
    return code[5:14]


Named = tuple[str, int]
"""A part's code and its id."""


class CodeBook:
    """All part codes, to be found exactly, by their beginning, by their end, or nearly."""

    def __init__(self, layers: Sequence[Layer]) -> None:
        self._layers = layers

    def read(self, text: str) -> tuple[CodesRead, str]:
        """The codes in ``text`` and the text without them."""
        said = even(text)
        groups = list(_GROUP.finditer(said))
        placed: list[tuple[int, str, list[tuple[int, float]]]] = []
        spans: list[tuple[int, int]] = []
        unknown: list[str] = []
        for strict in (False, True):
            for first, last in _windows(said, groups, strict):
                start, end = groups[first].start(), groups[last].end()
                if any(start < b and a < end for a, b in spans):
                    continue
                code = plain_code(said[start:end])
                found = self._look_up(code) if strict else self._exactly(code)
                if found:
                    worth = 0.9 if strict else 1.0
                    parts = [(part_id, worth) for _, part_id in found]
                    placed.append((start, code, parts))
                    spans.append((start, end))
                elif strict and _is_like_code(code) and _written_as_one(said[start:end]):
                    unknown.append(code)
                    spans.append((start, end))
        for start, end in sorted(spans, reverse=True):
            said = said[:start] + " , " + said[end:]
        placed.sort()
        exact = [part for _, _, parts in placed for part in parts]
        names = [code for _, code, _ in placed]
        whole = all(score == 1.0 for _, score in exact) and bool(exact)
        read = CodesRead(tuple(dict.fromkeys(exact)), tuple(names or unknown), whole)
        return read, said

    def _exactly(self, code: str) -> list[Named]:
        return self._equal("codes", None, code)[:1]

    def _look_up(self, code: str) -> list[Named]:
        """Codes that differ by look-alike signs, begin or end so, or are one slip away."""
        similar = self._equal("alike", "alike_at", alike(code)) if len(code) >= 8 else []
        if similar:
            return similar
        if len(code) >= _SHORTEST_PREFIX and sum(sign.isdigit() for sign in code[:5]) >= 4:
            begun = self._beginning("codes", None, code)
            if begun:
                return begun
        if 6 <= len(code) <= 9 and code[:1].isalpha() and any(s.isdigit() for s in code[3:]):
            ended = self._beginning("tails", "tails_at", code)
            if ended:
                return ended
        return self._near(code) if _is_like_code(code) else []

    def _equal(self, column: str, places: str | None, code: str) -> list[Named]:
        return self._between(column, places, code.encode(), code.encode() + b"\0")

    def _beginning(self, column: str, places: str | None, prefix: str) -> list[Named]:
        return self._between(column, places, prefix.encode(), prefix.encode() + b"\xff")[:20]

    def _between(self, column: str, places: str | None, low: bytes, high: bytes) -> list[Named]:
        """Living parts whose entry in a column is at least ``low`` and below ``high``."""
        out: list[Named] = []
        for layer in self._layers:
            held: Array = getattr(layer.segment, column)
            first = bisect_left(held, low)
            end = bisect_left(held, high, first)
            at = np.arange(first, min(end, first + _MOST_LOOKED_AT))
            at = getattr(layer.segment, places)[at] if places else at
            out += [_named(layer, int(place)) for place in layer.living(at)]
        return sorted(out)

    def _near(self, code: str) -> list[Named]:
        """Codes one slip away: one sign wrong, missing, too many, or two swapped."""
        variants = np.array(sorted(_slips(alike(code))))
        out: list[Named] = []
        for layer in self._layers:
            held = layer.segment.alike
            wanted = variants[np.char.str_len(variants) <= held.dtype.itemsize].astype(held.dtype)
            first = np.searchsorted(held, wanted)
            first = first[np.isin(first, np.arange(len(held)))]
            hit = np.unique(first[np.isin(held[first], wanted)])
            for at in hit:
                same = bisect_left(held, held[at] + b"\0", int(at))
                places = layer.living(layer.segment.alike_at[at:same])
                out += [_named(layer, int(place)) for place in places]
        return sorted(out)[:10]


_MOST_LOOKED_AT = 200
_SIGNS = "".join(dict.fromkeys("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ".translate(_ALIKE)))


def _slips(code: str) -> set[bytes]:
    """Every text that one slip makes of ``code``."""
    out = {code}
    for at in range(len(code) + 1):
        head, rest = code[:at], code[at:]
        out.update(head + sign + rest for sign in _SIGNS)
        if rest:
            out.add(head + rest[1:])
            out.update(head + sign + rest[1:] for sign in _SIGNS)
        if len(rest) >= 2:
            out.add(head + rest[1] + rest[0] + rest[2:])
    return {text.encode() for text in out}


def _named(layer: Layer, place: int) -> Named:
    return layer.segment.code(place), int(layer.segment.ids[place])


def _windows(said: str, groups: list[re.Match[str]], strict: bool) -> Iterator[tuple[int, int]]:
    """Runs of one to five neighbouring groups that could be one code, the longest first.

    ``strict`` runs are looked up nearly: words beside a code must not be drawn into it.
    """
    for length in range(min(5, len(groups)), 0, -1):
        for first in range(len(groups) - length + 1):
            last = first + length - 1
            code = plain_code(said[groups[first].start() : groups[last].end()])
            digits = sum(sign.isdigit() for sign in code)
            if not 6 <= len(code) <= _MOST or digits < (2 if code[0].isalpha() else 3):
                continue
            if all(_joins(said, groups, at, strict) for at in range(first, last)):
                yield first, last


def _joins(said: str, groups: list[re.Match[str]], at: int, strict: bool) -> bool:
    """May group ``at`` and the next one be parts of one code?"""
    gap = said[groups[at].end() : groups[at + 1].start()]
    if not _GAP.fullmatch(gap):
        return False
    here, after = groups[at].group(), groups[at + 1].group()
    if not strict or not gap.isspace():
        return len(after) <= 10  # "64302-K3VN00VBE": the rest in one piece, with its colour
    head = len(here) == 5 and sum(sign.isdigit() for sign in here) >= 4
    return (_numbered(after) and (_numbered(here) or len(here) == 3)) or (head and len(after) == 3)


def _written_as_one(said: str) -> bool:
    """A code nobody knows must look like one: in one piece, or in groups of 5, 3 and more."""
    groups = said.split()
    return len(groups) == 1 or [len(group) for group in groups[:2]] == [5, 3]


def _numbered(group: str) -> bool:
    return any(sign.isdigit() for sign in group)


def _is_like_code(code: str) -> bool:
    """Five signs that are nearly all digits, then letters and digits, 9 to 15 together."""
    digits = sum(sign.isdigit() or sign in "OIL" for sign in code[:5])
    return (
        9 <= len(code) <= 15
        and (code[0].isdigit() or code[0] in "HOIL")
        and digits >= 4
        and any(sign.isalpha() for sign in code[3:])
    )
