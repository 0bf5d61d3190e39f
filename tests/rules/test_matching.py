"""Whose money a booking is: pure decisions, each border of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_core.payments.matching import (
    BOOKED_LATER,
    DIFFERENCES,
    LOOK_BACK,
    MUTATIONS,
    Candidate,
    Incoming,
    Meaning,
    Place,
    Stored,
    Verdict,
    decide,
    likeness,
    meaning_for,
    places,
    shared_names,
)
from crm_core.payments.rules import PaymentState

DAY = date(2026, 11, 20)
WAITS = Candidate(
    payment_id=1,
    order_code="P-7KM2Q",
    state=PaymentState.AWAITING,
    due=150_123,
    received=0,
    backed=0,
    asked_on=DAY,
    due_on=DAY + timedelta(days=3),
    waits=True,
    ended=False,
)
PAID = replace(
    WAITS, payment_id=2, order_code="P-22222", state=PaymentState.ACCEPTED, received=150_123,
    backed=150_123, waits=False,
)  # fmt: skip
ENDED = replace(WAITS, payment_id=3, order_code="P-33333", waits=False, ended=True)
MONEY = Incoming(amount=150_123, booked_on=DAY)
NAMED = replace(MONEY, names=frozenset({"P-7KM2Q"}))


def test_the_exact_amount_pays_the_one_order_that_waits_for_it() -> None:
    assert decide(MONEY, [WAITS]) == Verdict(Meaning.PAYS, 1)


@pytest.mark.parametrize("amount", [150_122, 150_124, 150_000, 1])
def test_another_amount_pays_nobody(amount: int) -> None:
    found = decide(replace(MONEY, amount=amount), [WAITS])
    assert found == Verdict(Meaning.UNKNOWN, reason="none")


def test_two_orders_that_the_amount_fits_go_to_a_person() -> None:
    twin = replace(WAITS, payment_id=9, order_code="P-99999")
    assert decide(MONEY, [WAITS, twin]) == Verdict(Meaning.UNKNOWN, reason="several")
    assert decide(MONEY, [WAITS, ENDED]) == Verdict(Meaning.UNKNOWN, reason="several")
    assert decide(MONEY, [WAITS, PAID]) == Verdict(Meaning.UNKNOWN, reason="several")


def test_the_orders_code_in_the_text_tells_two_exact_ones_apart() -> None:
    twin = replace(WAITS, payment_id=9, order_code="P-99999")
    assert decide(NAMED, [WAITS, twin]) == Verdict(Meaning.PAYS, 1)


def test_a_code_that_contradicts_the_amount_goes_to_a_person() -> None:
    other = replace(WAITS, payment_id=9, order_code="P-99999", due=80_000)
    found = decide(replace(NAMED, amount=80_000), [WAITS, other])
    assert found == Verdict(Meaning.UNKNOWN, reason="several")


@pytest.mark.parametrize(("amount", "meaning"), [(150_122, Meaning.UNDER), (150_124, Meaning.OVER)])
def test_too_little_or_too_much_is_booked_only_where_the_text_names_the_order(
    amount: int, meaning: Meaning
) -> None:
    assert decide(replace(NAMED, amount=amount), [WAITS]) == Verdict(meaning, 1)


def test_the_rest_of_an_underpaid_order_pays_it() -> None:
    short = replace(WAITS, state=PaymentState.UNDERPAID, received=100_000, backed=100_000)
    assert decide(replace(MONEY, amount=50_123), [short]) == Verdict(Meaning.PAYS, 1)
    assert decide(MONEY, [short]) == Verdict(Meaning.UNKNOWN, reason="none")


@pytest.mark.parametrize("state", [PaymentState.REPORTED, PaymentState.REJECTED])
def test_what_customer_or_staff_said_before_does_not_stop_the_statement(
    state: PaymentState,
) -> None:
    assert decide(MONEY, [replace(WAITS, state=state)]) == Verdict(Meaning.PAYS, 1)


def test_the_amount_of_a_paid_order_is_a_second_transfer() -> None:
    assert decide(MONEY, [PAID]) == Verdict(Meaning.SECOND, 2)


def test_money_a_person_accepted_by_hand_is_only_confirmed_by_the_file() -> None:
    by_hand = replace(PAID, backed=0)
    assert decide(MONEY, [by_hand]) == Verdict(Meaning.CONFIRMS, 2)


def test_the_amount_of_an_ended_order_is_late() -> None:
    assert decide(MONEY, [ENDED]) == Verdict(Meaning.LATE, 3)


@pytest.mark.parametrize("state", [PaymentState.LATE, PaymentState.REFUNDED])
def test_late_money_that_comes_again_is_a_second_transfer(state: PaymentState) -> None:
    again = replace(ENDED, state=state, received=150_123, backed=150_123)
    assert decide(MONEY, [again]) == Verdict(Meaning.SECOND, 3)


@pytest.mark.parametrize(
    ("candidate", "day", "fits"),
    [
        (WAITS, DAY, True),
        (WAITS, DAY - timedelta(days=1), False),
        (WAITS, WAITS.due_on + BOOKED_LATER, True),
        (WAITS, WAITS.due_on + BOOKED_LATER + timedelta(days=1), False),
        (ENDED, ENDED.due_on + LOOK_BACK, True),
        (ENDED, ENDED.due_on + LOOK_BACK + timedelta(days=1), False),
    ],
)
def test_an_amount_means_an_order_only_in_its_time(
    candidate: Candidate, day: date, fits: bool
) -> None:
    found = decide(replace(MONEY, booked_on=day), [candidate])
    assert (found.payment_id is not None) is fits


def test_a_reference_typed_for_an_order_decides_before_any_amount() -> None:
    by_hand = replace(PAID, backed=0)
    claimed = replace(MONEY, claimed_by=2)
    assert decide(claimed, [WAITS, by_hand]) == Verdict(Meaning.CONFIRMS, 2)
    assert decide(claimed, [WAITS, PAID]) == Verdict(Meaning.UNKNOWN, reason="claimed")
    assert decide(claimed, [WAITS]) == Verdict(Meaning.UNKNOWN, reason="claimed")


def test_a_doubtful_row_is_never_booked_by_rule() -> None:
    doubtful = replace(MONEY, doubtful=True)
    assert decide(doubtful, [WAITS]) == Verdict(Meaning.UNKNOWN, reason="looks_like_known")


candidates = st.builds(
    Candidate,
    payment_id=st.integers(1, 5),
    order_code=st.sampled_from(["P-7KM2Q", "P-22222", "P-33333"]),
    state=st.sampled_from(PaymentState),
    due=st.integers(1, 4),
    received=st.integers(0, 4),
    backed=st.integers(0, 4),
    asked_on=st.just(DAY),
    due_on=st.just(DAY + timedelta(days=3)),
    waits=st.booleans(),
    ended=st.just(False),
)


@given(
    st.integers(1, 4),
    st.lists(candidates, max_size=4, unique_by=lambda one: one.payment_id),
    st.frozensets(st.sampled_from(["P-7KM2Q", "P-22222"]), max_size=1),
)
def test_paying_always_means_exactly_what_is_left_to_pay(
    amount: int, found: list[Candidate], names: frozenset[str]
) -> None:
    verdict = decide(Incoming(amount, DAY, names), found)
    assert (verdict.payment_id is None) == (verdict.meaning == Meaning.UNKNOWN)
    if verdict.meaning == Meaning.PAYS:
        (one,) = [one for one in found if one.payment_id == verdict.payment_id]
        assert one.waits
        assert one.received + amount == one.due
    if verdict.payment_id is not None:
        (one,) = [one for one in found if one.payment_id == verdict.payment_id]
        assert verdict.meaning == meaning_for(amount, one)


NEW_1, NEW_2 = Place(1, known=False), Place(2, known=False)
KNOWN_1, KNOWN_2 = Place(1, known=True), Place(2, known=True)


@pytest.mark.parametrize(
    ("balances", "stored", "expected"),
    [
        ([None, None], [], [NEW_1, NEW_2]),
        ([None, None], [Stored(1, None)], [KNOWN_1, NEW_2]),
        ([None, None], [Stored(1, None), Stored(2, None)], [KNOWN_1, KNOWN_2]),
        ([100, 200], [], [NEW_1, NEW_2]),
        ([200], [Stored(1, 100), Stored(2, 200)], [KNOWN_2]),
        ([100, 200], [Stored(1, 100)], [KNOWN_1, NEW_2]),
        ([200], [Stored(1, 100)], [Place(2, known=False, doubtful=True)]),
        ([200], [Stored(1, None)], [KNOWN_1]),
        ([None], [Stored(1, 100)], [KNOWN_1]),
    ],
)
def test_equal_rows_are_counted_and_balances_tell_them_apart(
    balances: list[int | None], stored: list[Stored], expected: list[Place]
) -> None:
    assert places(balances, stored) == expected


@given(st.lists(st.none() | st.integers(0, 3), max_size=6))
def test_the_same_rows_again_are_all_known(balances: list[int | None]) -> None:
    first = places(balances, [])
    stored = [
        Stored(place.occurrence, balance) for place, balance in zip(first, balances, strict=True)
    ]
    again = places(balances, stored)
    assert all(place.known for place in again)
    assert sorted(place.occurrence for place in again) == list(range(1, len(balances) + 1))


def test_names_are_compared_word_by_word() -> None:
    text = "TRSF E-BANKING CR 2011 BUDI SANTOSO"
    assert shared_names(text, ["Budi Santoso"]) == 2
    assert shared_names(text, ["Siti", None, "Pak Budi"]) == 1
    assert shared_names(text, ["Bu"]) == 0


def test_the_likeliest_order_stands_first() -> None:
    exact = likeness(150_123, WAITS, 150_000, 0, DAY)
    without_code = likeness(150_000, WAITS, 150_000, 0, DAY)
    near = likeness(149_500, WAITS, 150_000, 0, DAY)
    far = likeness(400_000, WAITS, 150_000, 0, DAY)
    assert exact > without_code > near > far == 0
    assert likeness(149_500, WAITS, 150_000, 2, DAY) > near


@pytest.mark.parametrize("table", [MUTATIONS, DIFFERENCES])
def test_no_customer_settles_money(table: object) -> None:
    moves = table.moves.values()  # type: ignore[attr-defined]
    settling = [move for move in moves if move.name != "replaced"]
    assert set().union(*[move.actors for move in settling]) <= {"staff", "system"}
