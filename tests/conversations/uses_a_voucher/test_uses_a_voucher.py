"""Asks what is on offer, uses a voucher, loses it again, and orders with or without."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from crm_core import carts, clock, pricing
from crm_core.conversations import Conversation
from crm_core.pricing import NewPromotion
from crm_core.timeline import Actor
from tests.conversations.conftest import HOME, Phone, orders_of, placed

pytestmark = pytest.mark.rasa
SHOP = Actor.system("tests")


def test_who_asks_is_told_of_what_runs_with_its_conditions(budi: Phone) -> None:
    answer = budi.says("ada promo apa aja kak?")
    assert "Hemat Servis" in answer
    assert "HEMAT10" in answer
    assert "minimal Rp 100.000" in answer
    assert "Pekan Ban" in answer


def test_a_voucher_is_taken_off_in_cart_summary_and_order(budi: Phone) -> None:
    budi.says("mau 2 kampas rem depan beat 2019")
    used = budi.says("pakai voucher HEMAT10 ya")
    assert "Rp 11.800" in used
    assert "Rp 106.200" in used
    budi.says("lanjut pesan")
    summary = budi.says(HOME)
    assert "Voucher HEMAT10: -Rp 11.800" in summary
    assert "Total Rp 115.200" in summary
    budi.says("iya")
    order = placed(budi)
    assert (order.discount_idr, order.total_idr) == (11_800, 115_200)
    assert budi.look(lambda s, c: [o.code for o in pricing.running_promotions(s, c.customer)])


def test_below_the_minimum_says_how_much_is_missing(budi: Phone) -> None:
    budi.says("mau 1 kampas rem depan beat 2019")
    answer = budi.says("ada voucher nih kak, kodenya hemat10")
    assert "Rp 100.000" in answer
    assert "Rp 41.000" in answer
    assert budi.look(lambda s, c: carts.show(s, c.customer).voucher) is None


def test_an_unknown_code_and_an_empty_cart_are_told_in_words(budi: Phone) -> None:
    assert "keranjangnya masih kosong" in budi.says("pake voucher hemat10 bisa ga")
    assert "KAYA99" in budi.says("kalo kode promo KAYA99?")


def test_a_voucher_at_the_summary_shows_it_again_and_can_be_taken_out(budi: Phone) -> None:
    budi.reaches_summary()
    again = budi.says("pakai voucher hemat10")
    assert "Total Rp 115.200" in again
    assert orders_of(budi) == []
    without = budi.says("ga jadi pakai voucher deh")
    assert "Total Rp 127.000" in without
    budi.says("iya")
    assert placed(budi).discount_idr == 0


def test_a_voucher_in_the_middle_of_the_address_keeps_the_question(budi: Phone) -> None:
    budi.says("mau 2 kampas rem depan beat 2019")
    budi.says("lanjut pesan")
    answer = budi.says("pakai voucher hemat10 dulu")
    assert "Rp 11.800" in answer
    assert "Total Rp 115.200" in budi.says(HOME)


def test_a_voucher_for_once_is_refused_the_second_time(budi: Phone) -> None:
    budi.reaches_summary()
    budi.says("pakai voucher hemat10")
    budi.says("iya")
    budi.says("mau 2 kampas rem depan vario 125 2018")
    assert "hanya bisa dipakai 1 kali" in budi.says("voucher hemat10 lagi ya")


def test_a_voucher_that_ends_before_the_yes_is_told_and_the_order_goes_on(budi: Phone) -> None:
    def make(session: Session, talk: Conversation) -> tuple[int, str]:
        now = clock.now()
        code = f"KILAT{talk.id}"
        new = NewPromotion(
            "Kilat", "percent", 10, now - timedelta(hours=1), now + timedelta(hours=1), code=code
        )
        return pricing.save_promotion(session, new, actor=SHOP).id, code

    budi.reaches_summary()
    made, code = budi.look(make)
    assert "Total Rp 115.200" in budi.says(f"pakai voucher {code}")
    budi.look(lambda s, _: pricing.end_promotion(s, made, actor=SHOP))
    again = budi.says("iya")
    assert orders_of(budi) == []
    assert "Total Rp 127.000" in again
    budi.says("iya")
    assert placed(budi).discount_idr == 0
