from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_core.errors import InvalidInput
from crm_core.money import MOST, Rupiah, format_rupiah

amounts = st.integers(0, MOST)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        # easy
        ("150000", 150_000),
        ("150rb", 150_000),
        ("150 ribu", 150_000),
        ("1jt", 1_000_000),
        ("Rp 150.000", 150_000),
        # typical
        ("1,5jt", 1_500_000),
        ("1.5 juta", 1_500_000),
        ("1250k", 1_250_000),
        ("1.250rb", 1_250_000),
        ("Rp 150.000,-", 150_000),
        ("rp150.000,00", 150_000),
        ("Rp. 20.000", 20_000),
        ("IDR 2,000,000", 2_000_000),
        ("2,5rb", 2_500),
        ("150.000 rupiah", 150_000),
        ("500 perak", 500),
        # extreme
        ("0", 0),
        ("1.250jt", 1_250_000),
        ("1,2345jt", 1_234_500),
        ("2 m", 2_000_000_000),
        ("1.000.000.000.000.000", MOST),
        ("  75RB  ", 75_000),
    ],
)
def test_amounts_are_read_as_people_write_them(text: str, value: int) -> None:
    assert Rupiah.parse(text) == value


@pytest.mark.parametrize(
    "text",
    [
        "", "rb", "abc", "-5", "150-200", "1jt 200", "12 ekor", "1.", ",5jt", "1..000", "15.00.0",
        "150,5", "1,23456 rb", "1.0005rb", "150.000rb", "1.000.000.000.000.001", "9" * 5000, "NaN",
        "1e6", "½jt", "١٥٠", "Rp", "Rp Rp 5", "0x10",
    ],
)  # fmt: skip
def test_what_is_no_clear_amount_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match="money_unreadable"):
        Rupiah.parse(text)


@given(amounts)
def test_what_we_write_we_read_back(value: int) -> None:
    assert Rupiah.parse(format_rupiah(value)) == value


@given(st.text(max_size=50))
def test_any_text_gives_an_amount_or_a_refusal(text: str) -> None:
    try:
        value = Rupiah.parse(text)
    except InvalidInput as error:
        assert error.code == "money_unreadable"  # noqa: PT017 - either outcome is right
    else:
        assert 0 <= value <= MOST


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "Rp 0"), (999, "Rp 999"), (150_000, "Rp 150.000"), (-1_500_000, "-Rp 1.500.000")],
)
def test_amounts_are_shown_with_dots(value: int, text: str) -> None:
    assert format_rupiah(value) == text


@pytest.mark.parametrize("value", [1.0, True, "150", Decimal(1), Fraction(1), None])
def test_only_whole_numbers_become_money(value: Any) -> None:
    with pytest.raises(TypeError):
        Rupiah(value)


@given(amounts, amounts)
def test_sums_differences_and_multiples_stay_money(one: int, two: int) -> None:
    results = [
        (Rupiah(one) + two, one + two),
        (two + Rupiah(one), one + two),
        (Rupiah(one) - two, one - two),
        (two - Rupiah(one), two - one),
        (Rupiah(one) * 3, one * 3),
        (3 * Rupiah(one), one * 3),
        (-Rupiah(one), -one),
        (sum([Rupiah(one), Rupiah(two)], Rupiah(0)), one + two),
    ]
    assert [(type(result), int(result)) for result, _ in results] == [
        (Rupiah, value) for _, value in results
    ]


@pytest.mark.parametrize("operation", ["__add__", "__radd__", "__sub__", "__mul__", "__rmul__"])
@pytest.mark.parametrize("other", [0.5, True, Decimal(1)])
def test_money_does_not_mix_with_fractions(operation: str, other: Any) -> None:
    with pytest.raises(TypeError):
        getattr(Rupiah(1000), operation)(other)


def test_money_is_not_divided_into_fractions() -> None:
    with pytest.raises(TypeError):
        Rupiah(1000) / 2


def test_money_is_written_as_a_plain_number_in_data() -> None:
    assert (str(Rupiah(150_000)), f"{Rupiah(150_000)}", repr(Rupiah(5))) == (
        "150000",
        "150000",
        "Rupiah(5)",
    )
