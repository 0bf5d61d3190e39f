"""What the twin knows: messages it accepted, contents, files, who wrote when and who opted out."""

from __future__ import annotations

import threading
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

WINDOW = timedelta(hours=24)
OPT_OUT = frozenset({"STOP", "UNSUBSCRIBE", "END", "QUIT", "STOPALL", "REVOKE", "OPTOUT", "CANCEL"})
OPT_IN = frozenset({"START", "UNSTOP", "YES"})
"""Twilio's own words; they count on SMS only, and only alone."""


@dataclass
class Sent:
    """One message in the ledger: Twilio has accepted it.

    ``status`` "failed" with ``error_code``: the customer never got it. ``buttons`` are (label, id)
    of what can be tapped, ``style`` is "none", "buttons" or "list".
    """

    sid: str
    to: str
    sender: str
    body: str
    status: str
    status_callback: str | None
    created_at: datetime
    content_sid: str | None = None
    variables: dict[str, str] = field(default_factory=dict)
    buttons: tuple[tuple[str, str], ...] = ()
    descriptions: tuple[str, ...] = ()
    style: str = "none"
    error_code: int | None = None

    @property
    def shown(self) -> str:
        """What the customer sees: the text, and each thing to tap in brackets."""
        described = [*self.descriptions, *[""] * len(self.buttons)]
        taps = [
            f"[{label}]" + (f" {more}" if more else "")
            for (label, _), more in zip(self.buttons, described, strict=False)
        ]
        return "\n".join([self.body, "", *taps]) if taps else self.body


@dataclass
class Content:
    """A Content resource; ``approval`` as WhatsApp's review stands."""

    sid: str
    friendly_name: str
    language: str
    variables: dict[str, str]
    types: dict[str, dict[str, Any]]
    approval: str = "unsubmitted"
    name: str = ""
    category: str = ""
    made_at: datetime = field(default_factory=lambda: datetime.now(UTC))


class Ledger:
    """Everything accepted. ``keeps_windows`` False: whoever is written to counts as having just
    written (for tests that post their webhooks themselves)."""

    def __init__(self, *, keeps_windows: bool = True) -> None:
        self.lock = threading.RLock()
        self.keeps_windows = keeps_windows
        self.sent: list[Sent] = []
        self.attempts: list[dict[str, str]] = []
        self.contents: dict[str, Content] = {}
        self.media: dict[str, tuple[bytes, str]] = {}
        self.heard_at: dict[str, datetime] = {}
        self.opted_out: set[str] = set()
        self.blocked: set[str] = set()
        """Customers who block the sender: 63014."""

    def hear(self, sender: str, text: str, at: datetime | None = None) -> str | None:
        """A customer has written; returns Twilio's OptOutType if it acted on the word itself."""
        with self.lock:
            self.heard_at[sender] = at or datetime.now(UTC)
            if sender.startswith("whatsapp:"):
                return None
            word = text.strip().upper()
            if word in OPT_OUT:
                self.opted_out.add(sender)
                return "STOP"
            if word in OPT_IN:
                self.opted_out.discard(sender)
                return "START"
            return "HELP" if word in {"HELP", "INFO"} else None

    def window_is_open(self, to: str) -> bool:
        """Whether free text may go to ``to``; SMS has no window."""
        if not self.keeps_windows or not to.startswith("whatsapp:"):
            return True
        heard = self.heard_at.get(to)
        return heard is not None and datetime.now(UTC) - heard <= WINDOW

    def by_sid(self, sid: str) -> Sent | None:
        """The message of that id."""
        with self.lock:
            return next((sent for sent in self.sent if sent.sid == sid), None)


def new_sid(prefix: str) -> str:
    """An id as Twilio makes them: two letters and 32 hexadecimal digits."""
    return prefix + uuid.uuid4().hex


def message_json(sent: Sent, account: str) -> dict[str, Any]:
    """The Message resource."""
    at = format_datetime(sent.created_at)
    uri = f"/2010-04-01/Accounts/{account}/Messages/{sent.sid}"
    return {
        "account_sid": account,
        "api_version": "2010-04-01",
        "body": sent.body,
        "date_created": at,
        "date_sent": at,
        "date_updated": at,
        "direction": "outbound-api",
        "error_code": sent.error_code,
        "error_message": None,
        "from": sent.sender,
        "messaging_service_sid": None,
        "num_media": "0",
        "num_segments": "1",
        "price": None,
        "price_unit": "USD",
        "sid": sent.sid,
        "status": sent.status,
        "subresource_uris": {"media": f"{uri}/Media.json"},
        "to": sent.to,
        "uri": f"{uri}.json",
    }


def ledger_json(sent: Sent) -> dict[str, Any]:
    """One line of the ledger as tests and drills read it."""
    return {
        "sid": sent.sid,
        "to": sent.to,
        "from": sent.sender,
        "body": sent.body,
        "shown": sent.shown,
        "status": sent.status,
        "error_code": sent.error_code,
        "status_callback": sent.status_callback,
        "content_sid": sent.content_sid,
        "variables": sent.variables,
        "style": sent.style,
        "buttons": [list(button) for button in sent.buttons],
        "created_at": sent.created_at.isoformat(),
    }


def content_json(content: Content, account: str, base: str) -> dict[str, Any]:
    """The Content resource."""
    at = content.made_at.strftime("%Y-%m-%dT%H:%M:%SZ")
    url = f"{base}/v1/Content/{content.sid}"
    return {
        "sid": content.sid,
        "account_sid": account,
        "friendly_name": content.friendly_name,
        "language": content.language,
        "variables": content.variables,
        "types": content.types,
        "url": url,
        "date_created": at,
        "date_updated": at,
        "links": {
            "approval_create": f"{url}/ApprovalRequests/whatsapp",
            "approval_fetch": f"{url}/ApprovalRequests",
        },
    }
