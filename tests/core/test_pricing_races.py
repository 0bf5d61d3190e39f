"""Limits of vouchers and agreed prices under parallel checkout, on several connections."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from crm_core import carts, checkout, clock, customers, db, orders, pricing
from crm_core.customers import Customer
from crm_core.errors import Conflict
from crm_core.orders import Delivery
from crm_core.pricing import NewPromotion, Promotion, PromotionUse
from crm_core.timeline import Actor
from tests import factories, selling
from tests.selling import PADS
from tests.world import at_once, committed

BUYERS = 200 if os.environ.get("SAPA_MANY") else 40
LIMIT, THREADS = 10, 8
BOSS = Actor("staff", None, "Rina")


def voucher(session: Session, **limits: int) -> int:
    now = clock.now()
    new = NewPromotion(
        "Hemat", "percent", 10, now - timedelta(days=1), now + timedelta(days=1), code="HEMAT10",
        **limits,  # type: ignore[arg-type] # only the two limits
    )  # fmt: skip
    return pricing.save_promotion(session, new, actor=BOSS).id


def buyers(session: Session, count: int) -> list[int]:
    """Ids of customers with an address, two pads and the voucher in the cart."""
    selling.part(session, pieces=10_000)
    selling.account(session)
    district_id = selling.district_id(session)
    made = [Customer() for _ in range(count)]
    session.add_all(made)
    session.flush()
    for one in made:
        customers.remember_address(
            session, one, recipient_name="Budi", phone=None, address="Jl. Gajah Mada 12",
            district_id=district_id,
        )  # fmt: skip
        carts.add(session, one, PADS, 2, Actor.customer(one))
        carts.use_voucher(session, one, "HEMAT10", Actor.customer(one))
    return [one.id for one in made]


def place(session: Session, customer_id: int) -> int:
    """What was taken off."""
    customer = session.get_one(Customer, customer_id)
    placed = checkout.place(session, customer, actor=Actor.customer(customer))
    return int(placed.order.discount_idr)


def test_of_many_parallel_checkouts_ten_get_the_voucher_and_the_others_go_on_without(
    database: sa.Engine,
) -> None:
    promotion_id = committed(database, lambda s: voucher(s, limit_total=LIMIT))
    ids = committed(database, lambda s: buyers(s, BUYERS))
    make_session = db.sessions(database)

    def buy(customer_id: int) -> str:
        try:
            with db.unit_of_work(make_session) as session:
                return f"discount {place(session, customer_id)}"
        except Conflict as refused:
            told = f"{refused.code} {refused.facts}"
        with db.unit_of_work(make_session) as session:
            customer = session.get_one(Customer, customer_id)
            carts.drop_voucher(session, customer, Actor.customer(customer))
            return f"{told}, then {place(session, customer_id)}"

    with ThreadPoolExecutor(THREADS) as pool:
        results = Counter(pool.map(buy, ids))

    without = "promotion_used_up {'voucher': 'HEMAT10'}, then 0"
    assert results == {"discount 10000": LIMIT, without: BUYERS - LIMIT}
    with make_session() as session:
        assert session.get_one(Promotion, promotion_id).used == LIMIT
        assert session.scalar(sa.select(sa.func.count(PromotionUse.id))) == LIMIT
        assert selling.level(session) == (10_000, 2 * BUYERS)


def test_a_customers_own_limit_holds_under_parallel_orders(database: sa.Engine) -> None:
    committed(database, lambda s: voucher(s, limit_per_customer=1))
    (customer_id,) = committed(database, lambda s: buyers(s, 1))
    where = committed(database, selling.district_id)
    to = Delivery("Budi", None, "Jl. Gajah Mada 12", where)

    def order(session: Session) -> int:
        customer = session.get_one(Customer, customer_id)
        made = orders.place(
            session, customer, lines=[(PADS, 1)], delivery=to, actor=BOSS, voucher="HEMAT10"
        )
        return int(made.discount_idr)

    results = Counter(
        result if isinstance(result, int) else selling.refusal(result)[0]
        for result in at_once(database, *[order] * 8)
    )
    assert results == {5_000: 1, "voucher_used_by_you": 7}


def test_an_agreed_price_is_used_by_one_of_parallel_orders(database: sa.Engine) -> None:
    def prepare(session: Session) -> tuple[int, int, int]:
        selling.part(session, pieces=100)
        customer = factories.customer(session)
        rina = factories.member(session, role="manager")
        pricing.save_margin_rule(session, max_percent=10, by=rina)
        offer = pricing.bargain(session, customer, PADS, 1, 46_000)
        pricing.accept_bargain(session, customer, offer.id, actor=Actor.customer(customer))
        return customer.id, offer.id, selling.district_id(session)

    customer_id, bargain_id, where = committed(database, prepare)
    to = Delivery("Budi", None, "Jl. Gajah Mada 12", where)

    def order(session: Session) -> int:
        customer = session.get_one(Customer, customer_id)
        made = orders.place(
            session, customer, lines=[(PADS, 1)], delivery=to, actor=BOSS,
            bargains={PADS: bargain_id},
        )  # fmt: skip
        return int(made.discount_idr)

    results = at_once(database, *[order] * 6)
    assert Counter(results) == {4_000: 1, 0: 5}


def test_cancelling_and_ordering_at_once_never_count_a_use_twice(database: sa.Engine) -> None:
    promotion_id = committed(database, lambda s: voucher(s, limit_total=4))
    ids = committed(database, lambda s: buyers(s, 8))
    make_session = db.sessions(database)
    codes = []
    for customer_id in ids[:4]:
        with db.unit_of_work(make_session) as session:
            customer = session.get_one(Customer, customer_id)
            placed = checkout.place(session, customer, actor=Actor.customer(customer))
            codes.append(placed.order.order_code)

    def cancel(code: str) -> Callable[[Session], int]:
        def deed(session: Session) -> int:
            order = orders.by_code(session, code)
            checkout.cancel(session, order, actor=BOSS, reason="tidak jadi")
            return 0

        return deed

    def ordering(customer_id: int) -> Callable[[Session], int]:
        return lambda session: place(session, customer_id)

    deeds = [cancel(code) for code in codes for _ in range(2)]
    results = at_once(database, *deeds, *[ordering(customer_id) for customer_id in ids[4:]])
    cancelled = [one for one in results[:8] if one == 0]
    assert len(cancelled) == 4
    got = [one for one in results[8:] if one == 10_000]
    with make_session() as session:
        held = sa.select(sa.func.count(PromotionUse.id)).where(PromotionUse.state == "held")
        assert session.scalar(held) == len(got) == session.get_one(Promotion, promotion_id).used
