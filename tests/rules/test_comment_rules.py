"""What counts as a comment to the shop, and what is kept of it."""

from __future__ import annotations

import pytest

from crm_core.comments import rules
from crm_core.errors import InvalidInput


@pytest.mark.parametrize(
    ("text", "kind", "words"),
    [
        ("saran: tokonya buka hari minggu dong", "suggestion", "tokonya buka hari minggu dong"),
        ("Kak, kritik dan saran: parkirannya sempit sekali", "suggestion",
         "parkirannya sempit sekali"),
        ("SARAN SAYA - kasih tempat duduk di depan", "suggestion", "kasih tempat duduk di depan"),
        ("mau ngasih masukan, jam bukanya kurang pagi", "suggestion", "jam bukanya kurang pagi"),
        ("suggestion: please open on Sundays", "suggestion", "please open on Sundays"),
        ("Testimoni: barang asli dan cepat sampai", "praise", "barang asli dan cepat sampai"),
    ],
)  # fmt: skip
def test_a_message_that_calls_itself_a_comment_is_one(text: str, kind: str, words: str) -> None:
    assert rules.heard(text) == rules.Said(rules.CommentKind(kind), words)


@pytest.mark.parametrize(
    "text",
    [
        "minta saran oli buat beat dong",
        "kasih saran dong kak, ban apa yang bagus",
        "saran: ya",
        "saran",
        "kritis banget remnya",
        "ada usulan harga lain?",
        "busi beat 2019 ada?",
    ],
)
def test_asking_for_advice_or_saying_nothing_is_no_comment(text: str) -> None:
    assert rules.heard(text) is None


def test_praise_is_kept_and_a_plain_or_mixed_thank_you_is_not() -> None:
    kept = rules.praise("makasih kak, pelayanannya ramah dan cepat")
    assert kept is not None
    assert kept.kind == "praise"
    for text in ("makasih", "mantap kak", "bagus sih tapi lama sekali kirimnya",
                 "barangnya bagus gak kak menurutmu?"):  # fmt: skip
        assert rules.praise(text) is None, text


def test_a_comment_is_kept_as_plain_lines_without_what_nobody_sees() -> None:
    assert rules.checked("  halo\u202e  toko \r\n\r\n bagus\x00 ") == "halo toko\nbagus"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (" \n ", "comment_empty"),
        ("?!...", "comment_empty"),
        ("a" * 2001, "comment_too_long"),
        ("lihat https://a.example dan www.b.example", "comment_links"),
        ("murah di toko1.com dan toko2.xyz", "comment_links"),
    ],
)
def test_nothing_too_much_and_advertising_are_refused(text: str, code: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        rules.checked(text)
    assert refused.value.code == code


def test_two_thousand_signs_and_one_link_are_not_too_much() -> None:
    assert len(rules.checked("a" * 2000)) == 2000
    assert rules.checked("katalog di www.honda.example bagus") == (
        "katalog di www.honda.example bagus"
    )


def test_only_staff_decides_what_the_shop_shows() -> None:
    assert {kind for move in rules.STATES.moves.values() for kind in move.actors} == {"staff"}
