"""The search rows of the benchmark: our search beside SQLite's and PostgreSQL's over the same list.

Run as a program it is the further process whose start is measured: it opens the database, answers
one question and prints how long that took and what it holds in memory.
"""

from __future__ import annotations

import os
import resource
import sqlite3
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import psutil
import sqlalchemy as sa
from sqlalchemy.orm import Session

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from crm_core import catalogue, db  # noqa: E402 - the project's folder is put on the path above

QUERIES = (
    "kampas rem depan beat 2019 ada?", "vanbelt vario 125", "busi supra x 125 fi",
    "06455-KVB-T01", "filter udara scoopy", "laher roda depan revo", "brg ready kak? gir set verza",
    "seher kharisma", "kabel gas mega pro", "front brake pad vario 150", "lampu depan scoopy 2018",
    "kiprok supra fit", "roler pcx", "spion kiri beat", "karet tromol grand",
)  # fmt: skip
ROUNDS = 20
Ask = Callable[[str], object]


class Figure(NamedTuple):
    """A figure of ours, its unit, whose figure stands beside it, and that figure."""

    what: str
    ours: float
    unit: str
    peer: str
    theirs: float


def milliseconds(
    ask: Ask, rounds: int = ROUNDS, clock: Callable[[], float] = time.perf_counter
) -> list[float]:
    """How long ``ask`` took for each query of each round, by the wall or by ``clock``."""
    taken = []
    for query in QUERIES * rounds:
        begun = clock()
        ask(query)
        taken.append((clock() - begun) * 1_000)
    return taken


def cpu_seconds() -> float:
    """What this process and the helpers it has waited for have worked so far."""
    used = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(one.ru_utime + one.ru_stime for one in used)


def p95(values: Sequence[float]) -> float:
    """The value that one in twenty exceeds."""
    return statistics.quantiles(values, n=20)[-1]


def figures(engine: sa.Engine, folder: Path, rounds: int = ROUNDS) -> Iterator[Figure]:
    """Build, load, memory and speed at the size of this database's catalogue."""
    catalogue.keep_index_in(folder)
    with db.sessions(engine)() as session:
        names = session.execute(sa.text("SELECT part_code, name FROM parts")).all()
        label = f"search, {len(names):,} parts"
        begun, worked = time.perf_counter(), cpu_seconds()
        catalogue.search(session, "busi beat")
        built, built_cpu = time.perf_counter() - begun, cpu_seconds() - worked
        worked = cpu_seconds()
        sqlite, sqlite_built = _sqlite([tuple(row) for row in names])
        sqlite_cpu = cpu_seconds() - worked
        postgres, postgres_built = _postgres(engine)
        yield Figure(f"{label}: index", built, "s", "SQLite FTS5 trigram", sqlite_built)
        yield Figure(f"{label}: index", built, "s", "PostgreSQL full text", postgres_built)
        yield Figure(f"{label}: index, CPU", built_cpu, "s", "SQLite FTS5 trigram", sqlite_cpu)
        loaded, memory = _further_process(engine, folder)
        yield Figure(f"{label}: a further process", loaded, "s", "making it again", built)
        yield Figure(f"{label}: its own memory", memory, "MB", "without the index", _bare_memory())
        ours = milliseconds(lambda query: catalogue.search(session, query), rounds)
        for peer, ask in (("SQLite FTS5 trigram", sqlite), ("PostgreSQL full text", postgres)):
            theirs = milliseconds(ask, max(1, rounds // 10))
            yield Figure(f"{label}, p50", statistics.median(ours), "ms", peer,
                         statistics.median(theirs))  # fmt: skip
            yield Figure(f"{label}, p95", p95(ours), "ms", peer, p95(theirs))
        alone = [
            p95(milliseconds(ask, max(1, rounds // 5), time.process_time))
            for ask in (lambda query: catalogue.search(session, query), sqlite)
        ]
        yield Figure(f"{label}, p95, CPU", alone[0], "ms", "SQLite FTS5 trigram", alone[1])


def _sqlite(names: list[tuple[Any, ...]]) -> tuple[Ask, float]:
    peer = sqlite3.connect(":memory:")
    begun = time.perf_counter()
    peer.execute("CREATE VIRTUAL TABLE parts USING fts5(code, name, tokenize='trigram')")
    peer.executemany("INSERT INTO parts VALUES (?, ?)", names)
    spent = time.perf_counter() - begun

    def ask(query: str) -> object:
        words = [word.replace('"', "") for word in query.split() if len(word) >= 3]
        match = " OR ".join(f'"{word}"' for word in words)
        wanted = "SELECT code FROM parts WHERE parts MATCH ? ORDER BY rank LIMIT 10"
        return peer.execute(wanted, [match]).fetchall()

    return ask, spent


def _postgres(engine: sa.Engine) -> tuple[Ask, float]:
    begun = time.perf_counter()
    with engine.begin() as connection:
        connection.execute(sa.text("SET LOCAL statement_timeout = 0"))
        connection.execute(sa.text(
            "CREATE TABLE bench_words AS SELECT part_code,"
            " to_tsvector('simple', part_code || ' ' || name) AS words FROM parts"
        ))  # fmt: skip
        connection.execute(sa.text("CREATE INDEX ON bench_words USING gin (words)"))
    spent = time.perf_counter() - begun
    wanted = sa.text(
        "SELECT part_code FROM bench_words, to_tsquery('simple', :q) q WHERE words @@ q"
        " ORDER BY ts_rank(words, q) DESC LIMIT 10"
    )

    def ask(query: str) -> object:
        words = ["".join(sign for sign in word if sign.isalnum()) for word in query.split()]
        with engine.connect() as connection:
            return connection.execute(wanted, {"q": " | ".join(filter(None, words))}).all()

    return ask, spent


def _further_process(engine: sa.Engine, folder: Path) -> tuple[float, float]:
    """Seconds to the first answer and megabytes of its own in a process that finds the file."""
    url = engine.url.render_as_string(hide_password=False)
    environment = os.environ | {"BENCH_URL": url}
    command = [sys.executable, str(Path(__file__)), str(folder)]
    done = subprocess.run(command, env=environment, text=True, capture_output=True, check=True)
    seconds, megabytes = done.stdout.split()
    return float(seconds), float(megabytes)


def _bare_memory() -> float:
    code = (
        "import numpy, psutil; from crm_core import catalogue, db, models;"
        "print(psutil.Process().memory_full_info().uss / 1e6)"
    )
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, cwd=ROOT, text=True, capture_output=True, check=True)
    return float(done.stdout)


def main() -> None:
    """Answer one question in a process of its own."""
    engine = db.engine_for(os.environ["BENCH_URL"])
    catalogue.keep_index_in(Path(sys.argv[1]))
    with Session(engine) as session:
        session.execute(sa.text("SELECT 1"))
        begun = time.perf_counter()
        catalogue.search(session, "busi beat")
        spent = time.perf_counter() - begun
        for query in QUERIES:
            catalogue.search(session, query)
    print(spent, psutil.Process().memory_full_info().uss / 1e6)


if __name__ == "__main__":
    main()
