"""Twilio's parameters end here: pure functions from a form to our own frozen types.

Parameters as published in Twilio's webhook request reference; unknown ones are accepted and kept
in ``raw``, because Twilio adds some without notice.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from crm_core import catalogue
from crm_core.conversations import Inbound, InboundMedia, rules
from crm_core.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Mapping

MAX_MEDIA = 10
_SID = re.compile(r"[A-Za-z0-9]{2,64}")
_WHATSAPP_NUMBER = re.compile(r"whatsapp:\+?\d{5,15}")
_WORD = re.compile(r"[a-z_]{2,40}")
_WHATSAPP_USER = re.compile(r"whatsapp:[A-Z]{2}\.(?:ENT\.)?[A-Za-z0-9]+")


@dataclass(frozen=True, slots=True)
class StatusReport:
    """One status callback, in Twilio's words.

    ``message_id`` is ours, when the callback's address carried it.
    """

    provider_id: str
    status: str
    message_id: int | None
    error_code: str | None
    raw: dict[str, str]


def address_of(sender: str) -> tuple[Literal["whatsapp", "sms"], str]:
    """The channel and our address form of Twilio's ``From``.

    A WhatsApp user who hides the number has an id such as ``whatsapp:ID.4566…`` (2026).
    Raises InvalidInput ``sender_unreadable``.
    """
    sender = sender.strip()
    if len(sender) > 140:
        raise InvalidInput("sender_unreadable")
    if _WHATSAPP_NUMBER.fullmatch(sender):
        return "whatsapp", "whatsapp:+" + sender.partition(":")[2].lstrip("+")
    if _WHATSAPP_USER.fullmatch(sender):
        return "whatsapp", sender
    if sender and ":" not in sender:
        return "sms", f"sms:{sender}"
    raise InvalidInput("sender_unreadable")


def to_inbound(form: Mapping[str, str], provider: str = "twilio") -> Inbound:
    """The message in a webhook's form fields; raises InvalidInput when it has no id or sender."""
    sid = form.get("MessageSid") or form.get("SmsMessageSid") or form.get("SmsSid") or ""
    if not _SID.fullmatch(sid):
        raise InvalidInput("message_without_id")
    external = form.get("ExternalUserId") or ""
    channel, address = address_of(form.get("From") or external)
    label = form.get("ButtonText") or form.get("ListTitle") or None
    media = _media(form)
    return Inbound(
        provider=provider,
        provider_id=sid,
        channel=channel,
        address=address,
        text=form.get("Body") or label or _place(form),
        profile_name=form.get("ProfileName") or form.get("ProfileUsername") or None,
        media=media,
        tapped_payload=form.get("ButtonPayload") or form.get("ListId") or None,
        tapped_label=label,
        opt_out=_opt_out(form),
        raw=dict(form),
        kind=_kind(form, [one.content_type for one in media]),
        quoted=form.get("OriginalRepliedMessageSid") or None,
        referral=_referral(form),
        also_at=external if _WHATSAPP_USER.fullmatch(external) and external != address else None,
    )


def to_status(form: Mapping[str, str], message: str | None) -> StatusReport:
    """A status callback; ``message`` is the id in the callback's own address.

    Raises InvalidInput when the message id or the status cannot be one of Twilio's.
    """
    sid = form.get("MessageSid") or form.get("SmsSid") or ""
    word = (form.get("MessageStatus") or form.get("SmsStatus") or "").lower()
    if not _SID.fullmatch(sid) or not _WORD.fullmatch(word):
        raise InvalidInput("status_unreadable")
    known = message is not None and message.isascii() and message.isdigit() and len(message) < 19
    return StatusReport(
        provider_id=sid,
        status=word,
        message_id=int(message) if known and message else None,
        error_code=form.get("ErrorCode") or None,
        raw=dict(form),
    )


def _opt_out(form: Mapping[str, str]) -> Literal["stop", "start"] | None:
    """What Twilio's Advanced Opt-Out says that it did for this SMS number."""
    words: dict[str, Literal["stop", "start"]] = {"STOP": "stop", "START": "start"}
    return words.get(form.get("OptOutType", "").upper())


_TOLD = {
    "audio": "voice", "voice": "voice", "video": "video", "sticker": "sticker",
    "location": "location", "contacts": "contact", "contact": "contact", "reaction": "reaction",
}  # fmt: skip
_TYPED = {"audio": "voice", "video": "video", "image": "photo"}


def _kind(form: Mapping[str, str], types: list[str]) -> str:
    """What a message is. The files say it first: ``MessageType`` is missing in SMS, and words that
    Twilio adds to it are not known here."""
    told = form.get("MessageType", "").lower()
    if form.get("ButtonPayload") or form.get("ListId"):
        return "tap"
    if types and told != "sticker":
        return _kind_of_file(types[0].partition(";")[0].strip().lower())
    if told in _TOLD:
        return _TOLD[told]
    if "Latitude" in form and "Longitude" in form:
        return "location"
    known = told in {"", "text", "button", "interactive", "image"}
    return "text" if known or form.get("Body") else "other"


def _kind_of_file(content_type: str) -> str:
    if content_type in {"text/vcard", "text/x-vcard", "text/directory"}:
        return "contact"
    if catalogue.is_list_type(content_type):
        return "list"
    # What says nothing of itself may still be a photo; the bytes decide.
    return _TYPED.get(content_type.partition("/")[0], "document" if content_type else "photo")


def _referral(form: Mapping[str, str]) -> str | None:
    """The headline of the advertisement (click to WhatsApp) that the customer came from."""
    words = form.get("ReferralHeadline") or form.get("ReferralBody") or form.get("ReferralSourceId")
    return words.strip() or None if words else None


def _media(form: Mapping[str, str]) -> tuple[InboundMedia, ...]:
    count = form.get("NumMedia", "0")
    total = min(int(count), MAX_MEDIA) if count.isascii() and count.isdigit() else 0
    found = [
        InboundMedia(url, form.get(f"MediaContentType{i}", ""))
        for i in range(total)
        if (url := form.get(f"MediaUrl{i}"))
    ]
    return tuple(found)


def _place(form: Mapping[str, str]) -> str:
    """A shared location as a line that the assistant and an agent can read."""
    try:
        latitude, longitude = float(form["Latitude"]), float(form["Longitude"])
    except (KeyError, ValueError):
        return ""
    if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
        return ""
    words = [form.get("Label", ""), form.get("Address", "")]
    link = rules.map_link(latitude, longitude)
    return " · ".join([word for word in words if word] + [link])
