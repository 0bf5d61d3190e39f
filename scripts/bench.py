#!/usr/bin/env python3
"""The benchmark table behind ``make bench``: each figure beside a peer measured in the same run.

Uses an embedded PostgreSQL of its own in a temporary folder. ``--parts FILE`` imports a real parts
list first. Machines are noisy: quote the ratio, not the figure.
"""

from __future__ import annotations

import argparse
import csv
import itertools
import platform
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from rich.console import Console
from rich.table import Table
from sqlalchemy.orm import Session

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from channels.cli import demo  # noqa: E402 - the project's folder is put on the path above
from channels.cli.parts import read_list  # noqa: E402
from channels.supervisor.embedded import EmbeddedPostgres  # noqa: E402
from crm_core import catalogue, db, orders, shipping  # noqa: E402
from crm_core.customers import Customer  # noqa: E402
from crm_core.errors import Conflict  # noqa: E402
from crm_core.orders import Delivery  # noqa: E402
from crm_core.timeline import Actor  # noqa: E402

BENCH = Actor.system("bench")
QUERIES = (
    "kampas rem depan beat 2019 ada?", "vanbelt vario 125", "busi supra x 125 fi",
    "06455-KVB-T01", "filter udara scoopy", "laher roda depan revo", "brg ready kak? gir set verza",
    "seher kharisma", "kabel gas mega pro", "front brake pad vario 150", "lampu depan scoopy 2018",
    "kiprok supra fit", "roler pcx", "spion kiri beat", "karet tromol grand",
)  # fmt: skip
BUYERS, PIECES, THREADS, ROUNDS = 1_000, 10, 8, 20


@dataclass(frozen=True)
class Row:
    """A line of the table; the ratio says how many times the peer's figure ours is."""

    what: str
    ours: float
    unit: str
    peer: str
    theirs: float


def milliseconds(deed: Callable[[str], object], rounds: int = ROUNDS) -> list[float]:
    """How long ``deed`` took for each query of each round."""
    taken = []
    for query in QUERIES * rounds:
        begun = time.perf_counter()
        deed(query)
        taken.append((time.perf_counter() - begun) * 1_000)
    return taken


def p95(values: Sequence[float]) -> float:
    """The value that one in twenty exceeds."""
    return statistics.quantiles(values, n=20)[-1]


def search_rows(session: Session) -> Iterator[Row]:
    """Our search of a whole message against SQLite's trigram index over the same names."""
    names = session.execute(sa.text("SELECT part_code, name FROM parts")).all()
    peer = sqlite3.connect(":memory:")
    peer.execute("CREATE VIRTUAL TABLE parts USING fts5(code, name, tokenize='trigram')")
    peer.executemany("INSERT INTO parts VALUES (?, ?)", [tuple(row) for row in names])

    def ask_peer(query: str) -> list[Any]:
        words = [word.replace('"', "") for word in query.split() if len(word) >= 3]
        match = " OR ".join(f'"{word}"' for word in words)
        wanted = "SELECT code FROM parts WHERE parts MATCH ? ORDER BY rank LIMIT 10"
        return peer.execute(wanted, [match]).fetchall()

    catalogue.search(session, "busi beat")  # builds the index
    ours, theirs = milliseconds(lambda q: catalogue.search(session, q)), milliseconds(ask_peer)
    label = f"search, {len(names):,} parts"
    yield Row(f"{label}, p50", statistics.median(ours), "ms", "SQLite FTS5 trigram",
              statistics.median(theirs))  # fmt: skip
    yield Row(f"{label}, p95", p95(ours), "ms", "SQLite FTS5 trigram", p95(theirs))


def buyers_row(engine: sa.Engine) -> Row:
    """1,000 buyers of the last 10 pieces, against a bare conditional update by as many threads."""
    make_session = db.sessions(engine)
    with db.unit_of_work(make_session) as session:
        rows = [{"part_code": "BENCH00001", "name": "Bench", "price_idr": 1000, "stock": PIECES}]
        catalogue.upsert_parts(session, rows, actor=BENCH)
        session.add_all(Customer() for _ in range(BUYERS))
        session.flush()
        ids = session.scalars(sa.select(Customer.id).order_by(Customer.id.desc()).limit(BUYERS))
        buyers = list(ids)
        district = shipping.find_districts(session, "Pontianak Selatan")[0].id
        session.execute(sa.text("CREATE TABLE bench_shelf (id int PRIMARY KEY, left_over int)"))
        session.execute(sa.text("INSERT INTO bench_shelf VALUES (1, :n)"), {"n": PIECES})
    to = Delivery("Budi", None, "Jl. Gajah Mada 12", district)

    def buy(customer_id: int) -> bool:
        try:
            with db.unit_of_work(make_session) as session:
                customer = session.get_one(Customer, customer_id)
                lines = [("BENCH00001", 1)]
                orders.place(session, customer, lines=lines, delivery=to, actor=BENCH)
        except Conflict:
            return False
        return True

    take = sa.text("UPDATE bench_shelf SET left_over = left_over - 1 WHERE left_over > 0")

    def take_one(_: int) -> bool:
        with engine.begin() as connection:
            return connection.execute(take).rowcount == 1

    rates = []
    for deed in (buy, take_one):
        begun = time.perf_counter()
        with ThreadPoolExecutor(THREADS) as pool:
            sold = sum(pool.map(deed, buyers))
        rates.append(BUYERS / (time.perf_counter() - begun))
        if sold != PIECES:
            raise SystemExit(f"{sold} sold of {PIECES}: the figure would be worthless")
    what = f"{BUYERS:,} buyers, last {PIECES} pieces"
    return Row(what, rates[0], "buyers/s", "bare conditional UPDATE", rates[1])


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
    parser.add_argument("--import-rows", type=int, default=100_000)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with EmbeddedPostgres(folder / "postgres", folder / "postgres.log") as server:
            db.upgrade(server.url())
            engine = db.engine_for(server.url())
            with db.unit_of_work(db.sessions(engine)) as session:
                catalogue.load_reference(session)
                demo.load(session, folder)
                if asked.parts:
                    catalogue.upsert_parts(session, read_list(asked.parts)[0], actor=BENCH)
            with db.sessions(engine)() as session:
                rows = list(search_rows(session))
            rows += [buyers_row(engine), import_row(engine, asked.import_rows)]
            engine.dispose()
    printed(rows)


if __name__ == "__main__":
    main()
