"""Twilio's forms, following its published parameter lists, and what we read in each of them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.twilio.payloads import address_of, to_inbound, to_status
from crm_core.conversations import Inbound
from crm_core.errors import InvalidInput

FOLDER = Path(__file__).with_name("twilio")
NUMBER = "+6281234567001"


def read(name: str) -> Inbound:
    return to_inbound(json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8")))


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.json")), ids=lambda path: path.stem)
def test_every_form_is_read_and_kept_whole(path: Path) -> None:
    form = json.loads(path.read_text(encoding="utf-8"))
    inbound = to_inbound(form)
    assert inbound.provider_id == form["MessageSid"]
    assert inbound.raw == form
    assert inbound.address.startswith(f"{inbound.channel}:")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("whatsapp_text", "kampas rem beat ada?"),
        ("whatsapp_photo_without_caption", ""),
        ("whatsapp_album", "bukti"),
        ("whatsapp_button", "Ya, pesankan"),
        ("whatsapp_list", "Kampas Rem Depan"),
        ("whatsapp_forwarded", "promo ini benar?"),
        ("sms_text", "busi vario 125"),
        ("sms_photo", ""),
    ],
)
def test_the_words_are_the_customers(name: str, text: str) -> None:
    assert read(name).text == text


def test_a_location_names_the_place_and_links_to_the_map() -> None:
    assert read("whatsapp_location").text == (
        "Rumah · Jl. Gajah Mada 5 · https://maps.google.com/?q=-0.026300,109.342500"
    )


@pytest.mark.parametrize(
    ("name", "channel", "address"),
    [
        ("whatsapp_text", "whatsapp", f"whatsapp:{NUMBER}"),
        ("sms_text", "sms", f"sms:{NUMBER}"),
        ("whatsapp_hidden_number", "whatsapp", "whatsapp:ID.4566546130240823"),
    ],
)
def test_the_address_names_channel_and_person(name: str, channel: str, address: str) -> None:
    assert (read(name).channel, read(name).address) == (channel, address)


def test_all_pictures_are_read_in_order() -> None:
    pictures = read("whatsapp_album").media
    assert [picture.content_type for picture in pictures] == ["image/jpeg", "image/png"]


@pytest.mark.parametrize(
    ("name", "payload"),
    [
        ("whatsapp_button", "/affirm"),
        ("whatsapp_list", '/find_part{"part_code":"06455KVY911"}'),
        ("whatsapp_text", None),
    ],
)
def test_a_tap_carries_what_the_button_was_defined_as(name: str, payload: str | None) -> None:
    assert read(name).tapped_payload == payload


@pytest.mark.parametrize(
    ("name", "word"), [("sms_stop", "stop"), ("sms_start", "start"), ("sms_text", None)]
)
def test_the_providers_opt_out_is_read(name: str, word: str | None) -> None:
    assert read(name).opt_out == word


@pytest.mark.parametrize("count", ["", "-1", "x", "٣", "99999999999"])
def test_a_strange_number_of_pictures_is_survived(count: str) -> None:
    form = json.loads((FOLDER / "whatsapp_text.json").read_text(encoding="utf-8"))
    assert to_inbound(form | {"NumMedia": count}).media == ()


@pytest.mark.parametrize("sender", ["", "whatsapp:", "messenger:123", "whatsapp:<b>", "x" * 200])
def test_an_unreadable_sender_is_refused(sender: str) -> None:
    with pytest.raises(InvalidInput):
        address_of(sender)


@pytest.mark.parametrize("message", [None, "", "x", "-1", "1" * 30, "１"])
def test_a_status_without_our_own_id_is_still_read(message: str | None) -> None:
    form = {"MessageSid": "SM" + "0" * 32, "MessageStatus": "delivered", "ErrorCode": ""}
    report = to_status(form, message)
    assert (report.status, report.message_id, report.error_code) == ("delivered", None, None)


def test_our_own_id_comes_back_in_the_callbacks_address() -> None:
    form = {"MessageSid": "SM" + "0" * 32, "MessageStatus": "Read"}
    assert to_status(form, "42").message_id == 42


@given(st.dictionaries(st.text(max_size=12), st.text(max_size=20), max_size=6), st.text())
def test_any_form_is_read_or_refused(form: dict[str, str], sender: str) -> None:
    basics = {"MessageSid": "SM" + "0" * 32, "From": sender}
    try:
        inbound = to_inbound(form | basics)
    except InvalidInput:
        return
    assert inbound.address.startswith(f"{inbound.channel}:")


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("sms_photo", "photo"), ("sms_stop", "text"), ("sms_text", "text"),
        ("whatsapp_album", "photo"), ("whatsapp_button", "tap"), ("whatsapp_contact", "contact"),
        ("whatsapp_document", "document"), ("whatsapp_forwarded", "text"),
        ("whatsapp_from_an_ad", "text"), ("whatsapp_hidden_number", "text"),
        ("whatsapp_list", "tap"), ("whatsapp_location", "location"),
        ("whatsapp_photo_without_caption", "photo"), ("whatsapp_reaction", "reaction"),
        ("whatsapp_reply", "text"), ("whatsapp_sticker", "sticker"), ("whatsapp_text", "text"),
        ("whatsapp_unsupported", "other"), ("whatsapp_video", "video"),
        ("whatsapp_voice_note", "voice"),
    ],
)  # fmt: skip
def test_every_form_has_its_kind(name: str, kind: str) -> None:
    assert read(name).kind == kind


def test_a_reply_names_the_message_that_it_quotes() -> None:
    assert read("whatsapp_reply").quoted == "SM" + "a" * 32
    assert read("whatsapp_text").quoted is None


def test_an_advertisement_is_known_by_its_headline() -> None:
    assert read("whatsapp_from_an_ad").referral == "Sapa"
    assert read("whatsapp_text").referral is None


def test_both_addresses_of_a_person_are_read() -> None:
    form = json.loads((FOLDER / "whatsapp_text.json").read_text(encoding="utf-8"))
    hidden = "whatsapp:ID.4566546130240823"
    assert to_inbound(form | {"ExternalUserId": hidden}).also_at == hidden
    assert read("whatsapp_hidden_number").also_at is None
    assert to_inbound(form | {"ExternalUserId": "whatsapp:<b>"}).also_at is None
