"""Documents gathered into the columns of a segment. Pure."""

from __future__ import annotations

import math
from array import array
from collections import Counter
from collections.abc import Callable, Iterable
from typing import TypeVar

import numpy as np

from crm_core.catalogue.bikes import BikeTable
from crm_core.catalogue.clauses import GENERIC
from crm_core.catalogue.documents import Document, Phrase
from crm_core.catalogue.lexicon import POSITIONS, Lexicon
from crm_core.catalogue.partcodes import alike, tail
from crm_core.catalogue.segments import LONGEST_WORD, Array, Segment, bits, key

MOST_SPELLINGS = 30_000
"""Spellings that repair may lead to; the more frequent ones win."""

Profile = tuple[int, bool, str, int, int, tuple[str, ...], bool, int]
"""Bikes, inferred, platform code, bits of positions and colours, sizes, kit, bits of versions."""

Weigh = Callable[[str], float | None]
_Held = TypeVar("_Held", Phrase, Profile)


class Builder:
    """Takes documents one by one; :meth:`finish` makes their segment."""

    def __init__(self, bikes: BikeTable, lexicon: Lexicon) -> None:
        self._bikes = bikes
        self._lexicon = lexicon
        self._colours = {colour: 1 << at for at, colour in enumerate(lexicon.colour_order)}
        self._ids = array("q")
        self._codes: list[str] = []
        self._lead = array("i")
        self._phrases: dict[Phrase, int] = {}
        self._profiles: dict[Profile, int] = {}
        self._phrase, self._profile, self._part = array("i"), array("i"), array("i")
        self._worth = array("f")
        self._spelled: Counter[str] = Counter()

    def add(self, doc: Document) -> None:
        """Take one part in."""
        place = len(self._codes)
        self._ids.append(doc.part.part_id)
        self._codes.append(doc.part.part_code)
        self._spelled.update(doc.spelled)
        profile = self._profiles.setdefault(self._profile_of(doc), len(self._profiles))
        lead = -1
        for phrase, worth in doc.phrases:
            number = self._phrases.setdefault(phrase, len(self._phrases))
            lead = number if lead < 0 else lead
            self._phrase.append(number)
            self._profile.append(profile)
            self._worth.append(worth)
            self._part.append(place)
        self._lead.append(lead)

    def absorb(self, other: Builder) -> None:
        """Take in, after its own, all that ``other`` took in."""
        place = len(self._codes)
        self._ids += other._ids
        self._codes += other._codes
        self._spelled.update(other._spelled)
        phrases = _numbers(self._phrases, other._phrases)
        profiles = _numbers(self._profiles, other._profiles)
        self._phrase.extend(phrases[at] for at in other._phrase)
        self._profile.extend(profiles[at] for at in other._profile)
        self._lead.extend(phrases[at] if at >= 0 else -1 for at in other._lead)
        self._part.extend(place + at for at in other._part)
        self._worth += other._worth

    def _profile_of(self, doc: Document) -> Profile:
        return (
            doc.rows,
            doc.inferred,
            doc.platform_code,
            sum(POSITIONS[where] for where in doc.positions),
            sum(self._colours[colour] for colour in doc.colours),
            tuple(sorted(doc.sizes)) if doc.sizes else (),
            doc.kit,
            doc.variants,
        )

    def finish(self, weigh: Weigh | None = None) -> Segment:
        """The segment. ``weigh`` knows what words tell already; else these phrases decide."""
        codes = _bytes(self._codes)
        order = np.argsort(codes, kind="stable").astype(np.int32)
        ids = np.array(self._ids, np.int64)[order]
        by_id = np.argsort(ids).astype(np.int32)
        similar = _bytes([alike(code) for code in self._codes])[order]
        tails = _bytes([tail(code) for code in self._codes])[order]
        alike_at, tails_at = np.argsort(similar, kind="stable"), np.argsort(tails, kind="stable")
        known = [w for w, times in self._spelled.most_common(MOST_SPELLINGS) if times >= 2]
        return Segment(
            ids=ids,
            codes=codes[order],
            lead=np.array(self._lead, np.int32)[order],
            by_id=ids[by_id],
            by_id_at=by_id,
            alike=similar[alike_at],
            alike_at=alike_at.astype(np.int32),
            tails=tails[tails_at],
            tails_at=tails_at.astype(np.int32),
            **self._of_words(weigh),
            **self._of_groups(order),
            **self._of_profiles(),
            known=_bytes(known),
            platforms=_bytes(sorted({p[2] for p in self._profiles if p[2]})),
        )

    def _of_words(self, weigh: Weigh | None) -> dict[str, Array]:
        lengths = np.fromiter(map(len, self._phrases), np.int64, len(self._phrases))
        flat = [word for phrase in self._phrases for word in phrase]
        words = sorted({key(word) for word in flat})
        number = {word: at for at, word in enumerate(words)}
        held = np.fromiter((number[key(word)] for word in flat), np.int32, len(flat))
        phrase = np.repeat(np.arange(len(self._phrases), dtype=np.int32), lengths)
        order = np.lexsort((phrase, held))
        frequency = np.bincount(held, minlength=len(words))
        weight = np.log(1 + (1 + len(self._phrases)) / (1 + frequency))
        if weigh is not None:
            for at, word in enumerate(words):
                weight[at] = weigh(word.decode(errors="replace")) or weight[at]
        total = np.zeros(len(self._phrases))
        np.add.at(total, phrase, weight[held])
        return {
            "words": np.array(words, f"S{LONGEST_WORD}" if not words else None),
            "word_weight": weight.astype(np.float32),
            "word_generic": np.array(
                [word.decode(errors="replace") in GENERIC for word in words], bool
            ),
            "word_start": _starts(frequency),
            "word_phrases": phrase[order],
            "phrase_start": _starts(lengths),
            "phrase_words": held,
            "phrase_weight": total.astype(np.float32),
            "phrase_thing": np.array([self._lexicon.thing(p) for p in self._phrases], np.int32),
        }

    def _of_groups(self, order: Array) -> dict[str, Array]:
        place = np.empty(len(order), np.int32)
        place[order] = np.arange(len(order), dtype=np.int32)
        phrase, profile = np.array(self._phrase, np.int32), np.array(self._profile, np.int32)
        worth, part = np.array(self._worth, np.float32), np.array(self._part, np.int32)
        part = place[part] if len(part) else part
        entries = np.lexsort((part, worth, profile, phrase))
        phrase, profile = phrase[entries], profile[entries]
        worth, part = worth[entries], part[entries]
        first = np.ones(len(part), bool)
        first[1:] = (np.diff(phrase) != 0) | (np.diff(profile) != 0) | (np.diff(worth) != 0)
        begins = np.flatnonzero(first)
        counts = np.bincount(phrase[begins], minlength=len(self._phrases))
        return {
            "group_start": _starts(counts),
            "group_profile": profile[begins],
            "group_worth": worth[begins],
            "part_start": np.append(begins, len(part)).astype(np.int32),
            "parts": part,
        }

    def _of_profiles(self) -> dict[str, Array]:
        held = list(self._profiles)
        columns = max(1, math.ceil(len(self._bikes.rows) / 64))
        platforms = {p[2]: bits(self._bikes.platforms.get(p[2], 0), columns) for p in held}
        masks = {p[0]: bits(p[0], columns) for p in held}
        sets: dict[tuple[str, ...], int] = {(): 0}
        of_set = [sets.setdefault(p[5], len(sets)) for p in held]
        sizes = sorted({key(size) for chosen in sets for size in chosen})
        number = {size: at for at, size in enumerate(sizes)}
        pairs = sorted((number[key(size)], at) for chosen, at in sets.items() for size in chosen)
        counts = np.bincount([size for size, _ in pairs] or [0], minlength=len(sizes))
        shape = (len(held), columns)
        return {
            "rows": np.array([masks[p[0]] for p in held], np.uint64).reshape(shape),
            "platform_rows": np.array([platforms[p[2]] for p in held], np.uint64).reshape(shape),
            "inferred": np.array([p[1] for p in held], bool),
            "platform": np.array([p[2].encode() for p in held], "S3"),
            "positions": np.array([p[3] for p in held], np.uint8),
            "colours": np.array([p[4] for p in held], np.uint32),
            "sizes": np.array(of_set, np.int32),
            "kit": np.array([p[6] for p in held], bool),
            "variants": np.array([p[7] for p in held], np.uint8),
            "size_words": np.array(sizes, None if sizes else "S1"),
            "size_start": _starts(counts if sizes else np.zeros(0, np.int64)),
            "size_sets": np.array([at for _, at in pairs], np.int32),
            "size_standard": np.array(["std" in chosen for chosen in sets], bool),
        }


def _numbers(known: dict[_Held, int], held: Iterable[_Held]) -> list[int]:
    """The numbers of ``held`` in ``known``, which learns those that are new."""
    return [known.setdefault(one, len(known)) for one in held]


def _bytes(texts: Iterable[str]) -> Array:
    cut = [key(text) for text in texts]
    return np.array(cut, None if cut else "S1")


def _starts(counts: Array) -> Array:
    out = np.zeros(len(counts) + 1, np.int32)
    np.cumsum(counts, out=out[1:])
    return out
