"""Notices as WhatsApp templates: handed in for review, and how the review stands."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import requests
from twilio.base.exceptions import TwilioException

from channels.senders import Content
from channels.twilio.contents import NotMade, find, make
from channels.twilio.sender import CONTENT_API, TwilioSender
from crm_core import conversations, notices

if TYPE_CHECKING:
    from sqlalchemy.orm import Session
    from twilio.rest import Client

    from channels.context import Context
    from crm_core.conversations import Delivery
    from crm_core.notices import Template
    from crm_core.settings import Settings

NOT_HANDED_IN = "not handed in"


@dataclass(frozen=True, slots=True)
class Standing:
    """A template and WhatsApp's word on it: "received", "pending", "approved", "rejected" …"""

    template: Template
    sid: str | None
    approval: str


def as_template(session: Session, settings: Settings, delivery: Delivery) -> Content | None:
    """The approved template of a notice with its facts; None if there is none in these words."""
    if delivery.provider != "twilio" or delivery.channel != "whatsapp" or not delivery.notice:
        return None
    template = notices.template(delivery.notice, delivery.language)
    if template is None or not set(template.samples) <= set(delivery.facts):
        return None
    account = settings.twilio_account_sid or ""
    sid = conversations.approved_content(session, account, template.name)
    if sid is None:
        return None
    return Content(sid, {name: delivery.facts[name] for name in template.samples})


def standings(session: Session, settings: Settings) -> list[Standing]:
    """All templates that a shop can have, as far as we know."""
    known = conversations.approvals(session, settings.twilio_account_sid or "")
    return [
        Standing(template, *known.get(template.name, (None, NOT_HANDED_IN)))
        for template in notices.templates()
    ]


def hand_in(here: Context, template: Template) -> str:
    """Make the template at Twilio and ask WhatsApp to approve it; how that stands now.

    Handed in before, it is only looked at again. Raises NotMade, Refused without an account.
    """
    client = TwilioSender.of(here.settings).client
    sid = find(client, template.name)
    if sid is None:
        types = {"twilio/text": {"body": template.body}}
        sid = make(client, template.name, types, template.samples, template.language)
    approval = _approval(client, sid)
    if approval == "unsubmitted":
        asked: dict[str, object] = {"name": template.name, "category": template.category.upper()}
        answer = _ask(client, "POST", f"{sid}/ApprovalRequests/whatsapp", asked)
        approval = str(answer.get("status") or "received")
    with here.unit_of_work() as session:
        account = here.settings.twilio_account_sid or ""
        conversations.keep_content(session, account, template.name, sid, approval)
    return approval


def look_again(here: Context) -> list[Standing]:
    """Ask how every template that was handed in stands. Raises NotMade, Refused."""
    with here.unit_of_work() as session:
        known = [one for one in standings(session, here.settings) if one.sid is not None]
    if not known:
        return []
    client = TwilioSender.of(here.settings).client
    seen = [Standing(one.template, one.sid, _approval(client, str(one.sid))) for one in known]
    with here.unit_of_work() as session:
        account = here.settings.twilio_account_sid or ""
        for one in seen:
            name, sid = one.template.name, str(one.sid)
            conversations.keep_content(session, account, name, sid, one.approval)
    return seen


def _approval(client: Client, sid: str) -> str:
    found = _ask(client, "GET", f"{sid}/ApprovalRequests")
    return str((found.get("whatsapp") or {}).get("status") or "unsubmitted")


def _ask(
    client: Client, method: str, path: str, body: dict[str, object] | None = None
) -> dict[str, Any]:
    headers = {"Content-Type": "application/json"} if body is not None else {}
    try:
        answer = client.request(method, f"{CONTENT_API}/{path}", data=body, headers=headers)
        if answer.status_code >= 400:
            raise NotMade(f"HTTP {answer.status_code}")
        return dict(json.loads(answer.text))
    except (TwilioException, requests.exceptions.RequestException, ValueError) as error:
        raise NotMade(f"{type(error).__name__}: {error}"[:200]) from None
