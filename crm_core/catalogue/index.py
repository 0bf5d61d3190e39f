"""All parts by what they are called, what they fit and what their numbers say.

An index never changes: it is a large layer that may lie in a file, and a small one of what has
changed since. Knows no database: prices and stock are not here, they are read live for the hits.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import reduce
from operator import or_

import numpy as np

from crm_core.catalogue import ranking, scoring
from crm_core.catalogue.bikes import BikeTable, Mention
from crm_core.catalogue.clauses import Clause, Reading, joined, merged, summary
from crm_core.catalogue.documents import Document, IndexedPart, PartReader
from crm_core.catalogue.lexicon import Lexicon, load
from crm_core.catalogue.naming import kind_rows
from crm_core.catalogue.partcodes import CodeBook
from crm_core.catalogue.ranking import Asked, Top
from crm_core.catalogue.scoring import Alike
from crm_core.catalogue.segbuilding import Builder
from crm_core.catalogue.segments import Layer, Segment
from crm_core.catalogue.types import Missing, Understood
from crm_core.catalogue.understanding import Reader

_LEAST_SCORE = 0.5
_DROP = 0.7
_TIE = 0.97
_EXACT = 0.97
_GRADES = frozenset({"mpx", "spx"})
_PLAIN_OIL = frozenset({"oli", "mesin"})
"""An oil without another word is for the engine, whatever its grade."""
_ALIKE = 50


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
    """Search over a base of parts and what replaces some of them."""

    def __init__(
        self,
        bikes: BikeTable,
        lexicon: Lexicon,
        base: Segment | None,
        changed: Iterable[Document] = (),
        gone: Iterable[int] = (),
        reader: Reader | None = None,
    ) -> None:
        """``changed`` parts replace those of the same id, ``gone`` are ids of the base's dead.

        ``reader`` has been made for this very ``base`` before.
        """
        self.bikes = bikes
        self.lexicon = lexicon
        self.scooters = kind_rows(bikes, lexicon.kinds, ["matic"])
        changed = list(changed)
        overlay = Builder(bikes, lexicon)
        for doc in changed:
            overlay.add(doc)
        new = overlay.finish(base.weight_of if base else None)
        self.layers = [Layer(new)]
        if base is not None and len(base):
            replaced = [*gone, *(doc.part.part_id for doc in changed)]
            self.layers.append(Layer(base, _marked(base, replaced)))
        self.codes = CodeBook(self.layers)
        self.reader = reader or reader_for(lexicon, bikes, base or new)
        self.reader.learn(
            (word.decode(errors="replace") for word in new.words),
            (code.decode() for code in new.platforms),
            lambda word: any(layer.segment.word(word) >= 0 for layer in self.layers),
        )
        self._phrases = sum(layer.segment.phrases for layer in self.layers)

    def __len__(self) -> int:
        return sum(
            len(layer.segment) - (int(layer.gone.sum()) if layer.gone is not None else 0)
            for layer in self.layers
        )

    def search(self, text: str, garage: Sequence[int] = (), limit: int = 10) -> Answer:
        """The parts that ``text`` asks for; ``garage`` are masks of bikes the asker owns.

        With a ``limit`` of 0 it is only read, not looked for.
        """
        codes, rest = self.codes.read(text)
        reading = self.reader.read(rest)
        reading.clauses = joined(reading.clauses)
        self._as_on_scooters(reading)
        if codes.part_ids:
            understood = summary(reading, Clause(mention=_mention(reading)), self.bikes, codes.said)
            found = [Found(part_id, score) for part_id, score in codes.part_ids[:limit]]
            return Answer(understood, found, sure=codes.exact or len(found) == 1)
        main, alike = self._best_clause(reading)
        if main is None:
            other = next((at for at, clause in enumerate(reading.clauses) if clause.words), None)
            asked = _without_part(reading) if other is None else merged(reading.clauses, other)
            return Answer(summary(reading, asked, self.bikes, codes.said))
        clause = merged(reading.clauses, main)
        understood = summary(reading, clause, self.bikes, codes.said)
        has = self._has_supply(clause, alike)
        if not limit or _refused(reading, clause, _EXACT if has else max(a.best for a in alike)):
            return Answer(understood)
        return self._answer(understood, clause, alike, garage, limit)

    def _as_on_scooters(self, reading: Reading) -> None:
        """On a scooter "kampas kopling" is what the trade calls "kampas ganda" there."""
        mention = _mention(reading)
        if mention is None or mention.rows & ~self.scooters:
            return
        for clause in reading.clauses:
            clause.words = self.lexicon.on_scooters.get(clause.words, clause.words)

    def read(self, text: str) -> Understood:
        """What ``text`` asks for, without looking for it."""
        return self.search(text, limit=0).understood

    def _answer(
        self,
        understood: Understood,
        clause: Clause,
        alike: Sequence[Alike],
        garage: Sequence[int],
        limit: int,
    ) -> Answer:
        rows = clause.mention.rows if clause.mention else 0
        others = self.bikes.whole_model(rows) & ~rows if rows else 0
        asked = Asked(clause, rows, others, garage, self.lexicon.colour_order)
        groups = [
            scoring.scored(layer, each, asked)
            for layer, each in zip(self.layers, alike, strict=True)
        ]
        best = max(map(scoring.best, groups))
        if not best:
            return Answer(understood)
        least = max(best * _DROP, _LEAST_SCORE)
        hits = [
            (-score, each.layer.segment.code(place), each.layer, place)
            for each in groups
            for score, place in scoring.first(each, least, limit)
        ]
        if not hits:
            return Answer(understood)
        hits.sort(key=lambda hit: hit[:2])
        top = Top()
        for each in groups:
            scoring.gather(each, best * _TIE, top)
        sure, missing = ranking.settled(
            self.bikes, top, min(top.rows), best, rows or ranking.sum_of(garage)
        )
        found = [Found(int(layer.segment.ids[at]), -worse) for worse, _, layer, at in hits[:limit]]
        return Answer(understood, found, sure, missing)

    def _best_clause(self, reading: Reading) -> tuple[int | None, list[Alike]]:
        """The clause that names the part: the first good one, unless a later one corrects it.

        "Rem saya blong, ada kampas rem?": who says the same with more words means the latter.
        """
        best: tuple[int | None, list[Alike]] = (None, [])
        best_score = -1.0
        for at, clause in enumerate(reading.clauses):
            if not clause.words:
                continue
            plain = "oli" in clause.words and set(clause.words) <= _PLAIN_OIL
            clause.words = ("oli",) if plain else clause.words
            thing = self.lexicon.thing(clause.words)
            if self._names_supply(clause):  # "oli mpx2": the grade is no strange word
                clause.strange = tuple(word for word in clause.strange if word not in _GRADES)
            alike = [
                scoring.similar(layer.segment, clause, thing, self._weight) for layer in self.layers
            ]
            score = max(each.best for each in alike)
            if plain and not self._has_supply(clause, alike):
                continue  # "ada oli?" asks for oil, not for what seals or filters it
            if clause.goods and not (
                self._sells(clause.goods, alike) or self._has_supply(clause, alike)
            ):
                continue
            if clause.mention:
                score *= 1.1
            fuller = best[0] is not None and (
                set(reading.clauses[best[0]].words) < set(clause.words)
            )
            if score > best_score * (0.8 if clause.corrects or fuller else 1.15):
                best, best_score = (at, alike), score
        return best

    def _sells(self, goods: Sequence[Sequence[str]], alike: Sequence[Alike]) -> bool:
        """Whether the catalogue has such goods under that very name."""
        wanted = [{self.lexicon.canonical(word) for word in phrase} for phrase in goods]
        for layer, each in zip(self.layers, alike, strict=True):
            exact = each.phrases[each.likeness >= _EXACT][:_ALIKE]
            names = [set(layer.segment.phrase(int(number))) for number in exact]
            if any(words <= name for words in wanted for name in names):
                return True
        return False

    def _names_supply(self, clause: Clause) -> bool:
        return any(tuple(phrase) in self.lexicon.supplies for phrase in clause.goods)

    def _has_supply(self, clause: Clause, alike: Sequence[Alike]) -> bool:
        """Whether the catalogue has such oil or fluid: a name that begins so and says all of it.

        What only seals, cools or filters it ("oil seal", "tutup oli") is another thing.
        """
        wanted = set(clause.words)
        plain = bool(wanted) and wanted <= _PLAIN_OIL
        if not (plain or self._names_supply(clause)):
            return False
        for layer, each in zip(self.layers, alike, strict=True):
            for name in (layer.segment.phrase(int(at)) for at in each.phrases[:_ALIKE]):
                if set(name) <= _PLAIN_OIL if plain else name[0] in wanted and wanted <= set(name):
                    return True
        return False

    def _weight(self, word: str) -> float:
        """How much a word tells: rare words of the catalogue more than common ones."""
        for layer in reversed(self.layers):
            known = layer.segment.weight_of(word)
            if known is not None:
                return known
        return math.log(2 + self._phrases)


def reader_for(lexicon: Lexicon, bikes: BikeTable, segment: Segment) -> Reader:
    """A reader of messages that knows the words and platform codes of ``segment``."""
    reader = Reader(lexicon, bikes, (word.decode(errors="replace") for word in segment.known))
    reader.platforms.update(code.decode() for code in segment.platforms)
    return reader


def index_of(
    parts: Iterable[IndexedPart], bikes: BikeTable, lexicon: Lexicon | None = None
) -> CatalogueIndex:
    """An index in memory of ``parts`` alone."""
    lexicon = lexicon or load()
    reader = PartReader(lexicon, bikes, Reader(lexicon, bikes))
    return CatalogueIndex(bikes, lexicon, None, map(reader.read, parts))


def _marked(base: Segment, ids: Sequence[int]) -> np.ndarray[tuple[int], np.dtype[np.bool_]] | None:
    places = [place for place in map(base.place_of_id, ids) if place >= 0]
    if not places:
        return None
    gone = np.zeros(len(base), bool)
    gone[places] = True
    return gone


def _refused(reading: Reading, clause: Clause, likeness: float) -> bool:
    """Another make's bike or goods, or what this shop does not have under that very name."""
    if reading.other_make or (reading.foreign and clause.mention is None):
        return True
    return reading.not_sold and likeness < _EXACT


def _mention(reading: Reading) -> Mention | None:
    return next((c.mention for c in reversed(reading.clauses) if c.mention), None)


def _without_part(reading: Reading) -> Clause:
    strange = tuple(word for clause in reading.clauses for word in clause.strange)
    said = reduce(or_, (clause.variants for clause in reading.clauses), 0)
    return Clause(mention=_mention(reading), strange=strange, variants=said)
