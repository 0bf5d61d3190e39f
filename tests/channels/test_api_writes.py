"""Writes over the API: each request is done once, whatever is sent again and when."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from crm_core import db, orders, payments, stock
from crm_core.timeline import Actor
from tests import factories, selling
from tests.world import committed

TOKEN = {"Authorization": "Bearer api-token-of-the-tests"}
DELIVERY = {
    "supplier": "Astra Motor",
    "document": "SJ-1",
    "lines": [{"part_code": selling.PADS, "quantity": 5}],
}


@pytest.fixture
def app(api_app: Flask, database: sa.Engine) -> Flask:
    """The application and a shop that has ten sets of brake pads."""
    committed(database, lambda session: selling.part(session) and None)
    return api_app


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


def send(
    client: FlaskClient, path: str, told: Any, key: str | None = None, method: str = "POST"
) -> TestResponse:
    headers = TOKEN | ({"Idempotency-Key": key} if key is not None else {})
    return client.open(f"/api/v1/{path}", method=method, json=told, headers=headers)


def pieces(database: sa.Engine) -> int:
    return committed(database, lambda session: stock.available(session, selling.PADS))


def test_the_same_key_again_gets_the_first_answer_and_changes_nothing(
    client: FlaskClient, database: sa.Engine
) -> None:
    first = send(client, "goods-receipts", DELIVERY, "k-1")
    again = send(client, "goods-receipts", DELIVERY, "k-1")
    assert first.status_code == 200, first.text
    assert again.get_json() == first.get_json()
    assert "Idempotency-Replayed" not in first.headers
    assert again.headers["Idempotency-Replayed"] == "true"
    assert pieces(database) == 15


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("goods-receipts", DELIVERY | {"document": "SJ-2"}),
        ("parts", {"items": [{"part_code": selling.PADS, "price_idr": 1}]}),
    ],
)
def test_a_key_that_named_another_request_is_refused(
    client: FlaskClient, database: sa.Engine, path: str, told: dict[str, Any]
) -> None:
    send(client, "goods-receipts", DELIVERY, "k-1")
    refused = send(client, path, told, "k-1")
    assert (refused.status_code, refused.get_json()["code"]) == (422, "idempotency_key_reused")
    assert refused.content_type == "application/problem+json"
    assert pieces(database) == 15


def test_a_refused_request_leaves_its_key_free(client: FlaskClient, database: sa.Engine) -> None:
    wrong = DELIVERY | {"lines": [{"part_code": "NOSUCHPART", "quantity": 5}]}
    assert send(client, "goods-receipts", wrong, "k-1").status_code == 404
    assert pieces(database) == 10
    assert send(client, "goods-receipts", DELIVERY, "k-1").status_code == 200
    assert pieces(database) == 15


def test_a_key_whose_request_is_at_work_is_told_to_wait(
    client: FlaskClient, database: sa.Engine
) -> None:
    with db.unit_of_work(db.sessions(database)) as other:
        db.lock_key(other, "api:k-1")
        refused = send(client, "goods-receipts", DELIVERY, "k-1")
        assert (refused.status_code, refused.get_json()["code"]) == (409, "request_in_progress")
    assert pieces(database) == 10
    assert send(client, "goods-receipts", DELIVERY, "k-1").status_code == 200


def test_eight_equal_requests_at_once_are_one(app: Flask, database: sa.Engine) -> None:
    with ThreadPoolExecutor(8) as pool:
        answers = list(
            pool.map(lambda _: send(app.test_client(), "goods-receipts", DELIVERY, "k-1"), range(8))
        )
    assert {answer.status_code for answer in answers} <= {200, 409}
    done = [a for a in answers if a.status_code == 200]
    assert len([a for a in done if "Idempotency-Replayed" not in a.headers]) == 1
    assert pieces(database) == 15


@pytest.mark.parametrize("key", ["", "x" * 201, "schlüssel"])
def test_a_key_that_cannot_be_kept_is_refused(
    client: FlaskClient, database: sa.Engine, key: str
) -> None:
    refused = send(client, "goods-receipts", DELIVERY, key)
    assert (refused.status_code, refused.get_json()["code"]) == (422, "idempotency_key_invalid")
    assert pieces(database) == 10


@pytest.mark.parametrize("text", ["a\0b", "\ud800"])
def test_text_that_cannot_be_stored_is_refused(
    client: FlaskClient, database: sa.Engine, text: str
) -> None:
    refused = send(client, "goods-receipts", DELIVERY | {"supplier": text})
    assert (refused.status_code, refused.get_json()["code"]) == (422, "text_unusable")
    assert pieces(database) == 10


def test_a_list_of_parts_tells_what_became_of_each_row(
    client: FlaskClient, database: sa.Engine
) -> None:
    rows = [
        {"part_code": selling.PADS, "price_idr": 61_000, "stock": 12},
        {"part_code": "17210-K0J-N00", "name": "Saringan Udara", "price_idr": 72_000, "stock": 4},
        {"part_code": "NAMELESS01", "price_idr": 5_000},
    ]
    answer = send(client, "parts", {"items": rows}).get_json()
    assert answer == {
        "inserted": 1,
        "updated": 1,
        "unchanged": 0,
        "rejected": [{"row": 3, "part_code": "NAMELESS01", "reason": "name_missing"}],
    }
    part = client.get(f"/api/v1/parts/{selling.PADS}", headers=TOKEN).get_json()
    assert (part["price_idr"], part["stock_available"]) == (61_000, 12)
    assert send(client, "parts", {"items": rows[:2]}).get_json()["unchanged"] == 2


@pytest.mark.parametrize("price", [-1, 1.5, "61000", True])
def test_a_price_that_is_no_whole_rupiah_refuses_the_list(
    client: FlaskClient, database: sa.Engine, price: Any
) -> None:
    rows = [{"part_code": selling.PADS, "stock": 1}, {"part_code": "X17210", "price_idr": price}]
    refused = send(client, "parts", {"items": rows})
    assert refused.status_code == 422
    assert list(refused.get_json()["errors"]["json"]["items"]) == ["1"]
    assert pieces(database) == 10


def test_a_count_sets_the_shelf_and_never_below_what_is_held(
    client: FlaskClient, database: sa.Engine
) -> None:
    def hold(session: sa.orm.Session) -> None:
        selling.account(session)
        selling.placed(session, factories.conversation(session).customer, [(selling.PADS, 3)])

    committed(database, hold)
    path = f"parts/{selling.PADS}/stock"
    counted = send(client, path, {"on_hand": 7, "reason": "opname"}, method="PUT")
    assert counted.get_json() == {
        "part_code": selling.PADS,
        "on_hand": 7,
        "reserved": 3,
        "available": 4,
    }
    refused = send(client, path, {"on_hand": 2, "reason": "opname"}, method="PUT")
    assert (refused.status_code, refused.get_json()["code"]) == (409, "stock_reserved")
    assert pieces(database) == 4


def test_class_prices_are_set_together_or_not_at_all(
    client: FlaskClient, database: sa.Engine
) -> None:
    path = f"parts/{selling.PADS}/prices"
    good = {"tiers": [{"price_class": "workshop", "min_quantity": 1, "price_idr": 45_000}]}
    assert send(client, path, good, method="PUT").get_json() == good
    dear = {"tiers": [{"price_class": "workshop", "min_quantity": 1, "price_idr": 55_000}]}
    refused = send(client, path, dear, method="PUT")
    assert (refused.status_code, refused.get_json()["code"]) == (422, "tier_invalid")
    assert client.get(f"/api/v1/{path}", headers=TOKEN).get_json() == good
    assert client.get("/api/v1/parts/NOPART/prices", headers=TOKEN).status_code == 404


@pytest.fixture
def order_code(client: FlaskClient, database: sa.Engine) -> str:
    """An order that waits for its money."""

    def place(session: sa.orm.Session) -> str:
        selling.account(session)
        return selling.placed(session, factories.conversation(session).customer)[0].order_code

    return committed(database, place)


def paid(database: sa.Engine, code: str) -> None:
    def pay(session: sa.orm.Session) -> None:
        payment = payments.for_order_locked(session, orders.by_code(session, code))
        assert payment is not None
        selling.pay(session, payment, Actor.of_staff(factories.member(session)))

    committed(database, pay)


def test_a_paid_order_is_packed_and_leaves_once(
    client: FlaskClient, database: sa.Engine, order_code: str
) -> None:
    paid(database, order_code)
    packed = send(client, f"orders/{order_code}/pack", {}, "p")
    assert packed.status_code == 200, packed.text
    assert packed.get_json()["state"] == "packed"
    told = {"courier": "JNE", "tracking_number": "jp 123-456"}
    left = send(client, f"orders/{order_code}/ship", told, "s").get_json()
    assert (left["state"], left["courier"], left["tracking_number"]) == (
        "shipped",
        "JNE",
        "JP123456",
    )
    assert send(client, f"orders/{order_code}/ship", told, "s").get_json() == left
    refused = send(client, f"orders/{order_code}/ship", told)
    assert refused.status_code == 409


@pytest.mark.parametrize(("verb", "told"), [("pack", {}), ("ship", {"courier": "JNE"})])
def test_an_unpaid_order_is_neither_packed_nor_sent(
    client: FlaskClient, order_code: str, verb: str, told: dict[str, str]
) -> None:
    refused = send(client, f"orders/{order_code}/{verb}", told)
    assert (refused.status_code, refused.get_json()["code"]) == (409, "illegal_transition")
    order = client.get(f"/api/v1/orders/{order_code}", headers=TOKEN).get_json()
    assert (order["state"], order["courier"]) == ("awaiting_payment", None)


def test_a_cancelled_order_frees_its_pieces_once(
    client: FlaskClient, database: sa.Engine, order_code: str
) -> None:
    assert pieces(database) == 9
    path, told = f"orders/{order_code}/cancel", {"reason": "salah input"}
    cancelled = send(client, path, told)
    assert cancelled.status_code == 200, cancelled.text
    assert cancelled.get_json()["state"] == "cancelled"
    assert send(client, path, told).status_code == 409
    assert pieces(database) == 10


def test_an_order_shows_its_notes_when_read_listed_and_moved_on(
    client: FlaskClient, database: sa.Engine, order_code: str
) -> None:
    plain = client.get(f"/api/v1/orders/{order_code}", headers=TOKEN).get_json()
    assert (plain["note"], [line["note"] for line in plain["lines"]]) == (None, [None])

    def write(session: sa.orm.Session) -> None:
        order = orders.by_code(session, order_code)
        orders.write_note(session, order, "titip satpam", actor=Actor.bot())
        orders.write_note(session, order, "yang <kiri>", actor=Actor.bot(), part_code=selling.PADS)

    committed(database, write)
    one = client.get(f"/api/v1/orders/{order_code}", headers=TOKEN).get_json()
    listed = client.get("/api/v1/orders", headers=TOKEN).get_json()["items"]
    moved = send(client, f"orders/{order_code}/cancel", {"reason": "salah input"}).get_json()
    for shown in (one, *listed, moved):
        assert (shown["note"], [line["note"] for line in shown["lines"]]) == (
            "titip satpam", ["yang <kiri>"]
        )  # fmt: skip


def test_the_description_tells_what_the_notes_of_an_order_are(client: FlaskClient) -> None:
    described = client.get("/api/v1/openapi.json").get_json()["components"]["schemas"]
    for name, about in (("Order", "the whole order"), ("Line", "this part")):
        note = described[name]["properties"]["note"]
        assert note["description"] == f"what the customer wrote to {about}"
        assert "null" in note["type"] or note.get("nullable") is True


def test_the_description_names_the_key_on_every_write(client: FlaskClient) -> None:
    paths = client.get("/api/v1/openapi.json").get_json()["paths"]
    writes = [
        (path, verb)
        for path, verbs in paths.items()
        for verb in verbs
        if verb in {"post", "put", "patch", "delete"}
    ]
    assert len(writes) >= 8
    for path, verb in writes:
        names = {one.get("name") for one in paths[path][verb].get("parameters", [])}
        assert "Idempotency-Key" in names, (verb, path)
