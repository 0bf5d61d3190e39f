"""Part codes in chat: with or without dashes, in small letters, cut short, one sign wrong."""

from __future__ import annotations

import re
from bisect import bisect_left, insort
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from rapidfuzz.distance import OSA

from crm_core.catalogue.text import even, plain_code

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


class CodeBook:
    """All part codes, to be found exactly, by their beginning, by their end, or nearly."""

    def __init__(self) -> None:
        self._ids: dict[str, int] = {}
        self._sorted: list[str] = []
        self._dirty = False
        self._heads: dict[str, set[str]] = defaultdict(set)
        self._tails: dict[str, set[str]] = defaultdict(set)
        self._alike: dict[str, set[str]] = defaultdict(set)

    def add(self, code: str, part_id: int) -> None:
        """Put a code in."""
        self._ids[code] = part_id
        if self._dirty or not self._sorted:
            self._dirty = True
        else:
            insort(self._sorted, code)
        self._heads[code[:5]].add(code)
        self._tails[code[5:11]].add(code)
        self._alike[code.translate(_ALIKE)].add(code)

    def remove(self, code: str) -> None:
        """Forget a code."""
        if self._ids.pop(code, None) is None:
            return
        for table, key in (
            (self._heads, code[:5]),
            (self._tails, code[5:11]),
            (self._alike, code.translate(_ALIKE)),
        ):
            table[key].discard(code)
        self._dirty = True

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
                    parts = [(self._ids[name], worth) for name in found]
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

    def _exactly(self, code: str) -> list[str]:
        return [code] if code in self._ids else []

    def _look_up(self, code: str) -> list[str]:
        """Codes that differ by look-alike signs, begin or end so, or are one slip away."""
        alike = sorted(self._alike.get(code.translate(_ALIKE), ()))
        if alike and len(code) >= 8:
            return alike
        if len(code) >= _SHORTEST_PREFIX and sum(sign.isdigit() for sign in code[:5]) >= 4:
            begun = self._beginning(code)
            if begun:
                return begun
        if 6 <= len(code) <= 9 and code[:1].isalpha() and any(s.isdigit() for s in code[3:]):
            ended = sorted(self._tails.get(code[:6], ()))
            ended = [name for name in ended if name[5:].startswith(code)]
            if ended:
                return ended
        return self._near(code) if _is_like_code(code) else []

    def _beginning(self, prefix: str) -> list[str]:
        if self._dirty:
            self._sorted = sorted(self._ids)
            self._dirty = False
        at = bisect_left(self._sorted, prefix)
        out: list[str] = []
        while at < len(self._sorted) and self._sorted[at].startswith(prefix) and len(out) < 20:
            out.append(self._sorted[at])
            at += 1
        return out

    def _near(self, code: str) -> list[str]:
        """Codes one slip away: one sign wrong, missing, too many, or two swapped."""
        plain = code.translate(_ALIKE)
        pool: set[str] = set()
        pool |= self._heads.get(code[:5], set()) | self._heads.get(plain[:5], set())
        for start in (4, 5, 6):
            pool |= self._tails.get(code[start : start + 6], set())
        near = [
            (OSA.distance(plain, name.translate(_ALIKE), score_cutoff=1), name)
            for name in pool
            if abs(len(name) - len(code)) <= 1
        ]
        return [name for distance, name in sorted(near) if distance <= 1][:10]


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
        return len(after) <= 7
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
