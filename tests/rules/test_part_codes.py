"""Part codes as people type them."""

from __future__ import annotations

import pytest

from crm_core.catalogue.documents import IndexedPart
from crm_core.catalogue.index import index_of
from crm_core.catalogue.partcodes import CodeBook
from crm_core.catalogue.queries import bike_table

CODES = [
    "06455KVBT01",
    "06455KVBT02",
    "35010K64N00",
    "35010K64N04",
    "91202KJ9003",
    "3370AK03N30",
    "64302K3VN00VBE",
    "53207K3VN00VBE",
]


@pytest.fixture(scope="module")
def book() -> CodeBook:
    parts = (IndexedPart(number, code, "Part") for number, code in enumerate(CODES))
    return index_of(parts, bike_table()).codes


def read(book: CodeBook, text: str) -> list[str]:
    return [CODES[number] for number, _ in book.read(text)[0].part_ids]


@pytest.mark.parametrize(
    "text",
    [
        "06455KVBT01",
        "06455-KVB-T01",
        "06455 kvb t01",
        "kode 06455-kvb-t01 ada kak?",
        "ada 06455 KVB T01 ga gan",
        "06455.KVB.T01",
        "06455KVB-T01 2 pcs",
        "O6455-KVB-TO1",
        "０６４５５-KVB-T01",
    ],
)
def test_every_spelling_of_a_code_means_the_part(book: CodeBook, text: str) -> None:
    assert read(book, text) == ["06455KVBT01"]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("91202-KJ9-O03", "91202KJ9003"),
        ("91202-KJ9-030", "91202KJ9003"),
        ("91220-KJ9-003", "91202KJ9003"),
        ("91202-KJ8-003", "91202KJ9003"),
        ("91202-KJ9-0003", "91202KJ9003"),
        ("91202-KJ9-03", "91202KJ9003"),
        ("3370A-K03-N3O", "3370AK03N30"),
    ],
)
def test_one_slip_of_the_finger_is_forgiven(book: CodeBook, text: str, code: str) -> None:
    assert read(book, text)[0] == code


def test_a_colour_glued_to_the_rest_of_a_code_is_part_of_it(book: CodeBook) -> None:
    assert read(book, "64302-K3VN00VBE berapa ya kak") == ["64302K3VN00VBE"]


def test_the_beginning_of_a_code_means_all_that_begin_so(book: CodeBook) -> None:
    assert read(book, "35010-K64") == ["35010K64N00", "35010K64N04"]


def test_the_end_of_a_code_is_workshop_shorthand(book: CodeBook) -> None:
    assert read(book, "pad set kvb t01") == ["06455KVBT01"]


@pytest.mark.parametrize(
    "text",
    [
        "99999-ABC-123",
        "08123456789",
        "vario 150 2018",
        "50000",
        "2-3",
        "35010",
        "beat 110 2020",
        "",
    ],
)
def test_numbers_that_are_no_known_code_mean_no_part(book: CodeBook, text: str) -> None:
    assert read(book, text) == []


def test_an_unknown_code_is_told_as_it_was_said(book: CodeBook) -> None:
    codes, rest = book.read("ada 99999-ABC-123 kak?")
    assert codes.said == ("99999ABC123",)
    assert "99999" not in rest


def test_only_a_code_written_out_in_full_is_exact(book: CodeBook) -> None:
    assert book.read("06455-KVB-T01")[0].exact
    assert not book.read("06455-KVB")[0].exact


def test_two_codes_in_one_message_are_both_found(book: CodeBook) -> None:
    assert read(book, "06455KVBT01 dan 91202-KJ9-003") == ["06455KVBT01", "91202KJ9003"]
