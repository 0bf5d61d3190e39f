"""A whole order in about twenty messages, typed with one greasy thumb, in each register."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from crm_core import payments
from tests.conversations.conftest import (
    PADS_BEAT,
    PADS_VARIO,
    SHOES_BEAT,
    Phone,
    ordered,
    placed,
)

pytestmark = pytest.mark.rasa


def talks(phone: Phone, messages: Sequence[str]) -> None:
    """Say all of ``messages``; the bot may never give up on any of them."""
    for message in messages:
        answer = phone.says(message)
        assert "kata lain" not in answer, (message, answer.text)
        assert "another way" not in answer, (message, answer.text)
    assert phone.look(lambda _, c: c.handler) == "bot"


def paid(phone: Phone) -> str:
    def read(session: object, _: object) -> str:
        payment = payments.for_order(session, placed(phone))  # type: ignore[arg-type]
        assert payment is not None
        return str(payment.state)

    return phone.look(read)


def check(phone: Phone, lines: dict[str, int], *, to: str, street: str) -> None:
    """The one order has these lines, goes there, and its payment is reported."""
    order = placed(phone)
    assert ordered(order) == lines
    assert order.recipient_name == to
    assert order.address.startswith(street)
    assert paid(phone) == "reported"


def test_everyday(budi: Phone) -> None:
    talks(
        budi,
        [
            "pagi kak",
            "kampas rem depan beat 2019 ada ga",
            "harganya brp",
            "bisa cod?",
            "oke saya ambil 2",
            "eh 3 aja deh",
            "yang belakang ada juga?",
            "ambil 1",
            "kampas rem depan vario 125 2018 sekalian 1",
            "coba liat keranjang",
            "vario nya ga jadi deh, hapus",
            "ongkir ke sungai raya kubu raya berapa ya",
            "ok lanjut pesan",
            "toko buka jam berapa besok?",
            "Hendra, Jl. Adisucipto No. 88, Sungai Raya, Kubu Raya",
            "tambah 1 lagi yang belakang",
            "lanjut pesan",
            "iya betul",
            "bayarnya ke rekening mana?",
            "udah saya transfer ya kak",
        ],
    )
    check(budi, {PADS_BEAT: 3, SHOES_BEAT: 2}, to="Hendra", street="Jl. Adisucipto")


def test_slang(budi: Phone) -> None:
    talks(
        budi,
        [
            "p",
            "gan kmps rem dpn beat 2019 rdy?",
            "brp gan hrgnya",
            "ga bs kurang?",
            "yodah sikat 2",
            "eh slh vario 125 2018 mksdnya",
            "tp beat nya jg 1 ya, kampas rem dpn beat 2019",
            "liat krnjang dong",
            "ongkir ptk selatan brp",
            "kampas vario nya jd 3",
            "gas checkout",
            "bisa bayar pake dana ga gan",
            "a.n. Joko",
            "jln purnama no 12",
            "pontianak selatan",
            "eh no rmhnya salah, kirim ke jln purnama no 21 pontianak selatan",
            "sip gaskeun",
            "udh tf gan",
            "brp lama nyampenya",
            "ok mksh",
        ],
    )
    check(budi, {PADS_VARIO: 3, PADS_BEAT: 1}, to="Joko", street="jln purnama no 21")


def test_formal(budi: Phone) -> None:
    talks(
        budi,
        [
            "Selamat pagi, saya dari Bengkel Sinar Jaya.",
            "Apakah kampas rem depan untuk Honda Beat tahun 2019 tersedia?",
            "Berapa harga satuannya?",
            "Baik, saya memesan 4 pasang.",
            "Mohon maaf, maksud saya 5 pasang.",
            "Apakah tersedia juga kampas rem belakangnya?",
            "Saya ambil 2 set.",
            "Apakah barang tersebut asli Honda?",
            "Mohon ditampilkan isi keranjang saya.",
            "Berapa ongkos kirim ke Singkawang Barat?",
            "Baik, silakan dilanjutkan pemesanannya.",
            "Metode pembayaran apa saja yang tersedia?",
            "Penerima: Agus Salim, alamat Jl. Diponegoro No. 21, Singkawang Barat",
            "Berapa lama pengirimannya?",
            "Ya, sudah benar.",
            "Mohon notanya.",
            "Saya sudah melakukan transfer.",
            "Apakah pembayarannya sudah diterima?",
            "Jam berapa toko buka pada hari Senin?",
            "Terima kasih atas bantuannya.",
        ],
    )
    check(budi, {PADS_BEAT: 5, SHOES_BEAT: 2}, to="Agus Salim", street="Jl. Diponegoro")


def test_english(budi: Phone) -> None:
    talks(
        budi,
        [
            "hi there",
            "got front brake pads for beat 2019?",
            "how much r they",
            "ok gimme 2",
            "sorry make it 3",
            "what about the rear ones?",
            "1 pls",
            "do you also have front brake pads for vario 125 2018",
            "2",
            "whats in my cart",
            "remove the ones for vario",
            "how much is shipping to singkawang barat",
            "ok checkout",
            "can i pay by card?",
            "Andrew Lim, Jl. Diponegoro No. 21, Singkawang Barat",
            "how long does delivery take?",
            "yes thats right",
            "where do i send the money",
            "done, just transferred it",
            "thanks mate",
        ],
    )
    check(budi, {PADS_BEAT: 3, SHOES_BEAT: 1}, to="Andrew Lim", street="Jl. Diponegoro")


def test_pontianak_malay(budi: Phone) -> None:
    talks(
        budi,
        [
            "bang ade orang ke",
            "ade jual kampas rem depan beat 2019 ke bang",
            "berape hargenye",
            "amek due lah",
            "eh tige jak bang",
            "kalok yang belakang ade ndak",
            "amek satu",
            "tengok keranjang dolok bang",
            "ongkir ke pontianak timur berape",
            "kampas depannye jadi 4 jak",
            "dah itu jak, lanjot pesan",
            "bise bayar di tempat ndak",
            "Pak Long",
            "jalan tanjung raye 2 gang damai no 7",
            "pontianak timur",
            "bile sampainye bang",
            "aok betol",
            "nomor rekeningnye berape bang",
            "dah saye transfer ye bang",
            "makaseh bang",
        ],
    )
    check(budi, {PADS_BEAT: 4, SHOES_BEAT: 1}, to="Pak Long", street="jalan tanjung raye")
