"""Prices decided with values alone: never above the list, never more off than there is."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crm_core.money import Rupiah
from crm_core.pricing import rules
from crm_core.pricing.rules import Agreed, Offer, PricedLine, Tier

NOW = datetime(2026, 11, 22, tzinfo=UTC)
EXAMPLES = 5_000 if os.environ.get("SAPA_MANY") else 80
CLASSES = st.sampled_from(["walk_in", "workshop", "reseller"])
MONEY = st.integers(1, 5_000_000).map(Rupiah)
TIERS = st.lists(
    st.builds(Tier, price_class=CLASSES, min_quantity=st.integers(1, 60), price=MONEY), max_size=6
)


def offer(number: int = 1, **values: object) -> Offer:
    given_: dict[str, object] = {
        "id": number, "code": None, "name_id": "Hemat", "name_en": "Saver", "kind": "percent",
        "value": 10, "most": None, "scope": "all", "category_id": None, "part_id": None,
        "min_items": Rupiah(0), "price_class": None, "starts_at": NOW, "used": 0,
        "ends_at": NOW + timedelta(days=1), "limit_total": None, "limit_per_customer": None,
    }  # fmt: skip
    return Offer(**(given_ | values))  # type: ignore[arg-type]


def line(
    number: int = 1, quantity: int = 1, price: int = 50_000, agreed: Agreed | None = None
) -> PricedLine:
    money = Rupiah(price)
    return PricedLine(
        number, f"P{number:03d}", f"Part {number}", 7, quantity, money, money, "list", agreed
    )


OFFERS = st.builds(
    offer,
    number=st.integers(1, 99),
    kind=st.sampled_from(["percent", "amount"]),
    value=st.integers(1, 100),
    most=st.none() | MONEY,
    scope=st.sampled_from(["all", "part"]),
    part_id=st.integers(1, 4),
    min_items=st.integers(0, 900_000).map(Rupiah),
    price_class=st.none() | CLASSES,
    used=st.integers(0, 3),
    limit_total=st.none() | st.integers(1, 3),
)
LINES = st.lists(
    st.builds(
        line,
        number=st.integers(1, 4),
        quantity=st.integers(1, 50),
        price=MONEY,
        agreed=st.none() | st.builds(Agreed, st.just(1), st.integers(1, 50), MONEY),
    ),
    max_size=5,
)


@settings(max_examples=EXAMPLES, deadline=None)
@given(list_price=MONEY, tiers=TIERS, own=CLASSES, quantity=st.integers(1, 100))
def test_no_price_is_above_the_list_and_more_pieces_never_cost_more_each(
    list_price: Rupiah, tiers: list[Tier], own: str, quantity: int
) -> None:
    price, reason = rules.unit_price(list_price, tiers, own, quantity)
    more, _ = rules.unit_price(list_price, tiers, own, quantity + 1)
    walk_in, _ = rules.unit_price(list_price, tiers, "walk_in", quantity)
    assert 0 < more <= price <= walk_in <= list_price
    assert (reason == "list") == (price == list_price)
    steps = rules.breaks(list_price, tiers, own, quantity)
    assert [step[1] for step in steps] == sorted({step[1] for step in steps}, reverse=True)
    assert all(rules.unit_price(list_price, tiers, own, count)[0] == low for count, low in steps)


@settings(max_examples=EXAMPLES, deadline=None)
@given(lines=LINES, automatic=st.lists(OFFERS, max_size=4), voucher=st.none() | OFFERS, own=CLASSES)
def test_a_quote_adds_up_and_takes_off_no_more_than_the_lines_cost(
    lines: list[PricedLine], automatic: list[Offer], voucher: Offer | None, own: str
) -> None:
    quoted = rules.quote(lines, automatic, price_class=own, at=NOW, voucher=voucher)
    assert quoted.items == sum(one.quantity * (one.unit or 0) for one in lines)
    assert quoted.total == quoted.items - quoted.discount
    assert 0 <= quoted.discount <= quoted.items
    assert all(one.amount > 0 for one in quoted.discounts)
    kinds = [one.kind for one in quoted.discounts]
    assert kinds.count("promotion") <= 1
    assert kinds.count("voucher") <= 1
    without = rules.quote(lines, automatic, price_class=own, at=NOW)
    assert quoted.total <= without.total
    if voucher is not None and quoted.voucher is not None and quoted.voucher.problem:
        assert quoted.discounts == without.discounts


def test_a_percentage_is_rounded_down_and_stops_at_its_maximum() -> None:
    assert rules.amount_off(offer(value=15), [line(price=33_333)]) == 4_999
    assert rules.amount_off(offer(value=15, most=Rupiah(2_000)), [line()]) == 2_000
    assert rules.amount_off(offer(kind="amount", value=80_000), [line()]) == 50_000


def test_a_line_with_an_agreed_price_takes_part_in_no_promotion() -> None:
    agreed = line(1, 2, 50_000, Agreed(9, 2, Rupiah(45_000)))
    quoted = rules.quote([agreed, line(2)], [offer()], price_class="walk_in", at=NOW)
    assert [(one.kind, one.amount) for one in quoted.discounts] == [
        ("bargain", 10_000),
        ("promotion", 5_000),
    ]


def test_a_voucher_comes_after_the_best_promotion() -> None:
    quoted = rules.quote(
        [line(quantity=2)],
        [offer(1, value=5), offer(2, kind="amount", value=8_000)],
        price_class="walk_in",
        at=NOW,
        voucher=offer(3, code="HEMAT10"),
    )
    assert [(one.promotion_id, one.amount) for one in quoted.discounts] == [(2, 8_000), (3, 10_000)]
    assert quoted.total == 82_000


@pytest.mark.parametrize(
    ("asked", "verdict"),
    [(50_000, "needless"), (47_500, "agree"), (47_499, "person"), (25_000, "person"),
     (24_999, "refuse")],
)  # fmt: skip
def test_what_may_be_agreed_without_a_person(asked: int, verdict: str) -> None:
    price = Rupiah(50_000)
    assert rules.judge(price, rules.floor(price, 5), Rupiah(asked)) == verdict


def test_the_lowest_price_is_rounded_up_so_the_rule_is_never_broken() -> None:
    assert rules.floor(Rupiah(33_333), 7) == 31_000  # 30.999,69
    assert rules.floor(Rupiah(50_000), 0) == 50_000
