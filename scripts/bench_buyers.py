"""Buyers of the last pieces, as in a shop: from several processes at once (fault C1)."""

from __future__ import annotations

import multiprocessing
import statistics
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from multiprocessing.synchronize import Barrier
from typing import NamedTuple

import sqlalchemy as sa

from crm_core import catalogue, db, orders, shipping
from crm_core.customers import Customer
from crm_core.errors import Conflict
from crm_core.orders import Delivery
from crm_core.timeline import Actor

BENCH = Actor.system("bench")
BUYERS, PIECES, PROCESSES, THREADS = 1_000, 10, 2, 4
SHELF = "BENCH00001"

Deed = Callable[[int], bool]


class Rush(NamedTuple):
    """How fast buyers were served, and how long all but the slowest hundredth waited."""

    per_second: float
    p99_ms: float


@dataclass(frozen=True, slots=True)
class _Share:
    """What one process did: pieces it got, when it began and ended, what each buyer waited."""

    sold: int
    began: float
    ended: float
    waits: list[float]


def rushes(engine: sa.Engine) -> tuple[Rush, Rush]:
    """1,000 buyers of the last 10 pieces through the core; beside them a bare conditional UPDATE.

    Exits if other than 10 were sold: the figure would be worthless.
    """
    buyers, district = _prepared(engine)
    url = engine.url.render_as_string(hide_password=False)
    return _rush(url, buyers, district, bare=False), _rush(url, buyers, district, bare=True)


def _prepared(engine: sa.Engine) -> tuple[list[int], int]:
    with db.unit_of_work(db.sessions(engine)) as session:
        rows = [{"part_code": SHELF, "name": "Bench", "price_idr": 1000, "stock": PIECES}]
        catalogue.upsert_parts(session, rows, actor=BENCH)
        session.add_all(Customer() for _ in range(BUYERS))
        session.flush()
        ids = session.scalars(sa.select(Customer.id).order_by(Customer.id.desc()).limit(BUYERS))
        session.execute(sa.text("CREATE TABLE bench_shelf (id int PRIMARY KEY, left_over int)"))
        session.execute(sa.text("INSERT INTO bench_shelf VALUES (1, :n)"), {"n": PIECES})
        return list(ids), shipping.find_districts(session, "Pontianak Selatan")[0].id


def _rush(url: str, buyers: Sequence[int], district: int, *, bare: bool) -> Rush:
    context = multiprocessing.get_context("spawn")
    ready = context.Barrier(PROCESSES)
    with context.Pool(PROCESSES, _keep, (ready,)) as pool:
        deeds = [(url, buyers[at::PROCESSES], district, bare) for at in range(PROCESSES)]
        shares = pool.starmap(_served, deeds, chunksize=1)
    sold = sum(share.sold for share in shares)
    if sold != PIECES:
        raise SystemExit(f"{sold} sold of {PIECES}: the figure would be worthless")
    took = max(share.ended for share in shares) - min(share.began for share in shares)
    waits = [wait for share in shares for wait in share.waits]
    return Rush(len(waits) / took, statistics.quantiles(waits, n=100)[-1] * 1000)


_ready: Barrier


def _keep(ready: Barrier) -> None:
    global _ready  # noqa: PLW0603 - a barrier reaches a process only at its start
    _ready = ready


def _served(url: str, buyers: Sequence[int], district: int, bare: bool) -> _Share:
    """One process's buyers; all processes begin together, each with its connections open."""
    engine = db.engine_for(url, pool_size=THREADS)
    deed = _take(engine) if bare else _buy(engine, district)
    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(partial(_warm, engine), range(THREADS * 4)))
        _ready.wait()
        began = time.monotonic()
        done = list(pool.map(partial(_timed, deed), buyers))
        ended = time.monotonic()
    engine.dispose()
    return _Share(sum(got for got, _ in done), began, ended, [wait for _, wait in done])


def _warm(engine: sa.Engine, _: int) -> None:
    with db.unit_of_work(db.sessions(engine)) as session:
        session.scalars(sa.select(Customer).limit(1)).one()


def _timed(deed: Deed, customer_id: int) -> tuple[bool, float]:
    begun = time.monotonic()
    return deed(customer_id), time.monotonic() - begun


def _buy(engine: sa.Engine, district: int) -> Deed:
    make_session = db.sessions(engine)
    to = Delivery("Budi", None, "Jl. Gajah Mada 12", district)

    def buy(customer_id: int) -> bool:
        try:
            with db.unit_of_work(make_session) as session:
                customer = session.get_one(Customer, customer_id)
                orders.place(session, customer, lines=[(SHELF, 1)], delivery=to, actor=BENCH)
        except Conflict:
            return False
        return True

    return buy


def _take(engine: sa.Engine) -> Deed:
    take = sa.text("UPDATE bench_shelf SET left_over = left_over - 1 WHERE left_over > 0")

    def take_one(_: int) -> bool:
        with engine.begin() as connection:
            return connection.execute(take).rowcount == 1

    return take_one
