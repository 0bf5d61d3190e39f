"""A thousand buyers for the last ten pieces, through the same verb that a chat uses."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import sqlalchemy as sa
from sqlalchemy.orm import Session

from crm_core import db, orders
from crm_core.customers import Customer
from crm_core.errors import CrmError
from crm_core.orders import Delivery, Order
from crm_core.timeline import Actor
from tests import selling
from tests.selling import PADS
from tests.world import committed

BUYERS, PIECES, THREADS = 1_000, 10, 8


def test_of_a_thousand_buyers_of_the_last_ten_pieces_exactly_ten_get_one(
    database: sa.Engine,
) -> None:
    def prepare(session: Session) -> tuple[list[int], int]:
        selling.part(session, pieces=PIECES)
        session.add_all(Customer() for _ in range(BUYERS))
        session.flush()
        ids = session.scalars(sa.select(Customer.id)).all()
        return list(ids), selling.district_id(session)

    ids, district_id = committed(database, prepare)
    to = Delivery("Budi", None, "Jl. Gajah Mada 12", district_id)
    make_session = db.sessions(database)

    def buy(customer_id: int) -> str:
        try:
            with db.unit_of_work(make_session) as session:
                customer = session.get_one(Customer, customer_id)
                actor = Actor.customer(customer)
                orders.place(session, customer, lines=[(PADS, 1)], delivery=to, actor=actor)
        except CrmError as refused:
            return f"{refused.code} {refused.facts.get('part_code')}: {refused.facts['available']}"
        return "ordered"

    with ThreadPoolExecutor(THREADS) as pool:
        results = Counter(pool.map(buy, ids))

    assert results == {"ordered": PIECES, f"stock_short {PADS}: 0": BUYERS - PIECES}
    with make_session() as session:
        assert session.scalar(sa.select(sa.func.count(Order.id))) == PIECES
        assert selling.level(session) == (PIECES, PIECES)
        selling.refuse_wrong_stock(session)
