"""Wants five of a part of which three are left."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from crm_core import carts, catalogue, stock
from crm_core.conversations import Conversation
from crm_core.timeline import Actor
from tests.conversations.conftest import PADS_VARIO, Phone, held, ordered, placed

pytestmark = pytest.mark.rasa
SHOP = Actor.system("tests")
WISH = "mau 5 kampas rem depan vario 125 2018"


@pytest.fixture
def few(budi: Phone) -> Phone:
    """Three are left."""
    budi.says("halo kak")
    budi.look(lambda s, _: leave(s, 3))
    return budi


def leave(session: Session, pieces: int) -> None:
    reserved = stock.level(session, PADS_VARIO).reserved
    stock.correct(session, PADS_VARIO, reserved + pieces, SHOP, "hitung ulang")


def waited(phone: Phone) -> list[int | None]:
    return phone.look(lambda s, c: [one.quantity for one in catalogue.wishes_of(s, c.customer_id)])


@pytest.mark.parametrize("words", ["iya", "boleh", "3 dulu, sisanya kabari ya"])
def test_yes_takes_three_now_and_two_are_told_of(few: Phone, words: str) -> None:
    offer = few.says(WISH)
    assert "tinggal 3" in offer
    assert "Ambil 3, 2 nanti" in offer.labels
    few.says(words)
    assert (held(few), waited(few)) == ({PADS_VARIO: 3}, [2])


def test_one_tap_does_it(few: Phone) -> None:
    few.says(WISH)
    few.taps("Ambil 3, 2 nanti")
    assert (held(few), waited(few)) == ({PADS_VARIO: 3}, [2])


def test_who_wants_only_those_that_are_there_waits_for_nothing(few: Phone) -> None:
    few.says(WISH)
    few.says("3 aja")
    assert (held(few), waited(few)) == ({PADS_VARIO: 3}, [])


def test_no_takes_nothing(few: Phone) -> None:
    few.says(WISH)
    few.says("ga jadi deh")
    assert (held(few), waited(few)) == ({}, [])


def test_the_rest_is_told_of_once_when_it_has_come(few: Phone) -> None:
    few.says(WISH)
    few.says("iya")
    few.says("lanjut pesan")
    few.says("Budi, Jl. Gajah Mada No. 5, Pontianak Selatan")
    few.says("iya")
    assert ordered(placed(few)) == {PADS_VARIO: 3}

    def comes(session: Session, talk: Conversation) -> list[int]:
        stock.receive(session, PADS_VARIO, 2, SHOP, "kiriman")
        return [carts.tell_arrivals(session), carts.tell_arrivals(session)]

    assert few.look(comes) == [1, 0]
    assert waited(few) == []


def test_stock_that_went_before_the_yes_is_offered_in_part(budi: Phone) -> None:
    budi.says("mau 3 kampas rem depan vario 125 2018")
    budi.says("lanjut pesan")
    budi.says("Budi, Jl. Gajah Mada No. 5, Pontianak Selatan")
    budi.look(lambda s, _: leave(s, 1))
    assert "Ambil 1, 2 nanti" in budi.says("iya").labels
    budi.says("iya")
    assert (held(budi), waited(budi)) == ({PADS_VARIO: 1}, [2])


def test_in_a_pasted_list_what_is_there_goes_in_and_the_rest_is_told_of(few: Phone) -> None:
    few.says("5 kampas rem depan vario 125 2018\n2 kampas rem depan beat 2019")
    answer = few.says("masukkan semua")
    assert held(few)[PADS_VARIO] == 3
    assert waited(few) == [2]
    assert "2 buah" in answer
