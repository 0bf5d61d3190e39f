"""What a complaint's own words say of matter, hurry and mood."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_core.complaints.rules import (
    STATES,
    Category,
    ComplaintState,
    Mood,
    Urgency,
    category,
    mood,
    urgency,
)
from crm_core.errors import Conflict

GOLDEN = [
    # text, category, mood, urgency
    ("barang yang datang rusak kak", "damaged", "neutral", "normal"),
    ("kampas remnya pecah pas dibuka", "damaged", "neutral", "normal"),
    ("lampunya gak nyala", "damaged", "neutral", "normal"),
    ("salah barang kak, saya pesan buat vario", "wrong_item", "neutral", "normal"),
    ("barangnya ga sesuai pesanan", "wrong_item", "neutral", "normal"),
    ("nggak muat di motor saya", "wrong_item", "neutral", "normal"),
    ("barangnya kurang satu", "missing_item", "neutral", "normal"),
    ("pesan 3 cuma datang 2", "missing_item", "neutral", "normal"),
    ("paketnya belum sampai", "not_arrived", "neutral", "normal"),
    ("kok belum nyampe2 ya", "not_arrived", "neutral", "normal"),
    ("pengirimannya lambat sekali", "not_arrived", "unhappy", "normal"),
    ("lama bangeeet kirimnya", "not_arrived", "neutral", "normal"),
    ("sudah 2 minggu belum datang", "not_arrived", "neutral", "high"),
    ("udah seminggu nunggu paket", "not_arrived", "neutral", "high"),
    ("sudah 3 hari belum dikirim", "not_arrived", "neutral", "normal"),
    ("balas chatnya lama banget", "service", "neutral", "normal"),
    ("adminnya kasar", "service", "neutral", "normal"),
    ("saya mau refund", "payment", "neutral", "normal"),
    ("sudah transfer kok masih nunggu pembayaran", "payment", "neutral", "normal"),
    ("kena potong dua kali, tolong cek", "payment", "neutral", "normal"),
    ("saya salah transfer kak", "payment", "neutral", "normal"),
    ("penipu kalian", "fraud", "angry", "high"),
    ("ini barang palsu ya", "fraud", "neutral", "high"),
    ("saya kecewa, barangnya rusak", "damaged", "unhappy", "normal"),
    ("marah saya, barang salah terus", "wrong_item", "angry", "high"),
    ("KENAPA BARANG SAYA BELUM SAMPAI", "not_arrived", "unhappy", "normal"),
    ("kecewa banget!!!", "other", "angry", "high"),
    ("rem saya blong habis pasang ini", "other", "neutral", "high"),
    ("nanti saya laporin polisi", "other", "neutral", "high"),
    ("tidak rusak kok kak, cuma mau tanya", "other", "neutral", "low"),
    ("makasih pelayanannya bagus", "service", "happy", "normal"),
    ("saran aja kak, tokonya ditambah jam buka", "other", "neutral", "low"),
    ("the part arrived broken", "damaged", "neutral", "normal"),
    ("you sent the wrong item", "wrong_item", "neutral", "normal"),
    ("one bolt is missing", "missing_item", "neutral", "normal"),
    ("my package hasn't arrived yet", "not_arrived", "neutral", "normal"),
    ("been waiting for 2 weeks, still waiting", "not_arrived", "neutral", "high"),
    ("I want my money back", "payment", "neutral", "normal"),
    ("this is a scam", "fraud", "angry", "high"),
    ("I'm very disappointed with the service", "service", "unhappy", "normal"),
    ("the brakes failed after I fitted this", "other", "neutral", "high"),
    ("not broken, just asking", "other", "neutral", "low"),
]


@pytest.mark.parametrize(("text", "matter"), [(row[0], row[1]) for row in GOLDEN])
def test_the_matter_is_read_from_the_words(text: str, matter: str) -> None:
    assert category(text) == matter


@pytest.mark.parametrize(("text", "sounds"), [(row[0], row[2]) for row in GOLDEN])
def test_the_mood_is_read_from_the_words(text: str, sounds: str) -> None:
    assert mood(text) == sounds


@pytest.mark.parametrize(("text", "hurry"), [(row[0], row[3]) for row in GOLDEN])
def test_the_urgency_is_read_from_the_words(text: str, hurry: str) -> None:
    assert urgency(text) == hurry


@given(st.text(max_size=300))
def test_any_text_has_a_matter_a_mood_and_an_urgency(text: str) -> None:
    assert category(text) in set(Category)
    assert mood(text) in set(Mood)
    assert urgency(text) in set(Urgency)


def test_the_states_are_those_of_the_contract() -> None:
    assert {str(state) for state in ComplaintState} == {
        "open", "in_progress", "waiting_customer", "resolved", "closed", "reopened",
    }  # fmt: skip


def test_a_customer_may_answer_close_and_reopen_and_nothing_else() -> None:
    moves = {
        (str(old), str(new))
        for (old, new), move in STATES.moves.items()
        if "customer" in move.actors
    }
    assert moves == {
        ("waiting_customer", "in_progress"),
        ("resolved", "closed"),
        ("resolved", "reopened"),
        ("closed", "reopened"),
    }


@pytest.mark.parametrize(
    ("old", "new"),
    [("open", "closed"), ("open", "reopened"), ("closed", "in_progress"), ("resolved", "open")],
)
def test_a_complaint_makes_no_leap(old: str, new: str) -> None:
    with pytest.raises(Conflict) as refused:
        STATES.check(ComplaintState(old), ComplaintState(new), "staff")
    assert refused.value.code == "illegal_transition"
