"""Numbers of pieces as customers type them. Value classes: easy, typical, extreme, illegal."""

from __future__ import annotations

import pytest

from crm_core.catalogue.quantity import MOST, find_quantity, read_quantity

EASY = {
    "1": 1, "2": 2, "7": 7, "12": 12, "100": 100, "03": 3, " 4 ": 4,
    "satu": 1, "dua": 2, "tiga": 3, "empat": 4, "lima": 5, "enam": 6, "tujuh": 7, "delapan": 8,
    "sembilan": 9, "sepuluh": 10, "sebelas": 11, "one": 1, "two": 2, "ten": 10, "twelve": 12,
}  # fmt: skip
TYPICAL = {
    "2 pcs": 2, "3pcs": 3, "3 pcs ya kak": 3, "10biji": 10, "10 biji": 10, "2 buah": 2, "2 bh": 2,
    "1 unit": 1, "1 set": 1, "2 set aja": 2, "5 lembar": 5, "x4": 4, "4x": 4, "x 4": 4, "X3": 3,
    "dua aja": 2, "dua biji": 2, "tiga pcs dong": 3, "mau 2": 2, "ambil 3 ya bang": 3,
    "pesan dua": 2, "2 ya": 2, "2 aja kak": 2, "2.": 2, "2!": 2, "cukup 1": 1, "sebiji": 1,
    "sebuah": 1, "selusin": 12, "sekodi": 20, "sepasang": 2, "segros": 144, "2 lusin": 24,
    "dua lusin": 24, "1 lusin aja": 12, "setengah lusin": 6, "3 kodi": 60, "2 pasang": 4,
    "1 psg": 2, "2psg": 4, "a dozen": 12, "two dozen": 24, "2 pairs": 4, "a pair": 2,
    "half a dozen": 6, "dua belas": 12, "lima belas": 15, "dua puluh": 20, "dua puluh lima": 25,
    "tiga puluh dua pcs": 32, "seratus": 100, "Dua": 2, "DUA PCS": 2, "lima buah kak": 5,
    "ok 2": 2, "iya 3": 3, "i want 2": 2, "2 please": 2, "jadi 4 ya": 4, "2 botol": 2,
}  # fmt: skip
EXTREME = {
    "２": 2, "１０ pcs": 10, "x４": 4, "9999": 9999, "10000": MOST, "0001": 1, "69 gros": 9936,
    "2\u00a0pcs": 2, "dua\npuluh": 20, "500 kodi": MOST,
}  # fmt: skip
ILLEGAL = [
    "", " ", "0", "00", "-1", "- 2", "−3", "+2", "2-3", "2–3", "2 - 3", "1/2", "2,5", "2.5",
    "1.000.000", "1e9", "1000000000", "99999999999999999999", "10001", "1000 lusin", "0 pcs",
    "nol", "banyak", "semua", "beberapa", "pcs", "lusin", "busi", "2 busi", "2 lampu depan",
    "vario 125", "dua tiga", "2 3", "12 13 pcs", "satu dua", "kampas rem 2", "dua puluh sepuluh",
    "²", "½", "Ⅳ", "٣", "2 pcs 3 pcs", "x", "xx2", "2xx", "setengah", "a" * 81, "minus dua",
]  # fmt: skip


@pytest.mark.parametrize(("said", "pieces"), (EASY | TYPICAL | EXTREME).items())
def test_a_number_of_pieces_is_read(said: str, pieces: int) -> None:
    assert read_quantity(said) == pieces


@pytest.mark.parametrize("said", ILLEGAL)
def test_what_is_not_exactly_one_possible_number_is_refused(said: str) -> None:
    assert read_quantity(said) is None


@pytest.mark.parametrize(
    ("message", "pieces"),
    [
        ("kampas rem beat ambil 5", 5),
        ("mau order busi beat 2 pcs bisa cod?", 2),
        ("pesan roller vario 125 selusin", 12),
        ("bohlam depan supra 3 biji ya", 3),
        ("busi vario 2 lusin", 24),
        ("beli van belt dua pcs", 2),
        ("busi beat x4", 4),
        ("kampas rem depan vario 125 2018 5 pcs", 5),
        ("vanbelt vario 150 2015 12", 12),
        ("ban 80/90 17 2", 2),
        ("ban 90/90-14 4 pcs", 4),
    ],
)
def test_pieces_are_found_inside_a_longer_message(message: str, pieces: int) -> None:
    assert find_quantity(message) == pieces


@pytest.mark.parametrize(
    "message",
    [
        "kampas rem supra x 125",
        "ban 80/90-14 beat",
        "ban 80/90 14",
        "hubungi 0812 3456 7890",
        "rekening 1234 5678 9012",
        "seher 0.50 vario 150 2018",
        "06455-KVB-T01",
    ],
)
def test_numbers_of_models_sizes_years_and_codes_are_no_pieces(message: str) -> None:
    assert find_quantity(message) is None
