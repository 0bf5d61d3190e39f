"""All parts in memory, by what they are called, what they fit and what their numbers say.

Many parts share one phrase ("kampas rem depan"), so a question is scored against the few thousand
distinct phrases first, and only the parts of the best ones, for the right bike, are looked at.
Knows no database: prices and stock are not here, they are read live for the few hits.
"""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from crm_core.catalogue import ranking
from crm_core.catalogue.bikes import BikeTable, Mention
from crm_core.catalogue.documents import GENERIC, Document, IndexedPart, PartReader, Phrase
from crm_core.catalogue.lexicon import Lexicon, load
from crm_core.catalogue.partcodes import CodeBook
from crm_core.catalogue.text import tokens
from crm_core.catalogue.types import Missing, Understood
from crm_core.catalogue.understanding import Clause, Reader, Reading, merged, summary

# Chosen on the development questions of the search evaluation.
_HEADLESS = 0.82
_STRANGE_WEIGHT = 4.0
_RESIDUAL = 0.55
_LEAST_SIMILAR = 0.42
_LEAST_COVERED = 0.62
_LEAST_SCORE = 0.3
_DROP = 0.62
_TIE = 0.97
_EXACT = 0.97
_MOST_PHRASES = 400
_MOST_PARTS = 5_000

_PLATFORM = re.compile(r"[a-z][a-z0-9]{2}")

Group = tuple[int, bool]
"""Parts of one phrase are kept by their bikes: (mask, inferred)."""


@dataclass(frozen=True, slots=True)
class Found:
    """One part of an answer."""

    part_id: int
    score: float


@dataclass(slots=True)
class Answer:
    """What the index makes of a message; ``found`` best first."""

    understood: Understood
    found: list[Found] = field(default_factory=list)
    sure: bool = False
    missing: Missing | None = None


class CatalogueIndex:
    """Search over parts; ``add`` replaces a part of the same id, ``remove`` forgets it."""

    def __init__(
        self, parts: Iterable[IndexedPart], bikes: BikeTable, lexicon: Lexicon | None = None
    ) -> None:
        """Read every part once (about 0.1 ms each)."""
        self.bikes = bikes
        self.codes = CodeBook()
        self._documents: dict[int, Document] = {}
        self._phrases: dict[Phrase, dict[Group, dict[int, float]]] = {}
        self._by_word: dict[str, set[Phrase]] = defaultdict(set)
        self._weights: dict[str, float] = {}
        lexicon, parts = lexicon or load(), list(parts)
        spelled = Counter(token.text for part in parts for token in tokens(part.name))
        known = (word for word, times in spelled.items() if times >= 2)
        self.reader = Reader(lexicon, bikes, known)
        self._part_reader = PartReader(lexicon, bikes, self.reader)
        for part in parts:
            self.add(part)

    def __len__(self) -> int:
        return len(self._documents)

    def add(self, part: IndexedPart) -> None:
        """Put ``part`` in, in place of what was there under its id."""
        self.remove(part.part_id)
        doc = self._part_reader.read(part)
        self._documents[part.part_id] = doc
        self.codes.add(part.part_code, part.part_id)
        if _PLATFORM.fullmatch(platform := part.part_code[5:8].lower()):
            self.reader.platforms.add(platform)
        for phrase, worth in doc.phrases:
            if phrase not in self._phrases:
                self._phrases[phrase] = {}
                for word in phrase:
                    self._by_word[word].add(phrase)
            group = self._phrases[phrase].setdefault((doc.rows, doc.inferred), {})
            group[part.part_id] = worth
        self._weights.clear()

    def remove(self, part_id: int) -> None:
        """Forget the part, if it is here."""
        doc = self._documents.pop(part_id, None)
        if doc is None:
            return
        self.codes.remove(doc.part.part_code)
        for phrase, _ in doc.phrases:
            groups = self._phrases[phrase]
            key = (doc.rows, doc.inferred)
            groups[key].pop(part_id, None)
            if not groups[key]:
                del groups[key]
            if not groups:
                del self._phrases[phrase]
                for word in phrase:
                    self._by_word[word].discard(phrase)
        self._weights.clear()

    def search(self, text: str, garage: Sequence[int] = (), limit: int = 10) -> Answer:
        """The parts that ``text`` asks for; ``garage`` are masks of bikes the asker owns."""
        codes, rest = self.codes.read(text)
        reading = self.reader.read(rest)
        reading.clauses = joined(reading.clauses)
        if codes.part_ids:
            understood = summary(reading, Clause(mention=_mention(reading)), self.bikes, codes.said)
            found = [Found(part_id, score) for part_id, score in codes.part_ids[:limit]]
            return Answer(understood, found, sure=codes.exact or len(found) == 1)
        main, ranked = self._best_clause(reading)
        if main is None:
            return Answer(summary(reading, _without_part(reading), self.bikes, codes.said))
        clause = merged(reading.clauses, main)
        understood = summary(reading, clause, self.bikes, codes.said)
        if _refused(reading, clause, ranked):
            return Answer(understood)
        rows = clause.mention.rows if clause.mention else 0
        hits = self._collect(clause, ranked, rows, garage)
        top = [hit for hit in hits if hit.score >= hits[0].score * _TIE]
        sure, missing = ranking.settled(
            self.bikes,
            [self._documents[hit.part_id] for hit in top],
            hits[0].score if hits else 0.0,
            rows or _own(garage),
        )
        return Answer(understood, hits[:limit], sure, missing)

    def _best_clause(self, reading: Reading) -> tuple[int | None, list[tuple[Phrase, float]]]:
        """The clause that names the part: the first good one, unless a later one corrects it."""
        best: tuple[int | None, list[tuple[Phrase, float]]] = (None, [])
        best_score = -1.0
        for at, clause in enumerate(reading.clauses):
            if not clause.words:
                continue
            ranked = self._similar(clause)
            score = ranked[0][1] if ranked else 0.0
            if clause.mention:
                score *= 1.1
            if score > best_score * (0.8 if clause.corrects else 1.15):
                best, best_score = (at, ranked), score
        return best

    def _weight(self, word: str) -> float:
        """How much a word tells: rare words of the catalogue more than common ones."""
        known = self._weights.get(word)
        if known is None:
            phrases = len(self._by_word.get(word, ()))
            known = math.log(1 + (1 + len(self._phrases)) / (1 + phrases))
            self._weights[word] = known
        return known

    def _similar(self, clause: Clause) -> list[tuple[Phrase, float]]:
        """Phrases like the clause's words, best first, with their likeness 0..1."""
        asked = {word: self._weight(word) for word in clause.words}
        total = sum(asked.values()) + _STRANGE_WEIGHT * len(clause.strange)
        shared: dict[Phrase, float] = defaultdict(float)
        for word, weight in asked.items():
            for phrase in self._by_word.get(word, ()):
                shared[phrase] += weight
        out = []
        for phrase, common in shared.items():
            covered = common / total
            if covered < _LEAST_COVERED:
                continue
            besides = sum(self._weight(word) for word in phrase if word not in asked)
            likeness = covered**1.3 * (common / (common + _RESIDUAL * besides)) ** 0.8
            # The first word is the thing, the others say of what: "karet tromol" is rubber.
            if phrase[0] not in asked or clause.words[0] not in phrase:
                likeness *= _HEADLESS
            if likeness >= _LEAST_SIMILAR:
                out.append((phrase, likeness))
        out.sort(key=lambda pair: -pair[1])
        return out[:_MOST_PHRASES]

    def _collect(
        self,
        clause: Clause,
        ranked: Sequence[tuple[Phrase, float]],
        rows: int,
        garage: Sequence[int],
    ) -> list[Found]:
        best: dict[int, float] = {}
        for phrase, likeness in ranked:
            if len(best) > _MOST_PARTS:
                break
            for (fitting, _), group in self._phrases[phrase].items():
                if rows and fitting and not fitting & rows:
                    continue
                for part_id, worth in group.items():
                    doc = self._documents[part_id]
                    score = likeness * worth
                    if best.get(part_id, 0.0) >= score:
                        continue
                    score *= ranking.bike_factor(self.bikes, doc, rows, garage)
                    score *= ranking.platform_factor(doc, clause.platform, rows)
                    score = min(score * ranking.detail_factor(doc, clause), 1.0)
                    if score > best.get(part_id, 0.0):
                        best[part_id] = score
        ordered = sorted(best, key=lambda i: (-best[i], self._documents[i].part.part_code))
        least = max(best[ordered[0]] * _DROP, _LEAST_SCORE) if ordered else 0.0
        return [Found(part_id, best[part_id]) for part_id in ordered if best[part_id] >= least]


def joined(clauses: Sequence[Clause]) -> tuple[Clause, ...]:
    """Clauses as they belong together: a word that names no part alone waits for the next clause.

    So "Laher, Bearing Nap Gear" is one thing, as price lists write it.
    """
    out: list[Clause] = []
    for clause in clauses:
        before = out[-1] if out else None
        waits = before is not None and before.words and GENERIC.issuperset(before.words)
        if before is None or not waits or clause.corrects or before.mention or not clause.words:
            out.append(clause)
            continue
        words = tuple(dict.fromkeys((*before.words, *clause.words)))
        positions = before.positions | clause.positions
        sizes = (*before.sizes, *clause.sizes)
        out[-1] = replace(clause, words=words, positions=positions, sizes=sizes)
    return tuple(out)


def _refused(reading: Reading, clause: Clause, ranked: Sequence[tuple[Phrase, float]]) -> bool:
    """Another make's bike, or goods that this shop does not have under that very name."""
    if reading.foreign and clause.mention is None:
        return True
    return reading.not_sold and (not ranked or ranked[0][1] < _EXACT)


def _own(garage: Sequence[int]) -> int:
    rows = 0
    for mask in garage:
        rows |= mask
    return rows


def _mention(reading: Reading) -> Mention | None:
    return next((c.mention for c in reversed(reading.clauses) if c.mention), None)


def _without_part(reading: Reading) -> Clause:
    strange = tuple(word for clause in reading.clauses for word in clause.strange)
    return Clause(mention=_mention(reading), strange=strange)
