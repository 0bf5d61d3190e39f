"""Sends one thought in several messages, as fast as thumbs go."""

from __future__ import annotations

import pytest

from crm_core.conversations import Conversation
from tests.conversations.conftest import HOME, PADS_BEAT, PADS_VARIO, Phone, held, placed

pytestmark = pytest.mark.rasa


def handler(phone: Phone) -> str:
    def read(_: object, talk: Conversation) -> str:
        return talk.handler

    return phone.look(read)


def test_four_scraps_are_one_order(budi: Phone) -> None:
    answer = budi.sends("gan", "kampas rem beat 2019", "yg dpn", "mau 2 ya")
    assert held(budi) == {PADS_BEAT: 2}
    assert "Rp 118.000" in answer


def test_a_greeting_before_the_wish_is_not_answered_for_itself(budi: Phone) -> None:
    answer = budi.sends("pagi bang", "ada kampas rem depan beat thn 2019 ga")
    assert PADS_BEAT in answer
    assert "selamat datang" not in answer


def test_a_slip_in_the_burst_is_corrected_by_what_follows(budi: Phone) -> None:
    answer = budi.sends("mau 2 kampas rem depan beat 2019", "eh vario 125 2018 maksudnya")
    assert "Vario 125" in answer or held(budi) == {PADS_VARIO: 2}
    assert PADS_BEAT not in held(budi)


def test_the_last_number_of_the_burst_counts(budi: Phone) -> None:
    budi.sends("ambil kampas rem dpn beat 2019", "2", "eh 3 deng")
    assert held(budi) in ({PADS_BEAT: 3}, {})
    if not held(budi):
        assert "3" in budi.heard[-1]
        budi.says("iya")
    assert held(budi) == {PADS_BEAT: 3}


def test_two_wishes_in_a_burst_are_both_served(budi: Phone) -> None:
    answer = budi.sends("mau 2 kampas rem depan beat 2019", "ongkir ke singkawang barat brp")
    assert held(budi) == {PADS_BEAT: 2}
    assert "Rp 20.000" in answer


def test_calling_it_off_in_the_same_breath_orders_nothing(budi: Phone) -> None:
    budi.sends("mau kampas rem depan beat 2019 2 pcs", "ga jadi deh kak")
    assert held(budi) == {}


def test_a_wish_for_a_person_at_the_end_of_a_burst_is_what_counts(budi: Phone) -> None:
    answer = budi.sends("bang", "mau nanya2 dulu", "mau ngomong sama orangnya aja langsung")
    assert "orang toko" in answer
    assert handler(budi) == "queue"


def test_the_address_comes_in_three_pieces(budi: Phone) -> None:
    budi.says("mau 2 kampas rem depan beat 2019")
    budi.says("lanjut pesan")
    summary = budi.sends("Budi", "Jl. Gajah Mada No. 5", "Pontianak Selatan")
    assert "Total Rp 127.000" in summary
    assert budi.heard[-1].labels == ("Ya, pesankan", "Ubah", "Batal")


def test_an_english_burst_is_one_order(budi: Phone) -> None:
    answer = budi.sends("hi", "i need front brake pads", "for beat 2019", "2 pcs please")
    if not held(budi):
        assert "Order 2" in answer.labels
        budi.says("yes")
    assert held(budi) == {PADS_BEAT: 2}


def test_a_malay_burst_is_one_order(budi: Phone) -> None:
    answer = budi.sends("bg", "maok beli kampas rem depan beat 2019", "due ye")
    if not held(budi):
        assert "Pesan 2" in answer.labels
        budi.says("aok")
    assert held(budi) == {PADS_BEAT: 2}


def test_that_is_all_and_checkout_in_one_burst_goes_to_checkout(budi: Phone) -> None:
    budi.says("mau 2 kampas rem depan beat 2019")
    assert "Kirim ke mana" in budi.sends("udah", "itu aja", "checkout")


def test_yes_and_thanks_in_a_burst_place_the_order(budi: Phone) -> None:
    budi.reaches_summary()
    assert "sudah kami terima" in budi.sends("iya", "makasih ya")
    assert placed(budi).recipient_name == "Budi"


@pytest.mark.parametrize("words", ["STOP", "batal", "ga jadi deh", "mau bicara sama orang dong"])
def test_words_that_settle_things_do_not_wait_for_more(budi: Phone, words: str) -> None:
    budi.says("halo bang")
    assert budi.is_waited_for("kampas rem depan beat 2019")
    assert not budi.is_waited_for(words)


def test_a_picture_does_not_wait_for_more(budi: Phone) -> None:
    budi.orders_pads()
    assert not budi.is_waited_for(photos=1)


def test_an_answer_on_offer_does_not_wait_for_more(budi: Phone) -> None:
    budi.says("v-belt beat 2019 ada?")
    assert not budi.is_waited_for("2")


def test_everything_for_an_order_in_one_burst(budi: Phone) -> None:
    budi.sends("mau 2 kampas rem depan beat 2019", "langsung checkout aja")
    budi.says(HOME)
    budi.says("iya")
    assert {line.part_code for line in placed(budi).lines} == {PADS_BEAT}
