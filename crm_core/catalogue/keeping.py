"""The index of each database in this process: made once, then kept as new as the database.

The state held never changes; a newer one takes its place. Whatever a session sees is told apart by
the catalogue's version: a version that was undone never comes again for other contents, and the
parts newer than the base are compared with the database each time, so undone ones leave no trace.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import Engine, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from crm_core.catalogue import lexicon, queries
from crm_core.catalogue.building import Base, BaseFile, part_reader, read_base
from crm_core.catalogue.documents import Document, IndexedPart
from crm_core.catalogue.index import CatalogueIndex, reader_for
from crm_core.catalogue.live import Seen
from crm_core.catalogue.understanding import Reader

log = logging.getLogger(__name__)

_SMALL = 3_000
"""A catalogue up to this size needs no base; so many changes are worth a new one."""
_PATIENCE_S = 30.0

_COUNT = text("SELECT count(*) FROM parts WHERE active")
_CHANGED = text("SELECT id, revision, active FROM parts WHERE revision > :since")
_READ = text(
    "SELECT p.id, p.part_code, p.name, (SELECT json_agg(json_build_array("
    " f.model, f.generation, f.year_from, f.year_to)) FROM fitments f WHERE f.part_id = p.id)"
    " AS fitments FROM parts p WHERE p.id = ANY(:ids)"
)

_folder: Path | None = None


def keep_index_in(folder: Path) -> None:
    """Where this process finds and leaves the files of large catalogues; else it has none."""
    global _folder  # noqa: PLW0603 - one setting of the process, set at its start
    _folder = folder


Kept = dict[int, tuple[int, Document]]
"""Parts newer than the base by id, each with its revision."""


@dataclass(frozen=True, slots=True)
class State:
    """An index and what it was made from."""

    version: int
    identity: str
    index: CatalogueIndex
    base: Base | None = None
    reader: Reader | None = None
    kept: Kept = field(default_factory=dict)

    def is_of(self, seen: Seen) -> bool:
        """Is this what a session sees?"""
        return self.version == seen.version and self.identity == seen.identity


class Keeper:
    """Keeps the index of one database."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._lock = threading.Lock()
        self._fresh: Base | None = None
        self._looked_after = -_PATIENCE_S
        self._work: threading.Thread | None = None
        self._parts = part_reader()
        self.state: State | None = None

    def renew(self, session: Session, seen: Seen) -> State:
        """The state of what ``session`` has ``seen``."""
        with self._lock:
            self._engine = session.get_bind().engine
            if self.state is None or not self.state.is_of(seen):
                self.state = self._made(session, seen, self.state)
            return self.state

    def wait(self) -> None:
        """Until a new base that is being made is there."""
        if self._work is not None:
            self._work.join()

    def forget(self) -> None:
        """Let go of everything: the database is not what its version says."""
        with self._lock:
            self.state = self._fresh = None

    def _made(self, session: Session, seen: Seen, old: State | None) -> State:
        base = self._usable_base(session, seen, old)
        since = base.version if base else -1
        changed = session.execute(_CHANGED, {"since": since}).all()
        same_table = old is not None and old.identity == seen.identity
        kept = self._kept(
            session,
            {row.id: row.revision for row in changed if row.active},
            old.kept if old and same_table else {},
        )
        words, bikes = lexicon.load(), queries.bike_table()
        reader = None
        if base is not None:
            same = old is not None and old.base is base
            reader = old.reader if old and same else reader_for(words, bikes, base.segment)
        gone = [row.id for row in changed if not row.active]
        index = CatalogueIndex(
            bikes,
            words,
            base.segment if base else None,
            (document for _, document in kept.values()),
            gone,
            reader,
        )
        if len(kept) + (len(gone) if base else 0) > _SMALL:
            self._look_after(seen.identity)
        return State(seen.version, seen.identity, index, base, reader, kept)

    def _kept(self, session: Session, revisions: Mapping[int, int], old: Kept) -> Kept:
        """The documents of these parts at these revisions; only those not known are read."""
        kept = {i: old[i] for i, at in revisions.items() if i in old and old[i][0] == at}
        unknown = [part_id for part_id in revisions if part_id not in kept]
        if unknown:
            for row in session.execute(_READ, {"ids": unknown}):
                part = IndexedPart(row.id, row.part_code, row.name, _stated(row.fitments))
                kept[row.id] = (revisions[row.id], self._parts.read(part))
        return kept

    def _usable_base(self, session: Session, seen: Seen, old: State | None) -> Base | None:
        for base in (self._fresh, old.base if old else None):
            if base is not None and base.identity == seen.identity and base.version <= seen.version:
                return base
        if (session.scalar(_COUNT) or 0) <= _SMALL:
            return None
        base = self._obtain(seen.identity, seen.version)
        return base if base.identity == seen.identity else None

    def _obtain(self, identity: str, version: int | None = None) -> Base:
        """The base from the file if it is good for ``version``, or a new one of all of now."""
        url = self._engine.url.render_as_string(hide_password=False)
        file = BaseFile(_folder, identity, url) if _folder else None
        held = file.load(identity) if file and version is not None else None
        if held is not None and version is not None and held.version <= version:
            return held
        with self._engine.connect() as connection:
            return file.build(connection) if file else read_base(connection)

    def _look_after(self, identity: str) -> None:
        """So much has changed that a new base is due: made aside, taken when it is there."""
        if time.monotonic() - self._looked_after > _PATIENCE_S:
            self._looked_after = time.monotonic()
            self._work = threading.Thread(
                target=self._rebase, args=[identity], name="catalogue", daemon=True
            )
            self._work.start()

    def _rebase(self, identity: str) -> None:
        try:
            base = self._obtain(identity)
        except (SQLAlchemyError, OSError):
            log.warning("the catalogue could not be read again; searching goes on", exc_info=True)
            return
        with self._lock:
            self._fresh, self._looked_after = base, time.monotonic()


def _stated(
    fitments: Iterable[tuple[str, str | None, int | None, int | None]] | None,
) -> tuple[tuple[str, str | None, int | None, int | None], ...]:
    return tuple((model, generation, low, high) for model, generation, low, high in fitments or ())


_keepers: dict[str, Keeper] = {}
_keepers_lock = threading.Lock()


def keeper_of(session: Session) -> Keeper:
    """The keeper of the session's database."""
    engine = session.get_bind().engine
    address = str(engine.url)
    keeper = _keepers.get(address)
    if keeper is None:
        with _keepers_lock:
            keeper = _keepers.setdefault(address, Keeper(engine))
    return keeper
