"""Parcels over the API: what an ERP or a courier tells, once and only where it can be true."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from crm_core import clock, orders
from crm_core.timeline import Actor
from tests import factories, selling
from tests.world import committed

TOKEN = {"Authorization": "Bearer api-token-of-the-tests"}
ADDRESS = "/api/v1/shipments"
NUMBER = "JP1234567890"


@pytest.fixture
def client(api_app: Flask) -> Iterator[FlaskClient]:
    with api_app.test_client() as client:
        yield client


@pytest.fixture
def packed(client: FlaskClient, database: sa.Engine) -> str:
    """The code of a paid order that lies packed."""

    def prepare(session: Session) -> str:
        selling.part(session)
        selling.account(session)
        order, payment = selling.placed(session, factories.conversation(session).customer)
        clerk = Actor.of_staff(factories.member(session))
        selling.pay(session, payment, clerk)
        orders.pack(session, order, clerk)
        return order.order_code

    return committed(database, prepare)


def tell(client: FlaskClient, **told: Any) -> TestResponse:
    return client.post(ADDRESS, json=told, headers=TOKEN)


def news(kind: str, **more: Any) -> dict[str, Any]:
    return {"at": clock.now().isoformat(), "kind": kind, **more}


def test_a_packed_order_leaves_with_its_number_and_news(client: FlaskClient, packed: str) -> None:
    told = {"order_code": packed, "tracking_number": "jp 1234-567890", "courier": "JNE",
            "ship": True, "events": [news("picked_up", place="Pontianak")]}  # fmt: skip
    answer = tell(client, **told)
    assert answer.status_code == 200, answer.json
    shipment = answer.json
    assert shipment is not None
    assert (shipment["state"], shipment["tracking_number"], shipment["courier"]) == (
        "shipped", NUMBER, "JNE",
    )  # fmt: skip
    assert [(one["kind"], one["place"], one["source"]) for one in shipment["events"]] == [
        ("picked_up", "Pontianak", "JNE")
    ]
    assert tell(client, **told).json == shipment


def test_news_by_the_number_delivers_the_order(client: FlaskClient, packed: str) -> None:
    tell(client, order_code=packed, tracking_number=NUMBER, courier="JNE", ship=True)
    answer = tell(client, tracking_number=NUMBER, events=[news("delivered")])
    assert answer.json is not None
    assert (answer.json["order_code"], answer.json["state"]) == (packed, "delivered")
    found = client.get(f"{ADDRESS}?tracking_number={NUMBER.lower()}", headers=TOKEN).json
    assert found is not None
    assert [one["order_code"] for one in found["items"]] == [packed]
    assert client.get(f"{ADDRESS}?state=packed", headers=TOKEN).json == {"items": [], "next": None}


@pytest.mark.parametrize(
    ("told", "status", "code"),
    [
        ({}, 422, "shipment_unnamed"),
        ({"order_code": "P-ZZZZZ"}, 404, "order_not_found"),
        ({"tracking_number": "JP999999"}, 404, "shipment_not_found"),
        ({"order_code": "packed", "ship": True}, 422, "courier_missing"),
        ({"order_code": "packed", "events": [{"kind": "in_transit"}]}, 422, "input_unusable"),
        ({"order_code": "packed", "events": [news("teleported")]}, 422, "input_unusable"),
    ],
)
def test_what_cannot_be_is_refused_and_changes_nothing(
    client: FlaskClient, packed: str, told: dict[str, Any], status: int, code: str
) -> None:
    named = {key: packed if value == "packed" else value for key, value in told.items()}
    answer = tell(client, **named)
    assert answer.json is not None
    assert (answer.status_code, answer.json["code"]) == (status, code)
    found = client.get(f"{ADDRESS}?order_code={packed}", headers=TOKEN).json
    assert found is not None
    assert (found["items"][0]["state"], found["items"][0]["events"]) == ("packed", [])


def test_of_a_message_with_one_bad_part_nothing_is_kept(client: FlaskClient, packed: str) -> None:
    late = {"at": (clock.now() + timedelta(hours=2)).isoformat(), "kind": "in_transit"}
    answer = tell(
        client, order_code=packed, tracking_number=NUMBER, courier="JNE", ship=True, events=[late]
    )
    assert answer.status_code == 422
    found = client.get(f"{ADDRESS}?order_code={packed}", headers=TOKEN).json
    assert found is not None
    assert (found["items"][0]["state"], found["items"][0]["tracking_number"]) == ("packed", None)


def test_without_the_token_nothing_is_told_or_read(client: FlaskClient, packed: str) -> None:
    assert client.get(ADDRESS).status_code == 401
    assert client.post(ADDRESS, json={"order_code": packed, "ship": True}).status_code == 401
