"""A web process has very many threads and works on few requests at a time."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from channels.live import Hub
from channels.turnstile import Turnstile
from crm_core.db import Event

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment


def _started(*_: object) -> object:
    return None


def test_no_more_requests_are_worked_on_than_may_be() -> None:
    inside, most, lock, full = 0, 0, threading.Lock(), threading.Event()

    def inner(_: WSGIEnvironment, __: StartResponse) -> Iterable[bytes]:
        nonlocal inside, most
        with lock:
            inside += 1
            most = max(most, inside)
            if inside == 2:
                full.set()
        full.wait(60)
        with lock:
            inside -= 1
        return [b"done"]

    gate = Turnstile(inner, at_work=2)
    with ThreadPoolExecutor(8) as pool:
        said = list(pool.map(lambda _: list(gate({}, _started)), range(8)))  # type: ignore[arg-type]
    assert said == [[b"done"]] * 8
    assert most == 2


def test_open_streams_keep_nobody_out() -> None:
    def inner(_: WSGIEnvironment, __: StartResponse) -> Iterable[bytes]:
        def words() -> Iterator[bytes]:
            yield b"first"
            yield b"second"

        return words()

    gate = Turnstile(inner, at_work=1)
    streams = [iter(gate({}, _started)) for _ in range(5)]  # type: ignore[arg-type]
    assert [next(one) for one in streams] == [b"first"] * 5


def test_an_event_wakes_only_the_streams_that_it_is_for() -> None:
    hub = Hub("redis://127.0.0.1:1/0")
    hub._thread = threading.current_thread()  # nothing is listened to here
    hub.connected.set()
    orders = hub.join(lambda event: event.kind == "order_changed")
    payments = hub.join(lambda event: event.kind == "payment_changed")
    hub._spread(Event("order_changed"))
    hub._spread(Event("poll"))
    assert [orders.get_nowait().kind, orders.get_nowait().kind] == ["order_changed", "poll"]
    assert payments.get_nowait().kind == "poll"
    assert payments.empty()
