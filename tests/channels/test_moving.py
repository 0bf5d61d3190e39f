"""From the web chat to WhatsApp: one code, one customer, and nothing for whoever else holds it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine

from channels import intake
from channels.context import Context
from crm_core import carts, conversations, customers, handoffs, identity
from crm_core.conversations import Inbound, Message
from crm_core.customers import ChannelAddress, Customer
from crm_core.errors import Conflict
from crm_core.handoffs import Handoff
from crm_core.identity import MoveCode
from crm_core.timeline import Actor
from tests import factories, selling
from tests.factories import BUDI, BUDI_SMS, MOMENT, SITI

WEB = "web:" + "a" * 32


@pytest.fixture(autouse=True)
def moment() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(MOMENT, tick=False) as traveller:
        yield traveller


@pytest.fixture
def shop(asleep: Context, say: Callable[..., int]) -> Context:
    """Somebody in the web chat has two brake pads in the cart."""
    say("kampas rem", address=WEB)
    with asleep.unit_of_work() as session:
        selling.part(session, pieces=20)
        visitor = customers.known_at(session, WEB)
        assert visitor is not None
        carts.add(session, visitor, selling.PADS, 2, Actor.customer(visitor))
    return asleep


def code_for(shop: Context) -> str:
    with shop.unit_of_work() as session:
        ticket = identity.offer_move(session, WEB)
        assert ticket is not None
        return ticket.code


def hear(code: str, address: str = BUDI, sid: str = "SM1") -> None:
    channel = address.partition(":")[0]
    intake.take_in(Inbound("twilio", sid, channel, address, f"Kode saya {code}"))


def answers(shop: Context, address: str = BUDI) -> list[str]:
    with shop.unit_of_work() as session:
        talk = conversations.of_address(session, address)
        assert talk is not None
        said = conversations.transcript(session, talk.id)
        return [one.text for one in said if one.direction == "outbound"]


def cart_of(shop: Context, address: str = BUDI) -> list[tuple[str, int]]:
    with shop.unit_of_work() as session:
        customer = customers.known_at(session, address)
        assert customer is not None
        return [(line.part_code, line.quantity) for line in carts.show(session, customer).lines]


def test_the_code_brings_the_cart_and_ends_the_browsers_name(shop: Context) -> None:
    hear(code_for(shop))
    assert cart_of(shop) == [(selling.PADS, 2)]
    [answer] = answers(shop)
    assert "2 x Kampas Rem Depan" in answer
    assert "Rp 100.000" in answer
    with shop.unit_of_work() as session:
        assert customers.known_at(session, WEB) is None
        waiting = sa.select(sa.func.count()).where(Message.awaits_bot)
        assert session.scalar(waiting.where(Message.text.contains("Kode"))) == 0
        assert session.scalar(sa.select(sa.func.count()).where(Customer.active)) == 1


def test_the_same_message_twice_moves_and_answers_once(shop: Context) -> None:
    code = code_for(shop)
    hear(code)
    hear(code)
    assert cart_of(shop) == [(selling.PADS, 2)]
    assert len(answers(shop)) == 1


@pytest.mark.parametrize("spoilt", ["late", "used", "made up"])
def test_a_code_that_is_not_good_moves_nothing(
    shop: Context, moment: time_machine.Traveller, spoilt: str
) -> None:
    code = code_for(shop)
    if spoilt == "late":
        moment.shift(timedelta(minutes=10, seconds=1))
    elif spoilt == "used":
        hear(code, SITI, "SM0")
    else:
        code = "W-2222AAAA"
    hear(code)
    assert cart_of(shop) == []
    [answer] = answers(shop)
    assert answer.startswith("Kode itu sudah tidak berlaku, Kak.")


def test_a_code_in_a_text_message_is_words_because_its_sender_can_be_forged(shop: Context) -> None:
    hear(code_for(shop), BUDI_SMS)
    assert (cart_of(shop, BUDI_SMS), cart_of(shop, WEB)) == ([], [(selling.PADS, 2)])
    assert answers(shop, BUDI_SMS) == []


def test_a_browser_in_which_another_number_was_proven_stays_that_numbers(shop: Context) -> None:
    code = code_for(shop)
    with shop.unit_of_work() as session:
        visitor = customers.known_at(session, WEB)
        assert visitor is not None
        session.add(ChannelAddress(customer=visitor, channel="whatsapp", address=SITI))
    hear(code)
    assert (cart_of(shop), cart_of(shop, WEB)) == ([], [(selling.PADS, 2)])
    assert "milik nomor lain" in answers(shop)[0]


def test_the_code_itself_is_kept_nowhere_but_where_it_was_written(shop: Context) -> None:
    code = code_for(shop)
    with shop.unit_of_work() as session:
        row = session.scalars(sa.select(MoveCode)).one()
        assert len(row.code_hash) == 64
        assert code not in row.code_hash


def test_ten_codes_an_hour_are_enough(shop: Context, moment: time_machine.Traveller) -> None:
    for _ in range(10):
        code_for(shop)
    with pytest.raises(Conflict, match="codes_spent"):
        code_for(shop)
    moment.shift(timedelta(hours=1, seconds=1))
    code_for(shop)


def test_whoever_waits_for_a_person_keeps_their_place_and_agent(shop: Context) -> None:
    code = code_for(shop)
    with shop.unit_of_work() as session:
        web = conversations.of_address(session, WEB)
        assert web is not None
        asked = handoffs.request(session, web, reason="asked", actor=Actor.bot()).id
        sari = factories.member(session)
        handoffs.claim(session, web, sari)
        agent_id, web_id = sari.id, web.id
    hear(code)
    with shop.unit_of_work() as session:
        here = conversations.of_address(session, BUDI)
        assert here is not None
        handoff = session.scalars(sa.select(Handoff).where(Handoff.state == "claimed")).one()
        assert handoff.conversation_id == here.id
        assert (handoff.id, here.handler, here.agent_id) == (asked, "agent", agent_id)
        assert conversations.by_id(session, web_id).handler == "bot"
