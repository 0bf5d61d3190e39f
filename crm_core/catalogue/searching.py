"""The search verb: one index in memory per process and database, always as new as the database.

Every change of a name, fitment or activity raises the catalogue's version. A search compares it
(one row) and takes in what changed since; prices and stock are read live for the hits only.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import Row, Select, func, select
from sqlalchemy.orm import Session

from crm_core.catalogue import fitting, queries
from crm_core.catalogue.documents import IndexedPart
from crm_core.catalogue.index import Answer, CatalogueIndex
from crm_core.catalogue.models import CatalogueVersion, Fitment, Part
from crm_core.catalogue.types import BikeRef, Fit, Hit, PartView, SearchResult, Understood

_FEW = 2_000
_NAMED_BIKES = 8


@dataclass
class _Held:
    """The index of one database. The lock is held while it is read or changed."""

    lock: threading.RLock = field(default_factory=threading.RLock)
    version: int = -1
    index: CatalogueIndex | None = None


_held: dict[str, _Held] = {}
_held_lock = threading.Lock()


def search(
    session: Session, text: str, *, bikes: Sequence[BikeRef] = (), limit: int = 10
) -> SearchResult:
    """The parts that a whole chat message asks for, best first.

    ``bikes`` are the asker's own: they decide where the message names none. No hits means that
    nothing was found; ``understood`` says what was read all the same.
    """
    table = queries.bike_table()
    garage = [fitting.mask_of(table, bike) for bike in bikes[:_NAMED_BIKES]]
    answer = _ask(session, text[:4000], [mask for mask in garage if mask], limit)
    views = {part.id: part for part in queries.by_ids(session, [f.part_id for f in answer.found])}
    asked = answer.understood.bike
    hits = tuple(
        Hit(part, found.score, _fit(part, (asked,) if asked else bikes))
        for found in answer.found
        if (part := views.get(found.part_id)) is not None
    )
    sure = answer.sure and bool(hits) and hits[0].part.id == answer.found[0].part_id
    return SearchResult(answer.understood, hits, sure, answer.missing if hits else None)


def understand(session: Session, text: str) -> Understood:
    """What a message asks for, read with the words of this catalogue, without looking for it."""
    return _ask(session, text[:4000], (), 1).understood


def _ask(session: Session, text: str, garage: Sequence[int], limit: int) -> Answer:
    held = _of(session)
    version = session.scalar(select(CatalogueVersion.version)) or 0
    with held.lock:
        if held.index is None or version != held.version:
            _renew(session, held, version)
        assert held.index is not None  # noqa: S101 - _renew has made it
        return held.index.search(text, garage, limit)


def _of(session: Session) -> _Held:
    address = str(session.get_bind().engine.url)
    with _held_lock:
        return _held.setdefault(address, _Held())


def _renew(session: Session, held: _Held, version: int) -> None:
    """Take in the changes since the version held, or read everything where that is not enough."""
    index = held.index
    if index is not None and version > held.version >= 0:
        changed = session.execute(_parts().where(Part.revision > held.version)).all()
        if len(changed) <= _FEW:
            _take_in(session, index, changed)
            active = session.scalar(select(func.count()).select_from(Part).where(Part.active))
            # A transaction that was rolled back may have left parts here that never came to be.
            if active == len(index):
                held.version = version
                return
    rows = session.execute(_parts().where(Part.active)).all()
    held.index = CatalogueIndex(_indexed(session, rows), queries.bike_table())
    held.version = version


def _parts() -> Select[int, str, str, bool]:
    return select(Part.id, Part.part_code, Part.name, Part.active)


def _take_in(
    session: Session, index: CatalogueIndex, rows: Sequence[Row[int, str, str, bool]]
) -> None:
    for row in rows:
        if not row.active:
            index.remove(row.id)
    for part in _indexed(session, [row for row in rows if row.active]):
        index.add(part)


def _indexed(session: Session, rows: Sequence[Row[int, str, str, bool]]) -> list[IndexedPart]:
    stated: dict[int, list[tuple[str, str | None, int | None, int | None]]] = {}
    query = select(
        Fitment.part_id, Fitment.model, Fitment.generation, Fitment.year_from, Fitment.year_to
    )
    if len(rows) <= _FEW:
        query = query.where(Fitment.part_id.in_([row.id for row in rows]))
    for part_id, model, generation, year_from, year_to in session.execute(query):
        stated.setdefault(part_id, []).append((model, generation, year_from, year_to))
    return [
        IndexedPart(row.id, row.part_code, row.name, tuple(stated.get(row.id, ()))) for row in rows
    ]


def _fit(part: PartView, bikes: Sequence[BikeRef]) -> Fit:
    verdicts = {fitting.judge(queries.bike_table(), part.fitments, bike).verdict for bike in bikes}
    if "fits" in verdicts:
        return "fits"
    return "no" if verdicts == {"does_not_fit"} else "unknown"
