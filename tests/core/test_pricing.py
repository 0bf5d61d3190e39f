"""What things cost, on a real database: classes, breaks, vouchers, promotions, agreed prices."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine
from sqlalchemy.orm import Session

from crm_core import carts, checkout, clock, customers, orders, pricing
from crm_core.customers import Customer
from crm_core.errors import Conflict, CrmError, InvalidInput, NotAllowed, NotFound
from crm_core.pricing import NewPromotion
from crm_core.timeline import Actor, entries
from tests import factories, selling
from tests.pricing import (
    BOSS,
    YEAR,
    customer_with_cart,
    fill,
    place,
    promotion,
    refusal,
    used,
)
from tests.selling import PADS


@pytest.fixture
def customer(session: Session) -> Customer:
    return customer_with_cart(session)


def test_a_workshop_pays_its_class_and_everybody_a_quantity_break(
    session: Session, customer: Customer
) -> None:
    pricing.set_tiers(
        session,
        PADS,
        [("workshop", 1, 46_000), ("walk_in", 10, 45_000), ("workshop", 20, 42_000)],
        actor=BOSS,
    )
    walk_in = pricing.price_of(session, None, {PADS: 1})[PADS]
    assert (walk_in.unit, walk_in.reason, walk_in.steps) == (50_000, "list", ((10, 45_000),))
    assert pricing.price_of(session, None, {PADS: 10})[PADS].subtotal == 450_000
    customers.set_price_class(session, customer, "workshop", actor=BOSS)
    own = pricing.price_of(session, customer, {PADS: 2})[PADS]
    assert (own.unit, own.reason) == (46_000, "class")
    assert own.steps == ((10, 45_000), (20, 42_000))


def test_cart_summary_and_order_show_one_price(session: Session, customer: Customer) -> None:
    pricing.set_tiers(session, PADS, [("reseller", 1, 44_000)], actor=BOSS)
    customers.set_price_class(session, customer, "reseller", actor=BOSS)
    cart = carts.show(session, customer)
    assert (cart.lines[0].unit_price, cart.lines[0].list_price) == (44_000, 50_000)
    assert (cart.items, cart.total) == (123_000, 123_000)
    assert checkout.summary(session, customer).total == 132_000
    placed = place(session, customer)
    assert [line.unit_price_idr for line in placed.order.lines] == [44_000, 35_000]
    assert placed.order.total_idr == 132_000


def test_a_customer_cannot_choose_their_own_class(session: Session, customer: Customer) -> None:
    me = Actor.customer(customer)
    deed = lambda: customers.set_price_class(session, customer, "reseller", actor=me)  # noqa: E731
    assert refusal(NotAllowed, deed) == ("staff_only", {})
    assert customer.price_class == "walk_in"


@pytest.mark.parametrize(
    ("row", "field"),
    [
        (("gold", 1, 40_000), "price_class"),
        (("walk_in", 1, 40_000), "min_quantity"),
        (("workshop", 0, 40_000), "min_quantity"),
        (("workshop", 10_001, 40_000), "min_quantity"),
        (("workshop", 1, 50_001), "price_idr"),
        (("workshop", 1, 0), "price_idr"),
    ],
)
def test_a_price_row_that_makes_no_sense_names_its_field(
    session: Session, row: tuple[str, int, int], field: str
) -> None:
    selling.part(session)
    rows = [("workshop", 5, 45_000), row]
    refused = refusal(InvalidInput, lambda: pricing.set_tiers(session, PADS, rows, actor=BOSS))
    assert refused == ("tier_invalid", {"row": 2, "field": field})
    assert pricing.tiers(session, PADS) == ()


def test_price_rows_are_replaced_as_a_whole_and_recorded_once(session: Session) -> None:
    part = selling.part(session)
    first = [("workshop", 1, 50_000), ("workshop", 10_000, 1)]
    pricing.set_tiers(session, PADS, first, actor=BOSS)
    pricing.set_tiers(session, PADS, reversed(first), actor=BOSS)
    assert [(t.min_quantity, t.price_idr) for t in pricing.tiers(session, PADS)] == [
        (1, 50_000),
        (10_000, 1),
    ]
    pricing.set_tiers(session, PADS, [], actor=BOSS)
    assert pricing.tiers(session, PADS) == ()
    actions = [one.action for one in entries(session, subject="part", subject_id=part.id)]
    assert actions.count("prices_set") == 2


def test_a_voucher_is_on_cart_summary_order_and_api_alike(
    session: Session, customer: Customer
) -> None:
    made = promotion(session, code="hemat10", max_discount_idr=12_000)
    cart = carts.use_voucher(session, customer, "hemat 10", Actor.customer(customer))
    assert (cart.items, cart.discount, cart.total) == (135_000, 12_000, 123_000)
    summary = checkout.summary(session, customer)
    assert (summary.discount, summary.total) == (12_000, 132_000)
    placed = place(session, customer)
    assert [(d.kind, d.label, d.amount_idr) for d in placed.order.discounts] == [
        ("voucher", "HEMAT10", 12_000)
    ]
    assert (placed.order.discount_idr, placed.order.total_idr) == (12_000, 132_000)
    assert used(session, made) == 1
    assert carts.show(session, customer).voucher is None


def test_why_a_voucher_is_refused_is_named_and_the_cart_stays(
    session: Session, customer: Customer
) -> None:
    me, now = Actor.customer(customer), clock.now()
    carts.use_voucher(session, customer, promotion(session, code="BAIK").code or "", me)
    promotion(session, code="LALU", starts_at=now - 2 * YEAR, ends_at=now - YEAR)
    promotion(session, code="NANTI", starts_at=now + YEAR, ends_at=now + 2 * YEAR)
    promotion(session, code="BENGKEL", price_class="workshop")
    promotion(session, code="BESAR", min_items_idr=200_000)
    ended = promotion(session, code="HABIS")
    pricing.end_promotion(session, ended.id, actor=BOSS)
    selling.part(session, selling.ON_REQUEST, price=10_000, name="Baut")
    promotion(session, code="LAIN", part_code=selling.ON_REQUEST)

    def refused(code: str, kind: type[CrmError] = Conflict) -> tuple[str, dict[str, Any]]:
        return refusal(kind, lambda: carts.use_voucher(session, customer, code, me))

    assert refused("ngawur", NotFound) == ("voucher_unknown", {"voucher": "NGAWUR"})
    assert refused("LALU") == refused("LALU")
    assert refused("LALU")[0] == "voucher_expired"
    assert refused("NANTI")[0] == "voucher_not_yet"
    assert refused("BENGKEL")[0] == "voucher_not_for_you"
    assert refused("BESAR") == (
        "voucher_below_minimum",
        {"voucher": "BESAR", "minimum": 200_000, "missing": 65_000},
    )
    assert refused("HABIS")[0] == "voucher_expired"
    assert refused("LAIN")[0] == "voucher_not_for_these"
    voucher = carts.show(session, customer).voucher
    assert (voucher and voucher.code, voucher and voucher.problem) == ("BAIK", None)


def test_a_voucher_only_once_per_customer_and_free_again_after_cancelling(
    session: Session, customer: Customer
) -> None:
    me = Actor.customer(customer)
    made = promotion(session, code="SEKALI", limit_per_customer=1)
    carts.use_voucher(session, customer, "SEKALI", me)
    placed = place(session, customer)
    fill(session, customer)
    again = lambda: carts.use_voucher(session, customer, "SEKALI", me)  # noqa: E731
    assert refusal(Conflict, again) == ("voucher_used_by_you", {"voucher": "SEKALI", "limit": 1})
    order = orders.by_code(session, placed.order.order_code)
    checkout.cancel(session, order, actor=me, reason="tidak jadi")
    assert used(session, made) == 0
    assert pricing.release_promotions(session, [order.id]) == 0
    assert again().discount == 13_500
    assert order.discount_idr == 13_500


def test_expiry_gives_the_use_back_once(session: Session, customer: Customer) -> None:
    with time_machine.travel(factories.MOMENT, tick=False) as clock_:
        made = promotion(session, code="SEKALI", limit_total=1)
        carts.use_voucher(session, customer, "SEKALI", Actor.customer(customer))
        place(session, customer)
        assert used(session, made) == 1
        clock_.shift(selling.JUST_OVER)
        assert len(checkout.expire_due(session)) == 1
        assert checkout.expire_due(session) == []
        assert used(session, made) == 0


def test_placing_with_a_voucher_that_ended_is_refused_and_goes_on_without(
    session: Session, customer: Customer
) -> None:
    me = Actor.customer(customer)
    made = promotion(session, code="HEMAT")
    carts.use_voucher(session, customer, "HEMAT", me)
    pricing.end_promotion(session, made.id, actor=BOSS)
    assert checkout.summary(session, customer).discount == 0
    assert refusal(Conflict, lambda: place(session, customer)) == (
        "voucher_expired",
        {"voucher": "HEMAT"},
    )
    assert len(carts.show(session, customer).lines) == 2
    assert selling.level(session) == (50, 0)
    carts.drop_voucher(session, customer, me)
    assert place(session, customer).order.total_idr == 144_000


def test_the_best_promotion_applies_by_itself_and_in_the_customers_language(
    session: Session, customer: Customer
) -> None:
    promotion(session, name_id="Kecil", value=5)
    promotion(session, name_id="Rem Murah", name_en="Brake days", value=20, part_code=PADS)
    promotion(session, name_id="Bengkel", value=50, price_class="workshop")
    customers.set_language(session, customer, "en", actor=BOSS)
    cart = carts.show(session, customer)
    assert [(d.kind, d.label, d.amount) for d in cart.discounts] == [
        ("promotion", "Brake days", 20_000)
    ]


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"name_id": "  "}, "name_id"),
        ({"code": "AB"}, "code"),
        ({"code": "HEMAT 10%"}, "code"),
        ({"kind": "free"}, "kind"),
        ({"value": 101}, "value"),
        ({"kind": "amount", "value": 0}, "value"),
        ({"max_discount_idr": -1}, "max_discount_idr"),
        ({"min_items_idr": -5}, "min_items_idr"),
        ({"price_class": "vip"}, "price_class"),
        ({"limit_total": 0}, "limit_total"),
        ({"limit_per_customer": 1_000_001}, "limit_per_customer"),
        ({"starts_at": datetime(2026, 1, 1)}, "starts_at"),  # noqa: DTZ001 - the mistake itself
        ({"ends_at": datetime(2020, 1, 1, tzinfo=UTC)}, "ends_at"),
    ],
)
def test_a_promotion_that_makes_no_sense_names_its_field(
    session: Session, values: dict[str, Any], field: str
) -> None:
    refused = refusal(InvalidInput, lambda: promotion(session, **values))
    assert refused == ("promotion_invalid", {"field": field})
    assert pricing.promotions(session).items == ()


def test_extreme_values_of_a_promotion_are_taken(session: Session) -> None:
    made = promotion(
        session,
        name_id="x" * 80,
        code="A" * 20,
        kind="amount",
        value=10**12,
        limit_total=1_000_000,
        limit_per_customer=1,
        min_items_idr=0,
    )
    assert (made.value, made.limit_total, made.name_en) == (10**12, 1_000_000, "Year-end saver")


def test_a_code_is_given_once_and_a_limit_not_set_below_what_is_used(
    session: Session, customer: Customer
) -> None:
    made = promotion(session, code="HEMAT", limit_total=5)
    assert refusal(Conflict, lambda: promotion(session, code="hemat")) == (
        "voucher_code_taken",
        {"voucher": "HEMAT"},
    )
    session.execute(sa.text("update promotions set used = 3"))
    new = NewPromotion("Hemat", "percent", 5, made.starts_at, made.ends_at, limit_total=2)
    change = lambda: pricing.save_promotion(session, new, actor=BOSS, promotion_id=made.id)  # noqa: E731
    assert refusal(Conflict, change) == ("promotion_used_more", {"used": 3})
    assert pricing.promotion(session, made.id).value == 10


def test_those_who_ask_are_told_of_what_runs_for_them(session: Session, customer: Customer) -> None:
    now = clock.now()
    promotion(session, name_id="Umum", ends_at=now + YEAR)
    promotion(session, name_id="Diam", listed=False)
    promotion(session, name_id="Bengkel", price_class="workshop")
    promotion(session, name_id="Nanti", starts_at=now + YEAR, ends_at=now + 2 * YEAR)
    assert [p.name_id for p in pricing.running_promotions(session, customer)] == ["Umum"]
    assert [p.name_id for p in pricing.promotions(session, state="planned").items] == ["Nanti"]
