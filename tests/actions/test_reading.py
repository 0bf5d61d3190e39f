"""Short remarks, read without a dialogue around them."""

from __future__ import annotations

import pytest

from actions import reading


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("mau 2 kampas rem depan beat 2019", 2),
        ("maok beli kampas rem depan beat 2019 due bang", 2),
        ("kampasnya jadi 4", 4),
        ("i want 2 spark plugs", 2),
        ("pesan selusin busi", 12),
        ("ambil dua", 2),
        ("ambek tige lah", 3),
    ],
)
def test_a_quantity_in_a_sentence(text: str, count: int) -> None:
    assert reading.quantity_in(text) == count


@pytest.mark.parametrize(
    "text",
    ["busi vario 125 2018", "kampas rem beat 2019", "supra x 125", "kampas rem 150rb ada?",
     "v-belt vario 150", "jl gajah mada no 5", "P-7KM2Q"],
)  # fmt: skip
def test_years_sizes_and_money_are_no_quantities(text: str) -> None:
    assert reading.quantity_in(text) is None


@pytest.mark.parametrize("text", ["ga jadi", "gak jadi deh", "batal", "nggak jadi", "never mind"])
def test_calling_off(text: str) -> None:
    assert reading.calls_off(text)


@pytest.mark.parametrize("text", ["jadi", "iya jadi", "lanjut", "2 aja"])
def test_not_calling_off(text: str) -> None:
    assert not reading.calls_off(text)


@pytest.mark.parametrize(
    ("text", "amount"), [("yang 129rb", 129_000), ("Rp 191.168", 191_168), ("127500", 127_500)]
)
def test_an_amount(text: str, amount: int) -> None:
    assert reading.amount_in(text) == amount


@pytest.mark.parametrize("text", ["beat 2019", "2", "08123456789", "129rb atau 150rb"])
def test_no_single_amount(text: str) -> None:
    assert reading.amount_in(text) is None


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
