"""Which moves a payment can make, by whose hand, and what an amount means."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_core.errors import Conflict, InvalidInput
from crm_core.payments.rules import (
    EXPIRABLE,
    STATES,
    Match,
    PaymentState,
    clean_reference,
    free_codes,
    match,
    refund_due,
)

KINDS = ("customer", "bot", "staff", "system")
SAID = {"customer", "bot", "staff"}
OPEN = ("awaiting", "reported", "verified_by_sms", "underpaid", "overpaid")
OUTCOMES = ("accepted", "underpaid", "overpaid", "duplicate", "late")
ALLOWED: dict[tuple[str, str], set[str]] = {
    ("awaiting", "reported"): SAID,
    ("rejected", "reported"): SAID,
    ("underpaid", "reported"): SAID,
    ("duplicate", "reported"): SAID,
    ("reported", "verified_by_sms"): SAID,
    **{
        (old, new): {"staff", "system"}
        for old in (*OPEN, "rejected", "duplicate")
        for new in OUTCOMES
        if old != new
    },
    ("awaiting", "rejected"): {"staff"},
    ("reported", "rejected"): {"staff"},
    ("verified_by_sms", "rejected"): {"staff"},
    **{
        (old, "refunded"): {"staff"}
        for old in (
            "accepted",
            "underpaid",
            "overpaid",
            "duplicate",
            "late",
            "reported",
            "verified_by_sms",
        )
    },
}


def test_the_states_are_those_of_the_contract() -> None:
    assert {str(state) for state in PaymentState} == {
        "awaiting", "reported", "verified_by_sms", "accepted", "rejected", "underpaid",
        "overpaid", "duplicate", "late", "refunded",
    }  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("old", PaymentState)
@pytest.mark.parametrize("new", PaymentState)
def test_each_move_is_allowed_exactly_to_those_who_may_make_it(
    old: PaymentState, new: PaymentState, kind: str
) -> None:
    if kind in ALLOWED.get((str(old), str(new)), set()):
        STATES.check(old, new, kind)
        return
    with pytest.raises(Conflict) as refused:
        STATES.check(old, new, kind)
    assert refused.value.code == "illegal_transition"


def test_neither_customer_nor_bot_ever_makes_a_payment_accepted() -> None:
    into = [move.actors for (_, new), move in STATES.moves.items() if new == "accepted"]
    assert into
    assert set().union(*into) == {"staff", "system"}


def test_only_payments_without_word_of_money_run_out_of_time() -> None:
    assert {"awaiting", "rejected"} == EXPIRABLE


@pytest.mark.parametrize(
    ("received", "verdict"),
    [(150_123, Match.EXACT), (150_122, Match.UNDER), (150_124, Match.OVER), (1, Match.UNDER)],
)
def test_one_rupiah_decides_between_exact_under_and_over(received: int, verdict: Match) -> None:
    assert match(150_123, received) == verdict


def test_a_code_is_free_if_neither_it_nor_its_amount_is_taken() -> None:
    codes = free_codes(100_000, codes={1, 2}, amounts={100_003, 100_999, 555})
    assert codes[:2] == [4, 5]
    assert 999 not in codes
    assert len(codes) == 995


def test_with_999_codes_taken_none_is_free() -> None:
    assert free_codes(100_000, codes=set(range(1, 1000)), amounts=set()) == []


@given(
    total=st.integers(1, 10**12),
    codes=st.sets(st.integers(1, 999), max_size=50),
    offsets=st.sets(st.integers(1, 999), max_size=50),
)
def test_free_codes_never_lead_to_a_taken_code_or_amount(
    total: int, codes: set[int], offsets: set[int]
) -> None:
    amounts = {total + offset for offset in offsets}
    free = free_codes(total, codes, amounts)
    assert all(1 <= code <= 999 for code in free)
    assert not codes & set(free)
    assert not amounts & {total + code for code in free}
    assert len(free) == 999 - len(codes | offsets)


def test_a_reference_is_the_same_however_it_is_spaced_and_cased() -> None:
    assert clean_reference(" ft 2311 0042 x ") == "FT23110042X"


@pytest.mark.parametrize("blank", [None, "", "   "])
def test_a_blank_reference_is_none(blank: str | None) -> None:
    assert clean_reference(blank) is None


def test_an_endless_reference_is_refused() -> None:
    with pytest.raises(InvalidInput) as refused:
        clean_reference("9" * 81)
    assert refused.value.code == "bank_reference_invalid"


@pytest.mark.parametrize(
    ("state", "ended", "due"),
    [
        (PaymentState.ACCEPTED, False, False),
        (PaymentState.ACCEPTED, True, True),
        (PaymentState.UNDERPAID, True, True),
        (PaymentState.UNDERPAID, False, False),
        (PaymentState.OVERPAID, False, True),
        (PaymentState.LATE, True, True),
        (PaymentState.AWAITING, True, False),
        (PaymentState.REFUNDED, True, False),
    ],
)
def test_money_that_pays_for_nothing_is_due_for_a_refund(
    state: PaymentState, ended: bool, due: bool
) -> None:
    assert refund_due(state, ended=ended) is due
