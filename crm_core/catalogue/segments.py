"""Parts as columns: what a search reads, in sorted arrays that lie in memory or in a file.

A *phrase* is what a part is called; the parts of one phrase that share bikes, position, colour,
size and the like (a *profile*) are one *group*. A question is scored against phrases, then groups,
and only the best groups are opened, so a million parts cost little more than twenty thousand.
Parts are numbered in the order of their codes: a part's number here is its *place*.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import numpy.typing as npt

Places = npt.NDArray[np.int32]
Array = npt.NDArray[Any]

LONGEST_WORD = 40
"""Bytes of a word that are kept; longer ones are compared by their beginning."""


@dataclass(frozen=True, slots=True)
class Segment:
    """The columns of a set of parts. ``*_start`` holds where each one's slice begins and ends."""

    # parts, by place
    ids: Array
    codes: Array
    lead: Array  # the phrase that is the whole name; -1 if there is none
    by_id: Array  # all ids in order, and the places they belong to
    by_id_at: Array
    alike: Array  # codes with look-alike signs made one, in order, and their places
    alike_at: Array
    tails: Array  # what follows the first five signs of a code, in order, and the places
    tails_at: Array
    # words, in order, and the phrases that hold them
    words: Array
    word_weight: Array
    word_generic: Array  # says of what something is a piece: bolt, seal, cover
    word_start: Array
    word_phrases: Array
    # phrases
    phrase_start: Array
    phrase_words: Array
    phrase_weight: Array
    phrase_thing: Array  # the lexicon's number of what it names; -1 if unknown
    group_start: Array
    # groups of one phrase, and the places of their parts
    group_profile: Array
    group_worth: Array
    part_start: Array
    parts: Array
    # profiles: bikes as bits in columns of 64
    rows: Array
    platform_rows: Array
    inferred: Array
    platform: Array
    positions: Array
    colours: Array
    kit: Array
    variants: Array
    sizes: Array
    # sets of sizes by the sizes they hold; set 0 is the empty one
    size_words: Array
    size_start: Array
    size_sets: Array
    size_standard: Array
    # what the reader of messages learns: spellings, platform codes
    known: Array
    platforms: Array

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def phrases(self) -> int:
        """How many phrases there are."""
        return len(self.phrase_weight)

    def word(self, word: str) -> int:
        """The number of a word; -1 if no phrase holds it."""
        return _find(self.words, key(word))

    def holding(self, word: int) -> Array:
        """The phrases that hold a word, in order."""
        held: Array = self.word_phrases[self.word_start[word] : self.word_start[word + 1]]
        return held

    def weight_of(self, word: str) -> float | None:
        """How much a word tells; None if no phrase holds it."""
        at = self.word(word)
        return None if at < 0 else float(self.word_weight[at])

    def phrase(self, number: int) -> tuple[str, ...]:
        """The words of a phrase."""
        held = self.phrase_words[self.phrase_start[number] : self.phrase_start[number + 1]]
        return tuple(self.words[word].decode() for word in held)

    def with_size(self, size: str) -> Array:
        """The numbers of the sets of sizes that hold ``size``, or begin with a longer one.

        A maker's mark is often cut short: "cpr9" is "cpr9ea9", "80/90" any such tyre.
        """
        wanted = key(size)
        first = end = bisect_left(self.size_words, wanted)
        if len(size) >= 4 and not size.replace(".", "").isdigit():
            end = bisect_left(self.size_words, wanted + b"\xff")
        elif first < len(self.size_words) and self.size_words[first] == wanted:
            end = first + 1
        return self.size_sets[self.size_start[first] : self.size_start[end]]

    def place_of_id(self, part_id: int) -> int:
        """Where the part of this id is; -1 if it is not here."""
        at = _find(self.by_id, part_id)
        return -1 if at < 0 else int(self.by_id_at[at])

    def code(self, place: int) -> str:
        """The code of a part."""
        code: bytes = self.codes[place]
        return code.decode()

    def arrays(self) -> dict[str, Array]:
        """All columns by their names."""
        return {field.name: getattr(self, field.name) for field in fields(self)}


@dataclass(frozen=True, slots=True)
class Layer:
    """A segment and which of its parts are no longer so (None: all are)."""

    segment: Segment
    gone: npt.NDArray[np.bool_] | None = None

    def living(self, places: Array) -> Array:
        """Those of ``places`` that still hold."""
        return places if self.gone is None else places[~self.gone[places]]


def key(word: str) -> bytes:
    """A word as the columns hold it."""
    return word.encode()[:LONGEST_WORD]


def ranges(starts: Array, ends: Array) -> Array:
    """All numbers from each start up to its end, one range after the other."""
    lengths = (ends - starts).astype(np.int64)
    total = int(lengths.sum())
    if not total:
        return np.zeros(0, np.int64)
    before = np.repeat(np.cumsum(lengths) - lengths, lengths)
    numbers: Array = np.arange(total) - before + np.repeat(starts.astype(np.int64), lengths)
    return numbers


def bits(mask: int, columns: int) -> Array:
    """A mask of bikes as 64-bit words, the lowest first."""
    cut = [(mask >> (64 * column)) & 0xFFFFFFFFFFFFFFFF for column in range(columns)]
    return np.array(cut, np.uint64)


def whole(row: Array) -> int:
    """The mask that :func:`bits` cut."""
    return sum(int(word) << (64 * column) for column, word in enumerate(row))


def _find(column: Array, wanted: bytes | int) -> int:
    at = bisect_left(column, wanted)
    return at if at < len(column) and column[at] == wanted else -1
