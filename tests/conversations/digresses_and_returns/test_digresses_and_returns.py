"""Asks something else in the middle, gets an answer, and goes on where it was."""

from __future__ import annotations

import pytest

from crm_core import complaints
from tests.conversations.conftest import HOME, PADS_BEAT, Phone, held

pytestmark = pytest.mark.rasa


def in_checkout(phone: Phone) -> None:
    phone.says("mau 2 kampas rem depan beat 2019")
    phone.says("oke lanjut")


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("oh iya stok busi vario 125 2018 ada?", "Busi"),
        ("ongkir ke singkawang barat brp emang?", "Rp 20.000"),
        ("hari minggu buka ga?", "Minggu tutup"),
        ("bayar nya bisa pake qris ga", "transfer bank"),
    ],
)
def test_in_the_middle_of_checkout(budi: Phone, question: str, answer: str) -> None:
    in_checkout(budi)
    said = budi.says(question)
    assert answer in said
    assert said.text.count("Kirim ke mana") == 1
    assert "Total Rp 127.000" in budi.says(HOME)


def test_between_name_and_street(budi: Phone) -> None:
    in_checkout(budi)
    budi.says("Budi")
    said = budi.says("toko dimana sih alamatnya?")
    assert "Contoh: Jl. Gajah Mada No. 5" in said
    assert "Cek dulu" in budi.says("Jl. Gajah Mada No. 5, Pontianak Selatan")


def test_between_street_and_district(budi: Phone) -> None:
    in_checkout(budi)
    budi.says("Budi, Jl. Gajah Mada No. 5")
    said = budi.says("jam buka hari sabtu gimana?")
    assert "kecamatan" in said
    assert "Cek dulu" in budi.says("Pontianak Selatan")


def test_while_the_bike_is_asked(budi: Phone) -> None:
    budi.says("ada kampas rem depan?")
    said = budi.says("btw toko buka jam brp kak")
    assert "08.00" in said
    assert said.text.count("kampas rem depan") == 1
    assert PADS_BEAT in budi.says("beat 2019")


def test_while_a_choice_is_open(budi: Phone) -> None:
    listed = budi.says("v-belt beat 2019 ada?")
    said = budi.says("bayarnya bisa transfer bca?")
    assert "BCA" in said
    assert said.labels == listed.labels
    assert listed.labels[1] in budi.says("yang kedua")


def test_while_a_number_is_asked(budi: Phone) -> None:
    budi.says("kampas rem depan beat 2019 ada?")
    said = budi.says("bisa cod kah")
    assert "COD" in said
    assert said.text.count("mau berapa") == 1
    budi.says("2")
    assert held(budi) == {PADS_BEAT: 2}


def test_thanks_in_between_lose_nothing(budi: Phone) -> None:
    budi.says("kampas rem depan beat 2019 ada?")
    budi.says("makasih infonya")
    budi.says("2 ya")
    assert held(budi) == {PADS_BEAT: 2}


def test_in_the_middle_of_a_complaint(budi: Phone) -> None:
    budi.says("mau komplain")
    said = budi.says("toko tutup jam berapa sih")
    assert "17.00" in said
    assert budi.look(lambda s, c: complaints.of_customer(s, c.customer)) == []
    budi.says("kampasnya yg datang pecah ujungnya, mohon dicek")
    (complaint,) = budi.look(lambda s, c: complaints.of_customer(s, c.customer))
    assert "pecah" in complaint.text


def test_under_the_summary(budi: Phone) -> None:
    budi.reaches_summary()
    said = budi.says("berapa lama sampenya kak?")
    assert said.labels == ("Ya, pesankan", "Ubah", "Batal")
    assert said.text.count("saya pesankan") == 1
    assert "sudah kami terima" in budi.says("iya")


def test_two_questions_in_a_row_and_back(budi: Phone) -> None:
    budi.says("v-belt beat 2019 ada?")
    budi.says("bisa cod?")
    said = budi.says("jam tutupnya jam brp")
    assert len(said.labels) == 3
    assert said.labels[0] in budi.says("yang pertama")
