"""Every list as a table: filtered, sorted, leafed through and taken away as a file."""

from __future__ import annotations

import csv
import io

import pytest
from flask import Flask

from channels.context import Context
from tests import selling
from tests.channels.desk import Desk, a_case, desk_of, member


@pytest.fixture
def manager(asleep: Context, flask_app: Flask) -> Desk:
    a_case(asleep)
    with asleep.unit_of_work() as session:
        selling.part(session, "11111AAA111", name="=1+1 Busi", price=20_000, pieces=0)
        selling.part(session, "22222BBB222", name="Aki Kering", price=None, pieces=3)
    return desk_of(flask_app, member(asleep, "manager", "Rina"))


def rows_of(desk: Desk, address: str) -> list[dict[str, str]]:
    answer = desk.get(address)
    assert answer.mimetype == "text/csv", answer.status_code
    text = answer.get_data(as_text=True).removeprefix("\ufeff")
    return list(csv.DictReader(io.StringIO(text)))


def test_a_list_is_sorted_by_a_column_with_the_unknown_last(manager: Desk) -> None:
    up = rows_of(manager, "/console/lists/parts.csv?sort=price_idr")
    down = rows_of(manager, "/console/lists/parts.csv?sort=-price_idr")
    assert [row["price_idr"] for row in up] == ["20000", "50000", ""]
    assert [row["price_idr"] for row in down] == ["50000", "20000", ""]


def test_a_file_holds_what_was_filtered_and_runs_no_formula(manager: Desk) -> None:
    rows = rows_of(manager, "/console/lists/stock.csv?q=busi")
    assert [row["name"] for row in rows] == ["'=1+1 Busi"]
    assert rows_of(manager, "/console/lists/orders.csv?is_state=completed") == []
    assert len(rows_of(manager, "/console/lists/orders.csv?is_state=awaiting_payment")) == 1
    assert rows_of(manager, "/console/lists/orders.csv?until=2020-01-01") == []


def test_a_long_list_is_leafed_through_and_each_row_is_met_once(
    asleep: Context, manager: Desk
) -> None:
    with asleep.unit_of_work() as session:
        for number in range(60):
            selling.part(session, f"99999{number:03d}", name="Baut", pieces=0)
    first = manager.text("/console/lists/parts?q=baut&sort=name")
    second = manager.text("/console/lists/parts?q=baut&sort=name&page=2")
    codes = [f"99999{number:03d}" for number in range(60)]
    assert [code in first for code in codes] == [True] * 50 + [False] * 10
    assert [code in second for code in codes] == [False] * 50 + [True] * 10
    assert "Halaman 2 dari 2" in second


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ("sort=password_hash", "Kolom itu tidak ada"),
        ("is_state=';drop", "Pilihan itu tidak ada"),
        ("is_recipient=Budi", "Pilihan itu tidak ada"),
        ("since=kemarin", "Tanggalnya tidak benar"),
    ],
)
def test_what_a_list_does_not_know_is_refused(manager: Desk, asked: str, told: str) -> None:
    answer = manager.get(f"/console/lists/orders?{asked}")
    assert answer.status_code == 422
    assert told in answer.get_data(as_text=True)


def test_an_agent_reads_lists_of_their_work_and_takes_none_away(
    asleep: Context, flask_app: Flask
) -> None:
    a_case(asleep)
    desk = desk_of(flask_app, member(asleep))
    assert desk.get("/console/lists/orders").status_code == 200
    assert desk.get("/console/lists/wishes").status_code == 403
    assert desk.get("/console/lists/customers.csv").status_code == 403
    assert desk.get("/console/lists/nothing").status_code == 404
