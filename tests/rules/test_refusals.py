"""Numbers that are named only to be refused, in the five registers, and those that only look so."""

from __future__ import annotations

import pytest

from crm_core.catalogue.quantity import find_quantity
from crm_core.catalogue.refusals import without_refused

MEANT = {
    "satu aja ga jadi dua": 1,
    "yaudah deh satu aja gajadi dua": 1,
    "eh yang depan tu satu jak lah ndak jadi due": 1,
    "wait, jangan 2, 1 dulu": 1,
    "2 biji aja jangan 3": 2,
    "jgn ambil 3 kak, 2 aja": 2,
    "bukan 2 tapi 5": 5,
    "3 bukan 2": 3,
    "5, bukan 4 ya kak": 5,
    "busi 2 bukan 3 kak": 2,
    "bukan dua belas, dua aja": 2,
    "ga usah lima, tiga aja": 3,
    "ndak usah 2 lah 1 jak": 1,
    "Mohon 2 buah saja, bukan 3 buah.": 2,
    "tidak jadi 4, cukup 3": 3,
    "make it 1 not 2": 1,
    "not two, three please": 3,
    "2 instead of 3 pls": 2,
    "i don't need 4, just 2": 2,
    "dari 3 ke 2": None,
    "dari 3 jadi 2": 2,
    "dua ga jadi, satu aja": 1,
    "5 kebanyakan, 4 aja": 4,
    "3 is too many, 2 please": 2,
    "bukan sepasang, sebiji aja": 1,
    "jangan selusin, setengah lusin aja": 6,
    "jangan 2": None,
    "ga jadi 2": None,
    "bukan 2 kak": None,
    "ternyata motornya 2013 bukan 2019": None,
    "2013 bukan 2019": None,
    "nomor rumahnya salah, harusnya 54": None,
    "bukan km 20, km 22": None,
}
KEPT = {
    "eh bukan 3 aja": 3,
    "ga jadi, 2 aja": 2,
    "ga jadi 3 aja": 3,
    "ga 2 aja": 2,
    "bukan kampas rem, busi 2": 2,
    "jangan lupa ya, 2 businya": 2,
    "no 2": None,
    "mau 2 busi, jangan yang kw": 2,
    "salah, harusnya 3": 3,
}


@pytest.mark.parametrize(("said", "pieces"), MEANT.items())
def test_a_refused_number_is_never_the_one_that_is_wanted(said: str, pieces: int | None) -> None:
    assert find_quantity(said) == pieces


@pytest.mark.parametrize(("said", "pieces"), KEPT.items())
def test_a_no_that_is_to_something_else_leaves_the_number(said: str, pieces: int | None) -> None:
    assert find_quantity(said) == pieces


def test_of_two_years_the_refused_one_goes() -> None:
    left = without_refused("eh bentar, ternyata motornya 2013 bukan 2019")
    assert "2013" in left
    assert "2019" not in left


def test_of_two_kilometres_the_refused_one_goes() -> None:
    assert "20," not in without_refused("bukan km 20, km 22")
    assert "km 22" in without_refused("bukan km 20, km 22")
