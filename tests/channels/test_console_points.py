"""Points set right in the console: by a manager, with a reason, never below nothing."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from flask import Flask

from channels.context import Context
from crm_core import shop
from crm_core.loyalty import PointsAccount, PointsEntry
from tests import factories
from tests.channels.desk import Desk, desk_of


@pytest.fixture
def path(asleep: Context) -> str:
    """Of a customer who has 40 points."""
    with asleep.unit_of_work() as session:
        customer = factories.conversation(session).customer
        session.add(PointsAccount(customer_id=customer.id, balance=40, owed=0))
        session.add(PointsEntry(customer_id=customer.id, kind="earned", points=40, owed=0))
        return f"/console/customers/{customer.public_id}"


def desk(asleep: Context, flask_app: Flask, role: str, name: str) -> Desk:
    with asleep.unit_of_work() as session:
        return desk_of(flask_app, factories.member(session, role, name))


@pytest.fixture
def rina(asleep: Context, flask_app: Flask) -> Desk:
    return desk(asleep, flask_app, "manager", "Rina")


def corrections(asleep: Context) -> list[tuple[int, str, str]]:
    with asleep.unit_of_work() as session:
        rows = session.scalars(sa.select(PointsEntry).where(PointsEntry.kind == "corrected"))
        return [(one.points, one.reason, one.corrected_by) for one in rows]


@pytest.mark.parametrize(
    ("typed", "points"), [("25", 25), ("-40", -40), ("+1", 1), ("1.250", 1250), ("1000000", 10**6)]
)
def test_a_manager_corrects_points_with_a_reason_and_their_name_in_the_ledger(
    asleep: Context, rina: Desk, path: str, typed: str, points: int
) -> None:
    page = rina.send(f"{path}/points", {"points": typed, "reason": " salah hitung "})
    assert corrections(asleep) == [(points, "salah hitung", "Rina")]
    assert "salah hitung · Rina" in page
    assert "Poinnya sudah dikoreksi." in page


@pytest.mark.parametrize(
    ("typed", "reason", "said"),
    [
        ("", "salah", "bilangan bulat"), ("0", "salah", "bilangan bulat"),
        ("1,5", "salah", "bilangan bulat"), ("sepuluh", "salah", "bilangan bulat"),
        ("1000001", "salah", "bilangan bulat"), ("99999999999", "salah", "bilangan bulat"),
        ("-41", "salah", "Poinnya hanya 40"), ("10", "  ", "Tulis alasannya"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_said_and_changes_nothing(
    asleep: Context, rina: Desk, path: str, typed: str, reason: str, said: str
) -> None:
    assert said in rina.send(f"{path}/points", {"points": typed, "reason": reason})
    assert corrections(asleep) == []


def test_an_agent_neither_sees_the_form_nor_may_send_it(
    asleep: Context, flask_app: Flask, path: str
) -> None:
    siti = desk(asleep, flask_app, "agent", "Siti")
    assert "Koreksi poin" not in siti.text(path)
    assert siti.post(f"{path}/points", {"points": "5", "reason": "x"}).status_code == 403
    assert corrections(asleep) == []


def test_a_shop_without_a_programme_has_no_form(asleep: Context, rina: Desk, path: str) -> None:
    with asleep.unit_of_work() as session:
        shop.save_fact(session, "points_per_idr", "0")
    assert "Koreksi poin" not in rina.text(path)
