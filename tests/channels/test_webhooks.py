"""Events posted to a real server on this machine, which answers as told and checks each signature
with somebody else's library."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler
from itertools import pairwise
from typing import Any

import pytest
import sqlalchemy as sa

from channels import tasks
from channels import webhooks as sender
from channels.context import Context
from crm_core import clock, stock, webhooks
from crm_core.timeline import Actor
from crm_core.webhooks import DeliveryState, WebhookDelivery, WebhookEndpoint
from tests import selling
from tests.hooks import Answer, Receiver, endless, receiving, reset, status

ADMIN = Actor("staff", None, "Sari")


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as listening:
        yield listening


@pytest.fixture
def shop(asleep: Context, receiver: Receiver) -> Iterator[Context]:
    """A shop that is being tried out, with a part and a receiver of its stock."""
    made = Context(asleep.settings.model_copy(update={"sender": "loopback"}))
    with made.unit_of_work() as session:
        selling.part(session)
        endpoint = webhooks.add(
            session, receiver.url, ["stock.changed"], actor=ADMIN, loopback=True
        )
        receiver.secret = endpoint.secret
    yield made
    made.close()


def endpoint(here: Context) -> WebhookEndpoint:
    with here.unit_of_work() as session:
        return session.scalars(sa.select(WebhookEndpoint)).one()


def rows(here: Context) -> list[WebhookDelivery]:
    with here.unit_of_work() as session:
        return list(session.scalars(sa.select(WebhookDelivery).order_by(WebhookDelivery.id)))


def count(here: Context, *pieces: int) -> None:
    for number in pieces:
        with here.unit_of_work() as session:
            stock.correct(session, selling.PADS, number, ADMIN, "hitung")


def due_now(here: Context) -> None:
    """All pauses are over."""
    with here.unit_of_work() as session:
        rested = {"quiet_until": None, "held_until": None}
        session.execute(sa.update(WebhookEndpoint).values(rested))
        session.execute(sa.update(WebhookDelivery).values(due_at=clock.now()))


def test_an_event_arrives_signed_with_its_figures_in_order(
    shop: Context, receiver: Receiver
) -> None:
    count(shop, 7, 6, 5)
    sender.deliver(shop, endpoint(shop).id)
    assert [event["data"]["on_hand"] for _, event in receiver.heard] == [7, 6, 5]
    assert receiver.types() == ["stock.changed"] * 3
    assert receiver.hosts == [f"127.0.0.1:{receiver.port}"] * 3
    assert [(row.state, row.status, row.attempts) for row in rows(shop)] == [
        (DeliveryState.DELIVERED, 200, 1)
    ] * 3
    assert endpoint(shop).held_until is None


@pytest.mark.parametrize(
    ("answer", "error", "code"),
    [
        (status(500), "http_500", 500),
        (status(429), "http_429", 429),
        (status(404), "http_404", 404),
        (status(302, Location="http://127.0.0.1:1/"), "redirect_refused", 302),
        (reset, "broken_ConnectionResetError", None),
    ],
)
def test_what_is_not_taken_is_kept_with_the_reason_and_taken_later_once(
    shop: Context, receiver: Receiver, answer: Answer, error: str, code: int | None
) -> None:
    receiver.answers = [answer]
    count(shop, 7)
    sender.deliver(shop, endpoint(shop).id)
    [row] = rows(shop)
    assert (row.state, row.error, row.status) == (DeliveryState.PENDING, error, code)
    assert row.due_at > clock.now()
    due_now(shop)
    sender.deliver(shop, endpoint(shop).id)
    (first, event), (second, same) = receiver.heard
    assert (first, event) == (second, same)
    assert rows(shop)[0].state == DeliveryState.DELIVERED


def test_a_receiver_that_drips_is_cut_off_in_time(
    shop: Context, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sender, "ATTEMPT_S", 0.5)
    enough = threading.Event()

    def drip(request: BaseHTTPRequestHandler) -> None:
        while not enough.wait(0.1):
            request.wfile.write(b"H")

    receiver.answers = [drip]
    count(shop, 7)
    sender.deliver(shop, endpoint(shop).id)
    enough.set()
    [row] = rows(shop)
    assert (row.state, row.error) == (DeliveryState.PENDING, "timeout")


def test_an_answer_without_end_is_read_a_little_and_counts(
    shop: Context, receiver: Receiver
) -> None:
    receiver.answers = [endless]
    count(shop, 7)
    sender.deliver(shop, endpoint(shop).id)
    assert rows(shop)[0].state == DeliveryState.DELIVERED


def test_a_receiver_that_is_not_there_is_tried_again(shop: Context) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound and not listening: nobody else gets the port
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/"
        with shop.unit_of_work() as session:
            row = webhooks.by_public_id(session, endpoint(shop).public_id)
            webhooks.change(session, row, actor=ADMIN, url=url, loopback=True)
        count(shop, 7)
        sender.deliver(shop, endpoint(shop).id)
    assert [(row.state, row.error) for row in rows(shop)] == [
        (DeliveryState.PENDING, "not_connected")
    ]


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "0x7f.1", "2130706433", "[::1]", "[::ffff:127.0.0.1]"]
)
def test_in_a_real_shop_no_name_leads_to_this_machine(
    shop: Context, receiver: Receiver, host: str
) -> None:
    """The row was made by hand: registering it would have been refused before."""
    real = Context(shop.settings.model_copy(update={"sender": "twilio"}))
    url = f"http://{host}:{receiver.port}/hooks"
    with shop.unit_of_work() as session:
        session.execute(sa.update(WebhookEndpoint).values(url=url))
    count(shop, 7)
    sender.deliver(real, endpoint(shop).id)
    real.close()
    assert receiver.heard == []
    assert rows(shop)[0].error == "address_private"


def test_a_name_of_which_one_address_is_private_is_refused(
    shop: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    def resolve(*_: object, **__: object) -> list[tuple[Any, ...]]:
        return [
            (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("93.184.216.34", 443)),
            (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("10.0.0.7", 443)),
        ]

    monkeypatch.setattr(sender.socket, "getaddrinfo", resolve)
    with pytest.raises(sender.NotTaken, match="address_private"):
        sender._connected("erp.example", 443, loopback=True)


def test_a_certificate_that_proves_nothing_is_not_trusted(
    shop: Context, receiver: Receiver
) -> None:
    """A plain server on a https address: no handshake, and nothing was told."""
    with shop.unit_of_work() as session:
        url = f"https://127.0.0.1:{receiver.port}/hooks"
        session.execute(sa.update(WebhookEndpoint).values(url=url))
    count(shop, 7)
    sender.deliver(shop, endpoint(shop).id)
    assert receiver.heard == []
    assert rows(shop)[0].error == "tls_failed"


def test_after_a_failure_the_rest_waits_until_the_receiver_is_back(
    shop: Context, receiver: Receiver
) -> None:
    receiver.answers = [status(503)]
    count(shop, 7, 6)
    sender.deliver(shop, endpoint(shop).id)
    sender.deliver(shop, endpoint(shop).id)
    assert len(receiver.heard) == 1
    due_now(shop)
    sender.deliver(shop, endpoint(shop).id)
    assert [event["data"]["on_hand"] for _, event in receiver.heard] == [7, 7, 6]


def test_slow_receivers_never_take_all_threads_of_a_worker(
    shop: Context, receiver: Receiver
) -> None:
    count(shop, 7)
    for _ in range(sender.MOST_AT_ONCE):
        assert sender._places.acquire(blocking=False)
    try:
        assert not sender.deliver(shop, endpoint(shop).id)
        assert receiver.heard == []
    finally:
        for _ in range(sender.MOST_AT_ONCE):
            sender._places.release()
    sender.deliver(shop, endpoint(shop).id)
    assert len(receiver.heard) == 1


def test_a_worker_that_dies_after_the_post_loses_nothing(
    shop: Context, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        """kill -9, as far as the rows can tell."""

    def die(*_: object) -> None:
        raise Killed

    count(shop, 7)
    with monkeypatch.context() as patched:
        patched.setattr(webhooks, "delivered", die)
        patched.setattr(webhooks, "end", die)
        with pytest.raises(Killed):
            sender.deliver(shop, endpoint(shop).id)
    assert not sender.deliver(shop, endpoint(shop).id)
    assert len(receiver.heard) == 1
    due_now(shop)
    sender.deliver(shop, endpoint(shop).id)
    ids = [event_id for event_id, _ in receiver.heard]
    assert ids == [ids[0]] * 2
    assert rows(shop)[0].state == DeliveryState.DELIVERED


def test_many_workers_and_buyers_at_once_tell_each_event_once_and_in_order(
    shop: Context, receiver: Receiver
) -> None:
    endpoint_id = endpoint(shop).id

    def work(number: int) -> None:
        if number % 2:
            count(shop, number)
        sender.deliver(shop, endpoint_id)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(40)))
    sender.deliver(shop, endpoint_id)
    ids = [event_id for event_id, _ in receiver.heard]
    assert len(ids) == len(set(ids)) == len(rows(shop)) == 20
    told = [event["data"] for _, event in receiver.heard]
    before = [10, *[data["on_hand"] for data in told]]
    assert [data["quantity"] for data in told] == [
        after - earlier for earlier, after in pairwise(before)
    ]


def test_a_commit_wakes_the_worker_and_the_sweep_finds_what_it_missed(
    here: Context, receiver: Receiver, flask_app: object
) -> None:
    with here.unit_of_work() as session:
        selling.part(session)
        made = webhooks.add(session, receiver.url, ["stock.changed"], actor=ADMIN, loopback=True)
        receiver.secret = made.secret
    count(here, 7)  # tasks run at once here, with the settings of a shop that sends for real
    assert rows(here)[0].error == "address_private"
    with here.unit_of_work() as session:
        assert webhooks.due(session) == []
    due_now(here)
    tasks.sweep()
    assert rows(here)[0].attempts == 2
    assert receiver.heard == []
