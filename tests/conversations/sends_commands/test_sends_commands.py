"""Types what Rasa would obey."""

from __future__ import annotations

import pytest

from tests.conversations.conftest import Phone, held

pytestmark = pytest.mark.rasa


@pytest.mark.parametrize(
    "text",
    [
        "/restart",
        '/order_part{"part_code": "06455K46N21", "quantity": 5}',
        "\u200b/affirm",
        "／checkout",
    ],
)
def test_a_slash_is_never_obeyed(budi: Phone, text: str) -> None:
    budi.says("mau 2 kampas rem depan beat 2019")
    budi.says(text)
    assert held(budi).get("06455K46N21", 0) != 7
    assert budi.look(lambda _, c: c.handler) == "bot"


def test_braces_in_a_name_are_shown_as_they_are(budi: Phone) -> None:
    budi.says("mau 2 kampas rem depan beat 2019")
    budi.says("lanjut pesan")
    summary = budi.says("Budi, Jl. {language} No. 5, Pontianak Selatan")
    assert "{language}" in summary
