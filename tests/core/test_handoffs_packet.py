"""What an agent is given with a conversation, and the lists it stands in."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from sqlalchemy.orm import Session

from crm_core import carts, conversations, customers, handoffs
from crm_core.catalogue.models import Wish
from crm_core.conversations import Conversation
from crm_core.handoffs import Handoff
from crm_core.staff import Staff
from crm_core.timeline import Actor
from tests import factories, selling


@pytest.fixture
def talk(session: Session) -> Conversation:
    return factories.conversation(session)


@pytest.fixture
def sari(session: Session) -> Staff:
    return factories.member(session, name="Sari")


def ask(session: Session, talk: Conversation, reason: str = "asked") -> Handoff:
    return handoffs.request(
        session, talk, reason=reason, actor=Actor.customer(talk.customer), wish="mau tanya stok"
    )


def test_the_packet_holds_all_that_the_customer_has_said_and_done(
    session: Session, talk: Conversation
) -> None:
    customer = talk.customer
    customers.rename(session, customer, "Budi", actor=Actor.customer(customer))
    selling.part(session)
    selling.account(session)
    order, _ = selling.placed(session, customer)
    carts.add(session, customer, selling.PADS, 2, Actor.customer(customer))
    customers.add_bike(session, customer, "Beat", "eSP K81", 2018)
    wish = Wish(
        customer_id=customer.id, conversation_id=talk.id, query="spion beat", reason="not_found"
    )
    session.add(wish)
    factories.received(session, "kecewa saya, lama banget")
    handoff = handoffs.request(
        session,
        talk,
        reason="repair",
        actor=Actor.bot(),
        wish="ganti spion",
        tried=["rephrase", "guesses"],
    )
    packet = handoff.packet
    assert packet["customer_name"] == "Budi"
    assert packet["language"] == "id"
    assert packet["reason"] == "repair"
    assert packet["wish"] == "ganti spion"
    assert packet["last_query"] == "spion beat"
    assert packet["mood"] == "unhappy"
    assert packet["bikes"] == [{"model": "Beat", "generation": "eSP K81", "year": 2018}]
    assert packet["cart"] == {
        "lines": [
            {
                "part_code": selling.PADS,
                "name": "Kampas Rem Depan",
                "quantity": 2,
                "subtotal_idr": 100_000,
            }
        ],
        "total_idr": 100_000,
    }
    assert packet["open_orders"] == [
        {
            "order_code": order.order_code,
            "state": "awaiting_payment",
            "total_idr": 59_000,
            "payment_state": "awaiting",
        }
    ]
    assert packet["tried"] == ["rephrase", "guesses"]
    assert [message["text"] for message in packet["last_messages"]][-1] == (
        "kecewa saya, lama banget"
    )


def test_without_a_named_wish_the_last_words_are_the_wish(
    session: Session, talk: Conversation
) -> None:
    factories.received(session, "ada yang bisa bantu?")
    handoff = handoffs.request(session, talk, reason="bot_down", actor=Actor.system("turns"))
    assert handoff.packet["wish"] == "ada yang bisa bantu?"


def test_at_most_ten_messages_are_in_the_packet(session: Session, talk: Conversation) -> None:
    for number in range(15):
        factories.received(session, f"pesan {number}")
    packet = ask(session, talk).packet
    assert [message["text"] for message in packet["last_messages"]] == [
        f"pesan {number}" for number in range(5, 15)
    ]


def test_what_failed_before_is_in_the_packet(session: Session, talk: Conversation) -> None:
    factories.received(session, "halo")
    work = factories.work(session, talk)
    conversations.fail_turn(session, work.turn_id, "rasa timed out")
    assert ask(session, talk).packet["tried"] == ["turn_failed: rasa timed out"]


def test_the_queue_is_in_the_order_of_asking(
    session: Session, talk: Conversation, sari: Staff
) -> None:
    with time_machine.travel(factories.MOMENT, tick=False) as clock_:
        ask(session, talk)
        clock_.shift(5)
        second = factories.conversation(session, factories.SITI)
        ask(session, second)
        assert [one.conversation_id for one in handoffs.waiting(session)] == [
            talk.public_id,
            second.public_id,
        ]
        assert handoffs.position(session, second) == 2
        handoffs.claim(session, talk, sari)
        assert handoffs.position(session, talk) is None
        assert handoffs.position(session, second) == 1
        clock_.shift(timedelta(minutes=16))
        (waiting,) = handoffs.waiting(session)
        assert waiting.overdue


def test_lists_name_the_agent(session: Session, talk: Conversation, sari: Staff) -> None:
    ask(session, talk)
    handoffs.claim(session, talk, sari)
    (row,) = handoffs.listing(session, state="claimed").items
    assert (row.agent, row.reason, row.conversation_id) == ("Sari", "asked", talk.public_id)
    assert handoffs.listing(session, state="waiting").items == ()
    assert handoffs.counts(session) == {"claimed": 1}
    newest = handoffs.of_conversation(session, talk)
    assert newest is not None
    assert newest.id == row.id


def test_who_asked_took_and_gave_back_is_on_the_timeline(
    session: Session, talk: Conversation, sari: Staff
) -> None:
    ask(session, talk)
    handoffs.claim(session, talk, sari)
    handoffs.hand_back(session, talk, sari)
    assert selling.actions(session, "conversation", talk.id) == [
        ("handed_off", "customer"),
        ("claimed", "staff"),
        ("handed_back", "staff"),
    ]


def test_open_hand_offs_are_found_for_a_list_of_conversations(
    session: Session, talk: Conversation, sari: Staff
) -> None:
    handoff = ask(session, talk)
    other = factories.conversation(session, factories.SITI)
    assert set(handoffs.open_of(session, [talk.id, other.id])) == {talk.public_id}
    assert handoffs.view(session, handoff).agent is None
    handoffs.claim(session, talk, sari)
    handoffs.hand_back(session, talk, sari)
    assert handoffs.open_of(session, [talk.id]) == {}
    assert handoffs.of_conversation(session, other) is None


def test_lists_of_hand_offs_are_searched_by_reason(session: Session, talk: Conversation) -> None:
    ask(session, talk, reason="anger")
    assert [row.reason for row in handoffs.listing(session, query="ang").items] == ["anger"]
    assert handoffs.listing(session, query="bot_down").items == ()
