"""What price a customer's words ask for."""

from __future__ import annotations

import pytest

from actions import bids


@pytest.mark.parametrize(
    ("text", "price", "quantity", "asked"),
    [
        ("57rb ya kak", 59_000, 1, 57_000),
        ("kurangin 5rb dong", 59_000, 1, 54_000),
        ("potong 20rb ya kak", 129_000, 1, 109_000),
        ("kurangin jadi 55rb lah", 59_000, 1, 55_000),
        ("diskon 10%", 60_000, 1, 54_000),
        ("disc 5 persen bisa?", 60_000, 2, 57_000),
        ("150 boleh ya", 159_000, 1, 150_000),
        ("kalo 75 saya ambil", 79_000, 1, 75_000),
        ("200rb buat 4", 59_000, 4, 50_000),
        ("could you do 100k for both", 59_000, 2, 50_000),
        ("goban deh", 59_000, 1, 50_000),
        ("56500 aja deh", 59_000, 1, 56_500),
        ("mahal amat, kurangin dikit lah", 59_000, 1, None),
        ("best price for 5 pcs?", 59_000, 5, None),
        ("kalau ambil 10 bisa kurang?", 12_000, 10, None),
        ("", 59_000, 1, None),
    ],
)
def test_the_price_of_one_piece_that_is_asked_for(
    text: str, price: int, quantity: int, asked: int | None
) -> None:
    assert bids.asked(text, price, quantity) == asked


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("kalau ambil 10 harganya berapa?", 10),
        ("harga grosir 12 pcs", 12),
        ("best price for 5", 5),
        ("50rb ya", None),
        ("0 pcs", None),
    ],
)
def test_for_how_many_pieces_a_price_is_asked(text: str, count: int | None) -> None:
    assert bids.count_in(text) == count
