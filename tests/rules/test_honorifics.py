"""How people want to be spoken to, read from how they speak; never guessed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_core import honorifics, notices


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("bang, ada kampas rem?", "Bang"),
        ("kampas rem ada bang", "Bang"),
        ("assalamualaikum bg mau nanya", "Bang"),
        ("kanvas rem bang 2 ya", "Bang"),
        ("pak mau tanya", "Pak"),
        ("Selamat siang Pak, apakah busi tersedia?", "Pak"),
        ("siang bu, ada busi?", "Bu"),
        ("ada ga gan kampas", "Gan"),
        ("makasih bos", "Bos"),
        ("om ada?", "Om"),
        ("mas ada velg?", "Mas"),
        ("halo kak", "Kak"),
        ("tolong kk cekkan stok", "Kak"),
        ("bang eh kak maaf", "Kak"),
    ],
)
def test_people_are_spoken_to_as_they_speak_to_us(text: str, form: str) -> None:
    assert honorifics.mirrored(text) == form


@pytest.mark.parametrize(
    "text",
    [
        "kirim ke Pak Amat ya",
        "bapak saya yang ambil nanti",
        "Jl. Pak Kasih No 3",
        "saya dari bengkel pak amat",
        "warna mas ada?",
        "buat bos saya",
        "ini buat motor abang saya",
        "titip sama Bu Siti",
        "mba ada busi?",
        "busi beat 2019 ada?",
        "knalpot suara bangku",
        "",
    ],
)
def test_somebody_else_is_not_the_shop(text: str) -> None:
    assert honorifics.mirrored(text) is None


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("saya Pak Hendra", "Pak"),
        ("saya pak hendra mau pesan", "Pak"),
        ("a.n. Bu Siti", "Bu"),
        ("penerima: Ibu Ratna", "Bu"),
        ("panggil bang aja", "Bang"),
        ("panggil saya mas ya", "Mas"),
        ("jangan panggil pak dong", "Kak"),
    ],
)
def test_a_title_of_ones_own_is_heard(text: str, form: str) -> None:
    assert honorifics.own(text) == form


@pytest.mark.parametrize(
    "text",
    ["saya mau pesan", "saya pak mau pesan busi", "saya Hendra", "bang ada busi", "nama saya Ibra"],
)
def test_a_bare_name_is_no_title(text: str) -> None:
    assert honorifics.own(text) is None


@pytest.mark.parametrize(
    ("name", "title", "bare"),
    [
        ("Bu Siti", "Bu", "Siti"),
        ("bpk. Hendra Wijaya", "Pak", "Hendra Wijaya"),
        ("Omar", None, "Omar"),
        ("Buyung", None, "Buyung"),
        ("Pak", None, "Pak"),
    ],
)
def test_a_name_with_and_without_its_title(name: str, title: str | None, bare: str) -> None:
    assert honorifics.of_name(name) == title
    assert honorifics.bare(name) == bare


@pytest.mark.parametrize("form", sorted(honorifics.FORMS))
def test_every_form_is_read_back_from_its_short_and_its_long_word(form: str) -> None:
    assert honorifics.form_of(form) == form
    assert honorifics.form_of(honorifics.FORMS[form].lower()) == form


@given(st.text())
def test_any_text_gives_a_known_form_or_none(text: str) -> None:
    assert honorifics.mirrored(text) in {None, *honorifics.FORMS}
    assert honorifics.own(text) in {None, *honorifics.FORMS}


def test_a_notice_speaks_to_the_customer_as_they_want_and_kak_by_default() -> None:
    facts = {"order_code": "P-7KM2Q"}
    assert ", Bu. " in notices.render("order_packed", "id", "Bu", **facts)
    assert ", Kak. " in notices.render("order_packed", "id", **facts)
    assert "Bu" not in notices.render("order_packed", "en", "Bu", **facts)
    assert "Pesan Bapak " in notices.render("bot_unavailable", "id", "Pak")
