"""Short remarks, read without a dialogue around them."""

from __future__ import annotations

import pytest

from actions import reading


@pytest.mark.parametrize("text", ["ga jadi", "gak jadi deh", "batal", "nggak jadi", "never mind"])
def test_calling_off(text: str) -> None:
    assert reading.calls_off(text)


@pytest.mark.parametrize("text", ["jadi", "iya jadi", "lanjut", "2 aja"])
def test_not_calling_off(text: str) -> None:
    assert not reading.calls_off(text)


@pytest.mark.parametrize(
    ("slot", "text", "value"),
    [
        ("recipient_name", "nama saya Budi Santoso", "Budi Santoso"),
        ("recipient_name", "a.n. Siti", "Siti"),
        ("delivery_address", "kirim ke Jl. Merdeka 10", "Jl. Merdeka 10"),
        ("district", "kecamatan Pontianak Kota", "Pontianak Kota"),
    ],
)
def test_a_value_without_the_words_before_it(slot: str, text: str, value: str) -> None:
    assert reading.value_of(slot, text) == value


@pytest.mark.parametrize("text", ["Jl. Gajah Mada 5", "gang ceria 4 no 12", "komp permata blok b"])
def test_a_street_is_surely_an_address(text: str) -> None:
    assert reading.surely_address(text)


@pytest.mark.parametrize("text", ["Budi Santoso", "ongkir ke jalan merdeka berapa?", "kampas rem"])
def test_not_surely_an_address(text: str) -> None:
    assert not reading.surely_address(text)


@pytest.mark.parametrize("text", ["Budi Santoso", "Yanto", "Ini Maria", "Toko Itu Jaya", "Noor"])
def test_a_name(text: str) -> None:
    assert reading.name_like(text)


@pytest.mark.parametrize(
    "text", ["yang kedua", "yg pertama kak", "nomor dua", "itu aja", "yang tadi", "the second one"]
)
def test_what_points_at_a_choice_is_no_name(text: str) -> None:
    assert not reading.name_like(text)
