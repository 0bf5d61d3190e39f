"""Answers about an order carry the link to its page; the invoice comes as a file."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from actions.words import Words
from channels import sms
from crm_core import links, orders
from crm_core.errors import NotFound
from crm_core.timeline import Actor
from tests.actions.conftest import Chat
from tests.actions.test_checkout import PADS, fill
from tests.actions.test_laws import DOMAIN

KEY, SITE = "only-for-tests", "https://toko.example"


@pytest.fixture(autouse=True)
def _address() -> Iterator[None]:
    before = links._own.secret, links._own.address
    links.use(KEY, SITE)
    yield
    links.use(*before)


def linked(text: str) -> int:
    """The order that the one link in ``text`` names."""
    [_, rest] = text.split(f"{SITE}/o/")
    return links.read_order_token(KEY, rest.split()[0].removesuffix("/invoice.pdf"))


def written(chat: Chat, name: str, facts: dict[str, object]) -> str:
    """The sentence as the customer reads it."""
    return Words(DOMAIN["responses"], "id").text(name, **facts)


def test_the_request_for_money_and_every_answer_about_the_order_lead_to_its_page(
    chat: Chat,
) -> None:
    chat.act("action_order_part", intent="order_part", part_code=PADS, quantity=2)
    fill(chat)
    placed = chat.act("action_place_order", "iya", intent="affirm")
    (order,) = orders.of_customer(chat.session, chat.customer)
    for said, name in (
        (placed, "utter_order_placed"),
        (chat.act("action_order_status", "pesanan saya mana", intent="order_status"),
         "utter_status_unpaid"),
        (chat.act("action_ask_payment_method", "bayar kemana", intent="ask_payment_method"),
         "utter_how_to_pay_order"),
    ):  # fmt: skip
        assert linked(written(chat, name, said.values(name))) == order.id
    orders.cancel(chat.session, order, chat_actor(chat), "salah")
    said = chat.act("action_order_status", order.order_code, intent="order_status")
    assert linked(written(chat, "utter_status_cancelled", said.values("utter_status_cancelled")))


def chat_actor(chat: Chat) -> Actor:
    return Actor.customer(chat.customer)


def test_the_invoice_comes_as_a_file_and_short_by_sms(chat: Chat) -> None:
    chat.act("action_order_part", intent="order_part", part_code=PADS, quantity=2)
    fill(chat)
    chat.act("action_place_order", "iya", intent="affirm")
    (order,) = orders.of_customer(chat.session, chat.customer)
    said = chat.act("action_ask_invoice", "minta nota", intent="ask_invoice")
    text = written(chat, "utter_invoice", said.values("utter_invoice"))
    assert "/invoice.pdf\n" in text
    assert linked(text) == order.id
    chat.conversation.channel = "sms"
    chat.session.flush()
    said = chat.act("action_ask_invoice", "minta nota", intent="ask_invoice")
    short = written(chat, "utter_invoice_short", said.values("utter_invoice_short"))
    assert linked(short) == order.id
    assert sms.parts(short) <= 2


def test_without_an_address_nothing_is_promised(chat: Chat) -> None:
    links.use("", "")
    chat.act("action_order_part", intent="order_part", part_code=PADS, quantity=1)
    fill(chat)
    said = chat.act("action_place_order", "iya", intent="affirm")
    text = written(chat, "utter_order_placed", said.values("utter_order_placed"))
    assert "/o/" not in text
    assert "Halaman pesanan" not in text
    assert text.endswith("buktinya.")


def test_a_link_of_one_order_never_names_another() -> None:
    with pytest.raises(NotFound):
        links.read_order_token(KEY, links.order_token("another key", 1))
