from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_core.conversations.rules import pick_choice, place_and_rest
from crm_core.conversations.values import Choice

PARTS = (
    Choice("Kampas Rem Depan Vario 125", '/find_part{"part_code":"A"}'),
    Choice("Kampas Rem Belakang Vario 125", '/find_part{"part_code":"B"}'),
    Choice("Kampas Rem Depan Beat FI", '/find_part{"part_code":"C"}'),
)
BIKES = (Choice("Vario 125", "/inform"), Choice("Vario 150", "/inform"), Choice("BeAT", "/inform"))
CONFIRM = (Choice("Ya, pesan", "/affirm"), Choice("Batal", "/deny"))
BELTS = (Choice("V-Belt Kit - Vario 125 eSP", "/a"), Choice("V-Belt - Vario 125 FI", "/b"))
MANY = tuple(Choice(f"Barang {letter}", f"/{letter}") for letter in "ABCDEFGHIJ")


def place(text: str, choices: tuple[Choice, ...]) -> int | None:
    found = pick_choice(text, choices)
    return None if found is None else choices.index(found) + 1


@pytest.mark.parametrize(
    "text",
    [
        # easy
        "2", "dua", "Dua", "no 2", "nomor 2", "kedua", "two", "second",
        # typical
        "2.", "2)", "(2)", "#2", "no.2", "no2", "nmr dua", "nomer dua", "nomor dua kak", "no 2 kak",
        "2 aja", "2 aja kak", "yang 2", "yg 2", "yg dua", "yang kedua", "yg kedua", "yg kedua kak",
        "yang ke 2", "yg ke-2", "ke-2", "ke2", "yang nomor 2 ya", "yang no 2 dong", "pilih 2",
        "pilihan 2", "pilih yang kedua", "opsi 2", "angka 2", "mau yang kedua", "ambil yg no 2",
        "saya mau yang kedua kak", "dua ya", "yg due", "nak yang kedue", "maok yang no 2 bang",
        "the second one", "second one please", "number 2", "number two", "option 2", "2nd one",
        "I want the second one",
        # extreme
        "２", "2️⃣", "②", " 2 \n", "yang ke dua", "DUA!!!", "yg kedua itu kak makasih",
    ],
)  # fmt: skip
def test_the_second_is_meant(text: str) -> None:
    assert place(text, PARTS) == 2


@pytest.mark.parametrize(
    "text",
    [
        "1",
        "satu",
        "pertama",
        "yang pertama",
        "yg pertama aja kak",
        "first one",
        "the first one",
        "no satu",
        "1 kak",
        "pertame",
        "yg prtma",
        "prtama aja bg",
        "paling pertama",
    ],
)
def test_the_first_is_meant(text: str) -> None:
    assert place(text, PARTS) == 1


@pytest.mark.parametrize(
    "text",
    [
        "terakhir",
        "yang terakhir",
        "yg terakhir kak",
        "paling terakhir",
        "last one",
        "the last one please",
        "yang akhir",
        "3",
        "tiga",
        "tige",
        "ketiga",
    ],
)
def test_the_last_is_meant(text: str) -> None:
    assert place(text, PARTS) == 3


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("10", 10),
        ("sepuluh", 10),
        ("yang ke-10", 10),
        ("terakhir", 10),
        ("1", 1),
        ("barang c", 3),
        ("Barang J", 10),
    ],
)
def test_ten_choices_are_told_apart(text: str, wanted: int) -> None:
    assert place(text, MANY) == wanted


@pytest.mark.parametrize(
    "text",
    [
        # quantities and sentences that say something else
        "mau 2 lampu depan", "2 pcs", "2 buah", "2 biji kak", "ambil 2", "beli 2", "pesan dua",
        "mau 2", "2 lusin", "2x", "x2", "yang kedua 2 pcs", "satu lagi", "dua duanya", "keduanya",
        "semuanya", "1 dan 2", "1 atau 2", "1,2", "1-2", "yang mana ya", "berapa harganya yang 2",
        "yang kedua berapa?", "bedanya apa?", "ada yang lain", "2 hari sampai?", "kampas ganda",
        "that one", "one more", "two of them", "jam 2", "umur 2 tahun",
        # out of range or nothing
        "0", "4", "99", "-1", "-", "", "   ", "??", "👍", "empat", "kelima", "2000", "02026",
        # yes and no mean nothing here
        "iya", "batal", "ok",
        # ambiguous part of a label
        "kampas rem", "depan", "vario", "yang vario 125", "kak", "yang", "no",
        # far too long
        "yang nomor dua itu tolong dikirim besok pagi ya kak ke alamat saya yang lama di kota",
    ],
)  # fmt: skip
def test_what_names_no_single_choice_picks_none(text: str) -> None:
    assert place(text, PARTS) is None


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Kampas Rem Depan Vario 125", 1),
        ("kampas rem depan vario 125", 1),
        ("  KAMPAS   rem belakang VARIO 125 ", 2),
        ("1. Kampas Rem Depan Vario 125", 1),
        ("3 kampas rem depan beat fi", 3),
        ("yang kampas rem depan vario 125 kak", 1),
        ("kampas rem belakng vario 125", 2),
        ("kampas rem depan beet fi", 3),
        ("yang belakang", 2),
        ("belakang aja kak", 2),
        ("yang beat", 3),
        ("beat fi", 3),
        ("depan beat", 3),
    ],
)
def test_a_label_or_what_only_it_says_picks_it(text: str, wanted: int) -> None:
    assert place(text, PARTS) == wanted


@pytest.mark.parametrize("text", ["yg buat esp", "yang untuk esp kak", "tipe esp", "for esp"])
def test_what_a_choice_is_for_picks_it(text: str) -> None:
    assert place(text, BELTS) == 1


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("vario 125", 1),
        ("vario 150", 2),
        ("yang 150", 2),
        ("yg 125 kak", 1),
        ("beat", 3),
        ("BEAT kak", 3),
        ("vario 160", None),
        ("vario", None),
        ("150", None),
        ("2", 2),
        ("vario125", 1),
    ],
)
def test_a_slip_never_turns_one_model_into_another(text: str, wanted: int | None) -> None:
    assert place(text, BIKES) == wanted


@pytest.mark.parametrize(
    "text",
    [
        "ya", "iya", "iya kak", "ya kak", "y", "iye", "ok", "oke", "oke kak", "okee", "siap", "sip",
        "betul", "bener kak", "boleh", "lanjut", "lanjut aja", "gas", "jadi", "jadi kak", "aok",
        "setuju", "yes", "yes please", "sure", "ok sip", "ya, pesan", "1", "yang pertama", "iyaa",
        "ya betul", "Ya!", "oke deh", "boleh dong", "iya lanjut",
    ],
)  # fmt: skip
def test_yes_is_meant(text: str) -> None:
    assert place(text, CONFIRM) == 1


@pytest.mark.parametrize(
    "text",
    [
        "batal", "batal kak", "tidak", "tidak jadi", "ga jadi", "gak jadi kak", "gajadi",
        "ngga jadi", "nggak",
        "enggak", "gk jd", "tadak jadi", "tadak", "ndak jadi", "ndak usah",
        "dak jadi bang", "tak jadi", "jangan", "jangan dulu", "ga usah", "ga mau", "ndak mau",
        "no", "no thanks",
        "cancel", "cancel please", "2", "never mind", "udah ga jadi", "batalin aja", "bukan",
        "ya udah batal",
    ],
)  # fmt: skip
def test_no_is_meant(text: str) -> None:
    assert place(text, CONFIRM) == 2


@pytest.mark.parametrize(
    "text",
    [
        "ya tapi ganti alamat", "iya 3 aja", "oke berapa ongkirnya", "jadi berapa?",
        "ga boleh kurang?", "batal yang depan aja",
        "tidak ada yang lain?", "ok tapi jangan lama", "kenapa batal",
        "bukan itu, yang depan", "ya atau tidak", "mungkin", "besok aja", "hmm",
    ],
)  # fmt: skip
def test_a_yes_or_no_with_a_condition_is_left_to_the_assistant(text: str) -> None:
    assert place(text, CONFIRM) is None


def test_yes_picks_nothing_where_no_choice_means_it() -> None:
    assert pick_choice("iya", PARTS) is None


def test_yes_picks_nothing_where_two_choices_mean_it() -> None:
    twice = (Choice("Ya, antar", '/affirm{"x":"1"}'), Choice("Ya, ambil", "/affirm"))
    assert pick_choice("iya", twice) is None


def test_nothing_on_offer_picks_nothing() -> None:
    assert pick_choice("2", ()) is None


@given(st.text(max_size=60))
def test_any_text_picks_an_offered_choice_or_none(text: str) -> None:
    assert pick_choice(text, PARTS + CONFIRM) in (*PARTS, *CONFIRM, None)


@given(st.integers(1, 10), st.sampled_from(["{}", "no {}", "yang nomor {} kak", "pilih {}", "{}."]))
def test_the_number_is_the_place(number: int, form: str) -> None:
    assert place(form.format(number), MANY) == number


ORDERS = (
    Choice("P-XP2H8 Rp 77.493", '/report_payment{"order_code":"P-XP2H8"}'),
    Choice("P-6T3QV Rp 127.823", '/report_payment{"order_code":"P-6T3QV"}'),
)


@pytest.mark.parametrize(
    "text", ["P-6T3QV", "p 6t3qv", "yang P6T3QV kak", "untuk pesanan p-6t3qv ya", "order P-6T3QV"]
)
def test_a_code_that_only_one_choice_has_picks_it(text: str) -> None:
    assert place(text, ORDERS) == 2


@pytest.mark.parametrize("text", ["P-AAAA2", "P-6T3QV batal aja", "alamat P-6T3QV salah"])
def test_a_code_of_no_choice_or_with_more_words_picks_nothing(text: str) -> None:
    assert place(text, ORDERS) is None


@pytest.mark.parametrize(
    ("text", "place", "rest"),
    [
        ("yg 1 aja 2", 1, "2"),
        ("yang pertama 2 pcs ya bang", 1, "2 pcs"),
        ("no 3, 12 biji", 3, "12 biji"),
        ("mau dua yang kedua", 2, "dua"),
        ("ambil 2 yg no 1", 1, "2"),
        ("the first one, 4 pcs please", 1, "4 pcs"),
        ("yg terakhir selusin", 3, "selusin"),
    ],
)
def test_a_place_is_told_from_what_is_said_besides(text: str, place: int, rest: str) -> None:
    assert place_and_rest(text, 3) == (place, rest)


@pytest.mark.parametrize("text", ["mau 2", "yg 4", "yg 1 atau yg 2", "2 pcs", "yang merah", ""])
def test_without_exactly_one_place_there_is_none(text: str) -> None:
    assert place_and_rest(text, 3) is None


def test_yes_cancel_is_a_yes_where_cancelling_is_what_was_asked() -> None:
    asked = (Choice("Ya", "/affirm"), Choice("Tidak", "/deny"))
    assert place("iya batal", asked) == 1
    assert place("ya batalkan", asked) == 1


def test_yes_cancel_below_a_summary_orders_nothing() -> None:
    assert place("iya batal", CONFIRM) != 1
