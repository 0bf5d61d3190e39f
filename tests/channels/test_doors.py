"""Nothing that is unpaid or ended is packed or sent, by whatever door somebody tries it."""

from __future__ import annotations

import ast
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from typer.testing import CliRunner

from channels import tasks
from channels.cli.shipping import app as sapa_shipping
from channels.context import Context
from crm_core import checkout, clock, orders, shipments
from crm_core.errors import CrmError
from crm_core.orders import Order
from crm_core.timeline import Actor
from tests import factories, selling
from tests.channels.desk import desk_of, member

ROOT = Path(__file__).resolve().parents[2]
TOKEN = {"Authorization": "Bearer api-token-of-the-tests"}
ENDS = ("awaiting_payment", "cancelled", "expired")


@pytest.fixture(params=ENDS)
def code(asleep: Context, request: pytest.FixtureRequest) -> str:
    """An order that must not leave: unpaid, cancelled or expired."""
    with asleep.unit_of_work() as session:
        selling.part(session)
        selling.account(session)
        customer = factories.conversation(session).customer
        order, _ = selling.placed(session, customer)
        if request.param == "cancelled":
            checkout.cancel(session, order, actor=Actor.customer(customer), reason="tidak jadi")
        if request.param == "expired":
            order.expires_at = clock.now()
            session.flush()
            checkout.expire_due(session)
        assert str(order.state) == request.param
        return order.order_code


def facts(here: Context, code: str) -> tuple[object, ...]:
    """All that a parcel that leaves would change."""
    with here.unit_of_work() as session:
        order = orders.by_code(session, code)
        return (
            order.state, order.packed_at, order.shipped_at, order.delivered_at,
            order.tracking_number, selling.level(session), shipments.events(session, order),
            shipments.batch_of(session, order),
        )  # fmt: skip


def test_by_the_console(asleep: Context, flask_app: Flask, code: str) -> None:
    desk = desk_of(flask_app, member(asleep, "admin", "Admin"))
    before = facts(asleep, code)
    forms = {
        "pack": {}, "ship": {"courier": "JNE", "tracking_number": "JP12345"}, "hand-over": {},
        "deliver": {}, "complete": {}, "tracking": {"tracking_number": "JP12345"},
        "events": {"kind": "picked_up"}, "cash": {"amount": "59000", "receipt": "K1"},
    }  # fmt: skip
    for move, form in forms.items():
        told = 422 if form else 303  # what was typed stands there again
        assert desk.post(f"/console/orders/{code}/{move}", form).status_code == told, move
        assert facts(asleep, code) == before, move
    batch = {"method": "driver", "courier": "Edi", "order": [code]}
    assert desk.post("/console/shipping/batches", batch).status_code == 422
    assert facts(asleep, code) == before


def test_by_the_api(asleep: Context, flask_app: Flask, code: str) -> None:
    before = facts(asleep, code)
    now = clock.now().isoformat()
    for told in (
        {"ship": True, "courier": "JNE"},
        {"tracking_number": "JP12345", "courier": "JNE"},
        {"events": [{"at": now, "kind": "picked_up"}]},
        {"events": [{"at": now, "kind": "delivered"}]},
    ):
        answer = flask_app.test_client().post(
            "/api/v1/shipments", json={"order_code": code, **told}, headers=TOKEN
        )
        assert answer.status_code == 409, told
        assert facts(asleep, code) == before, told


def test_by_the_command_line(
    asleep: Context, code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SAPA_DATABASE_URL", str(asleep.settings.database_url))
    monkeypatch.setenv("SAPA_DATA_DIR", str(tmp_path))
    file = tmp_path / "resi.csv"
    file.write_text(f"order_code,tracking_number,courier\n{code},JP12345,JNE\n", encoding="utf-8")
    before = facts(asleep, code)
    for more in ([], ["--ship"]):
        done = CliRunner().invoke(sapa_shipping, ["track", str(file), *more])
        assert done.exit_code != 0
        assert "tracking_not_possible" in done.output
    assert facts(asleep, code) == before


def test_by_the_jobs(asleep: Context, code: str) -> None:
    before = facts(asleep, code)
    for job in (
        tasks.sweep, tasks.expire_orders, tasks.remind_payers, tasks.tell_arrivals,
        tasks.match_wishes, tasks.seal_timeline, tasks.look_after_handoffs,
    ):  # fmt: skip
        job()
        assert facts(asleep, code)[:5] == before[:5], job.name


@pytest.mark.parametrize("kind", ["customer", "bot"])
def test_by_the_bot_or_the_customer_not_even_what_is_paid(asleep: Context, kind: str) -> None:
    with asleep.unit_of_work() as session:
        selling.part(session)
        selling.account(session)
        customer = factories.conversation(session).customer
        order, payment = selling.placed(session, customer)
        clerk = Actor.of_staff(factories.member(session))
        selling.pay(session, payment, clerk)
        actor = Actor.bot() if kind == "bot" else Actor.customer(customer)
        refuse(session.begin_nested, lambda: orders.pack(session, order, actor))
        orders.pack(session, order, clerk)
        refuse(session.begin_nested, lambda: orders.ship(session, order, actor, "JNE"))
        refuse(session.begin_nested, lambda: orders.hand_over(session, order, actor))
        assert str(order.state) == "packed"


def refuse(savepoint: Callable[[], object], deed: Callable[[], Order]) -> None:
    with pytest.raises(CrmError) as refused, savepoint():  # type: ignore[attr-defined]
        deed()
    assert refused.value.code == "illegal_transition"


def test_what_talks_with_customers_does_not_even_name_the_verbs_that_send() -> None:
    verbs = {"pack", "ship", "hand_over", "ship_order", "pack_order", "take_number", "add_event"}
    folders = ("actions", "channels/twilio", "channels/webchat", "channels/loopback")
    files = [path for folder in folders for path in (ROOT / folder).glob("*.py")]
    files += [ROOT / "channels" / name for name in ("intake.py", "turns.py", "tasks.py")]
    assert len(files) > 40
    named = {
        (path.name, node.attr)
        for path in files
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute)
        and node.attr in verbs
        and isinstance(node.value, ast.Name)
        and node.value.id in {"orders", "shipments"}
    }
    assert named == set()
