"""Says something, and then what was really meant."""

from __future__ import annotations

import pytest

from tests.conversations.conftest import (
    HOME,
    PADS_BEAT,
    PADS_VARIO,
    SHOES_BEAT,
    Phone,
    held,
    orders_of,
    placed,
)

pytestmark = pytest.mark.rasa


@pytest.mark.parametrize(
    "words",
    ["eh salah, vario 125 2018 maksudnya", "bukan beat kak, vario 125 2018", "*vario 125 2018"],
)
def test_the_wrong_bike_right_after_ordering(budi: Phone, words: str) -> None:
    budi.says("mau 2 kampas rem depan beat 2019")
    answer = budi.says(words)
    assert held(budi) == {PADS_VARIO: 2}
    assert "Rp 136.000" in answer


@pytest.mark.parametrize(
    "words", ["*belakang", "eh yg belakang maksudnya", "bukan depan, belakang"]
)
def test_the_wrong_side_while_the_part_is_on_screen(budi: Phone, words: str) -> None:
    budi.says("kampas rem depan beat 2019 ada?")
    assert SHOES_BEAT in budi.says(words)


def test_the_wrong_side_after_ordering(budi: Phone) -> None:
    budi.says("mau 2 kampas rem depan beat 2019")
    budi.says("eh salah, yg belakang maksud saya")
    assert held(budi) == {SHOES_BEAT: 2}


def test_left_becomes_right(budi: Phone) -> None:
    budi.says("spion kiri beat 2019 ada?")
    answer = budi.says("eh kanan maksud saya")
    assert "Spion Kanan" in answer
    assert held(budi) == {}


def test_the_wrong_year_changes_the_part(budi: Phone) -> None:
    budi.says("kampas rem depan beat 2019 ada?")
    answer = budi.says("salah ketik, 2010 harusnya")
    assert "06455KVY911" in answer


def test_the_bike_is_corrected_before_a_quantity(budi: Phone) -> None:
    budi.says("kampas rem depan beat 2019 ada ga")
    budi.says("eh vario 125 2018 deng")
    budi.says("2 ya")
    assert held(budi) == {PADS_VARIO: 2}


@pytest.mark.parametrize("words", ["eh 5 maksudnya", "salah, 5 biji", "bukan 2 tapi 5 kak"])
def test_another_number_right_after(budi: Phone, words: str) -> None:
    budi.says("mau 2 kampas rem depan beat 2019")
    budi.says(words)
    assert held(budi) == {PADS_BEAT: 5}


def test_another_number_under_the_summary(budi: Phone) -> None:
    budi.reaches_summary()
    again = budi.says("kampasnya 4 aja deng, salah itung")
    assert held(budi) == {PADS_BEAT: 4}
    assert "Rp 236.000" in again


def test_another_part_instead(budi: Phone) -> None:
    budi.says("mau kampas rem depan beat 2019 satu")
    answer = budi.says("eh bukan kampas tapi busi")
    assert held(budi) == {}
    assert any("Busi" in label for label in answer.labels)


@pytest.mark.parametrize(
    "words",
    [
        "alamatnya salah, yg bener Jl. Ahmad Yani No. 10, Pontianak Tenggara",
        "eh kirim ke Jl. Ahmad Yani No. 10 aja, Pontianak Tenggara",
    ],
)
def test_the_wrong_address_under_the_summary(budi: Phone, words: str) -> None:
    budi.reaches_summary()
    again = budi.says(words)
    assert "Ahmad Yani No. 10" in again
    budi.says("iya")
    assert placed(budi).address.startswith("Jl. Ahmad Yani")


def test_the_wrong_recipient_under_the_summary(budi: Phone) -> None:
    budi.reaches_summary()
    assert "Andi" in budi.says("penerimanya bukan Budi, tapi Andi")
    budi.says("iya")
    assert placed(budi).recipient_name == "Andi"


def test_the_wrong_name_while_the_street_is_asked(budi: Phone) -> None:
    budi.says("mau 2 kampas rem depan beat 2019")
    budi.says("gas checkout")
    budi.says("Budi")
    budi.says("eh salah, namanya Andi")
    summary = budi.says("Jl. Gajah Mada No. 5, Pontianak Selatan")
    assert "Kirim ke Andi" in summary


def test_a_mistake_is_noticed_some_messages_later(budi: Phone) -> None:
    budi.says("mau 2 kampas rem depan beat 2019")
    budi.says("toko buka jam berapa bang")
    budi.says("yg kampas tadi jadi 1 aja ya")
    assert held(budi) == {PADS_BEAT: 1}


def test_corrects_in_english(budi: Phone) -> None:
    budi.says("need 2 front brake pads for beat 2019")
    answer = budi.says("sorry i meant vario 125 2018")
    assert held(budi) == {PADS_VARIO: 2}
    assert "in your cart" in answer


def test_a_correction_never_orders_by_itself(budi: Phone) -> None:
    budi.reaches_summary()
    budi.says("eh salah, vario 125 2018 maksudnya")
    assert orders_of(budi) == []
    assert held(budi) == {PADS_VARIO: 2}
    budi.says("lanjut pesan")
    budi.says("iya")
    assert HOME.startswith(placed(budi).recipient_name)
