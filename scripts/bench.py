#!/usr/bin/env python3
"""The benchmark table behind ``make bench``: each figure beside a peer measured in the same run.

Uses an embedded PostgreSQL of its own in a temporary folder. ``--parts FILE`` imports a real parts
list first. Machines are noisy: quote the ratio, not the figure; the CPU rows count only the work
of our own processes, whatever else the machine does meanwhile.
"""

from __future__ import annotations

import argparse
import csv
import itertools
import platform
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import bench_buyers
import bench_search
import many_parts
import sqlalchemy as sa
from bench_search import ROUNDS
from rich.console import Console
from rich.table import Table

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from channels.cli import demo  # noqa: E402 - the project's folder is put on the path above
from channels.cli.parts import read_list  # noqa: E402
from channels.supervisor.embedded import EmbeddedPostgres  # noqa: E402
from crm_core import catalogue, db  # noqa: E402
from crm_core.timeline import Actor  # noqa: E402

BENCH = Actor.system("bench")


@dataclass(frozen=True)
class Row:
    """A line of the table; the ratio says how many times the peer's figure ours is."""

    what: str
    ours: float
    unit: str
    peer: str
    theirs: float


def million_rows(server: EmbeddedPostgres, folder: Path, parts: Path | None) -> Iterator[Row]:
    """The search among a million parts, made from ``parts`` or the demo list."""
    with server.connect() as connection:
        connection.execute("CREATE DATABASE million")
    db.upgrade(server.url("million"))
    engine = db.engine_for(server.url("million"))
    real = list(read_list(parts or ROOT / "data" / "demo" / "parts.csv")[0])
    rows = many_parts.many([_plain(row) for row in real], 1_000_000)
    with db.unit_of_work(db.sessions(engine)) as session:
        catalogue.load_reference(session)
    while chunk := list(itertools.islice(rows, 5_000)):
        with db.unit_of_work(db.sessions(engine)) as session:
            catalogue.upsert_parts(session, chunk, actor=BENCH)
    yield from search_rows(engine, folder, rounds=5)
    engine.dispose()


def search_rows(engine: sa.Engine, folder: Path, rounds: int = ROUNDS) -> Iterator[Row]:
    """Our search of a whole message beside two others over the same names."""
    for figure in bench_search.figures(engine, folder / "catalogue", rounds):
        yield Row(*figure)


def _plain(row: Mapping[str, Any]) -> dict[str, Any]:
    price = row.get("price_idr") or row.get("price") or 0
    code = str(row.get("part_code") or row.get("sku"))
    return {"part_code": code, "name": str(row["name"]), "price_idr": price}


def buyers_rows(engine: sa.Engine) -> list[Row]:
    """1,000 buyers of the last 10 pieces from two processes, beside a bare conditional update."""
    ours, bare = bench_buyers.rushes(engine)
    what = f"{bench_buyers.BUYERS:,} buyers, last {bench_buyers.PIECES} pieces"
    peer = "bare conditional UPDATE"
    return [
        Row(what, ours.per_second, "buyers/s", peer, bare.per_second),
        Row(f"{what}, p99", ours.p99_ms, "ms", peer, bare.p99_ms),
    ]


def import_row(engine: sa.Engine, count: int) -> Row:
    """Importing a made-up list, against copying the same rows into a bare table."""
    with (ROOT / "data" / "demo" / "parts.csv").open(encoding="utf-8", newline="") as file:
        patterns = list(csv.DictReader(file))
    rows = [
        {"part_code": f"ZZ{number:08d}", "name": pattern["name"], "price_idr": 1000 + number}
        for number, pattern in zip(range(count), itertools.cycle(patterns), strict=False)
    ]
    begun = time.perf_counter()
    for start in range(0, count, 2_000):
        with db.unit_of_work(db.sessions(engine)) as session:
            catalogue.upsert_parts(session, rows[start : start + 2_000], actor=BENCH)
    ours = count / (time.perf_counter() - begun)
    begun = time.perf_counter()
    with engine.begin() as connection:
        connection.execute(sa.text("CREATE TABLE bench_copy (code text, name text, price int)"))
        raw = connection.connection.driver_connection
        with raw.cursor().copy("COPY bench_copy FROM STDIN") as copy:  # type: ignore[union-attr]
            for row in rows:
                copy.write_row((row["part_code"], row["name"], row["price_idr"]))
    theirs = count / (time.perf_counter() - begun)
    return Row(f"import of {count:,} parts", ours, "rows/s", "bare COPY, nothing checked", theirs)


def printed(rows: Sequence[Row]) -> None:
    """The table on the terminal."""
    table = Table(title=f"{platform.machine()}, Python {platform.python_version()}")
    for title in ("what", "Sapa", "peer", "peer's figure", "ratio"):
        table.add_column(title, justify="left" if title in {"what", "peer"} else "right")
    for row in rows:
        ours, theirs = f"{row.ours:,.2f} {row.unit}", f"{row.theirs:,.2f} {row.unit}"
        table.add_row(row.what, ours, row.peer, theirs, f"{row.ours / row.theirs:.2f}")
    Console().print(table)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--parts", type=Path, help="a parts list to import first (JSON or CSV)")
    parser.add_argument("--million", action="store_true", help="also search a million parts")
    parser.add_argument("--only", choices=["turns", "catalogue"], help="some of the rows")
    parser.add_argument("--seconds", type=float, default=20.0, help="how long each load of turns")
    parser.add_argument("--pages", type=int, default=1_000, help="open pages")
    parser.add_argument("--import-rows", type=int, default=100_000)
    asked = parser.parse_args()
    rows: list[Row] = []
    with tempfile.TemporaryDirectory(prefix="sapa-bench-") as name:
        folder = Path(name)
        folder.chmod(0o755)  # PostgreSQL runs as another account
        if asked.only != "turns":
            rows += catalogue_rows(asked, folder)
        if asked.only != "catalogue":
            rows += turn_rows(asked, folder)
    printed(rows)


def turn_rows(asked: argparse.Namespace, folder: Path) -> Iterator[Row]:
    """Turns, acknowledgements, open pages and memory of a whole shop; needs the trained model."""
    import bench_turns  # noqa: PLC0415 - it knows the drills' stage, which the rest does not need

    for figure in bench_turns.figures(folder, asked.seconds, asked.pages):
        row = Row(*figure)
        print(f"{row.what}: {row.ours:,.1f} {row.unit}; {row.peer}: {row.theirs:,.1f}", flush=True)
        yield row


def catalogue_rows(asked: argparse.Namespace, folder: Path) -> list[Row]:
    """The search, the last pieces, an import: on a PostgreSQL of their own."""
    with EmbeddedPostgres(folder / "postgres", folder / "postgres.log") as server:
        db.upgrade(server.url())
        engine = db.engine_for(server.url())
        with db.unit_of_work(db.sessions(engine)) as session:
            catalogue.load_reference(session)
            demo.load(session, folder)
            if asked.parts:
                catalogue.upsert_parts(session, read_list(asked.parts)[0], actor=BENCH)
        rows = list(search_rows(engine, folder))
        if asked.million:
            rows += million_rows(server, folder, asked.parts)
        rows += [*buyers_rows(engine), import_row(engine, asked.import_rows)]
        engine.dispose()
    return rows


if __name__ == "__main__":
    main()
