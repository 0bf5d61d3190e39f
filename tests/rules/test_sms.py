"""What an SMS costs, and the texts that are kept cheap."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels import sms


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("", 1),
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("a" * 306, 2),
        ("a" * 307, 3),
        ("[" * 80, 1),
        ("[" * 81, 2),
        ("é" * 160, 1),
        ("—" * 70, 1),
        ("—" * 71, 2),
        ("👍" * 35, 1),
        ("👍" * 36, 2),
    ],
)
def test_the_parts_of_a_text(text: str, parts: int) -> None:
    assert sms.parts(text) == parts


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("Kampas Rem — Beat", "Kampas Rem - Beat"),
        ("“siap” …", '"siap" ...'),
        ("Tjokorda Śri", "Tjokorda Sri"),
        ("2 × 3", "2 x 3"),
        ("oke 👍", "oke 👍"),
        ("é ü ñ", "é ü ñ"),
    ],
)
def test_typographic_signs_are_written_plainly(text: str, plain: str) -> None:
    assert sms.plain(text) == plain


@given(st.text())
def test_writing_plainly_twice_changes_nothing_more(text: str) -> None:
    assert sms.plain(sms.plain(text)) == sms.plain(text)


@given(st.text())
def test_a_text_that_is_cheap_already_stays_as_it_is(text: str) -> None:
    cheap = "".join(sign for sign in text if sms.is_gsm7(sign))
    assert sms.plain(cheap) == cheap.replace("`", "'")
