"""A customer wants to send something back: what is missing is asked, then it has a number."""

from __future__ import annotations

import pytest
import time_machine

from crm_core import complaints, orders, payments, returns
from crm_core.orders import Order
from crm_core.returns import ReturnKind, ReturnState
from crm_core.timeline import Actor
from tests import factories, selling
from tests.actions.conftest import Chat
from tests.actions.test_after_the_order import place

STAFF_WORDS = "kak kampas remnya salah ukuran, mau retur"


@pytest.fixture
def order(chat: Chat) -> Order:
    """Two brake pads that have arrived."""
    return arrived(chat, 2)


def arrived(chat: Chat, quantity: int) -> Order:
    order = place(chat, quantity)
    clerk = Actor.of_staff(factories.member(chat.session))
    payment = payments.for_order(chat.session, order)
    assert payment is not None
    selling.pay(chat.session, payment, clerk, reference=f"FT{order.id}")
    orders.pack(chat.session, order, clerk)
    orders.ship(chat.session, order, clerk, "JNE", "JNE0012")
    orders.deliver(chat.session, order, Actor.customer(chat.customer))
    return order


def made(chat: Chat) -> list[returns.ReturnView]:
    return list(returns.listing(chat.session).items)


def test_the_number_of_pieces_is_asked_and_the_choice_writes_the_return_down(
    chat: Chat, order: Order
) -> None:
    asked = chat.act("action_return_part", STAFF_WORDS, intent="return_part")
    assert asked.names == ["utter_return_how_many"]
    assert len(asked.payloads) == 2
    assert made(chat) == []
    done = chat.act(
        "action_return_part",
        intent="return_part",
        order_code=order.order_code,
        part_code=order.lines[0].part_code,
        quantity=1,
    )
    assert done.names == ["utter_return_asked"]
    (view,) = made(chat)
    assert (view.pieces, view.reason, view.kind, view.state) == (
        1, STAFF_WORDS, ReturnKind.RETURN, ReturnState.ASKED,
    )  # fmt: skip
    assert done.values("utter_return_asked")["code"] == view.return_code


def test_a_message_that_says_everything_needs_no_question(chat: Chat, order: Order) -> None:
    text = f"mau tukar 2 pcs dari {order.order_code}, salah ukuran"
    said = chat.act("action_return_part", text, intent="return_part")
    assert said.names == ["utter_return_asked"]
    (view,) = made(chat)
    assert (view.pieces, view.kind) == (2, ReturnKind.EXCHANGE)
    assert complaints.of_customer(chat.session, chat.customer) == []


def test_with_two_orders_it_is_asked_which(chat: Chat, order: Order) -> None:
    other = arrived(chat, 1)
    asked = chat.act("action_return_part", STAFF_WORDS, intent="return_part")
    assert asked.names == ["utter_return_which_order"]
    assert len(asked.payloads) == 2
    done = chat.act("action_return_part", intent="return_part", order_code=other.order_code)
    assert done.names == ["utter_return_asked"]
    (view,) = made(chat)
    assert (view.order_code, view.reason) == (other.order_code, STAFF_WORDS)


def test_a_photo_after_it_belongs_to_the_return(chat: Chat, order: Order) -> None:
    chat.act("action_return_part", "retur 2 pcs ya, barangnya rusak", intent="return_part")
    said = chat.act("action_send_photo", intent="send_photo", media=1)
    assert said.names == ["utter_return_photo"]
    assert len(made(chat)[0].photo_ids) == 1


def test_who_has_nothing_to_send_back_tells_a_person_as_before(chat: Chat) -> None:
    said = chat.act("action_return_part", "mau retur barang yang kemarin", intent="return_part")
    assert said.names[0] == "utter_return_filed"
    assert made(chat) == []


def test_after_its_time_a_person_is_offered_and_nothing_is_written(
    chat: Chat, order: Order
) -> None:
    with time_machine.travel(order.created_at.replace(year=order.created_at.year + 1), tick=False):
        said = chat.act("action_return_part", "retur 1 pcs dong kak", intent="return_part")
    assert said.names == ["utter_return_too_late"]
    assert said.payloads == ["/talk_to_human"]
    assert made(chat) == []


def test_how_far_a_return_is_can_be_asked_with_and_without_its_number(
    chat: Chat, order: Order
) -> None:
    chat.act("action_return_part", "retur 2 pcs ya, salah beli", intent="return_part")
    (view,) = made(chat)
    said = chat.act("action_complaint_status", "retur saya gimana", intent="complaint_status")
    assert said.names == ["utter_return_status"]
    clerk = Actor.of_staff(factories.member(chat.session))
    found = returns.by_code(chat.session, view.return_code)
    returns.refuse(chat.session, found, actor=clerk, reason="segel terbuka")
    text = f"{view.return_code} gimana?"
    said = chat.act("action_complaint_status", text, intent="complaint_status")
    assert "segel terbuka" in said.values("utter_return_status")["state"]
