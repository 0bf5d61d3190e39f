"""Receivers registered, changed, tried and looked after over the API."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from standardwebhooks import Webhook

from crm_core import stock, webhooks
from crm_core.webhooks import WebhookDelivery, WebhookEndpoint
from tests import selling
from tests.channels.test_api_writes import TOKEN, app, client, send
from tests.world import committed

__all__ = ["app", "client"]
NEW = {"url": "https://erp.example/sapa", "types": ["stock.changed", "order.paid"], "note": "ERP"}


def read(client: FlaskClient, path: str) -> Any:
    return client.get(f"/api/v1/{path}", headers=TOKEN).get_json()


@pytest.fixture
def made(client: FlaskClient) -> dict[str, Any]:
    return dict(send(client, "webhook-endpoints", NEW, "e-1").get_json())


def delivery_id(database: sa.Engine) -> int:
    query = sa.select(WebhookDelivery.id)
    return committed(database, lambda session: session.scalars(query).one())


def test_the_secret_is_shown_once_and_signs(client: FlaskClient, made: dict[str, Any]) -> None:
    secret = made.pop("secret")
    assert secret.startswith("whsec_")
    assert Webhook(secret)
    assert made["types"] == ["order.paid", "stock.changed"]
    assert read(client, "webhook-endpoints") == {"items": [made]}
    assert read(client, f"webhook-endpoints/{made['id']}") == made
    assert (made["state"], made["pending"], made["dead"]) == ("active", 0, 0)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"url": "http://erp.example/"}, "webhook_url_not_https"),
        ({"url": "https://169.254.169.254/latest"}, "webhook_url_private"),
        ({"url": "https://10.0.0.1/"}, "webhook_url_private"),
        ({"url": "nonsense"}, "webhook_url_invalid"),
        ({"types": ["order.eaten"]}, "input_unusable"),
        ({"types": []}, "input_unusable"),
        ({"note": "x" * 121}, "input_unusable"),
        ({"colour": "red"}, "input_unusable"),
    ],
)
def test_what_cannot_be_a_receiver_is_refused(
    client: FlaskClient, change: dict[str, Any], code: str
) -> None:
    refused = send(client, "webhook-endpoints", NEW | change)
    assert (refused.status_code, refused.get_json()["code"]) == (422, code)
    assert read(client, "webhook-endpoints") == {"items": []}


def test_a_receiver_is_changed_paused_resumed_and_removed(
    client: FlaskClient, made: dict[str, Any]
) -> None:
    path = f"webhook-endpoints/{made['id']}"
    changed = send(client, path, {"types": ["order.paid"], "state": "paused"}, method="PATCH")
    assert changed.get_json()["types"] == ["order.paid"]
    assert read(client, path)["state"] == "paused"
    assert send(client, path, {"state": "active"}, method="PATCH").get_json()["state"] == "active"
    assert send(client, path, None, method="DELETE").get_json()["state"] == "removed"
    assert read(client, "webhook-endpoints") == {"items": []}
    refused = send(client, path, {"state": "active"}, method="PATCH")
    assert (refused.status_code, refused.get_json()["code"]) == (409, "webhook_removed")


def test_a_new_secret_is_another_one(client: FlaskClient, made: dict[str, Any]) -> None:
    renewed = send(client, f"webhook-endpoints/{made['id']}/secret", None).get_json()
    assert renewed["secret"] != made["secret"]
    assert renewed["id"] == made["id"]


def test_a_delivery_is_found_by_state_and_sent_again(
    client: FlaskClient, database: sa.Engine, made: dict[str, Any]
) -> None:
    committed(database, lambda session: stock.receive(session, selling.PADS, 1, selling.CLERK))
    [waiting] = read(client, f"webhook-deliveries?state=pending&endpoint_id={made['id']}")["items"]
    assert (waiting["type"], waiting["state"], waiting["attempts"]) == (
        "stock.changed",
        "pending",
        0,
    )
    number = delivery_id(database)
    resend = f"webhook-endpoints/{made['id']}/deliveries/{number}/resend"
    assert send(client, resend, None).get_json()["code"] == "delivery_pending"
    committed(database, lambda session: webhooks.delivered(session, number, 200))
    assert send(client, resend, None).get_json() == {"accepted": True}
    assert read(client, "webhook-deliveries?state=delivered")["items"] == []
    assert read(client, "webhook-deliveries?state=eaten")["code"] == "input_unusable"


def test_a_trial_is_an_event_for_this_receiver(
    client: FlaskClient, database: sa.Engine, made: dict[str, Any]
) -> None:
    send(client, "webhook-endpoints", NEW)
    assert send(client, f"webhook-endpoints/{made['id']}/test", None).get_json()["accepted"]
    [row] = read(client, "webhook-deliveries")["items"]
    assert (row["type"], row["endpoint_id"]) == ("sapa.test", made["id"])


def test_the_description_names_every_event_with_its_headers_and_fields(
    client: FlaskClient,
) -> None:
    described = read(client, "openapi.json")
    assert described["openapi"] == "3.1.0"
    assert list(described["webhooks"]) == list(webhooks.TYPES)
    told = described["webhooks"]["order.placed"]["post"]
    assert [one["name"] for one in told["parameters"]] == [
        "webhook-id", "webhook-timestamp", "webhook-signature",
    ]  # fmt: skip
    schema = told["requestBody"]["content"]["application/json"]["schema"]
    assert set(schema["properties"]["data"]["properties"]) == {
        "order_code", "total_idr", "customer_id",
    }  # fmt: skip


def test_no_secret_stands_in_a_list_or_a_timeline(
    client: FlaskClient, database: sa.Engine, made: dict[str, Any]
) -> None:
    query = sa.select(WebhookEndpoint)
    secret = committed(database, lambda session: session.scalars(query).one().secret)
    assert secret == made["secret"]
    shown = [
        client.get(f"/api/v1/{path}", headers=TOKEN).text
        for path in ("webhook-endpoints", f"webhook-endpoints/{made['id']}", "webhook-deliveries")
    ]
    assert all(secret not in text for text in shown)


def test_the_answer_with_the_secret_is_sent_again_and_kept_sealed(
    client: FlaskClient, database: sa.Engine, made: dict[str, Any]
) -> None:
    again = send(client, "webhook-endpoints", NEW, "e-1")
    assert again.get_json() == made
    assert again.headers["Idempotency-Replayed"] == "true"
    kept = sa.text("select string_agg(e::text, '') from effects e where e.key like 'api:%'")
    stored = committed(database, lambda session: str(session.scalar(kept)))
    assert "e-1" in stored
    assert "whsec_" not in stored
