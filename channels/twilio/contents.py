"""Content resources at Twilio: found, made once, remembered; a message never waits for them."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import requests
import structlog
from twilio.base.exceptions import TwilioException

from channels import i18n
from channels.senders import Content, Refused
from channels.twilio import taps
from channels.twilio.sender import CONTENT_API, TwilioSender
from crm_core import conversations

if TYPE_CHECKING:
    from sqlalchemy.orm import Session
    from twilio.rest import Client

    from channels.context import Context
    from crm_core.conversations import Delivery
    from crm_core.settings import Settings

log = structlog.get_logger(__name__)

GONE = "21655"
"""Twilio's code for a content that it does not have."""
PAUSE_S = 60.0
"""After a failure nothing is made for this long: the customers get numbered text meanwhile."""


class NotMade(Exception):  # noqa: N818 - no mistake of ours
    """Twilio did not give what was asked; the argument says why."""


def to_tap(delivery: Delivery) -> taps.Shown | None:
    """The message with its choices to tap; None if it has none or must be numbered text."""
    whatsapp = delivery.provider == "twilio" and delivery.channel == "whatsapp"
    if not whatsapp or not delivery.choices or delivery.carried_as == "text":
        return None
    button = i18n.text("phone.list_button", delivery.language)
    return taps.shown(delivery.text, delivery.choices, delivery.message_id, button)


def known(session: Session, settings: Settings, shown: taps.Shown) -> Content | None:
    """The content of that shape if there is one already."""
    account, name = settings.twilio_account_sid or "", shown.shape.name
    try:
        sids = TwilioSender.of(settings).memory.sids
    except Refused:
        return None
    sid = sids.get(name) or conversations.content_sid(session, account, name)
    if sid is None:
        return None
    sids[name] = sid
    return Content(sid, shown.variables)


def remembered(settings: Settings, shown: taps.Shown) -> Content | None:
    """As :func:`known`, if this process has known it before."""
    try:
        sid = TwilioSender.of(settings).memory.sids.get(shown.shape.name)
    except Refused:
        return None
    return None if sid is None else Content(sid, shown.variables)


def made(here: Context, message_id: int, shown: taps.Shown) -> Content | None:
    """The content of a shape that was not known; None if it cannot be had now.

    Found by its name or made, by one worker at a time; the others send numbered text meanwhile.
    """
    account, name = here.settings.twilio_account_sid or "", shown.shape.name
    try:
        sender = TwilioSender.of(here.settings)
        client, memory = sender.client, sender.memory
    except Refused:
        return None
    if time.monotonic() < memory.paused_until:
        return None
    try:
        with here.unit_of_work() as session:
            if not conversations.may_make_content(session, account, name):
                return None
            sid = find(client, name) or make(
                client, name, shown.shape.definition, shown.shape.samples
            )
            conversations.keep_content(session, account, name, sid)
            conversations.note_carriage(session, message_id, "taps")
    except NotMade as reason:
        memory.paused_until = time.monotonic() + PAUSE_S
        log.warning("content_not_made", name=name, reason=str(reason))
        return None
    memory.sids[name] = sid
    log.info("content_made", name=name)
    return Content(sid, shown.variables)


def forget(here: Context, content: Content) -> None:
    """Twilio does not have this content any more; it will be made anew."""
    sids = TwilioSender.of(here.settings).memory.sids
    for name in [name for name, sid in sids.items() if sid == content.sid]:
        del sids[name]
    with here.unit_of_work() as session:
        account = here.settings.twilio_account_sid or ""
        conversations.forget_content(session, account, content.sid)


def find(client: Client, name: str) -> str | None:
    """The id of the content of that name at Twilio. Raises NotMade."""
    try:
        for one in client.content.v1.contents.stream(page_size=500):
            if one.friendly_name == name:
                return str(one.sid)
    except (TwilioException, requests.exceptions.RequestException, ValueError) as error:
        raise NotMade(f"{type(error).__name__}: {error}"[:200]) from None
    return None


def make(
    client: Client, name: str, types: dict[str, Any], samples: dict[str, str], language: str = "id"
) -> str:
    """Create a content; its id. Raises NotMade.

    Posted as our own JSON: the library's classes would add every type there is as null.
    """
    body: dict[str, object] = {
        "friendly_name": name,
        "language": language,
        "variables": samples,
        "types": types,
    }
    try:
        answer = client.request(
            "POST", CONTENT_API, data=body, headers={"Content-Type": "application/json"}
        )
        if answer.status_code != 201:
            raise NotMade(f"HTTP {answer.status_code}")
        return str(json.loads(answer.text)["sid"])
    except (
        TwilioException, requests.exceptions.RequestException, ValueError, KeyError,
    ) as error:  # fmt: skip
        raise NotMade(f"{type(error).__name__}: {error}"[:200]) from None
