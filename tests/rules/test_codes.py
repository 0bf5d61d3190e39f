from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_core.codes import ALPHABET, new_code, read_code


def test_a_code_has_no_sign_that_is_misheard() -> None:
    assert not set("01IO") & set(ALPHABET)
    assert len(set(ALPHABET)) == 32
    for _ in range(200):
        assert re.fullmatch(rf"P-[{ALPHABET}]{{5}}", new_code("P"))


def test_codes_differ() -> None:
    assert len({new_code("K") for _ in range(200)}) == 200


@pytest.mark.parametrize(
    "text",
    [
        "P-7KM2Q",
        "p-7km2q",
        "P7KM2Q",
        "p 7km2q",
        "pesanan P-7KM2Q kak",
        "(P-7KM2Q)",
        "p–7km2q?",
        "no.p-7km2q",
        "P - 7KM2Q",
        "P-7KM2Q, P-22222",
    ],
)
def test_a_code_is_found_however_it_is_typed(text: str) -> None:
    assert read_code(text) == "P-7KM2Q"


def test_the_wanted_kind_is_found_among_others() -> None:
    text = "pesanan P-7KM2Q komplain K-9TR4B"
    assert read_code(text, "K") == "K-9TR4B"
    assert read_code(text, "P") == "P-7KM2Q"


def test_a_code_without_digits_is_found_by_its_dash() -> None:
    assert read_code("P-ABCDE") == "P-ABCDE"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "pesanan saya mana",
        "kampas",
        "kembali",
        "P-7KM2",
        "P-7KM2QQ",
        "XP-7KM2Q",
        "P-7KM0Q",
        "P-7KMIQ",
        "081234567890",
        "parabola",
    ],
)
def test_what_is_no_code_is_not_taken_for_one(text: str) -> None:
    assert read_code(text) is None


@given(st.text(alphabet=ALPHABET, min_size=5, max_size=5), st.sampled_from("PK"))
def test_every_code_is_read_back(rest: str, kind: str) -> None:
    code = f"{kind}-{rest}"
    assert read_code(f"kode {code.lower()} ya") == code


@given(st.text(max_size=200))
def test_any_text_is_read_without_harm(text: str) -> None:
    found = read_code(text)
    assert found is None or re.fullmatch(rf"[PKR]-[{ALPHABET}]{{5}}", found)
