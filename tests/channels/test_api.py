"""The read API: who may ask, what it answers, and what it refuses."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from channels import create_app
from crm_core import catalogue, conversations, customers
from crm_core.conversations import Inbound
from crm_core.settings import Settings
from crm_core.timeline import Actor
from tests import banking, factories, selling
from tests.world import committed

TOKEN = {"Authorization": "Bearer api-token-of-the-tests"}
LISTS = (
    "parts",
    "customers",
    "conversations",
    "orders",
    "payments",
    "complaints",
    "handoffs",
    "bank-mutations",
)


@pytest.fixture
def client(api_app: Flask) -> Iterator[FlaskClient]:
    """The application on an empty database."""
    with api_app.test_client() as client:
        yield client


@pytest.fixture
def budi(client: FlaskClient, database: sa.Engine) -> str:
    """A customer who has written twice over WhatsApp; gives the conversation's id."""

    def write(session: sa.orm.Session) -> str:
        for number, text in enumerate(("siang", "kampas rem beat ada?")):
            received = conversations.receive(
                session,
                Inbound(
                    provider="twilio",
                    provider_id=f"SM{number}",
                    channel="whatsapp",
                    address="whatsapp:+6281234567890",
                    text=text,
                    profile_name="Budi",
                ),
            )
        customer = customers.by_id(session, received.conversation.customer_id)
        customers.set_phone(session, customer, "081234567890", actor=Actor.customer(customer))
        return received.conversation.public_id

    return committed(database, write)


@pytest.mark.parametrize("name", LISTS)
def test_a_list_needs_the_token(client: FlaskClient, name: str) -> None:
    refused = client.get(f"/api/v1/{name}")
    assert refused.status_code == 401
    assert refused.headers["WWW-Authenticate"] == "Bearer"
    assert refused.content_type == "application/problem+json"
    wrong = client.get(f"/api/v1/{name}", headers={"Authorization": "Bearer wrong"})
    assert wrong.status_code == 401


@pytest.mark.parametrize("name", LISTS)
def test_an_empty_shop_gives_empty_pages(client: FlaskClient, name: str) -> None:
    answer = client.get(f"/api/v1/{name}", headers=TOKEN)
    assert answer.status_code == 200
    assert answer.get_json() == {"items": [], "next": None}


def test_without_a_configured_token_the_api_says_which_setting_is_missing(
    settings: Settings, database: sa.Engine
) -> None:
    app = create_app(settings.model_copy(update={"api_token": None}))
    answer = app.test_client().get("/api/v1/parts", headers=TOKEN)
    assert answer.status_code == 503
    assert answer.get_json()["setting"] == "SAPA_API_TOKEN"


def test_a_customer_has_the_fields_of_the_contract(client: FlaskClient, budi: str) -> None:
    (customer,) = client.get("/api/v1/customers", headers=TOKEN).get_json()["items"]
    assert customer.pop("id")
    assert customer.pop("updated_at").endswith("+00:00")
    assert customer == {
        "name": "Budi",
        "phone": "+6281234567890",
        "language": "id",
        "addresses": [{"channel": "whatsapp", "address": "whatsapp:+6281234567890"}],
        "bikes": [],
        "consents": {"promo": False},
    }


@pytest.mark.parametrize("name", ["orders", "payments", "complaints", "handoffs"])
def test_a_list_can_be_narrowed_to_a_phone_and_to_changes(client: FlaskClient, name: str) -> None:
    narrow = {"phone": "081234567890", "updated_since": "2026-11-01T00:00:00Z"}
    assert client.get(f"/api/v1/{name}", query_string=narrow, headers=TOKEN).status_code == 200
    broken = client.get(f"/api/v1/{name}", query_string={"phone": "12"}, headers=TOKEN)
    assert broken.status_code == 422
    assert broken.get_json()["code"] == "phone_invalid"


@pytest.mark.parametrize("phone", ["081234567890", "+6281234567890", "62 812-3456-7890"])
@pytest.mark.parametrize("name", ["customers", "conversations"])
def test_a_phone_number_is_found_in_any_spelling(
    client: FlaskClient, budi: str, name: str, phone: str
) -> None:
    found = client.get(f"/api/v1/{name}", query_string={"phone": phone}, headers=TOKEN)
    assert len(found.get_json()["items"]) == 1
    other = client.get(f"/api/v1/{name}", query_string={"phone": "+628999999999"}, headers=TOKEN)
    assert other.get_json()["items"] == []


def test_messages_come_in_order_and_in_pages(client: FlaskClient, budi: str) -> None:
    path = f"/api/v1/conversations/{budi}/messages"
    first = client.get(path, query_string={"limit": 1}, headers=TOKEN).get_json()
    second = client.get(
        path, query_string={"limit": 1, "cursor": first["next"]}, headers=TOKEN
    ).get_json()
    assert [page["items"][0]["text"] for page in (first, second)] == [
        "siang",
        "kampas rem beat ada?",
    ]
    assert second["next"] is None
    (message,) = first["items"]
    assert message["direction"] == "inbound"
    assert message["author"] == "customer"
    assert message["status"] == "received"
    assert message["media"] == []


def test_a_message_says_what_it_is_and_what_it_quotes(
    client: FlaskClient, budi: str, database: sa.Engine
) -> None:
    def write(session: sa.orm.Session) -> None:
        note = Inbound(
            provider="twilio",
            provider_id="SM-voice",
            channel="whatsapp",
            address="whatsapp:+6281234567890",
            text="",
            kind="voice",
            quoted="SM1",
        )
        conversations.receive(session, note)

    committed(database, write)
    answer = client.get(f"/api/v1/conversations/{budi}/messages", headers=TOKEN).get_json()
    told = [(message["kind"], message["quoted"]) for message in answer["items"]]
    assert told == [("text", None), ("text", None), ("voice", "kampas rem beat ada?")]


def test_a_conversation_shows_who_speaks(client: FlaskClient, budi: str) -> None:
    one = client.get(f"/api/v1/conversations/{budi}", headers=TOKEN).get_json()
    assert (one["id"], one["channel"], one["handler"], one["epoch"]) == (
        budi,
        "whatsapp",
        "bot",
        0,
    )


def test_a_part_without_price_is_on_request(client: FlaskClient, database: sa.Engine) -> None:
    rows = [
        {"part_code": "06455-KVB-401", "name": "Kampas Rem Depan", "price_idr": "0", "stock": "3"}
    ]
    committed(
        database,
        lambda session: catalogue.upsert_parts(session, rows, actor=Actor.system("import")),
    )
    part = client.get("/api/v1/parts/06455kvb401", headers=TOKEN).get_json()
    assert part["part_code"] == "06455KVB401"
    assert part["price_idr"] is None
    assert part["stock_available"] == 3
    assert part["fitments"] == []


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"limit": "0"}, "limit"),
        ({"limit": "x"}, "limit"),
        ({"updated_since": "2026"}, "updated_since"),
    ],
)
def test_an_unusable_query_is_refused_and_names_the_field(
    client: FlaskClient, query: dict[str, str], field: str
) -> None:
    answer = client.get("/api/v1/orders", query_string=query, headers=TOKEN)
    assert answer.status_code == 422
    assert field in answer.get_json()["errors"]["query"]


def test_a_made_up_cursor_is_refused(client: FlaskClient) -> None:
    answer = client.get("/api/v1/customers", query_string={"cursor": "abc"}, headers=TOKEN)
    assert answer.status_code == 422
    assert answer.get_json()["code"] == "cursor_invalid"


@pytest.mark.parametrize(
    "path", ["customers/00000000-0000-0000-0000-000000000000", "orders/P-AAAAA", "parts/NONE"]
)
def test_what_does_not_exist_is_not_found(client: FlaskClient, path: str) -> None:
    answer = client.get(f"/api/v1/{path}", headers=TOKEN)
    assert answer.status_code == 404
    assert answer.content_type == "application/problem+json"


def test_the_description_names_every_list(client: FlaskClient) -> None:
    described = client.get("/api/v1/openapi.json").get_json()
    assert described["openapi"].startswith("3.")
    assert {f"/api/v1/{name}" for name in LISTS} <= set(described["paths"])


def test_a_booking_shows_its_order_or_the_difference_and_whose_task_it_is(
    client: FlaskClient, database: sa.Engine
) -> None:
    def prepare(session: sa.orm.Session) -> str:
        selling.part(session)
        selling.account(session)
        order, payment = selling.placed(session, factories.conversation(session).customer)
        due = int(payment.amount_due_idr)
        banking.brought(session, banking.row(due), banking.row(75_000, "SETORAN", number=2))
        return order.order_code

    code = committed(database, prepare)
    unknown, paid = client.get("/api/v1/bank-mutations", headers=TOKEN).get_json()["items"]
    assert (paid["state"], paid["order_code"], paid["difference"]) == ("booked", code, None)
    assert paid["bank_account"]["number"] == "0291234567"
    assert (unknown["amount_idr"], unknown["direction"]) == (75_000, "in")
    assert unknown["difference"]["kind"] == "unknown"
    assert unknown["difference"]["owner"] is None
    narrow = {"state": "open", "day": unknown["booked_on"]}
    answer = client.get("/api/v1/bank-mutations", query_string=narrow, headers=TOKEN)
    assert [one["id"] for one in answer.get_json()["items"]] == [unknown["id"]]
