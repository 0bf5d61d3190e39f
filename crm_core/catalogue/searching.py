"""The search verb: one index per process and database, always as new as the database.

Every change of a name, fitment or activity raises the catalogue's version. A search is made with
the index at hand; the statement that reads its hits' live prices and stock reads the version too,
and if that has moved, the index takes in what changed and the search is made again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy.orm import Session

from crm_core.catalogue import fitting, live, queries
from crm_core.catalogue.index import Answer, CatalogueIndex
from crm_core.catalogue.keeping import keeper_of
from crm_core.catalogue.live import Seen
from crm_core.catalogue.types import BikeRef, Fit, Hit, PartView, SearchResult, Understood
from crm_core.recalling import recall

_NAMED_BIKES = 8
_LONGEST = 4_000
_ATTEMPTS = 3


def search(
    session: Session, text: str, *, bikes: Sequence[BikeRef] = (), limit: int = 10
) -> SearchResult:
    """The parts that a whole chat message asks for, best first.

    ``bikes`` are the asker's own: they decide where the message names none. No hits means that
    nothing was found; ``understood`` says what was read all the same. A hit with ``instead_of`` is
    the successor of the part with that code, which was asked for.
    """
    answer, seen = _asked(session, text[:_LONGEST], bikes, limit)
    asked = answer.understood.bike
    own = (asked,) if asked else tuple(bikes)
    hits = [
        Hit(part, found.score, _fit(part, own))
        for found in answer.found
        if (part := seen.parts.get(found.part_id)) is not None
    ]
    if answer.understood.codes:
        hits = _succeeded(session, answer, seen, hits, own)[:limit]
    elif asked is None:
        hits = _for_own(hits, own)
    kept = bool(hits) and hits[0].instead_of is None
    sure = kept and answer.sure and hits[0].part.id == answer.found[0].part_id
    if hits and not kept:
        sure = len({hit.part.id for hit in hits if hit.instead_of}) == 1
    return SearchResult(
        answer.understood, tuple(hits), sure, answer.missing if hits and kept else None
    )


def understand(session: Session, text: str) -> Understood:
    """What a message asks for, read with the words of this catalogue, without looking for it."""
    asked = text[:_LONGEST]
    read = _index(session, live.version(session)).read
    return recall(session, ("understood", asked), live.TABLES, lambda: read(asked))


def _asked(
    session: Session, text: str, bikes: Sequence[BikeRef], limit: int
) -> tuple[Answer, Seen]:
    """The answer of an index that is as new as what the session sees, and what it sees."""
    table = queries.bike_table()
    garage = [mask for bike in bikes[:_NAMED_BIKES] if (mask := fitting.mask_of(table, bike))]
    keeper = keeper_of(session)
    state = keeper.state or keeper.renew(session, live.version(session))
    for attempt in range(_ATTEMPTS):
        answer = state.index.search(text, garage, limit)
        seen = live.look(session, [found.part_id for found in answer.found])
        if not state.is_of(seen):
            state = keeper.renew(session, seen)
        elif len(seen.parts) < len(answer.found) and not attempt:
            # Rows went without a new version: somebody deleted them by hand.
            keeper.forget()
            state = keeper.renew(session, seen)
        else:
            break
    return answer, seen


def _index(session: Session, seen: Seen) -> CatalogueIndex:
    keeper = keeper_of(session)
    state = keeper.state
    if state is None or not state.is_of(seen):
        state = keeper.renew(session, seen)
    return state.index


def _succeeded(
    session: Session, answer: Answer, seen: Seen, hits: Sequence[Hit], bikes: Sequence[BikeRef]
) -> list[Hit]:
    """The hits of codes with the successors of those that another part has taken the place of.

    A successor comes before a part that is sold no more or out of stock, else after it.
    """
    exact = {hit.part.part_code for hit in hits if hit.score == 1.0}
    lost = [code for code in answer.understood.codes if code not in exact]
    old = queries.superseded(session, lost) if lost else {}
    out = [hit for hit in hits if hit.score == 1.0 or not old]
    for at in range(len(out) - 1, -1, -1):
        part = out[at].part
        if part.id in seen.superseded and out[at].score == 1.0:
            place = at if part.stock_available <= 0 else at + 1
            out[place:place] = _in_place_of(session, part.id, part.part_code, bikes)
    for part_id, code in old.items():
        out = [*_in_place_of(session, part_id, code, bikes), *out]
    unique = {hit.part.id: hit for hit in reversed(out)}
    return [hit for hit in out if unique[hit.part.id] is hit] or list(hits)


def _in_place_of(session: Session, part_id: int, code: str, bikes: Sequence[BikeRef]) -> list[Hit]:
    newest_first = queries.successors(session, part_id)[::-1]
    return [replace(Hit(part, 1.0, _fit(part, bikes)), instead_of=code) for part in newest_first]


def _for_own(hits: Sequence[Hit], bikes: Sequence[BikeRef]) -> list[Hit]:
    """Where the best one fits the asker's bike, without those made for other bikes only."""
    if not hits or hits[0].fit != "fits":
        return list(hits)
    table = queries.bike_table()
    return [
        hit
        for hit in hits
        if any(fitting.may_fit(table, hit.part.fitments, bike) for bike in bikes)
    ]


def _fit(part: PartView, bikes: Sequence[BikeRef]) -> Fit:
    verdicts = {fitting.judge(queries.bike_table(), part.fitments, bike).verdict for bike in bikes}
    if "fits" in verdicts:
        return "fits"
    return "no" if verdicts == {"does_not_fit"} else "unknown"
