"""A mechanic who knows the numbers and writes nothing else."""

from __future__ import annotations

import pytest

from tests.conversations.conftest import Phone, held

pytestmark = pytest.mark.rasa


@pytest.mark.parametrize(
    "written", ["06455-K46-N21", "06455k46n21", "06455 K46 N21", "06455-k46-n21 ada?"]
)
def test_the_number_in_any_spelling_is_the_part(budi: Phone, written: str) -> None:
    answer = budi.says(written)
    assert "06455K46N21" in answer
    assert "59.000" in answer


def test_number_and_count_are_an_order(budi: Phone) -> None:
    budi.says("06455-K46-N21")
    budi.says("3")
    assert held(budi) in ({"06455K46N21": 3}, {})
    if not held(budi):
        budi.says("3 pcs")
    assert held(budi) == {"06455K46N21": 3}


def test_a_number_that_does_not_exist_is_kept_as_a_wish(budi: Phone) -> None:
    answer = budi.says("99999-ZZZ-999")
    assert "katalog" in answer
    assert budi.look(lambda _, c: c.handler) == "bot"


def test_two_numbers_one_after_the_other_fill_the_cart(budi: Phone) -> None:
    budi.says("pesan 06455-K46-N21 2 pcs")
    budi.says("pesan 31500-KPH-881 1 pcs")
    assert held(budi) == {"06455K46N21": 2, "31500KPH881": 1}
