"""Bookings told over the API: the same way into the books as a bank's file, and only once."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from crm_core import clock, payments, staff
from crm_core.timeline import Actor
from tests import banking, factories, selling
from tests.world import committed

TOKEN = {"Authorization": "Bearer api-token-of-the-tests"}


@pytest.fixture
def client(api_app: Flask) -> Iterator[FlaskClient]:
    with api_app.test_client() as client:
        yield client


@pytest.fixture
def due(client: FlaskClient, database: sa.Engine) -> tuple[str, int]:
    """An order that waits for its money: its code and what is due."""

    def prepare(session: Session) -> tuple[str, int]:
        selling.part(session)
        selling.account(session)
        order, payment = selling.placed(session, factories.conversation(session).customer)
        return order.order_code, int(payment.amount_due_idr)

    return committed(database, prepare)


def booking(amount: int, reference: str = "FT-1", **more: Any) -> dict[str, Any]:
    return {
        "booked_on": clock.local_date(clock.now()).isoformat(),
        "direction": "in",
        "amount_idr": amount,
        "description": "TRSF BUDI",
        "reference": reference,
    } | more


def post(client: FlaskClient, *items: dict[str, Any], key: str | None = None) -> TestResponse:
    headers = TOKEN | ({"Idempotency-Key": key} if key else {})
    told = {"account": banking.ACCOUNT, "items": items}
    return client.post("/api/v1/bank-mutations", json=told, headers=headers)


def state(client: FlaskClient, code: str) -> str:
    answer = client.get(f"/api/v1/orders/{code}", headers=TOKEN).get_json()
    return str(answer["state"])


def stored(client: FlaskClient) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = client.get("/api/v1/bank-mutations", headers=TOKEN).get_json()[
        "items"
    ]
    return items


def test_a_booking_pays_its_order_and_an_unknown_one_waits(
    client: FlaskClient, due: tuple[str, int]
) -> None:
    code, amount = due
    answer = post(client, booking(amount), booking(75_000, "FT-2", description="SETORAN"))
    assert answer.status_code == 200, answer.text
    paid, unknown = answer.get_json()["items"]
    assert (paid["state"], paid["order_code"], paid["reference"]) == ("booked", code, "FT-1")
    assert (unknown["state"], unknown["difference"]["kind"]) == ("open", "unknown")
    assert state(client, code) == "paid"


@pytest.mark.parametrize("key", [None, "other"])
def test_a_booking_told_again_is_known(
    client: FlaskClient, due: tuple[str, int], key: str | None
) -> None:
    post(client, booking(due[1]), key="first")
    again = post(client, booking(due[1]), booking(90_000, "FT-9"), key=key).get_json()
    assert again["known"] == [1]
    assert [one["reference"] for one in again["items"]] == ["FT-9"]
    assert len(stored(client)) == 2


def test_the_same_key_gets_the_first_answer(client: FlaskClient, due: tuple[str, int]) -> None:
    first = post(client, booking(due[1]), key="k")
    again = post(client, booking(due[1]), key="k")
    assert again.get_json() == first.get_json()
    assert again.headers["Idempotency-Replayed"] == "true"
    other = post(client, booking(due[1] + 1, "FT-3"), key="k")
    assert (other.status_code, other.get_json()["code"]) == (422, "idempotency_key_reused")
    assert len(stored(client)) == 1


def test_a_reference_with_another_amount_is_refused_with_all_its_list(
    client: FlaskClient, due: tuple[str, int]
) -> None:
    post(client, booking(75_000, "FT-7"))
    refused = post(client, booking(due[1], "FT-8"), booking(76_000, "FT-7"))
    assert (refused.status_code, refused.get_json()["code"]) == (409, "reference_used")
    assert refused.get_json()["row"] == 2
    assert [one["reference"] for one in stored(client)] == ["FT-7"]
    assert state(client, due[0]) == "awaiting_payment"


@pytest.mark.parametrize(
    ("items", "code"),
    [
        ([booking(5_000), booking(6_000)], "reference_twice"),
        (
            [booking(5_000, booked_on=(clock.now() + timedelta(days=3)).date().isoformat())],
            "booking_invalid",
        ),
        ([booking(0)], "input_unusable"),
        ([], "input_unusable"),
    ],
)
def test_what_no_bank_would_show_is_refused(
    client: FlaskClient, due: tuple[str, int], items: list[dict[str, Any]], code: str
) -> None:
    refused = post(client, *items)
    assert (refused.status_code, refused.get_json()["code"]) == (422, code)
    assert stored(client) == []


def test_days_that_a_file_covered_are_left_to_files(
    client: FlaskClient, database: sa.Engine, due: tuple[str, int]
) -> None:
    committed(database, lambda session: banking.brought(session, banking.row(75_000)) and None)
    refused = post(client, booking(due[1]))
    assert (refused.status_code, refused.get_json()["code"]) == (409, "statement_shape_differs")
    assert state(client, due[0]) == "awaiting_payment"


def test_the_books_of_a_day_add_up(client: FlaskClient, due: tuple[str, int]) -> None:
    code, amount = due
    post(client, booking(amount), booking(75_000, "FT-2"), booking(9_000, "FT-3", direction="out"))
    today = clock.local_date(clock.now()).isoformat()
    books = client.get(f"/api/v1/reconciliation?day={today}", headers=TOKEN).get_json()
    assert books["day"] == today
    assert books["sums"] == {
        "expected_idr": amount,
        "expected_paid_idr": amount,
        "came_idr": amount + 75_000,
        "on_word_idr": 0,
        "cash_idr": 0,
        "went_idr": 9_000,
        "sent_back_idr": 0,
        "differences_open_idr": 75_000,
    }
    (expected,) = books["expected"]
    assert (expected["order_code"], expected["outcome"]) == (code, "paid")
    assert expected["bank_account"]["number"] == banking.ACCOUNT
    came = [(one["direction"], one["state"], one["order_code"]) for one in books["came"]]
    assert came == [("in", "booked", code), ("in", "open", None), ("out", "outgoing", None)]
    assert [one["kind"] for one in books["differences"]] == ["unknown"]


def test_each_account_has_its_own_sums_and_each_difference_an_owner(
    client: FlaskClient, database: sa.Engine, due: tuple[str, int]
) -> None:
    def second_account(session: Session) -> str:
        selling.account(session, "5550001112", position=1)
        return Actor.of_staff(factories.member(session, "manager", "Rina")).name

    committed(database, second_account)
    amount = due[1]
    post(client, booking(amount), booking(75_000, "FT-2"))
    told = {"account": "5550001112", "items": [booking(31_000, "FT-9")]}
    client.post("/api/v1/bank-mutations", json=told, headers=TOKEN)
    today = clock.local_date(clock.now()).isoformat()

    def take(session: Session) -> None:
        rina = next(one for one in staff.listing(session) if one.name == "Rina")
        for task in payments.worklist.differences(session, unsettled=True):
            if task.amount_idr == 31_000:
                payments.take(session, task.id, actor=Actor.of_staff(rina))

    committed(database, take)
    books = client.get(f"/api/v1/reconciliation?day={today}", headers=TOKEN).get_json()
    sums = {one["bank_account"]["number"]: one for one in books["accounts"]}
    assert sums[banking.ACCOUNT]["expected_paid_idr"] == amount
    assert sums[banking.ACCOUNT]["came_idr"] == amount + 75_000
    assert sums[banking.ACCOUNT]["differences_open_idr"] == 75_000
    assert (sums["5550001112"]["came_idr"], sums["5550001112"]["expected_idr"]) == (31_000, 0)
    for name, total in books["sums"].items():
        assert sum(one[name] for one in books["accounts"]) == total, name
    owners = {one["amount_idr"]: one["owner"] for one in books["differences"]}
    assert owners == {75_000: None, 31_000: "Rina"}


def test_the_books_as_a_file_have_the_same_rows_with_an_owner_each(
    client: FlaskClient, due: tuple[str, int]
) -> None:
    code, amount = due
    post(client, booking(amount), booking(75_000, "FT-2", description="=HYPERLINK(1)"))
    today = clock.local_date(clock.now()).isoformat()
    answer = client.get(f"/api/v1/reconciliation.csv?day={today}", headers=TOKEN)
    assert answer.content_type == "text/csv; charset=utf-8"
    assert today in answer.headers["Content-Disposition"]
    rows = list(csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff"))))
    shown = [(one["section"], one["order"], one["amount_idr"], one["owner"]) for one in rows]
    assert shown == [
        ("expected", code, str(amount), ""),
        ("received", code, str(amount), ""),
        ("received", "", "75000", ""),
        ("difference", "", "75000", "manager"),
    ]
    assert not any(one["text"].startswith("=") for one in rows)


@pytest.mark.parametrize(
    "day", ["", "?day=", "?day=2026-13-01", "?day=9999-12-31", "?day=0001-01-01"]
)
def test_a_day_that_is_none_is_refused(client: FlaskClient, day: str) -> None:
    refused = client.get(f"/api/v1/reconciliation{day}", headers=TOKEN)
    assert refused.status_code == 422
    assert refused.content_type == "application/problem+json"
