"""Whatever the shop offers, what leaves keeps Twilio's limits and says the same words."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from channels.twilio import taps
from channels.twin import limits
from crm_core.conversations import Choice

WORDS = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")) | st.sampled_from(" '\n{}"),
    min_size=1,
    max_size=90,
)
CHOICES = st.lists(
    st.builds(Choice, WORDS, st.just("/affirm"), st.none() | WORDS), min_size=0, max_size=12
)
TEXTS = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")) | st.sampled_from(" '\n"),
    max_size=1100,
)


@settings(max_examples=60)
@given(TEXTS, CHOICES)
def test_what_is_shown_is_within_twilios_limits(text: str, choices: list[Choice]) -> None:
    shown = taps.shown(text, choices, 42, "Lihat pilihan")
    if shown is None:
        return
    shape = shown.shape
    body = {"friendly_name": shape.name, "language": "id", "types": shape.definition}
    assert limits.content_refusal(body | {"variables": shape.samples}) is None
    values = limits.variables_of(json.dumps(shown.variables))
    assert values == shown.variables
    [(kind, what)] = shape.definition.items()
    filled = limits.filled(what, shown.variables)
    assert filled is not None
    assert limits.undeliverable(kind, filled, approved=False) is None
    assert set(shape.samples) == set(shown.variables)


@settings(max_examples=60)
@given(TEXTS.filter(lambda text: text.strip() != ""), st.integers(2, 260))
def test_pieces_make_the_text_again_and_none_has_a_bare_edge(text: str, most: int) -> None:
    pieces = taps.cut(text, most)
    assert "".join(pieces) == text.strip()
    assert max(map(len, pieces)) <= most
    for number in range(1, len(pieces)):
        rest = "".join(pieces[number - 1 :])
        bare = any(sign.isspace() for sign in (pieces[number - 1][-1], pieces[number][0]))
        within = [rest[at - 1 : at + 1] for at in range(2, most + 1)]
        # "a b c d" cannot be cut inside a word: there is none of two letters.
        assert not bare or all(any(sign.isspace() for sign in pair) for pair in within)


def test_a_label_that_is_too_long_is_cut_and_stands_whole_below() -> None:
    long = Choice("Kampas Rem Depan Beat FI 2016", "/a", "Rp 50.000")
    shown = taps.shown("Mana?", [long], 42, "Lihat pilihan")
    assert shown is not None
    assert shown.variables["l0"] == "Kampas Rem Depan Beat…"
    assert shown.variables["d0"] == "Kampas Rem Depan Beat FI 2016 - Rp 50.000"
    assert shown.shape.listed


@pytest.mark.parametrize(
    ("text", "choices"),
    [
        ("Mana?", []),
        ("", [Choice("Ya", "/a")]),
        ("x" * 1025, [Choice("Ya", "/a")]),
        ("Mana?", [Choice(str(n), "/a") for n in range(11)]),
        ("Mana?", [Choice("Ya", "/a"), Choice("Ya", "/b")]),
        ("Mana?", [Choice("Ya", "/a", "x" * 73)]),
        ("Mana?", [Choice("x" * 73, "/a")]),
    ],
)
def test_what_does_not_fit_is_left_to_numbered_text(text: str, choices: list[Choice]) -> None:
    assert taps.shown(text, choices, 42, "Lihat pilihan") is None


def test_shapes_that_differ_have_names_that_differ() -> None:
    shapes = {
        taps.Shape(listed, count, described, pieces)
        for listed in (True, False)
        for count in (1, 2, 3)
        for described in ((), (0,))
        for pieces in (1, 5)
        if listed or not described
    }
    assert len({shape.name for shape in shapes}) == len(shapes)
