"""One segment asked one question: phrases alike, groups scored, the best groups opened. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from crm_core.catalogue import ranking
from crm_core.catalogue.clauses import GENERIC, Clause
from crm_core.catalogue.ranking import Asked, Top
from crm_core.catalogue.segments import Array, Layer, Segment, ranges, whole

# Chosen on the development questions of the search evaluation.
_SAME = 0.99
_HEADLESS = 0.75
_PIECE_OF_IT = 0.5
_OTHER_THING = 0.6
_STRANGE_WEIGHT = 5.0
_STRANGE_BESIDE_BIKE = 2.5
_RESIDUAL = 0.55
_LEAST_SIMILAR = 0.42
_LEAST_COVERED = 0.62
_MOST_PHRASES = 4_000
_MOST_TOP = 2_000

Weigh = Callable[[str], float]


@dataclass(frozen=True, slots=True)
class Alike:
    """Phrases of a segment that resemble a question, and how much (0..1), best first."""

    phrases: Array
    likeness: Array

    @property
    def best(self) -> float:
        """The likeness of the best phrase; 0 if there is none."""
        return float(self.likeness[0]) if len(self.likeness) else 0.0


def similar(segment: Segment, clause: Clause, thing: int, weigh: Weigh) -> Alike:
    """Phrases like the clause's words; ``thing`` is the lexicon's number of what they name."""
    asked = {word: weigh(word) for word in clause.words}
    # Who names one of our bikes means one of its parts, whatever else he calls it.
    strange = _STRANGE_BESIDE_BIKE if clause.mention else _STRANGE_WEIGHT
    total = sum(asked.values()) + strange * (len(clause.strange) + clause.alien)
    places = {word: segment.word(word) for word in asked}
    shared = np.zeros(segment.phrases, np.float32)
    for word, weight in asked.items():
        if places[word] >= 0:
            shared[segment.holding(places[word])] += weight
    found = np.flatnonzero(shared >= (_LEAST_COVERED - 1e-6) * total) if total else shared[:0]
    if not len(found):
        return Alike(np.zeros(0, np.int64), np.zeros(0))
    common = shared[found]
    besides = np.maximum(segment.phrase_weight[found] - common, 0.0)
    purity = common / (common + _RESIDUAL * besides)
    hopeful = np.flatnonzero(purity >= _LEAST_SIMILAR**1.25)  # powers of all the others cost time
    found, purity, common = found[hopeful], purity[hopeful], common[hopeful]
    likeness = (common / total).astype(np.float64) ** 1.3 * purity**0.8
    likeness *= _heads(segment, clause, found, places)
    if thing >= 0:
        things = segment.phrase_thing[found]
        same = (things == thing) | ((purity > _SAME) & (common > _SAME * total))
        likeness[(things >= 0) & ~same] *= _OTHER_THING
    kept = np.flatnonzero(likeness >= _LEAST_SIMILAR)
    if len(kept) > _MOST_PHRASES:
        kept = kept[np.argpartition(-likeness[kept], _MOST_PHRASES)[:_MOST_PHRASES]]
    order = kept[np.argsort(-likeness[kept], kind="stable")]
    return Alike(found[order], likeness[order])


def _heads(segment: Segment, clause: Clause, found: Array, places: Mapping[str, int]) -> Array:
    """What phrases lose that begin otherwise than the question.

    The first word is the thing, the others say of what: "karet tromol" is rubber.
    """
    out = np.ones(len(found))
    heads = segment.phrase_words[segment.phrase_start[found]]
    asked = _marked(len(segment.words), [place for place in places.values() if place >= 0])[heads]
    first = places[clause.words[0]]
    named = np.zeros(len(found), bool)
    if first >= 0:
        named = _marked(segment.phrases, segment.holding(first))[found]
    out[~(asked & named)] = _HEADLESS
    out[~asked & segment.word_generic[heads]] = _PIECE_OF_IT
    if clause.words[0] in GENERIC:
        out[~named] = _PIECE_OF_IT
    return out


def _marked(count: int, places: Array | list[int]) -> Array:
    """Whether each of ``count`` things is among ``places``."""
    marked = np.zeros(count, bool)
    marked[places] = True
    return marked


@dataclass(frozen=True, slots=True)
class Groups:
    """Groups of a layer with their scores, best first; none scores 0."""

    layer: Layer
    groups: Array
    scores: Array


def scored(layer: Layer, alike: Alike, asked: Asked) -> Groups:
    """The groups of ``alike`` phrases that answer the question at all."""
    segment = layer.segment
    starts, ends = segment.group_start[alike.phrases], segment.group_start[alike.phrases + 1]
    groups = ranges(starts, ends)
    likeness = np.repeat(alike.likeness, ends - starts)
    if asked.rows:
        possible = ranking.possible(segment, segment.group_profile[groups], asked)
        groups, likeness = groups[possible], likeness[possible]
    factors = ranking.factors(segment, segment.group_profile[groups], asked)
    scores = likeness * segment.group_worth[groups] * factors
    order = np.argsort(-scores, kind="stable")
    order = order[: np.searchsorted(-scores[order], 0.0)]
    return Groups(layer, groups[order], np.minimum(scores[order], 1.0))


def best(found: Groups) -> float:
    """The score of the best group that has a living part; 0 if there is none."""
    for at in range(len(found.groups)):
        if len(_opened(found, found.groups[at : at + 1])):
            return float(found.scores[at])
    return 0.0


def _opened(found: Groups, groups: Array, most: int | None = None) -> Array:
    """Living places of the parts in ``groups``; ``most`` of each group."""
    segment = found.layer.segment
    starts, ends = segment.part_start[groups], segment.part_start[groups + 1]
    if most is not None and found.layer.gone is None:
        ends = np.minimum(ends, starts + most)
    return found.layer.living(segment.parts[ranges(starts, ends)])


def first(found: Groups, least: float, limit: int) -> list[tuple[float, int]]:
    """The best ``limit`` parts of at least a score, as (score, place), the first codes first."""
    segment = found.layer.segment
    count = int(np.searchsorted(-found.scores, -least, side="right"))
    groups, scores = found.groups[:count], found.scores[:count]
    taken: dict[int, float] = {}
    at = 0
    while at < count and len(taken) < limit:
        tie = int(np.searchsorted(-scores, -scores[at], side="right"))
        places = _opened(found, groups[at:tie], limit)
        for place in np.unique(places)[: limit + len(taken)]:
            taken.setdefault(int(place), float(scores[at]))
        at = tie
    ordered = sorted(taken.items(), key=lambda pair: (-pair[1], segment.code(pair[0])))
    return [(score, place) for place, score in ordered[:limit]]


def gather(found: Groups, least: float, top: Top) -> None:
    """Note what the parts of at least a score have among them."""
    segment = found.layer.segment
    groups = found.groups[: int(np.searchsorted(-found.scores, -least, side="right"))]
    groups = groups[:_MOST_TOP]
    if found.layer.gone is not None:
        living = [bool(len(_opened(found, groups[at : at + 1]))) for at in range(len(groups))]
        groups = groups[np.array(living, bool)]
    profiles = np.unique(segment.group_profile[groups])
    top.rows.update(whole(row) for row in np.unique(segment.rows[profiles], axis=0)[:3])
    top.positions.update(int(bit) for bit in np.unique(segment.positions[profiles]))
    top.variants.update(int(mask) for mask in np.unique(segment.variants[profiles]))
    places = np.unique(_opened(found, groups))
    top.parts += len(places)
    leads = np.unique(segment.lead[places])
    top.names.update(segment.phrase(int(lead)) for lead in leads[leads >= 0][:3])
