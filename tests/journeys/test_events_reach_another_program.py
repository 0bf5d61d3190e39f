"""Events of a running shop, a receiver that fails in every way, and a worker that is killed after
the receiver took an event: each is heard, verified, in the order of its part."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler
from typing import Any

import httpx
import pytest

from tests.hooks import Receiver, receiving, reset, status
from tests.journeys.conftest import Sapa
from tests.journeys.customers import eventually

pytestmark = pytest.mark.journey

TOKEN = "token-of-the-erp"
HEARD_WITHIN_S = 150


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as listening:
        yield listening


@pytest.fixture
def shop(start_sapa: Callable[..., Sapa]) -> Sapa:
    return start_sapa("events", api_token=TOKEN).wait_ready()


def test_no_event_is_lost_whatever_fails(shop: Sapa, receiver: Receiver) -> None:
    erp = httpx.Client(
        base_url=f"{shop.url}/api/v1", headers={"Authorization": f"Bearer {TOKEN}"},
        timeout=30, trust_env=False,
    )  # fmt: skip
    with erp:
        made = post(erp, "webhook-endpoints", {"url": receiver.url, "types": ["stock.changed"]})
        receiver.secret = made["secret"]
        parts = [one["part_code"] for one in erp.get("parts?limit=3").json()["items"]]

        def killed_after_taking(request: BaseHTTPRequestHandler) -> None:
            os.kill(shop.running().children["worker"][0], signal.SIGKILL)
            status(200)(request)

        receiver.answers = [status(500), reset, status(200), killed_after_taking]
        for number in range(4):
            lines = [{"part_code": code, "quantity": number + 1} for code in parts]
            told = {"supplier": "Astra", "document": f"SJ-{number}", "lines": lines}
            post(erp, "goods-receipts", told)

        def nothing_waits() -> bool:
            pending = erp.get("webhook-deliveries?state=pending").json()
            return not pending["items"]

        eventually(nothing_waits, "every event is taken", HEARD_WITHIN_S)
        taken = erp.get("webhook-deliveries?limit=200").json()["items"]

    assert {one["state"] for one in taken} == {"delivered"}
    assert len(taken) == 12
    heard: dict[str, dict[str, Any]] = {}
    for event_id, event in receiver.heard:
        assert heard.setdefault(event_id, event) == event
    assert set(heard) == {one["event_id"] for one in taken}
    assert len(receiver.heard) >= 12 + 3
    for code in parts:
        figures = [one["data"]["quantity"] for one in heard.values()
                   if one["data"]["part_code"] == code]  # fmt: skip
        assert figures == [1, 2, 3, 4]


def post(erp: httpx.Client, path: str, told: dict[str, Any]) -> Any:
    return erp.post(path, json=told).raise_for_status().json()
