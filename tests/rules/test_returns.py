"""What returns are worth, how long one may ask, and what a customer's words ask for."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_core.errors import Conflict, InvalidInput
from crm_core.returns.rules import (
    STATES,
    ReturnKind,
    ReturnState,
    Sold,
    asked_kind,
    best_kind,
    refuse_too_late,
    spread,
    wanted_lines,
    worth,
)

PADS = Sold("06455KVBT01", "Kampas Rem", quantity=4, returning=1, warranty_days=30)
OIL = Sold("08232M99K", "Oli", quantity=1, returning=0, warranty_days=0)
ARRIVED = date(2026, 11, 1)


@pytest.mark.parametrize(
    ("wanted", "code"),
    [
        ({}, "return_empty"),
        ({"06455KVBT01": 0}, "quantity_invalid"),
        ({"06455KVBT01": True}, "quantity_invalid"),
        ({"06455KVBT01": 4}, "return_too_many"),
        ({"99999ZZZ999": 1}, "not_in_order"),
    ],
)
def test_no_more_comes_back_than_was_sent_and_is_not_back(
    wanted: dict[str, int], code: str
) -> None:
    with pytest.raises((Conflict, InvalidInput), match=code):
        wanted_lines([PADS, OIL], wanted)


@pytest.mark.parametrize(
    ("kind", "line", "today", "refusal"),
    [
        (ReturnKind.RETURN, OIL, date(2026, 11, 8), None),
        (ReturnKind.RETURN, OIL, date(2026, 11, 9), "return_too_late"),
        (ReturnKind.EXCHANGE, PADS, date(2026, 11, 9), "return_too_late"),
        (ReturnKind.WARRANTY, PADS, date(2026, 12, 1), None),
        (ReturnKind.WARRANTY, PADS, date(2026, 12, 2), "return_too_late"),
        (ReturnKind.WARRANTY, OIL, date(2026, 11, 2), "no_warranty"),
    ],
)
def test_a_return_has_a_week_and_a_warranty_the_days_of_its_part(
    kind: ReturnKind, line: Sold, today: date, refusal: str | None
) -> None:
    if refusal is None:
        refuse_too_late(kind, [line], ARRIVED, today, 7)
        return
    with pytest.raises(Conflict) as refused:
        refuse_too_late(kind, [line], ARRIVED, today, 7)
    assert refused.value.code == refusal


def test_the_warranty_helps_whoever_comes_too_late_for_a_return() -> None:
    late = date(2026, 11, 20)
    assert best_kind(ReturnKind.RETURN, PADS, ARRIVED, late, 7) == ReturnKind.WARRANTY
    assert best_kind(ReturnKind.RETURN, PADS, ARRIVED, date(2026, 11, 3), 7) == ReturnKind.RETURN
    assert best_kind(ReturnKind.RETURN, OIL, ARRIVED, late, 7) == ReturnKind.RETURN


@given(
    prices=st.lists(st.integers(1, 900_000), min_size=1, max_size=8),
    discount=st.integers(0, 2_000_000),
)
def test_all_goods_one_by_one_are_worth_what_was_paid_for_them(
    prices: list[int], discount: int
) -> None:
    items, before, back = sum(prices), 0, []
    for price in prices:
        back.append(worth(price, before, items, discount))
        before += price
    assert all(0 <= one <= price for one, price in zip(back, prices, strict=True))
    assert sum(back) == items - min(discount, items)


@given(left=st.lists(st.integers(0, 10**9), max_size=4), amount=st.integers(0, 3 * 10**9))
def test_money_is_taken_from_the_first_payments_and_never_more_than_is_left(
    left: list[int], amount: int
) -> None:
    if amount > sum(left):
        with pytest.raises(Conflict, match="refund_too_high"):
            spread(amount, left)
        return
    shares = spread(amount, left)
    assert sum(shares) == amount
    assert all(share <= one for share, one in zip(shares, left, strict=True))


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("mau klaim garansi, baru 2 minggu udah bocor", ReturnKind.WARRANTY),
        ("kak salah ukuran, bisa tukar yang kanan?", ReturnKind.EXCHANGE),
        ("mau retur barang, ga cocok", ReturnKind.RETURN),
        ("ditukar uang aja bisa?", ReturnKind.RETURN),
        ("I want to exchange it for another one", ReturnKind.EXCHANGE),
        ("is it still under warranty?", ReturnKind.WARRANTY),
    ],
)
def test_words_ask_for_the_warranty_another_piece_or_the_money(text: str, kind: ReturnKind) -> None:
    assert asked_kind(text) == kind


def test_only_people_of_the_shop_decide_and_nothing_follows_an_end() -> None:
    for (_, new), move in STATES.moves.items():
        assert ("customer" in move.actors) == (new == ReturnState.WITHDRAWN)
        assert "system" not in move.actors
    assert STATES.ends == {ReturnState.REFUSED, ReturnState.WITHDRAWN}
