"""Which moves an order can make, and by whose hand: the whole table, cell by cell."""

from __future__ import annotations

import itertools

import pytest

from crm_core.errors import Conflict, InvalidInput
from crm_core.orders.rules import STATES, OrderState, facts_of, merge_lines

KINDS = ("customer", "bot", "staff", "system")
CONTRACT = {
    "awaiting_payment", "paid", "packed", "shipped", "delivered", "completed",
    "cancelled", "expired", "returned",
}  # fmt: skip
ALLOWED = {
    ("awaiting_payment", "paid"): {"staff", "system"},
    ("awaiting_payment", "packed"): {"staff", "system"},
    ("paid", "packed"): {"staff", "system"},
    ("packed", "shipped"): {"staff", "system"},
    ("packed", "delivered"): {"staff"},
    ("shipped", "delivered"): set(KINDS),
    ("delivered", "completed"): set(KINDS),
    ("awaiting_payment", "cancelled"): set(KINDS),
    ("paid", "cancelled"): {"staff", "system"},
    ("packed", "cancelled"): {"staff", "system"},
    ("awaiting_payment", "expired"): {"system"},
    ("shipped", "returned"): {"staff"},
    ("delivered", "returned"): {"staff"},
    ("completed", "returned"): {"staff"},
}
ONLY_IF = {
    ("awaiting_payment", "packed"): "pay_on_delivery",
    ("awaiting_payment", "expired"): "pay_before",
    ("packed", "shipped"): "parcel",
    ("packed", "delivered"): "counter",
    ("delivered", "completed"): "paid_for",
}
ORDERS = [
    facts_of(pay_on_delivery=at_door, paid=paid, method=method)
    for at_door in (False, True)
    for paid in (False, True)
    for method in ("driver", "courier", "pickup")
]
CELLS = list(itertools.product(OrderState, OrderState, KINDS))


def test_the_states_are_those_of_the_contract() -> None:
    assert {str(state) for state in OrderState} == CONTRACT


@pytest.mark.parametrize(("old", "new", "kind"), CELLS)
def test_each_move_is_allowed_exactly_to_those_who_may_make_it(
    old: OrderState, new: OrderState, kind: str
) -> None:
    for facts in ORDERS:
        needed = ONLY_IF.get((old, new))
        holds = needed is None or needed in facts
        if kind in ALLOWED.get((old, new), set()) and holds:
            STATES.check(old, new, kind, facts)
            assert new in STATES.after(old, facts)
            continue
        with pytest.raises(Conflict) as refused:
            STATES.check(old, new, kind, facts)
        assert refused.value.code == "illegal_transition"
        assert refused.value.facts == {"subject": "order", "old": str(old), "new": str(new)}


def test_nothing_that_is_paid_beforehand_comes_to_the_parcel_around_its_payment() -> None:
    facts = facts_of(pay_on_delivery=False, paid=False, method="driver")
    assert STATES.after(OrderState.AWAITING_PAYMENT, facts) == {"paid", "cancelled", "expired"}


def test_nothing_follows_a_cancelled_expired_or_returned_order() -> None:
    assert {"cancelled", "expired", "returned"} == STATES.ends


def test_lines_of_the_same_part_are_merged_however_its_code_is_written() -> None:
    lines = [("06455-KVB-T01", 2), ("15400KPH901", 1), ("06455kvbt01", 3)]
    assert merge_lines(lines) == {"06455KVBT01": 5, "15400KPH901": 1}


@pytest.mark.parametrize("quantity", [0, -1, 10_001, 1_000_000_000, True, 1.5, "2", None])
def test_an_illegal_quantity_is_refused(quantity: object) -> None:
    with pytest.raises(InvalidInput) as refused:
        merge_lines([("06455KVBT01", quantity)])  # type: ignore[list-item]
    assert refused.value.code == "quantity_invalid"


@pytest.mark.parametrize("quantity", [1, 2, 10_000])
def test_the_extreme_legal_quantities_are_taken(quantity: int) -> None:
    assert merge_lines([("06455KVBT01", quantity)]) == {"06455KVBT01": quantity}


def test_a_sum_beyond_the_most_is_refused_although_each_line_is_legal() -> None:
    with pytest.raises(InvalidInput) as refused:
        merge_lines([("06455KVBT01", 9_000), ("06455KVBT01", 1_001)])
    assert refused.value.code == "quantity_invalid"


def test_an_order_without_lines_is_refused() -> None:
    with pytest.raises(InvalidInput) as refused:
        merge_lines([])
    assert refused.value.code == "order_empty"
