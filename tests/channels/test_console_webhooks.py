"""Receivers of webhooks in the console: made, looked after, seen by managers only."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from channels.context import Context
from channels.i18n import has
from crm_core import stock, webhooks
from crm_core.webhooks import TYPES, DeliveryState, EndpointState, WebhookEndpoint
from tests import selling
from tests.channels.desk import Desk, desk_of, member

URL = "https://erp.example/sapa"
NEW = {"url": URL, "note": "ERP gudang", "type": ["order.paid", "stock.changed"]}


@pytest.fixture
def rina(asleep: Context, flask_app: Flask) -> Desk:
    return desk_of(flask_app, member(asleep, "manager", "Rina"))


@pytest.fixture
def siti(asleep: Context, flask_app: Flask) -> Desk:
    return desk_of(flask_app, member(asleep, name="Siti"))


def only(here: Context) -> WebhookEndpoint:
    with here.unit_of_work() as session:
        return session.scalars(sa.select(WebhookEndpoint)).one()


@pytest.fixture
def made(asleep: Context, rina: Desk) -> str:
    rina.post("/console/webhooks", NEW)
    return only(asleep).public_id


def moved(here: Context) -> int:
    """A part comes into stock; the id of the delivery that tells it."""
    with here.unit_of_work() as session:
        selling.part(session, pieces=0)
        stock.receive(session, selling.PADS, 3, selling.CLERK)
    with here.unit_of_work() as session:
        return webhooks.deliveries(session).items[0].id


def test_a_receiver_is_added_and_its_secret_shown_only_when_asked_for(
    asleep: Context, rina: Desk, made: str
) -> None:
    row = only(asleep)
    assert (row.url, row.note, row.types) == (URL, "ERP gudang", ["order.paid", "stock.changed"])
    page = rina.get(f"/console/webhooks/{made}").text
    assert URL in page
    assert row.secret not in page
    assert row.secret in rina.post(f"/console/webhooks/{made}/secret", {}).text
    with asleep.unit_of_work() as session:
        assert selling.actions(session, "webhook", row.id) == [
            ("added", "staff"),
            ("secret_shown", "staff"),
        ]


@pytest.mark.parametrize(
    "told",
    [
        {**NEW, "url": ""},
        {**NEW, "url": "http://erp.example"},
        {**NEW, "url": "https://127.0.0.1/"},
        {**NEW, "url": "https://10.1.2.3/"},
        {**NEW, "url": "erp.example"},
        {**NEW, "url": "https://erp.example/" + "a" * 500},
        {**NEW, "type": []},
        {**NEW, "type": ["order.eaten"]},
        {**NEW, "note": "x" * 121},
    ],
)
def test_a_form_that_cannot_be_says_why_keeps_what_was_typed_and_adds_nothing(
    asleep: Context, rina: Desk, told: dict[str, Any]
) -> None:
    answer = rina.post("/console/webhooks", told)
    assert answer.status_code == 422
    assert 'class="field-wrong"' in answer.text
    with asleep.unit_of_work() as session:
        assert webhooks.endpoints(session) == []


def test_what_was_typed_is_shown_escaped(rina: Desk) -> None:
    page = rina.post("/console/webhooks", {**NEW, "url": "x", "note": '"><script>1</script>'}).text
    assert "<script>1" not in page
    assert "&lt;script&gt;1" in page


def test_a_receiver_is_changed_paused_resumed_and_removed(
    asleep: Context, rina: Desk, made: str
) -> None:
    rina.post(f"/console/webhooks/{made}", {**NEW, "type": ["order.placed"], "note": ""})
    assert (only(asleep).types, only(asleep).note) == (["order.placed"], "")
    for move, state in (
        ("pause", EndpointState.PAUSED),
        ("resume", EndpointState.ACTIVE),
        ("remove", EndpointState.REMOVED),
    ):
        rina.post(f"/console/webhooks/{made}/{move}", {})
        assert only(asleep).state == state
    assert made not in rina.get("/console/webhooks").text


def test_a_dead_event_is_shown_with_its_reason_and_sent_again(
    asleep: Context, rina: Desk, made: str
) -> None:
    number = moved(asleep)
    with asleep.unit_of_work() as session:
        row = session.get_one(webhooks.WebhookDelivery, number)
        row.state, row.error, row.status, row.attempts = DeliveryState.DEAD, "http_500", 500, 9
    page = rina.get(f"/console/webhooks/{made}?tab=dead").text
    assert "menjawab 500" in page
    assert "Kirim ulang" in page
    assert rina.get("/console").text.count(URL) + rina.get("/console").text.count("ERP gudang") > 0
    rina.post(f"/console/webhooks/{made}/deliveries/{number}", {})
    with asleep.unit_of_work() as session:
        assert webhooks.deliveries(session).items[0].state == DeliveryState.PENDING
        assert webhooks.troubled(session) == []


def test_managers_are_told_of_a_receiver_that_was_paused_by_rule(
    asleep: Context, rina: Desk, siti: Desk, made: str
) -> None:
    assert "ERP gudang" not in rina.get("/console").text
    number = moved(asleep)
    with asleep.unit_of_work() as session:
        webhooks.failed(session, number, "http_410", status=410)
    assert "ERP gudang" in rina.get("/console").text
    assert "ERP gudang" not in siti.get("/console").text
    assert "Dijeda otomatis" in rina.get(f"/console/webhooks/{made}").text


def test_a_trial_waits_for_the_worker(asleep: Context, rina: Desk, made: str) -> None:
    rina.post(f"/console/webhooks/{made}/test", {})
    assert "percobaan" in rina.get(f"/console/webhooks/{made}").text


def test_an_agent_sees_and_changes_nothing(asleep: Context, siti: Desk, made: str) -> None:
    for answer in (
        siti.get("/console/webhooks"),
        siti.get(f"/console/webhooks/{made}"),
        siti.post(f"/console/webhooks/{made}/secret", {}),
        siti.post(f"/console/webhooks/{made}/remove", {}),
        siti.post("/console/webhooks", NEW),
    ):
        assert answer.status_code == 403
    assert only(asleep).state == EndpointState.ACTIVE


def test_an_unknown_receiver_is_a_page_that_is_not_there(rina: Desk) -> None:
    assert rina.get("/console/webhooks/nonsense").status_code == 404


def test_every_event_has_a_name_in_both_languages() -> None:
    names = [kind.replace(".", "_") for kind in (*TYPES, "sapa.test")]
    assert [name for name in names if not has(f"webhooks.kind.{name}")] == []
