"""The base of the search, read from the database: in memory, in a file, or by a helper process.

A base holds committed parts of one moment only, so nothing that is undone can ever be in it.
"""

from __future__ import annotations

import fcntl
import gc
import json
import logging
import os
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from multiprocessing import get_context
from pathlib import Path

from sqlalchemy import Connection, create_engine, text

from crm_core.catalogue import lexicon, queries, segfiles
from crm_core.catalogue.documents import IndexedPart, PartReader
from crm_core.catalogue.live import IDENTITY
from crm_core.catalogue.segbuilding import Builder
from crm_core.catalogue.segments import Segment
from crm_core.catalogue.understanding import Reader

log = logging.getLogger(__name__)

_IN_THIS_PROCESS = 50_000
"""Larger catalogues are read by a process of their own, whose memory is given back at its end."""

_VERSION = text(
    "SELECT coalesce((SELECT max(version) FROM catalogue_versions), 0) AS version,"  # noqa: S608 - constants
    f" {IDENTITY} AS identity, (SELECT count(*) FROM parts WHERE active) AS parts"
)
_PARTS = text("SELECT id, part_code, name FROM parts WHERE active ORDER BY id")
_FITMENTS = text(
    "SELECT part_id, model, generation, year_from, year_to FROM fitments ORDER BY part_id"
)
_CHUNK = 20_000

Fitments = tuple[tuple[str, str | None, int | None, int | None], ...]


@dataclass(frozen=True, slots=True)
class Base:
    """A segment and the catalogue it was made from."""

    segment: Segment
    version: int
    identity: str


def part_reader() -> PartReader:
    """A reader of parts with the project's own words and bikes."""
    words, bikes = lexicon.load(), queries.bike_table()
    return PartReader(words, bikes, Reader(words, bikes))


def read_base(connection: Connection, readers: int = 1) -> Base:
    """All active parts of a database as it is committed now, read by so many processes."""
    connection = connection.execution_options(
        isolation_level="REPEATABLE READ", stream_results=True, yield_per=_CHUNK
    )
    with connection.begin():
        at = connection.execute(_VERSION).one()
        builder = gathered(_parts(connection), readers)
    return Base(builder.finish(), at.version, at.identity)


def gathered(parts: Iterator[IndexedPart], readers: int) -> Builder:
    """All ``parts``, read by this process or dealt out in chunks; the outcome is the same."""
    desk = _Desk()
    if readers == 1:
        return desk.read(parts)
    whole = desk.read(())
    chunks = iter(lambda: tuple(islice(parts, _CHUNK)), ())
    with get_context("spawn").Pool(readers, initializer=_sit_down) as pool:
        for builder in pool.imap(_read_chunk, chunks):
            whole.absorb(builder)
    return whole


class _Desk:
    """What a process needs to read parts; a reader remembers clauses from chunk to chunk."""

    def __init__(self) -> None:
        self._reader = part_reader()

    def read(self, parts: Iterable[IndexedPart]) -> Builder:
        builder = Builder(queries.bike_table(), lexicon.load())
        for part in parts:
            builder.add(self._reader.read(part))
        return builder


_desks: list[_Desk] = []


def _sit_down() -> None:
    gc.disable()
    _desks.append(_Desk())


def _read_chunk(parts: tuple[IndexedPart, ...]) -> Builder:
    return _desks[0].read(parts)


def _parts(connection: Connection) -> Iterator[IndexedPart]:
    """Parts with their fitments: both lists run in the order of ids."""
    stated = iter(connection.execute(_FITMENTS))
    following = next(stated, None)
    for part_id, code, name in connection.execute(_PARTS):
        mine = []
        while following is not None and following[0] <= part_id:
            if following[0] == part_id:
                mine.append(tuple(following[1:]))
            following = next(stated, None)
        yield IndexedPart(part_id, code, name, tuple(mine))


class BaseFile:
    """The file of one database's base in ``folder``, shared by all processes of this machine."""

    def __init__(self, folder: Path, identity: str, url: str) -> None:
        """``url`` with its password, for the helper; it is not kept in the folder."""
        self._url = url
        server, database, _ = identity.split("/")
        self.path = folder / f"parts-{server}-{database}.columns"

    def load(self, identity: str) -> Base | None:
        """The base in the file, if it is of this table of parts and read with these words."""
        loaded = segfiles.load(self.path)
        if loaded is None:
            return None
        segment, facts = loaded
        if facts["identity"] != identity or facts["fingerprint"] != segfiles.fingerprint():
            return None
        return Base(segment, facts["version"], identity)

    def build(self, connection: Connection) -> Base:
        """Read the database and write the file; gives back what the file holds now.

        While the program is being replaced by a newer one, the helper may already be of that one
        and write what this process cannot read: then the base is kept in memory.
        """
        at = connection.execute(_VERSION).one()
        connection.rollback()
        with self._alone():
            held = self.load(at.identity)
            if held is None or held.version < at.version:
                if at.parts <= _IN_THIS_PROCESS or not self._by_helper():
                    write(self.path, read_base(connection))
                held = self.load(at.identity)
        return held or read_base(connection)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """One process builds, the others wait and find its file."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.with_suffix(".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _by_helper(self) -> bool:
        command = [sys.executable, "-m", "crm_core.catalogue.building"]
        asked = json.dumps({"url": self._url, "path": str(self.path)})
        done = subprocess.run(command, input=asked, text=True, capture_output=True, check=False)
        if done.returncode:
            log.warning("the helper could not read the catalogue: %s", done.stderr[-2000:])
        return done.returncode == 0


def write(path: Path, base: Base) -> None:
    """Save a base to ``path``."""
    facts = {
        "version": base.version,
        "identity": base.identity,
        "fingerprint": segfiles.fingerprint(),
    }
    segfiles.save(path, base.segment, facts)


def main() -> None:
    """Be the helper: what to read and where to write it comes on standard input."""
    asked = json.load(sys.stdin)
    gc.disable()  # it would walk through millions of objects that live to the end anyway
    engine = create_engine(asked["url"])
    with engine.connect() as connection:
        readers = len(os.sched_getaffinity(0))
        write(Path(asked["path"]), read_base(connection, readers))
    engine.dispose()


if __name__ == "__main__":
    main()
