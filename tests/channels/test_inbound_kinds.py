"""Every kind of message at the door: one row, of its kind, answered kindly, seen by people."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from channels import tasks, turns
from channels.context import Context
from channels.twin import Twin
from crm_core import conversations, customers, notices
from crm_core.conversations import MessageView
from crm_core.timeline import Actor
from tests.channels.desk import desk_of, member
from tests.fakes import FakeRasa, RasaAnswer
from tests.forms import sign, sms_form, whatsapp_form

PUBLIC = "https://sapa.test"
BUDI = "+6281234567001"
WHATSAPP = f"whatsapp:{BUDI}"
HIDDEN = "whatsapp:ID.4566546130240823"
MEDIA = "https://api.twilio.com/2010-04-01/Accounts/AC1/Messages/MM1/Media/ME1"

Send = Callable[..., None]


@pytest.fixture
def send(web: FlaskClient) -> Send:
    """``send("halo", MessageType="text")``: a signed form of WhatsApp."""

    def post(body: str = "", **more: str) -> None:
        form = whatsapp_form(BUDI, body, **more)
        headers = {"X-Twilio-Signature": sign(f"{PUBLIC}/twilio/messages", form)}
        assert web.post("/twilio/messages", data=form, headers=headers).status_code == 204

    return post


def said(here: Context, address: str = WHATSAPP) -> list[MessageView]:
    with here.unit_of_work() as session:
        conversation = conversations.of_address(session, address)
        assert conversation is not None
        return list(conversations.latest(session, conversation.id))


def told(code: str, language: str = "id") -> str:
    return notices.render(code, language)


def media(content_type: str) -> dict[str, str]:
    return {"NumMedia": "1", "MediaUrl0": MEDIA, "MediaContentType0": content_type}


@pytest.mark.parametrize(
    ("form", "kind", "code"),
    [
        ({"MessageType": "audio", **media("audio/ogg")}, "voice", "got_voice"),
        ({"MessageType": "video", **media("video/mp4")}, "video", "got_video"),
        ({"MessageType": "document", **media("application/pdf")}, "document", "got_document"),
        ({"MessageType": "contacts", **media("text/vcard")}, "contact", "got_contact"),
        ({"MessageType": "sticker", **media("image/webp")}, "sticker", "got_sticker"),
        ({"MessageType": "reaction", "Body": ""}, "reaction", "got_reaction"),
        (
            {"MessageType": "location", "Latitude": "-0.0263", "Longitude": "109.34"},
            "location",
            "got_location",
        ),
        ({"MessageType": "unsupported"}, "other", "got_other"),
        ({"MessageType": "order_2027"}, "other", "got_other"),
    ],
)
def test_what_cannot_be_read_is_one_row_of_its_kind_and_answered_without_the_assistant(
    send: Send,
    here: Context,
    rasa_server: FakeRasa,
    twilio_server: Twin,
    form: dict[str, str],
    kind: str,
    code: str,
) -> None:
    send(**form)
    first, answer = said(here)
    assert (first.direction, first.kind) == ("inbound", kind)
    assert answer.text == told(code)
    assert rasa_server.asked == []
    (sent,) = twilio_server.bodies_to(WHATSAPP)
    assert sent.startswith(told(code))


def test_an_english_customer_is_answered_in_english(
    send: Send, here: Context, twilio_server: Twin
) -> None:
    with here.unit_of_work() as session:
        customer = customers.for_address(session, "whatsapp", WHATSAPP)
        customers.set_language(session, customer, "en", actor=Actor.customer(customer))
    send(MessageType="audio", **media("audio/ogg"))
    (sent,) = twilio_server.bodies_to(WHATSAPP)
    assert sent == told("got_voice", "en") + "\n\n[Talk to a person]"


def test_a_voice_note_offers_a_person_and_its_tap_calls_one(
    send: Send, here: Context, rasa_server: FakeRasa
) -> None:
    send(MessageType="audio", **media("audio/ogg"))
    (choice,) = said(here)[-1].choices
    assert (choice.label, choice.payload) == ("Bicara dengan orang", "/talk_to_human")
    send("1")
    assert [asked.message for asked in rasa_server.asked] == ["/talk_to_human"]


def test_a_sticker_leaves_the_open_choice_open(
    send: Send, here: Context, rasa_server: FakeRasa
) -> None:
    buttons = [{"title": "Depan", "payload": "/order_part"}, {"title": "Batal", "payload": "/deny"}]
    rasa_server.answers.append([{"text": "Yang mana?", "buttons": buttons}])
    send("kampas rem")
    send(MessageType="sticker", **media("image/webp"))
    assert [choice.label for choice in said(here)[-1].choices] == ["Depan", "Batal"]
    send("1")
    assert rasa_server.asked[-1].message == "/order_part"


def test_words_beside_a_voice_note_are_answered_and_the_note_is_not_passed_over(
    here: Context, send: Send, rasa_server: FakeRasa, asleep: Context
) -> None:
    send("busi beat ada?")
    send(MessageType="audio", **media("audio/ogg"))
    with here.unit_of_work() as session:
        conversation = conversations.of_address(session, WHATSAPP)
        assert conversation is not None
        number = conversation.id
    turns.take(here, tasks.assistant(here.settings), number)
    assert [asked.message for asked in rasa_server.asked] == ["busi beat ada?"]
    assert said(here)[-1].text == f"re: busi beat ada?\n\n{told('got_voice')}"


def test_a_sticker_is_no_proof_of_a_payment(send: Send, rasa_server: FakeRasa) -> None:
    send("sudah transfer", MessageType="sticker", **media("image/webp"))
    assert rasa_server.asked[0].metadata["media_ids"] == []


def test_an_album_is_one_message_with_all_its_pictures(send: Send, here: Context) -> None:
    album = {f"MediaUrl{n}": f"{MEDIA}{n}" for n in range(10)}
    types = {f"MediaContentType{n}": "image/jpeg" for n in range(10)}
    send("bukti", NumMedia="10", MessageType="image", **album, **types)
    first = said(here)[0]
    assert (first.kind, first.text, len(first.media)) == ("photo", "bukti", 10)


def test_a_list_as_a_file_is_a_list(send: Send, here: Context) -> None:
    send(MessageType="document", **media("text/csv"))
    assert said(here)[0].kind == "list"


@pytest.mark.parametrize(
    "tap",
    [
        {"MessageType": "button", "ButtonPayload": "m1.0", "ButtonText": "Ya"},
        {"MessageType": "interactive", "ListId": "m1.0", "ListTitle": "Ya"},
    ],
)
def test_a_tap_is_a_tap(send: Send, here: Context, tap: dict[str, str]) -> None:
    send("Ya", **tap)
    assert (said(here)[0].kind, said(here)[0].text) == ("tap", "Ya")


def test_a_number_that_answers_an_older_message_means_its_choice(
    send: Send, here: Context, rasa_server: FakeRasa, twilio_server: Twin
) -> None:
    def offer(*names: str) -> RasaAnswer:
        buttons = [{"title": n, "payload": f'/order_part{{"part_code":"{n}"}}'} for n in names]
        return [{"text": "Yang mana?", "buttons": buttons}]

    rasa_server.answers.extend([offer("AAA", "BBB"), offer("CCC", "DDD")])
    send("kampas")
    send("busi")
    first = twilio_server.ledger[0].sid
    send("2", OriginalRepliedMessageSid=first, OriginalRepliedMessageSender="whatsapp:+15550100200")
    assert rasa_server.asked[-1].message == '/order_part{"part_code":"BBB"}'
    assert said(here)[-2].quoted == "Yang mana?"


def test_a_yes_to_an_older_question_is_asked_again(
    send: Send, rasa_server: FakeRasa, twilio_server: Twin
) -> None:
    buttons = [{"title": "Ya", "payload": "/affirm"}, {"title": "Tidak", "payload": "/deny"}]
    asked: RasaAnswer = [{"text": "Pesan sekarang?", "buttons": buttons}]
    rasa_server.answers.extend([asked, [{"text": "Oke."}]])
    send("pesan")
    send("eh bentar")
    send("ya", OriginalRepliedMessageSid=twilio_server.ledger[0].sid)
    assert rasa_server.asked[-1].message == turns.REPEAT


def test_a_quoted_message_of_another_conversation_is_not_shown(
    send: Send, here: Context, web: FlaskClient, twilio_server: Twin
) -> None:
    send("halo")
    form = whatsapp_form(
        "+6285345678901", "2", OriginalRepliedMessageSid=twilio_server.ledger[0].sid
    )
    headers = {"X-Twilio-Signature": sign(f"{PUBLIC}/twilio/messages", form)}
    web.post("/twilio/messages", data=form, headers=headers)
    assert said(here, "whatsapp:+6285345678901")[0].quoted is None


def test_who_comes_from_an_advertisement_is_known_by_it(
    send: Send, here: Context, rasa_server: FakeRasa
) -> None:
    send("halo", ReferralHeadline="Kampas rem asli", ReferralSourceId="123")
    assert said(here)[0].referral == "Kampas rem asli"
    assert rasa_server.asked[0].message == "halo"


def test_who_hides_the_number_later_is_the_same_customer(send: Send, here: Context) -> None:
    send("halo", ExternalUserId=HIDDEN)
    send("halo lagi", From=HIDDEN, ExternalUserId=HIDDEN, WaId="")
    with here.unit_of_work() as session:
        known = customers.known_at(session, WHATSAPP)
        assert known is not None
        assert customers.known_at(session, HIDDEN) == known


def test_an_address_that_somebody_uses_is_not_given_away(send: Send, here: Context) -> None:
    send("halo", From=HIDDEN, ExternalUserId=HIDDEN, WaId="")
    send("halo", ExternalUserId=HIDDEN)
    with here.unit_of_work() as session:
        assert customers.known_at(session, HIDDEN) != customers.known_at(session, WHATSAPP)


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("mau １０ busi", "mau 10 busi"),
        ("kam\u200bpas \u202erem", "kampas rem"),
        ("busi\u0301\u0301\u0301\u0301\u0301\u0301", "busí\u0301\u0301\u0301"),
        ("ka\x00mpas", "kampas"),
    ],
)
def test_the_assistant_reads_plain_words_and_people_see_what_was_typed(
    send: Send, here: Context, rasa_server: FakeRasa, typed: str, read: str
) -> None:
    send(typed)
    assert rasa_server.asked[0].message == read
    assert rasa_server.asked[0].metadata["text"] == read
    assert said(here)[0].text == typed.replace("\x00", "")
    with here.engine.connect() as connection:
        raw = connection.execute(sa.text("SELECT raw ->> 'Body' FROM messages ORDER BY id LIMIT 1"))
        assert raw.scalar_one() == typed.replace("\x00", "\\u0000")


def test_a_body_longer_than_any_provider_sends_is_cut(
    send: Send, here: Context, rasa_server: FakeRasa
) -> None:
    send("kampas " * 2000)
    assert len(said(here)[0].text) == 4000
    assert len(rasa_server.asked[0].metadata["text"]) <= 4000


def test_stop_promo_ends_promotions_only(send: Send, rasa_server: FakeRasa) -> None:
    send("stop promo ya kak")
    assert [asked.message for asked in rasa_server.asked] == ["/opt_out"]


def test_a_bare_stop_ends_what_is_open_and_says_what_it_did_not_end(
    send: Send, here: Context, rasa_server: FakeRasa
) -> None:
    send("STOP")
    assert [asked.message for asked in rasa_server.asked] == ["/deny"]
    assert said(here)[-1].text.endswith(told("chat_ended"))


def test_a_bare_stop_takes_back_the_consent_to_promotions(send: Send, here: Context) -> None:
    with here.unit_of_work() as session:
        customer = customers.for_address(session, "whatsapp", WHATSAPP)
        customers.set_consent(session, customer, promo=True, actor=Actor.customer(customer))
    send("berhenti")
    assert said(here)[-1].text.endswith(told("chat_and_promo_ended"))
    with here.unit_of_work() as session:
        assert not customers.for_address(session, "whatsapp", WHATSAPP).promo_consent


def test_enough_for_now_ends_the_talk_and_nothing_else(
    send: Send, here: Context, rasa_server: FakeRasa
) -> None:
    send("sudah dulu ya min")
    assert [asked.message for asked in rasa_server.asked] == ["/deny"]
    assert said(here)[-1].text == "re: /deny"


def test_a_cancelled_order_is_read_by_the_assistant(send: Send, rasa_server: FakeRasa) -> None:
    send("batalkan pesanan saya")
    assert [asked.message for asked in rasa_server.asked] == ["batalkan pesanan saya"]


def test_a_stop_by_sms_stops_the_number_and_nobody_answers(
    web: FlaskClient, here: Context, rasa_server: FakeRasa, twilio_server: Twin
) -> None:
    for body, word in (("STOP", "STOP"), ("berhenti", "")):
        form = sms_form(BUDI, body, OptOutType=word)
        headers = {"X-Twilio-Signature": sign(f"{PUBLIC}/twilio/messages", form)}
        assert web.post("/twilio/messages", data=form, headers=headers).status_code == 204
    assert rasa_server.asked == []
    assert twilio_server.ledger == []
    with here.unit_of_work() as session:
        assert customers.address_row(session, "sms", f"sms:{BUDI}").stopped_at is not None


def test_the_console_names_each_kind_the_quote_and_the_advertisement(
    send: Send, here: Context, twilio_server: Twin, flask_app: Flask
) -> None:
    send("halo", ReferralHeadline="<b>Kampas</b> asli")
    send(MessageType="audio", **media("audio/ogg"))
    send("yang ini", OriginalRepliedMessageSid=twilio_server.ledger[0].sid)
    send(MessageType="location", Latitude="-0.0263", Longitude="109.34", Label="<i>Rumah</i>")
    with here.unit_of_work() as session:
        conversation = conversations.of_address(session, WHATSAPP)
        assert conversation is not None
        public_id = conversation.public_id
    page = desk_of(flask_app, member(here)).get(f"/console/conversations/{public_id}").text
    assert "&lt;b&gt;Kampas&lt;/b&gt; asli" in page
    assert "Pesan suara" in page
    assert '<blockquote class="aside" aria-label="Membalas pesan ini"><bdi>re: halo</bdi>' in page
    link = "https://maps.google.com/?q=-0.026300,109.340000"
    assert f'&lt;i&gt;Rumah&lt;/i&gt; · <a href="{link}" target="_blank"' in page
