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
