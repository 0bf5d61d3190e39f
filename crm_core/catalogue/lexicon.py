"""The trade's vocabulary, loaded once from ``reference``, and spelling repair."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import yaml
from rapidfuzz import process
from rapidfuzz.distance import OSA

from crm_core.catalogue.text import skeleton

REFERENCE = Path(__file__).parent / "reference"
_LETTERS = re.compile(r"[^\W\d_]+")
AXES = (("depan", "belakang"), ("kiri", "kanan"), ("atas", "bawah"))
OPPOSITE = {a: b for pair in AXES for a, b in (pair, pair[::-1])}
POSITIONS = {where: 1 << at for at, where in enumerate(where for pair in AXES for where in pair)}
"""Each position's bit."""


def axis_of(position: str) -> str:
    """The name of the pair that a position belongs to: its first word."""
    return next(pair[0] for pair in AXES if position in pair)


@dataclass(frozen=True, slots=True)
class Function:
    """What the first five signs of a part number say."""

    phrase: tuple[str, ...]
    positions: frozenset[str] = frozenset()
    size: str | None = None


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Words by their variants, phrases by theirs, functions by part-number prefix."""

    words: Mapping[str, str]
    phrases: Mapping[tuple[str, ...], tuple[str, ...]]
    functions: Mapping[str, Function]
    positions: frozenset[str]
    colours: Mapping[str, str]
    light: frozenset[str]
    chatter: frozenset[str]
    foreign: frozenset[str]
    brands: frozenset[str]
    foreign_names: frozenset[tuple[str, ...]]
    not_sold: frozenset[tuple[str, ...]]
    supplies: frozenset[tuple[str, ...]]
    services: frozenset[tuple[str, ...]]
    markers: frozenset[str]
    bike_words: Mapping[str, str]
    kinds: Mapping[str, frozenset[str]]
    on_scooters: Mapping[tuple[str, ...], tuple[str, ...]]
    neighbours: frozenset[tuple[str, str]]
    starts: Mapping[str, int]
    things: Mapping[tuple[str, ...], int]
    vocabulary: frozenset[str] = field(default=frozenset())
    ordinary: frozenset[str] = field(default=frozenset())
    everyday: frozenset[str] = field(default=frozenset())
    """Words of part names that are also said about everything else."""
    taking: frozenset[str] = field(default=frozenset())
    """Slang for "I take it", some of which is also a part: "sikat", a brush."""
    elsewhere_words: frozenset[str] = field(default=frozenset())
    """The words of goods and of work that this trade does not sell."""

    @property
    def colour_order(self) -> tuple[str, ...]:
        """The colours in the order of their bits."""
        return tuple(sorted(set(self.colours.values())))

    def canonical(self, word: str) -> str:
        """The word this one stands for, or itself."""
        return self.words.get(word, word)

    def thing(self, words: Sequence[str]) -> int:
        """The number of the known thing that canonical ``words`` begin with; -1 if none."""
        for length in range(min(len(words), 4), 0, -1):
            found = self.things.get(tuple(words[:length]))
            if found is not None:
                return found
        return -1

    def rewrite(self, words: Sequence[str], shortest: int = 1) -> list[str]:
        """Replace known phrases in canonical ``words``, the longest first, from the left.

        ``shortest`` is the least number of words that a phrase must have to be replaced.
        """
        out: list[str] = []
        at = 0
        while at < len(words):
            longest = self.starts.get(words[at], 0)
            if longest < shortest:
                out.append(words[at])
                at += 1
                continue
            for length in range(min(longest, len(words) - at), shortest - 1, -1):
                found = self.phrases.get(tuple(words[at : at + length]))
                if found is not None:
                    out.extend(found)
                    at += length
                    break
            else:
                out.append(words[at])
                at += 1
        return out


def _invert(section: Mapping[str, Iterable[str]]) -> dict[str, str]:
    out: dict[str, str] = {}
    for canonical, variants in section.items():
        for variant in variants:
            out.setdefault(variant, canonical)
    return out | {canonical: canonical for canonical in section}


def _split(phrases: Iterable[str]) -> frozenset[tuple[str, ...]]:
    return frozenset(tuple(phrase.split()) for phrase in phrases)


def _phrases(
    section: Mapping[str, Iterable[str]], words: Mapping[str, str]
) -> dict[tuple[str, ...], tuple[str, ...]]:
    def plain(phrase: str) -> tuple[str, ...]:
        return tuple(words.get(word, word) for word in phrase.replace("-", " ").split())

    out: dict[tuple[str, ...], tuple[str, ...]] = {}
    for canonical in section:
        out[plain(canonical)] = plain(canonical)
    for canonical, variants in section.items():
        for variant in variants:
            out.setdefault(plain(variant), plain(canonical))
    for pair, canonical_words in list(out.items()):
        if len(pair) == 2:  # English says "gas cable" for "kabel gas"
            out.setdefault(pair[::-1], canonical_words)
    return out


def _starts(phrases: Iterable[tuple[str, ...]]) -> dict[str, int]:
    """The words that phrases begin with, and how long the longest of those phrases is."""
    out: dict[str, int] = {}
    for phrase in phrases:
        out[phrase[0]] = max(len(phrase), out.get(phrase[0], 0))
    return out


def _things(
    phrases: Mapping[tuple[str, ...], tuple[str, ...]], besides: frozenset[str]
) -> dict[tuple[str, ...], int]:
    """A number for every canonical phrase without the words that tell sides and make-up."""
    plain = {tuple(word for word in phrase if word not in besides) for phrase in phrases.values()}
    return {phrase: at for at, phrase in enumerate(sorted(plain - {()}))}


def _functions(
    section: Mapping[str, Iterable[str]], words: Mapping[str, str], positions: frozenset[str]
) -> dict[str, Function]:
    out = {}
    for phrase, codes in section.items():
        said = tuple(words.get(word, word) for word in phrase.split())
        for entry in codes:
            prefix, *rest = entry.split()
            where = frozenset(word for word in rest if word in positions)
            sizes = [word for word in rest if word not in positions]
            out[prefix] = Function(said, where, sizes[0] if sizes else None)
    return out


def parse(data: Mapping[str, Any], ordinary: Mapping[str, str] | None = None) -> Lexicon:
    """A lexicon from the sections of ``lexicon.yml`` and ``ordinary.yml`` (all values text)."""
    spoken = {section: frozenset(said.split()) for section, said in (ordinary or {}).items()}
    words = _invert(data["words"])
    phrases = _phrases(data["phrases"], words)
    positions = frozenset(data["positions"])
    colours = _invert(data["colours"])
    bike_words = _invert(data["bike_words"])
    known = set(words) | set(colours) | set(data["light"]) | set(data["chatter"])
    known |= set(data["foreign"]) | set(bike_words) | set(positions) | set(data["brands"])
    known.update(word for phrase in phrases for word in phrase)
    heard = (spoken.get(section, frozenset()) for section in ("names", "talk", "shorthand"))
    talk = frozenset().union(*heard) - known
    return Lexicon(
        words=words,
        phrases=phrases,
        functions=_functions(data["functions"], words, positions),
        positions=positions,
        colours=colours,
        light=frozenset(data["light"]),
        chatter=frozenset(data["chatter"]) | talk,
        foreign=frozenset(data["foreign"]),
        brands=frozenset(data["brands"]),
        foreign_names=_split(data["foreign_names"]),
        not_sold=_split(data["not_sold"]),
        supplies=_split(data["supplies"]),
        services=_split(data["services"]),
        markers=frozenset(data["markers"]),
        bike_words=bike_words,
        kinds={kind: frozenset(models) for kind, models in data["kinds"].items()},
        on_scooters={
            tuple(said.split()): tuple(meant.split()) for said, meant in data["on_scooters"].items()
        },
        neighbours=frozenset(pair for phrase in phrases for pair in pairwise(phrase)),
        starts=_starts(phrases),
        things=_things(phrases, positions | set(data["light"])),
        vocabulary=frozenset(known) | talk,
        ordinary=spoken.get("things", frozenset()) - known,
        everyday=spoken.get("everyday", frozenset()),
        taking=spoken.get("taking", frozenset()),
        elsewhere_words=frozenset(
            word
            for section in ("not_sold", "services")
            for said in data[section]
            for word in said.split()
        ),
    )


@cache
def load() -> Lexicon:
    """The project's own lexicon."""
    trade, ordinary = (
        # BaseLoader keeps every value text: "no" and "off" are words here.
        yaml.load((REFERENCE / name).read_text(encoding="utf-8"), Loader=yaml.BaseLoader)  # noqa: S506
        for name in ("lexicon.yml", "ordinary.yml")
    )
    return parse(trade, ordinary)


def without_taking(text: str) -> str:
    """``text`` without the slang for "I take it"."""
    taking = load().taking
    left = _LETTERS.sub(lambda said: "" if said[0].casefold() in taking else said[0], text)
    return " ".join(left.split())


class Speller:
    """Repairs unknown words against a vocabulary: vowels left out, one or two slips of a finger."""

    def __init__(self, vocabulary: Mapping[str, float]) -> None:
        """``vocabulary``: each word with its weight; the heavier wins between equally near ones."""
        self._weights = vocabulary
        self._by_skeleton: dict[str, list[str]] = {}
        self._by_length: dict[int, list[str]] = {}
        self._known: dict[str, str | None] = {}
        for word in vocabulary:
            if len(word) >= 4 and word.isalpha():
                self._by_skeleton.setdefault(skeleton(word), []).append(word)
                self._by_length.setdefault(len(word), []).append(word)

    def repair(self, word: str) -> str | None:
        """The vocabulary's word that was meant, or None."""
        if word in self._weights:
            return word
        if len(word) < 3 or not word.isalpha() or len(word) > 24:
            return None
        if word not in self._known:
            if len(self._known) > 50_000:
                self._known.clear()
            self._known[word] = self._search(word)
        return self._known[word]

    def _search(self, word: str) -> str | None:
        costs = {found: _SHORTHAND + self._doubt(found) for found in self._shortened(word)}
        if len(word) >= 4:
            for found, distance in self._near(word):
                # A slip seldom hits the first letter, and drops a letter rather than adds one.
                if found[0] != word[0] and (len(word) < _LONG or distance > 1):
                    continue
                # A short word is too near to too many: only the trade's own are worth a guess.
                if len(word) < _LONG and self._weights[found] < _TRUSTED:
                    continue
                if len(word) == len(found) == 4 and not _sounds_like(word, found):
                    continue
                cost = distance + (0.2 if len(found) <= len(word) else 0.0)
                cost += self._doubt(found)
                costs[found] = min(cost + (found[0] != word[0]), costs.get(found, cost))
        if not costs:
            return None
        return min(costs, key=lambda found: (costs[found], -self._weights[found], found))

    def _doubt(self, found: str) -> float:
        return 0.4 if self._weights[found] < _TRUSTED else 0.0

    def _shortened(self, word: str) -> list[str]:
        """Words that are written like this when their vowels are left out."""
        bones = skeleton(word)
        if len(bones) < 3:
            return []
        return [found for found in self._by_skeleton.get(bones, ()) if _is_within(word, found)]

    def _near(self, word: str) -> list[tuple[str, float]]:
        allowed = 1 if len(word) < 8 else 2
        out: list[tuple[str, float]] = []
        for length in range(len(word) - allowed, len(word) + allowed + 1):
            pool = self._by_length.get(length, [])
            found = process.extract(word, pool, scorer=OSA.distance, score_cutoff=allowed, limit=12)
            out.extend((candidate, distance) for candidate, distance, _ in found)
        return out


def _sounds_like(word: str, found: str) -> bool:
    """Another vowel, or two letters swapped: slips that leave a word of four letters readable."""
    return skeleton(word) == skeleton(found) or sorted(word) == sorted(found)


_SHORTHAND = 0.9
"""The cost of vowels left out on purpose, beside 1 for each slip of a finger."""


_LONG = 6

_TRUSTED = 2.0
"""Lighter words come from the catalogue's own names, which hold slips themselves."""


def _is_within(short: str, word: str) -> bool:
    """Are the letters of ``short`` all in ``word``, in this order?"""
    letters = iter(word)
    return all(letter in letters for letter in short)
