"""Uses points for a part of an order, changes their mind, or has too few of them."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from crm_core import checkout, loyalty, orders
from crm_core.conversations import Conversation
from crm_core.timeline import Actor
from tests.conversations.conftest import HOME, Phone, orders_of, placed

pytestmark = pytest.mark.rasa
SHOP = Actor("staff", None, "Rina")


def has_points(phone: Phone, points: int) -> None:
    phone.look(lambda s, c: loyalty.correct(s, c.customer_id, points, "hadiah", SHOP))


def balance(phone: Phone) -> int:
    found = phone.look(lambda s, c: loyalty.standing(s, c.customer_id))
    assert found is not None
    return found.balance


def test_points_are_offered_used_and_gone_once_the_order_is_made(budi: Phone) -> None:
    budi.says("mau 2 kampas rem depan beat 2019")
    has_points(budi, 300)
    budi.says("lanjut pesan")
    assert "hemat Rp 30.000" in budi.says(HOME)
    again = budi.says("pakai poin ya kak")
    assert "Pakai 300 poin: -Rp 30.000" in again
    assert "Total Rp 97.000" in again
    assert balance(budi) == 300
    budi.says("iya")
    order = placed(budi)
    assert (order.discount_idr, order.total_idr, balance(budi)) == (30_000, 97_000, 0)


def test_an_order_that_is_called_off_gives_the_points_back(budi: Phone) -> None:
    budi.reaches_summary()
    has_points(budi, 300)
    budi.says("pake poin")
    budi.says("iya")

    def calls_off(session: Session, talk: Conversation) -> None:
        (order,) = orders.of_customer(session, talk.customer)
        checkout.cancel(session, order, actor=Actor.customer(talk.customer), reason="ga jadi")

    budi.look(calls_off)
    assert balance(budi) == 300


@pytest.mark.parametrize("words", ["ga jadi pakai poin deh", "tanpa poin aja"])
def test_who_changes_their_mind_pays_in_full_and_keeps_them(budi: Phone, words: str) -> None:
    budi.reaches_summary()
    has_points(budi, 300)
    budi.says("pakai poin dong")
    assert "Total Rp 127.000" in budi.says(words)
    budi.says("iya")
    assert (placed(budi).discount_idr, balance(budi)) == (0, 300)


def test_in_the_middle_of_the_address_the_question_stays(budi: Phone) -> None:
    budi.says("mau 2 kampas rem depan beat 2019")
    has_points(budi, 300)
    budi.says("lanjut pesan")
    assert "300 poin dipakai" in budi.says("sekalian pakai poin")
    assert "Total Rp 97.000" in budi.says(HOME)


def test_too_few_points_and_an_empty_cart_are_told(budi: Phone) -> None:
    assert "dipakai mulai 10" in budi.says("pakai poin bisa?")
    has_points(budi, 300)
    answer = budi.says("pakai poin")
    assert "senilai Rp 30.000" in answer
    assert orders_of(budi) == []


def test_in_english(budi: Phone) -> None:
    budi.says("hello, I want 2 front brake pads for beat 2019")
    has_points(budi, 300)
    assert "300 points take Rp 30.000 off" in budi.says("please use my points")
    budi.says("order now")
    assert "300 points: -Rp 30.000" in budi.says(HOME)
    assert "Total Rp 127.000" in budi.says("actually no points this time")


def test_asking_for_points_tells_how_to_use_them(budi: Phone) -> None:
    budi.says("halo")
    has_points(budi, 1250)
    answer = budi.says("poin saya berapa kak?")
    assert "1.250" in answer
    assert 'tulis "pakai poin"' in answer
