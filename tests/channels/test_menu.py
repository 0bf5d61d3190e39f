"""The assistant is down: parts are still ordered by their numbers, and a person is one away."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
import sqlalchemy as sa
import time_machine

from channels import intake, tasks, turns
from channels.context import Context
from crm_core import carts, conversations, customers, handoffs, notices, orders
from crm_core.conversations import MessageView
from crm_core.customers import Customer
from crm_core.orders import Order
from tests import factories, selling
from tests.fakes import FakeRasa
from tests.selling import PADS

Write = Callable[[str], MessageView]


@pytest.fixture(autouse=True)
def moving(monkeypatch: pytest.MonkeyPatch) -> Iterator[time_machine.Coordinates]:
    monkeypatch.setattr(turns, "QUICK_RETRY_S", 0.0)
    with time_machine.travel(factories.MOMENT, tick=False) as clock:
        yield clock


@pytest.fixture
def shop(asleep: Context, rasa_server: FakeRasa) -> Context:
    """A shop with a part on the shelf, and an assistant that cannot be reached."""
    with asleep.unit_of_work() as session:
        selling.part(session, name="KAMPAS REM DEPAN BEAT", pieces=5)
        selling.account(session)
        factories.customer(session)
    rasa_server.reply = lambda _: 503
    return asleep


@pytest.fixture
def write(shop: Context, moving: time_machine.Coordinates) -> Write:
    """``write("1")``: what the shop has said last once the worker has tried for half a minute."""

    def send(text: str) -> MessageView:
        stored = intake.take_in(factories.inbound(text))
        with shop.unit_of_work() as session:
            talk = conversations.conversation_id_of(session, stored.conversation_id)
        for _ in range(3):
            turns.take(shop, tasks.assistant(shop.settings), talk)
            moving.shift(11)
        with shop.unit_of_work() as session:
            return conversations.latest(session, talk)[-1]

    return send


def placed(here: Context) -> list[orders.OrderView]:
    with here.unit_of_work() as session:
        return [orders.view(session, order) for order in session.scalars(sa.select(Order))]


def labels(message: MessageView) -> list[str]:
    return [choice.label for choice in message.choices]


def test_a_part_is_ordered_by_three_numbers(shop: Context, write: Write) -> None:
    parts = write("kampas rem depan beat ada?")
    assert parts.text == notices.render("menu_parts", "id")
    assert labels(parts) == ["KAMPAS REM DEPAN BEAT", "Bicara dengan orang"]
    assert parts.choices[0].description == f"{PADS} · Rp 50.000"
    cart = write("1")
    assert "1 x KAMPAS REM DEPAN BEAT" in cart.text
    assert labels(cart) == ["Ambil di toko", "Bicara dengan orang"]
    done = write("1")
    (order,) = placed(shop)
    assert order.order_code in done.text
    assert (order.shipping_method, int(order.total_idr)) == ("pickup", 50_000)
    assert "BCA no. 0291234567" in done.text


def test_an_address_that_is_known_is_offered_with_its_total(shop: Context, write: Write) -> None:
    with shop.unit_of_work() as session:
        customers.remember_address(
            session,
            factories.customer(session),
            recipient_name="Budi",
            phone=None,
            address="Jl. Gajah Mada 12",
            district_id=selling.district_id(session),
        )
    write("kampas rem depan beat")
    cart = write("1")
    assert [(one.label, one.description) for one in cart.choices[:2]] == [
        ("Kirim ke alamat saya", "Pontianak Kota · Rp 59.000"),
        ("Ambil di toko", "Rp 50.000"),
    ]
    write("1")
    (order,) = placed(shop)
    assert (order.address, int(order.total_idr)) == ("Jl. Gajah Mada 12", 59_000)


def test_a_turn_that_is_run_again_orders_once(shop: Context, write: Write) -> None:
    write("kampas rem depan beat")
    write("1")
    stored = intake.take_in(factories.inbound("1"))
    with shop.unit_of_work() as session:
        talk = conversations.conversation_id_of(session, stored.conversation_id)
        work = conversations.begin_turn(session, talk)
    assert work is not None
    chosen = turns.menu.payload(work)
    assert chosen is not None
    first = turns.menu.chosen(shop, work, chosen)  # and the worker dies before it is kept
    turns.take(shop, tasks.assistant(shop.settings), talk)
    assert len(placed(shop)) == 1
    with shop.unit_of_work() as session:
        assert conversations.latest(session, talk)[-1].text == first.text


def test_a_price_that_has_changed_orders_nothing_and_offers_a_person(
    shop: Context, write: Write
) -> None:
    write("kampas rem depan beat")
    write("1")
    with shop.unit_of_work() as session:
        session.execute(sa.text("UPDATE parts SET price_idr = 60000"))
    refused = write("1")
    assert refused.text == notices.render("menu_stuck", "id")
    assert labels(refused) == ["Bicara dengan orang"]
    assert placed(shop) == []


def test_the_number_of_the_person_calls_one_at_once(shop: Context, write: Write) -> None:
    write("kampas rem depan beat")
    stored = intake.take_in(factories.inbound("2"))
    with shop.unit_of_work() as session:
        talk = conversations.conversation_id_of(session, stored.conversation_id)
    turns.take(shop, tasks.assistant(shop.settings), talk)
    with shop.unit_of_work() as session:
        (waiting,) = handoffs.waiting(session)
        said = conversations.latest(session, talk)[-1].text
    assert waiting.reason == "bot_unavailable"
    assert said == notices.render("handoff_after_failure", "id", promised_at=waiting.promised_at)


@pytest.mark.parametrize("text", ["admin", "mau ngomong sama orang dong"])
def test_who_writes_that_they_want_a_person_is_not_kept_waiting(shop: Context, text: str) -> None:
    stored = intake.take_in(factories.inbound(text))
    with shop.unit_of_work() as session:
        talk = conversations.conversation_id_of(session, stored.conversation_id)
    turns.take(shop, tasks.assistant(shop.settings), talk)
    with shop.unit_of_work() as session:
        assert conversations.by_id(session, talk).handler == "queue"


def test_what_names_no_part_still_ends_with_a_person(shop: Context, write: Write) -> None:
    write("halo kak")
    for _ in range(3):
        write("?")
    with shop.unit_of_work() as session:
        assert len(handoffs.waiting(session)) == 1


def test_numbers_of_the_menu_still_count_when_the_assistant_is_back(
    shop: Context, write: Write, rasa_server: FakeRasa
) -> None:
    write("kampas rem depan beat")
    rasa_server.reply = lambda asked: [{"text": f"re: {asked.message}"}]
    before = len(rasa_server.asked)
    assert "1 x KAMPAS REM DEPAN BEAT" in write("1").text
    assert len(rasa_server.asked) == before
    with shop.unit_of_work() as session:
        budi = session.scalars(sa.select(Customer)).first()
        assert budi is not None
        assert len(carts.show(session, budi).lines) == 1


def test_a_first_failure_is_no_menu_yet(shop: Context) -> None:
    stored = intake.take_in(factories.inbound("kampas rem depan beat"))
    with shop.unit_of_work() as session:
        talk = conversations.conversation_id_of(session, stored.conversation_id)
    turns.take(shop, tasks.assistant(shop.settings), talk)
    with shop.unit_of_work() as session:
        last = conversations.latest(session, talk)[-1]
    assert last.text == notices.render("bot_unavailable", "id")
    assert last.choices == ()
