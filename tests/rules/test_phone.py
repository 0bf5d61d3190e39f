from __future__ import annotations

import pytest

from crm_core.errors import InvalidInput
from crm_core.phone import mask, to_e164


@pytest.mark.parametrize(
    "text",
    [
        "081234567890",
        "0812-3456-7890",
        "+62 812 3456 7890",
        "6281234567890",
        "(0812) 3456.7890",
        " 0812 34567890 ",
    ],
)
def test_spellings_of_one_number_are_one_number(text: str) -> None:
    assert to_e164(text) == "+6281234567890"


def test_numbers_of_other_countries_keep_theirs() -> None:
    assert to_e164("+60 12-345 6789") == "+60123456789"
    assert to_e164("012-345 6789", region="MY") == "+60123456789"


def test_a_landline_of_pontianak_is_a_number() -> None:
    assert to_e164("(0561) 732 000") == "+62561732000"


@pytest.mark.parametrize(
    "text", ["", "0812", "halo", "+62", "0812345678901234567", "110", "+999123456789", "\x00"]
)
def test_what_cannot_be_a_number_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match="phone_invalid"):
        to_e164(text)


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        ("+6281234567890", "+62812•••7890"),
        ("+60123456789", "+60123•••6789"),
        ("+62110", "•••10"),
        ("+62", "•••"),
        ("", "•••"),
    ],
)
def test_a_masked_number_hides_its_middle(number: str, shown: str) -> None:
    assert mask(number) == shown
