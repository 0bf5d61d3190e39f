"""Quantities and amounts as people chat them, written by hand: what is read, and what is not."""

from __future__ import annotations

from pathlib import Path

import pytest

from crm_core.catalogue.quantity import MOST, find_quantity, sold_as
from crm_core.money import find_amount

GOLDEN = Path(__file__).parent / "golden"


def _cases(name: str) -> list[tuple[str, int | None]]:
    cases = []
    for line in (GOLDEN / name).read_text(encoding="utf-8").splitlines():
        if line.startswith("#"):
            continue
        text, _, expected = line.partition("\t")
        cases.append((text.replace("\\n", "\n"), int(expected) if expected else None))
    return cases


QUANTITIES, AMOUNTS = _cases("quantity.tsv"), _cases("money.tsv")


def test_there_are_enough_cases_and_enough_that_say_nothing() -> None:
    every = [*QUANTITIES, *AMOUNTS]
    assert len(set(QUANTITIES)) == len(QUANTITIES)
    assert len(set(AMOUNTS)) == len(AMOUNTS)
    assert len(every) >= 480
    assert sum(expected is None for _, expected in every) >= 170


@pytest.mark.parametrize(("text", "pieces"), QUANTITIES)
def test_the_pieces_a_message_asks_for(text: str, pieces: int | None) -> None:
    assert find_quantity(text) == pieces


@pytest.mark.parametrize(("text", "rupiah"), AMOUNTS)
def test_the_amount_a_message_names(text: str, rupiah: int | None) -> None:
    found = find_amount(text)
    assert found == rupiah


@pytest.mark.parametrize(("text", "_"), QUANTITIES)
def test_upper_case_and_spaces_around_change_nothing(text: str, _: int | None) -> None:
    assert find_quantity(f"  {text.upper()}  ") == find_quantity(text)


def test_no_more_than_the_largest_order_is_read() -> None:
    assert find_quantity(f"busi {MOST} pcs") == MOST
    assert find_quantity(f"busi {MOST + 1} pcs") is None


@pytest.mark.parametrize(
    ("pieces", "text", "unit", "sold"),
    [
        (2, "kampas rem sepasang", "psg", 1),
        (4, "2 pasang kampas rem", "psg", 2),
        (2, "sepasang spion", "pcs", 2),
        (2, "2 kampas rem", "psg", 2),
        (24, "2 lusin kampas", "psg", 24),
    ],
)
def test_a_pair_of_what_is_sold_by_the_pair_is_one(
    pieces: int, text: str, unit: str, sold: int
) -> None:
    assert sold_as(pieces, text, unit) == sold
