"""Wants it cheaper, again and again: only within the manager's rule, else a person decides."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from crm_core import handoffs, pricing
from crm_core.catalogue import Part
from crm_core.conversations import Conversation
from crm_core.pricing import BargainView
from crm_core.staff import Staff
from tests.conversations.conftest import HOME, PADS_BEAT, Phone, held, placed

pytestmark = pytest.mark.rasa


def bargains(phone: Phone) -> list[BargainView]:
    return phone.look(lambda s, c: list(pricing.bargains(s, customer=c.customer)))


def test_a_price_within_the_rule_is_offered_taken_and_charged(budi: Phone) -> None:
    budi.says("kampas rem depan beat 2019 brp")
    assert "maunya berapa" in budi.says("mahal amat, kurangin dikit lah")
    offer = budi.says("57rb ya kak")
    assert "Rp 57.000 per pasang" in offer
    assert "berlaku sampai" in offer
    assert held(budi) == {}
    taken = budi.says("oke deal")
    assert held(budi) == {PADS_BEAT: 1}
    assert "Rp 57.000" in taken
    budi.says("lanjut pesan")
    summary = budi.says(HOME)
    assert "Harga nego Kampas Rem Depan Cakram: -Rp 2.000" in summary
    budi.says("iya")
    assert placed(budi).discount_idr == 2_000
    assert [one.state for one in bargains(budi)] == ["used"]


def test_haggling_on_brings_no_lower_price_than_the_one_given(budi: Phone) -> None:
    budi.says("kampas rem depan beat 2019 ada?")
    budi.says("58rb boleh ga?")
    again = budi.says("56500 aja deh")
    assert "Rp 58.000" in again
    assert [(one.state, one.offered_idr) for one in bargains(budi)] == [("offered", 58_000)]


def test_a_no_to_the_offer_leaves_the_price_as_it_is(budi: Phone) -> None:
    budi.says("kampas rem depan beat 2019 ada?")
    budi.says("diskon 3% dong")
    answer = budi.says("ga jadi deh")
    assert "part lain" in answer
    assert held(budi) == {}
    assert [one.state for one in bargains(budi)] == ["refused"]


def test_far_too_low_is_refused_and_reaches_nobody(budi: Phone) -> None:
    budi.says("kampas rem depan beat 2019 ada?")
    answer = budi.says("20rb boleh?")
    assert "Rp 59.000" in answer
    assert "Bicara dengan orang" in answer.labels
    assert budi.look(lambda _, c: c.handler) == "bot"


def test_outside_the_rule_goes_to_a_person_with_the_question_asked(budi: Phone) -> None:
    budi.says("mau 2 kampas rem depan beat 2019")
    answer = budi.says("50rb ya, deal?")
    assert "Rp 50.000" in answer
    assert held(budi) == {PADS_BEAT: 2}
    handoff = budi.look(handoffs.of_conversation)
    assert handoff is not None
    assert handoff.reason == "bargain"
    question = handoff.packet["question"]
    assert (question["quantity"], question["asked_idr"]) == (2, 50_000)
    assert question["part_code"] == PADS_BEAT
    assert budi.look(lambda _, c: c.handler) == "queue"


def test_a_persons_price_comes_back_as_an_offer_and_is_taken_with_a_yes(budi: Phone) -> None:
    budi.says("mau 2 kampas rem depan beat 2019")
    budi.says("50rb ya, deal?")

    def decide(session: Session, talk: Conversation) -> None:
        rina = session.scalars(sa.select(Staff).where(Staff.role == "manager")).first()
        (asked,) = pricing.bargains(session, customer=talk.customer, state="asked")
        handoffs.claim(session, talk, rina)
        pricing.decide_bargain(session, asked.id, by=rina, offered_idr=52_000)
        handoffs.hand_back(session, talk, rina)

    budi.look(decide)
    assert "Rp 52.000" in budi.waits()
    assert "Rp 104.000" in budi.says("iya")
    assert held(budi) == {PADS_BEAT: 2}


def test_an_offer_of_money_without_a_part_asks_which_part(budi: Phone) -> None:
    assert "Part yang mana" in budi.says("bisa nego gak harganya")


def test_a_question_about_the_shop_does_not_lose_the_offer(budi: Phone) -> None:
    budi.says("kampas rem depan beat 2019 ada?")
    budi.says("57rb ya kak")
    assert "Rp 57.000" in budi.says("tokonya buka sampai jam berapa?")
    budi.says("iya")
    assert held(budi) == {PADS_BEAT: 1}


def test_a_part_without_a_price_goes_to_a_person_with_bike_and_quantity(budi: Phone) -> None:
    def take_price_away(session: Session, _: Conversation) -> None:
        session.execute(
            sa.update(Part).where(Part.part_code == "23100K0JN01").values(price_idr=None)
        )

    budi.says("halo")
    budi.look(take_price_away)
    budi.says("mau 2 v-belt genio 2020")
    answer = budi.says("iya tolong tanyakan")
    assert "orang toko" in answer
    handoff = budi.look(handoffs.of_conversation)
    assert handoff is not None
    assert handoff.reason == "price_on_request"
    question = handoff.packet["question"]
    assert (question["part_code"], question["quantity"]) == ("23100K0JN01", 2)
    assert question["bike"].startswith("Genio")
