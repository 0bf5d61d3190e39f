"""Tells things before they are asked, or all at once."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.conversations.conftest import HOME, PADS_BEAT, Phone, held, placed

pytestmark = pytest.mark.rasa


def test_the_address_before_anything_else_is_used_later(budi: Phone) -> None:
    kept = budi.says(HOME)
    assert "part apa" in kept
    budi.says("mau 2 kampas rem depan beat 2019")
    summary = budi.says("lanjut pesan")
    assert "Kirim ke Budi, Jl. Gajah Mada No. 5" in summary


def test_the_number_before_the_part(budi: Phone) -> None:
    budi.says("mau 2 dong")
    budi.says("kampas rem depan beat 2019")
    assert held(budi) == {PADS_BEAT: 2}


def test_the_bike_before_the_part(budi: Phone) -> None:
    budi.says("beat 2019")
    assert PADS_BEAT in budi.says("kampas rem depan")
    budi.says("2")
    assert held(budi) == {PADS_BEAT: 2}


def test_number_and_part_before_the_bike(budi: Phone) -> None:
    assert "motor apa" in budi.says("2 pcs kampas rem depan")
    answer = budi.says("motor beat thn 2019")
    assert held(budi) == {PADS_BEAT: 2} or "Pesan 2" in answer.labels


def test_everything_in_one_message(budi: Phone) -> None:
    summary = budi.says(
        "mau 2 kampas rem depan beat 2019, "
        "kirim ke Jl. Gajah Mada No. 5 Pontianak Selatan a.n. Budi"
    )
    assert held(budi) == {PADS_BEAT: 2}
    assert "Total Rp 127.000" in summary
    budi.says("iya")
    assert (placed(budi).recipient_name, placed(budi).lines[0].quantity) == ("Budi", 2)


def test_the_street_where_the_name_is_asked(budi: Phone) -> None:
    budi.says("mau 2 kampas rem depan beat 2019")
    budi.says("lanjut pesan")
    assert "penerima" in budi.says("Jl. Gajah Mada No. 5, Pontianak Selatan")
    assert "Kirim ke Budi" in budi.says("Budi")


def test_the_district_where_the_name_is_asked(budi: Phone) -> None:
    budi.says("mau 2 kampas rem depan beat 2019")
    budi.says("lanjut pesan")
    budi.says("Pontianak Selatan")
    budi.says("Budi")
    summary = budi.says("Jl. Gajah Mada No. 5")
    assert "Total Rp 127.000" in summary
    assert "Kirim ke Budi, Jl. Gajah Mada No. 5" in summary


def test_the_address_right_after_the_part(budi: Phone) -> None:
    budi.says("mau 2 kampas rem depan beat 2019")
    assert "Total Rp 127.000" in budi.says(HOME)


def test_the_phone_where_the_name_is_asked(phone: Callable[..., Phone]) -> None:
    visitor = phone("web")
    visitor.says("mau 2 kampas rem depan beat 2019")
    visitor.says("lanjut pesan")
    visitor.says("0812 3456 7890")
    assert "Cek dulu" in visitor.says(HOME)
    visitor.says("iya")
    assert placed(visitor).recipient_phone == "+6281234567890"
