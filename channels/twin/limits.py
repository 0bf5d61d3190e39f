"""Twilio's published limits and the codes with which it refuses. Pure.

Parameter names: the Messages resource reference as the official client library writes them; codes:
the error dictionary. Where the reference and the dictionary differ the stricter figure holds here.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

CREATE = frozenset(
    {
        "To", "From", "MessagingServiceSid", "Body", "MediaUrl", "ContentSid", "ContentVariables",
        "StatusCallback", "ApplicationSid", "MaxPrice", "ProvideFeedback", "Attempt",
        "ValidityPeriod", "ForceDelivery", "ContentRetention", "AddressRetention", "SmartEncoded",
        "PersistentAction", "TrafficType", "ShortenUrls", "ScheduleType", "SendAt", "SendAsMms",
        "MessageIntent", "RiskCheck", "FallbackFrom",
    }
)  # fmt: skip
FILTERS = frozenset(
    {"To", "From", "DateSent", "DateSent<", "DateSent>", "PageToken", "Page", "PageSize"}
)
CONTENT_FIELDS = frozenset({"friendly_name", "language", "variables", "types"})
TYPES = frozenset({"twilio/text", "twilio/quick-reply", "twilio/list-picker"})
MAX_BODY, MAX_RICH_BODY = 1600, 1024
MAX_VALUE, MAX_KEY, MAX_VARIABLES = 255, 16, 100
MAX_TITLE, MAX_ITEM, MAX_DESCRIPTION, MAX_ID = 20, 24, 72, 200
MAX_REPLIES, MAX_APPROVED_REPLIES, MAX_ITEMS = 3, 10, 10

_VARIABLE = re.compile(r"\{\{\s*([A-Za-z0-9_]+)\s*\}\}")
_SID = re.compile(r"HX[0-9a-fA-F]{32}")
_ADDRESS = re.compile(
    r"(?:whatsapp:)?\+[1-9]\d{6,14}|whatsapp:[A-Z]{2}\.(?:ENT\.)?[A-Za-z0-9]{1,130}"
)


@dataclass(frozen=True)
class Refusal:
    """An error answer: HTTP ``status``, Twilio's ``code``, and words."""

    code: int
    message: str
    status: int = 400


def message_refusal(form: dict[str, str], senders: frozenset[str]) -> Refusal | None:
    """What is wrong with the parameters of a new message, content aside."""
    unknown = sorted(set(form) - CREATE)
    if unknown:
        return Refusal(20001, f"Unknown parameters: {', '.join(unknown)}")
    to, sender = form.get("To", ""), form.get("From", "")
    if not to:
        return Refusal(21604, "A 'To' phone number is required.")
    if not _ADDRESS.fullmatch(to):
        return Refusal(21211, "Invalid 'To' Phone Number.")
    if not sender and not form.get("MessagingServiceSid"):
        return Refusal(21603, "A 'From' phone number is required.")
    if sender and to.startswith("whatsapp:") != sender.startswith("whatsapp:"):
        return Refusal(21910, "'From' and 'To' must be of the same channel.")
    if sender and sender not in senders:
        whatsapp = sender.startswith("whatsapp:")
        return Refusal(63007 if whatsapp else 21606, "The 'From' is not one of this account's.")
    callback = form.get("StatusCallback", "http://x")
    if not re.match(r"https?://[^\s/]+", callback):
        return Refusal(21609, "The 'StatusCallback' URL is not a valid URL.")
    return _text_refusal(form)


def _text_refusal(form: dict[str, str]) -> Refusal | None:
    if form.get("ContentSid"):
        known = _SID.fullmatch(form["ContentSid"])
        return None if known else Refusal(21655, "The ContentSid is invalid.")
    if form.get("ContentVariables"):
        return Refusal(21654, "A ContentSid must be specified.")
    if not form.get("Body") and not form.get("MediaUrl"):
        return Refusal(21619, "A text message body or media urls must be specified.")
    if len(form.get("Body", "")) > MAX_BODY:
        return Refusal(21617, "The concatenated message body exceeds the 1600 character limit.")
    return None


def variables_of(given: str) -> dict[str, str] | Refusal:
    """The ContentVariables of a message: a JSON string of texts, none of them empty."""
    try:
        values = json.loads(given) if given else {}
    except ValueError:
        return Refusal(21656, "The ContentVariables parameter is invalid.")
    texts = isinstance(values, dict) and all(
        isinstance(value, str) and value for value in values.values()
    )
    if not texts or len(values) > MAX_VARIABLES or any(len(key) > MAX_KEY for key in values):
        return Refusal(21656, "The ContentVariables parameter is invalid.")
    if any(len(value) > MAX_VALUE for value in values.values()):
        return Refusal(21658, "Parameter exceeded character limit.")
    return {str(key): str(value) for key, value in values.items()}


def content_refusal(body: Any) -> Refusal | None:
    """What is wrong with a new Content resource; only a part of its codes is published."""
    if not isinstance(body, dict) or set(body) - CONTENT_FIELDS:
        return Refusal(20001, "Unknown fields in the body.")
    types = {kind: what for kind, what in (body.get("types") or {}).items() if what is not None}
    if not body.get("language") or not types or set(types) - TYPES:
        return Refusal(20001, "A language and known types are required.")
    variables = body.get("variables") or {}
    if len(variables) > MAX_VARIABLES:
        return Refusal(92002, "Invalid variables. The max amount of variables allowed is 100.")
    if any(len(key) > MAX_KEY for key in variables):
        return Refusal(20001, "A variable's name is too long.")
    for kind, what in types.items():
        wrong = _wrong(kind, what if isinstance(what, dict) else {}, MAX_APPROVED_REPLIES)
        if wrong:
            return Refusal(20001, f"{kind}: {wrong}")
    return None


def filled(what: dict[str, Any], values: dict[str, str]) -> dict[str, Any] | None:
    """A content type with its variables put in; None if one of them has no value."""
    missing = set(_VARIABLE.findall(json.dumps(what))) - set(values)
    if missing:
        return None

    def put(node: Any) -> Any:
        if isinstance(node, dict):
            return {key: put(value) for key, value in node.items()}
        if isinstance(node, list):
            return [put(value) for value in node]
        text = isinstance(node, str)
        return _VARIABLE.sub(lambda name: values[name[1]], node) if text else node

    made = put(what)
    return made if isinstance(made, dict) else None


def undeliverable(kind: str, what: dict[str, Any], *, approved: bool) -> str | None:
    """Why WhatsApp would not show a filled content; None if it would."""
    return _wrong(kind, what, MAX_APPROVED_REPLIES if approved else MAX_REPLIES)


def unapprovable(types: dict[str, dict[str, Any]], samples: dict[str, str]) -> str | None:
    """Why WhatsApp would refuse a template at once; None if it would review it."""
    if "twilio/list-picker" in types:
        return "list pickers cannot be templates"
    for what in types.values():
        body = str(what.get("body", ""))
        if re.search(r"\}\}\s*\{\{|^\s*\{\{|\}\}\s*$", body):
            return "a variable at the edge, or two next to each other"
        if set(_VARIABLE.findall(body)) - set(samples):
            return "a variable has no sample"
    return None


def _wrong(kind: str, what: dict[str, Any], most_replies: int) -> str | None:
    """A field that is missing or too long once variables count as nothing."""
    body = what.get("body")
    most = MAX_BODY if kind == "twilio/text" else MAX_RICH_BODY
    if not isinstance(body, str) or not body or _length(body) > most:
        return f"body of 1 to {most} characters"
    if kind == "twilio/quick-reply":
        actions = what.get("actions") or []
        if not 1 <= len(actions) <= most_replies:
            return f"1 to {most_replies} actions"
        return _unfit(actions, {"title": MAX_TITLE, "id": MAX_ID}, "title")
    if kind == "twilio/list-picker":
        items = what.get("items") or []
        if not what.get("button") or _length(what["button"]) > MAX_TITLE:
            return "a button of 1 to 20 characters"
        if not 1 <= len(items) <= MAX_ITEMS:
            return "1 to 10 items"
        limits = {"item": MAX_ITEM, "id": MAX_ID, "description": MAX_DESCRIPTION}
        return _unfit(items, limits, "item")
    return None


def _unfit(rows: list[dict[str, Any]], limits: dict[str, int], label: str) -> str | None:
    for name, most in limits.items():
        if any(_length(row.get(name) or "") > most for row in rows):
            return f"{name} of at most {most} characters"
    names = [(row.get("id") or row.get(label)) for row in rows]
    if not all(row.get(label) for row in rows) or len(set(names)) < len(names):
        return "each with a text and an id of its own"
    return None


def _length(text: str) -> int:
    return len(_VARIABLE.sub("", text)) or (1 if text else 0)
