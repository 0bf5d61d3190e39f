"""The phone simulator: only in loopback mode, and on the same way in as Twilio's messages."""

from __future__ import annotations

import io
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from channels import context
from channels.context import Context
from channels.twin import Twin
from crm_core import conversations, mails
from crm_core.conversations import InboundMedia
from crm_core.mails import Written
from crm_core.settings import Settings
from tests import factories
from tests.channels.conftest import app_of
from tests.fakes import FakeRasa
from tests.forms import encoded

BUDI = "+6281234567001"


@pytest.fixture
def loopback(here: Context) -> FlaskClient:
    settings = here.settings.model_copy(update={"sender": "loopback"})
    return app_of(settings, WTF_CSRF_ENABLED=False).test_client()


def send(client: FlaskClient, **fields: Any) -> TestResponse:
    basics = {"channel": "whatsapp", "number": BUDI, "name": "Budi"}
    return client.post("/phone/messages", data=basics | fields)


def history(client: FlaskClient, address: str) -> list[dict[str, Any]]:
    answer = client.get("/phone/history", query_string={"address": address}).json
    assert answer is not None
    messages: list[dict[str, Any]] = answer["messages"]
    return messages


def test_with_a_twilio_account_there_is_no_simulator(web: FlaskClient) -> None:
    for path in ("/phone", "/phone/history?address=whatsapp:%2B628", "/phone/events"):
        assert web.get(path).status_code == 404
    assert web.post("/phone/messages", data={"text": "x"}).status_code in {400, 404}


def test_the_page_shows_the_demo_customers_phones(loopback: FlaskClient) -> None:
    page = loopback.get("/phone").text
    assert "Budi Santoso" in page
    assert '"channel": "sms"' in page


def test_a_whatsapp_customer_is_answered_with_buttons(
    loopback: FlaskClient, rasa_server: FakeRasa, twilio_server: Twin
) -> None:
    buttons = [{"title": "Ya", "payload": "/affirm"}]
    rasa_server.answers.append([{"text": "Pesan?", "buttons": buttons}])
    assert send(loopback, text="checkout").status_code == 202
    [asked, answered] = history(loopback, f"whatsapp:{BUDI}")
    assert (asked["text"], answered["text"]) == ("checkout", "Pesan?")
    assert [button["label"] for button in answered["buttons"]] == ["Ya"]
    assert twilio_server.attempts == []


def test_an_sms_customer_is_answered_with_numbers(
    loopback: FlaskClient, rasa_server: FakeRasa
) -> None:
    buttons = [{"title": "Depan", "payload": "/a"}, {"title": "Belakang", "payload": "/b"}]
    rasa_server.answers.append([{"text": "*Yang* mana?", "buttons": buttons}])
    send(loopback, channel="sms", text="kampas rem")
    answered = history(loopback, f"sms:{BUDI}")[-1]
    assert answered["text"] == "Yang mana?\n\n1. Depan\n2. Belakang"
    assert answered["buttons"] == []


def test_a_tap_on_the_phone_means_the_choice(loopback: FlaskClient, rasa_server: FakeRasa) -> None:
    buttons = [{"title": "Ya", "payload": "/affirm"}]
    rasa_server.answers.append([{"text": "Pesan?", "buttons": buttons}])
    send(loopback, text="checkout")
    send(loopback, payload="/affirm", label="Ya")
    assert rasa_server.asked[-1].message == "/affirm"


def test_a_photo_from_the_phone_is_stored_and_read_as_a_photo(
    loopback: FlaskClient, rasa_server: FakeRasa
) -> None:
    answer = send(loopback, photo=(io.BytesIO(encoded()), "slip.jpg"))
    assert answer.status_code == 202
    assert rasa_server.asked[-1].message == "/send_photo"
    number = history(loopback, f"whatsapp:{BUDI}")[0]["media"][0]["id"]
    picture = loopback.get(f"/phone/media/{number}")
    assert picture.mimetype == "image/jpeg"
    picture.close()


def test_what_the_phone_shows_is_reported_as_delivered_and_read(loopback: FlaskClient) -> None:
    send(loopback, text="halo")
    last = history(loopback, f"whatsapp:{BUDI}")[-1]
    body = {"address": f"whatsapp:{BUDI}", "upto": last["id"], "read": False}
    loopback.post("/phone/seen", json=body)
    assert history(loopback, f"whatsapp:{BUDI}")[-1]["status"] == "delivered"
    loopback.post("/phone/seen", json=body | {"read": True})
    assert history(loopback, f"whatsapp:{BUDI}")[-1]["status"] == "read"


def test_conversations_of_real_customers_are_not_shown(
    loopback: FlaskClient, here: Context
) -> None:
    with here.unit_of_work() as session:
        media = (InboundMedia(None, "image/jpeg", "media/x.jpg", "0" * 64, 1),)
        conversations.receive(
            session,
            conversations.Inbound(
                "twilio", "SMreal", "whatsapp", "whatsapp:+6281999", "rahasia", media=media
            ),
        )
    assert history(loopback, "whatsapp:+6281999") == []
    assert loopback.get("/phone/media/1").status_code == 404


@pytest.mark.parametrize(
    "fields", [{"number": "0812"}, {"number": "+62<b>"}, {"channel": "fax"}, {"text": ""}]
)
def test_what_no_phone_would_send_is_refused(
    loopback: FlaskClient, rasa_server: FakeRasa, fields: dict[str, str]
) -> None:
    assert send(loopback, **({"text": "halo"} | fields)).status_code == 422
    assert rasa_server.asked == []


def test_a_post_without_the_pages_token_is_refused(here: Context, rasa_server: FakeRasa) -> None:
    settings: Settings = here.settings.model_copy(update={"sender": "loopback"})
    client = app_of(settings).test_client()
    assert send(client, text="halo").status_code == 400
    assert rasa_server.asked == []


def test_the_mailbox_shows_letters_and_opens_one_in_a_page_that_can_do_nothing(
    loopback: FlaskClient,
) -> None:
    with context.current().unit_of_work() as session:
        customer = factories.customer(session)
        customer.email = "budi@contoh.example"
        made = Written("Rincian pembayaran P-1", "Transfer tepat <b>", "<p>Transfer</p>")
        mail_id = mails.queue(session, customer, made, once="uji")
        (mail,) = mails.latest(session)
        assert mail.id == mail_id
        public_id = mail.public_id
    page = loopback.get("/phone/mail").get_data(as_text=True)
    assert "Rincian pembayaran P-1" in page
    assert "Transfer tepat &lt;b&gt;" in page
    letter = loopback.get(f"/phone/mail/{public_id}")
    assert letter.get_data(as_text=True) == "<p>Transfer</p>"
    assert "sandbox" in letter.headers["Content-Security-Policy"]
    assert loopback.get("/phone/mail/0e7b64ce-9d3b-4c2f-8b5e-1f0a3c2d4e5f").status_code == 404
