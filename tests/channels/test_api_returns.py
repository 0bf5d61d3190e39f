"""Returns over the API: a program writes them down, a named person decides them."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from crm_core import orders, staff, stock
from crm_core.timeline import Actor
from tests import factories, selling
from tests.channels.test_api_writes import TOKEN, send
from tests.core.test_returns import arrived
from tests.world import committed

MANAGER = "rina@toko.example"
AGENT = "siti@toko.example"


@pytest.fixture
def order_code(database: sa.Engine) -> str:
    """Four brake pads that have arrived."""

    def make(session: Any) -> str:
        selling.part(session, pieces=20)
        selling.account(session)
        customer = factories.conversation(session).customer
        for email, role in (MANAGER, "manager"), (AGENT, "agent"):
            password = factories.PASSWORD
            staff.add(session, email=email, name=role, role=role, password=password)
        clerk = Actor.of_staff(staff.by_email(session, MANAGER))
        return arrived(session, customer, clerk, (selling.PADS, 4)).order_code

    return committed(database, make)


@pytest.fixture
def client(api_app: Flask, order_code: str) -> FlaskClient:
    return api_app.test_client()


def wish(order_code: str, pieces: int = 1, **more: Any) -> dict[str, Any]:
    lines = [{"part_code": "06455-KVB-T01", "quantity": pieces}]
    told = {"order_code": order_code, "kind": "return", "reason": "salah ukuran", "lines": lines}
    return told | more


def read(client: FlaskClient, path: str) -> Any:
    return client.get(f"/api/v1/{path}", headers=TOKEN).get_json()


def on_hand(database: sa.Engine) -> int:
    return committed(database, lambda session: stock.level(session, selling.PADS).on_hand)


def test_a_return_goes_from_the_wish_to_the_refund_with_the_manager_named(
    client: FlaskClient, database: sa.Engine, order_code: str
) -> None:
    made = send(client, "returns", wish(order_code), "erp-1").get_json()
    code = made["return_code"]
    assert (made["state"], made["worth_idr"], made["order_code"]) == ("asked", 50_000, order_code)
    by = {"staff": MANAGER}
    assert send(client, f"returns/{code}/approve", by).get_json()["state"] == "approved"
    lines = [{"part_code": selling.PADS, "condition": "unopened"}]
    here = send(client, f"returns/{code}/receive", by | {"lines": lines}).get_json()
    assert (here["state"], here["lines"][0]["restock"]) == ("received", True)
    assert on_hand(database) == 17
    good = send(client, f"returns/{code}/settle", by | {"outcome": "refund"}).get_json()
    assert (good["state"], good["outcome"], good["amount_idr"]) == ("settled", "refund", 50_000)
    assert good["decided_by"] == "manager"
    assert read(client, f"returns/{code}") == good
    assert read(client, "returns?state=settled")["items"] == [good]
    assert read(client, "returns?state=asked")["items"] == []


def test_a_wish_sent_again_with_its_key_is_one_return(client: FlaskClient, order_code: str) -> None:
    first = send(client, "returns", wish(order_code), "erp-1")
    again = send(client, "returns", wish(order_code), "erp-1")
    assert first.get_json() == again.get_json()
    assert len(read(client, "returns")["items"]) == 1


@pytest.mark.parametrize(
    ("told", "status", "code"),
    [
        ({}, 422, "input_unusable"),
        ({"staff": "nobody@toko.example"}, 422, "staff_unknown"),
        ({"staff": AGENT}, 403, "staff_may_not"),
    ],
)
def test_a_decision_needs_a_person_who_may_make_it(
    client: FlaskClient, order_code: str, told: dict[str, str], status: int, code: str
) -> None:
    return_code = send(client, "returns", wish(order_code)).get_json()["return_code"]
    refused = send(client, f"returns/{return_code}/approve", told)
    assert (refused.status_code, refused.get_json()["code"]) == (status, code)
    assert read(client, f"returns/{return_code}")["state"] == "asked"


@pytest.mark.parametrize(
    ("path", "told", "status", "code"),
    [
        ("returns", wish("P-XXXXX"), 404, "order_not_found"),
        ("returns", {"pieces": 5}, 409, "return_too_many"),
        ("returns", {"kind": "warranty"}, 409, "no_warranty"),
        ("returns/{code}/receive", {"staff": MANAGER, "lines": [
            {"part_code": selling.PADS, "condition": "opened"}]}, 409, "illegal_transition"),
        ("returns/{code}/settle", {"staff": MANAGER, "outcome": "refund"}, 409,
         "illegal_transition"),
        ("returns/R-XXXXX/approve", {"staff": MANAGER}, 404, "return_not_found"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_and_changes_nothing(
    client: FlaskClient, database: sa.Engine, order_code: str,
    path: str, told: dict[str, Any], status: int, code: str,
) -> None:  # fmt: skip
    made = send(client, "returns", wish(order_code)).get_json()
    if path == "returns" and "order_code" not in told:
        told = wish(order_code, **told)
    refused = send(client, path.format(code=made["return_code"]), told)
    assert (refused.status_code, refused.get_json()["code"]) == (status, code)
    assert read(client, "returns")["items"] == [made]
    assert on_hand(database) == 16


def test_points_are_read_with_their_ledger(
    client: FlaskClient, database: sa.Engine, order_code: str
) -> None:
    def customer_of(session: Any) -> str:
        return orders.view(session, orders.by_code(session, order_code)).customer_id

    customer_id = committed(database, customer_of)
    points = read(client, f"customers/{customer_id}/points")
    assert (points["balance"], points["owed"], points["tier"]) == (20, 0, "bronze")
    [entry] = read(client, f"customers/{customer_id}/points/entries")["items"]
    assert (entry["kind"], entry["points"], entry["order_code"]) == ("earned", 20, order_code)


def test_promotions_and_bargains_are_read_and_unknown_states_refused(client: FlaskClient) -> None:
    assert read(client, "promotions?state=running") == {"items": [], "next": None}
    assert read(client, "bargains?state=offered") == {"items": []}
    assert read(client, "promotions?state=eaten")["code"] == "input_unusable"
    assert read(client, "bargains?state=eaten")["code"] == "input_unusable"
