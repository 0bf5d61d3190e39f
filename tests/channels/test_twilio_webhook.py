"""Twilio's webhooks: only what Twilio signed, stored once, acknowledged before it is read."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from werkzeug.test import TestResponse

from channels import context, intake, tasks
from channels.celery_app import app as celery
from channels.context import Context
from channels.twin import Twin
from crm_core import conversations, customers
from tests.fakes import FakeRasa
from tests.forms import sign, sms_form, whatsapp_form

PUBLIC = "https://sapa.test"
BUDI = "+6281234567001"


def post(web: FlaskClient, form: dict[str, str], path: str = "/twilio/messages") -> TestResponse:
    signature = sign(PUBLIC + path, form)
    return web.post(path, data=form, headers={"X-Twilio-Signature": signature})


def count(here: Context, table: str) -> int:
    query = f"SELECT count(*) FROM {table}"  # noqa: S608 - written in this file only
    with here.engine.connect() as connection:
        return int(connection.execute(sa.text(query)).scalar_one())


def test_a_signed_message_is_stored_answered_and_sent_over_the_rest_api(
    web: FlaskClient, rasa_server: FakeRasa, twilio_server: Twin
) -> None:
    answer = post(web, whatsapp_form(BUDI, "halo"))
    assert (answer.status_code, answer.data) == (204, b"")
    assert [asked.message for asked in rasa_server.asked] == ["halo"]
    assert twilio_server.bodies_to(f"whatsapp:{BUDI}") == ["re: halo"]


def test_the_assistant_gets_a_public_id_and_never_the_phone_number(
    web: FlaskClient, rasa_server: FakeRasa
) -> None:
    post(web, whatsapp_form(BUDI, "halo"))
    asked = rasa_server.asked[0]
    assert "6281234567001" not in f"{asked.sender}{asked.metadata}"
    assert asked.metadata["text"] == "halo"
    assert asked.metadata["channel"] == "whatsapp"


@pytest.mark.parametrize("path", ["/twilio/messages", "/twilio/status?message=1"])
def test_a_database_that_lets_nobody_write_is_told_to_twilio_before_it_gives_up(
    web: FlaskClient, here: Context, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    monkeypatch.setattr(intake, "LOCK_WAIT_MS", 50)
    form = whatsapp_form(BUDI, "halo") | {"MessageStatus": "delivered"}
    with here.engine.connect() as other:
        other.execute(sa.text("LOCK TABLE messages, status_callbacks IN ACCESS EXCLUSIVE MODE"))
        answer = post(web, form, path)
    assert answer.status_code == 503
    assert count(here, "messages") == 0
    assert post(web, form).status_code == 204


def test_a_message_without_a_signature_is_refused_and_not_stored(
    web: FlaskClient, here: Context
) -> None:
    assert web.post("/twilio/messages", data=whatsapp_form(BUDI, "halo")).status_code == 403
    assert count(here, "messages") == 0


def test_a_changed_body_is_refused_and_not_stored(web: FlaskClient, here: Context) -> None:
    form = whatsapp_form(BUDI, "batal")
    headers = {"X-Twilio-Signature": sign(f"{PUBLIC}/twilio/messages", form)}
    tampered = {**form, "Body": "lunas"}
    assert web.post("/twilio/messages", data=tampered, headers=headers).status_code == 403
    assert count(here, "messages") == 0


def test_a_signature_for_the_internal_address_is_refused(web: FlaskClient) -> None:
    form = whatsapp_form(BUDI, "halo")
    headers = {"X-Twilio-Signature": sign("http://localhost/twilio/messages", form)}
    assert web.post("/twilio/messages", data=form, headers=headers).status_code == 403


def test_a_signature_that_is_not_ascii_is_refused_politely(web: FlaskClient) -> None:
    headers = {"X-Twilio-Signature": "tanda\u00e9"}
    answer = web.post("/twilio/messages", data=whatsapp_form(BUDI, "halo"), headers=headers)
    assert answer.status_code == 403


def test_another_account_signed_with_our_token_is_refused(web: FlaskClient, here: Context) -> None:
    form = whatsapp_form(BUDI, "halo", AccountSid="AC" + "9" * 32)
    assert post(web, form).status_code == 403
    assert count(here, "messages") == 0


def test_blank_and_unknown_parameters_count_in_the_signature(web: FlaskClient) -> None:
    form = sms_form(BUDI, "halo", FromCity="", SomethingNewIn2027="")
    assert post(web, form).status_code == 204


def test_the_query_of_the_address_counts_in_the_signature(web: FlaskClient) -> None:
    form = {
        "MessageSid": "SM" + "1" * 32,
        "MessageStatus": "delivered",
        "AccountSid": whatsapp_form(BUDI, "x")["AccountSid"],
    }
    path = "/twilio/status?message=7"
    assert post(web, form, path).status_code == 204
    wrong = sign(f"{PUBLIC}/twilio/status?message=8", form)
    answer = web.post(path, data=form, headers={"X-Twilio-Signature": wrong})
    assert answer.status_code == 403


def test_a_replayed_webhook_is_accepted_and_does_nothing(
    web: FlaskClient, here: Context, rasa_server: FakeRasa, twilio_server: Twin
) -> None:
    form = whatsapp_form(BUDI, "mau 2")
    assert [post(web, form).status_code for _ in range(5)] == [204] * 5
    assert count(here, "messages WHERE direction = 'inbound'") == 1
    assert len(rasa_server.asked) == 1
    assert len(twilio_server.ledger) == 1


def test_the_same_words_sent_twice_by_the_customer_are_two_messages(
    web: FlaskClient, rasa_server: FakeRasa
) -> None:
    post(web, whatsapp_form(BUDI, "halo"))
    post(web, whatsapp_form(BUDI, "halo"))
    assert len(rasa_server.asked) == 2


def test_a_photo_without_words_reaches_the_assistant_as_a_photo(
    web: FlaskClient, rasa_server: FakeRasa, twilio_server: Twin
) -> None:
    url = twilio_server.add_media(b"not a picture")
    form = whatsapp_form(BUDI, "", NumMedia="1", MediaUrl0=url, MediaContentType0="image/jpeg")
    assert post(web, form).status_code == 204
    assert rasa_server.asked[0].message == "/send_photo"
    assert len(rasa_server.asked[0].metadata["media_ids"]) == 1


def test_a_shared_location_becomes_a_line_of_text(web: FlaskClient, rasa_server: FakeRasa) -> None:
    place = {"Latitude": "-0.0263", "Longitude": "109.3425", "Label": "Rumah"}
    post(web, whatsapp_form(BUDI, "", MessageType="location", **place))
    assert rasa_server.asked[0].message == (
        "Rumah · https://maps.google.com/?q=-0.026300,109.342500"
    )


def test_a_whatsapp_user_who_hides_the_number_gets_an_answer(
    web: FlaskClient, here: Context, twilio_server: Twin
) -> None:
    user = "whatsapp:ID.4566546130240823"
    form = whatsapp_form(BUDI, "halo", From=user, ExternalUserId=user, WaId="")
    assert post(web, form).status_code == 204
    assert twilio_server.bodies_to(user) == ["re: halo"]
    with here.unit_of_work() as session:
        customer = customers.address_row(session, "whatsapp", user).customer
        assert customer.phone is None


def test_the_providers_stop_word_ends_all_messages_to_that_number(
    web: FlaskClient, here: Context, rasa_server: FakeRasa, twilio_server: Twin
) -> None:
    post(web, sms_form(BUDI, "STOP", OptOutType="STOP"))
    assert rasa_server.asked == []
    with here.unit_of_work() as session:
        conversation = conversations.of_address(session, f"sms:{BUDI}")
        assert conversation is not None
        conversations.say(session, conversation, "masih di sana?", author="agent")
    tasks.sweep()
    assert twilio_server.ledger == []


def test_a_message_without_an_id_or_sender_is_refused(web: FlaskClient, here: Context) -> None:
    assert post(web, whatsapp_form(BUDI, "x", MessageSid="")).status_code == 422
    assert post(web, whatsapp_form(BUDI, "x", From="")).status_code == 422
    assert count(here, "messages") == 0


def test_with_the_database_down_twilio_is_told_to_come_back(
    web: FlaskClient, here: Context
) -> None:
    good = here.settings
    closed = "postgresql+psycopg://nobody@127.0.0.1:1/none?connect_timeout=1"
    context.use(good.model_copy(update={"database_url": closed}))
    try:
        assert post(web, whatsapp_form(BUDI, "halo")).status_code == 503
    finally:
        context.use(good)


def test_with_redis_down_the_message_is_stored_and_the_sweep_answers_it(
    web: FlaskClient, broker_away: Context, twilio_server: Twin
) -> None:
    url = twilio_server.add_media(b"not a picture")
    form = whatsapp_form(BUDI, "halo", NumMedia="1", MediaUrl0=url)
    assert post(web, form).status_code == 204
    assert count(broker_away, "messages WHERE awaits_bot") == 1
    assert count(broker_away, "media WHERE state = 'pending'") == 1
    celery.conf.task_always_eager = True
    tasks.close_clients()
    tasks.sweep()
    assert twilio_server.bodies_to(f"whatsapp:{BUDI}") == ["re: halo"]
    assert count(broker_away, "media WHERE state = 'pending'") == 0


def test_ten_thousand_fields_are_refused(web: FlaskClient, here: Context) -> None:
    form = whatsapp_form(BUDI, "halo") | {f"X{number}": "" for number in range(10_000)}
    assert post(web, form).status_code == 413
    assert count(here, "messages") == 0


def test_a_body_of_one_megabyte_is_refused(web: FlaskClient, here: Context) -> None:
    assert post(web, whatsapp_form(BUDI, "x" * 1_000_000)).status_code == 413
    assert count(here, "messages") == 0


@hypothesis_settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    form=st.dictionaries(
        st.sampled_from([*whatsapp_form(BUDI, ""), "ButtonPayload", "MediaUrl0", "Latitude"]),
        st.text(max_size=40),
        max_size=8,
    )
)
def test_no_signed_form_makes_the_webhook_crash(web: FlaskClient, form: dict[str, str]) -> None:
    clean = {key: value.encode("utf-8", "replace").decode() for key, value in form.items()}
    base = whatsapp_form(BUDI, "halo", MessageSid="SM" + "f" * 32)
    assert post(web, base | clean | {"AccountSid": base["AccountSid"]}).status_code in {204, 422}
