"""Sends through Twilio's REST API; knows which failures mean "not sent" and which "perhaps"."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass, field
from datetime import UTC, timedelta
from typing import TYPE_CHECKING

import requests
from twilio.base.exceptions import TwilioException, TwilioRestException
from twilio.rest import Client
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError

from channels import render, sms
from channels.senders import ContentRefused, Refused, RetryLater, SentReceipt, Uncertain
from channels.twilio.http import CONTENT_HOST, Carrier

if TYPE_CHECKING:
    from channels.senders import Parcel
    from crm_core.settings import Settings

CONTENT_API = f"{CONTENT_HOST}/v1/Content"
CONTENT_CODES = frozenset({"21654", "21655", "21656", "21658", "63013", "63021", "63027", "63028"})
"""What Twilio says of a content and not of whom it is for."""
CLOCK_MARGIN = timedelta(seconds=60)
"""How far Twilio's clock may be from ours when a sent message is looked up."""

_clients: dict[tuple[str, str, str, float], Client] = {}
_lock = threading.Lock()


@dataclass
class Memory:
    """What this process knows of an account's contents: ids by name, and until when (of the
    monotonic clock) none are made."""

    sids: dict[str, str] = field(default_factory=dict)
    paused_until: float = 0.0


class _HttpClient(Carrier):
    """One account's way to Twilio, and what is known of the account."""

    def __init__(self, base_url: str, timeout_s: float) -> None:
        super().__init__(base_url, timeout_s)
        self.memory = Memory()


class TwilioSender:
    """One account. ``status_url`` gets ``?message=<our id>``."""

    name = "twilio"

    def __init__(self, client: Client, senders: dict[str, str], status_url: str) -> None:
        self.client, self._senders, self._status_url = client, senders, status_url

    @property
    def memory(self) -> Memory:
        """Lives as long as the connection."""
        http = self.client.http_client
        return http.memory if isinstance(http, _HttpClient) else Memory()

    @classmethod
    def of(cls, settings: Settings) -> TwilioSender:
        """The configured account's sender, made once per process.

        Raises Refused when no account is set: a conversation from before the account was removed.
        """
        token = settings.twilio_auth_token
        if not settings.twilio_account_sid or not token:
            raise Refused("no_account", "no Twilio account is set")
        whatsapp = settings.twilio_whatsapp_from or ""
        if whatsapp and not whatsapp.startswith("whatsapp:"):
            whatsapp = f"whatsapp:{whatsapp}"
        key = (
            settings.twilio_account_sid,
            token.get_secret_value(),
            settings.twilio_api_url,
            settings.twilio_timeout_s,
        )
        with _lock:
            client = _clients.get(key)
            if client is None:
                http = _HttpClient(settings.twilio_api_url, settings.twilio_timeout_s)
                client = _clients[key] = Client(key[0], key[1], http_client=http)
        numbers = {"whatsapp": whatsapp, "sms": settings.twilio_sms_from or ""}
        return cls(client, numbers, f"{settings.public_url}/twilio/status")

    def send(self, parcel: Parcel) -> SentReceipt:
        """POST Messages.json. Not idempotent at Twilio (error 20500): see the exceptions."""
        try:
            made = self.client.messages.create(
                to=_to(parcel),
                from_=self._from(parcel),
                **_words(parcel),
                status_callback=f"{self._status_url}?message={parcel.message_id}",
            )
        except TwilioRestException as error:
            raise _understood(error, in_content=parcel.content is not None) from None
        except requests.exceptions.RequestException as error:
            raise (_unsent(error) or Uncertain(type(error).__name__)) from None
        except (TwilioException, ValueError, KeyError) as error:
            # A 2xx whose body cannot be read: taken, but without an id.
            raise Uncertain(type(error).__name__) from None
        return SentReceipt(str(made.sid), str(made.status or "queued"))

    def look_up(self, parcel: Parcel) -> list[SentReceipt]:
        """Search the account's messages to that address since the claim for the same words.

        Whether choices were numbered or to be tapped is not known any more. What was put into a
        content may be listed without a text: then it can only be this one, as one message at a
        time is on its way to an address.
        """
        since = (parcel.claimed_at - CLOCK_MARGIN).astimezone(UTC)
        try:
            found = self.client.messages.list(
                to=_to(parcel), date_sent_after=since, limit=200, page_size=100
            )
        except (TwilioException, requests.exceptions.RequestException, ValueError) as error:
            raise Uncertain(f"look-up: {type(error).__name__}") from None
        said = {_body(parcel), *((parcel.text, "", None) if parcel.choices else ())}
        said |= {"", None} if parcel.content is not None else set()
        return [
            SentReceipt(str(message.sid), str(message.status or "sent"))
            for message in found
            if str(message.direction or "").startswith("outbound")
            and message.body in said
            and ((made_at := message.date_created or message.date_sent) is None or made_at >= since)
        ]

    def forget(self, provider_id: str) -> bool:
        """Delete a message with its media at Twilio; whether nothing of it is left there.

        The privacy of a message's resource: what Twilio has deleted it cannot give out any more.
        """
        try:
            return bool(self.client.messages(provider_id).delete())
        except TwilioRestException as error:
            return error.status == 404
        except (TwilioException, requests.exceptions.RequestException):
            return False

    def _from(self, parcel: Parcel) -> str:
        sender = self._senders.get(parcel.channel, "")
        if not sender:
            raise Refused("no_sender", f"no sender number is set for {parcel.channel}")
        return sender


def close_all() -> None:
    """Close the kept connections; the next message opens new ones."""
    with _lock:
        for client in _clients.values():
            http = client.http_client
            if isinstance(http, _HttpClient):
                http.close()
        _clients.clear()


def _to(parcel: Parcel) -> str:
    return parcel.address.removeprefix("sms:")


def _body(parcel: Parcel) -> str:
    markup = parcel.channel == "whatsapp"
    body = render.render(parcel.text, parcel.choices, "text", markup=markup).body
    return sms.plain(body) if parcel.channel == "sms" else body


def _words(parcel: Parcel) -> dict[str, str]:
    """Text, or a content: with one Twilio wants no text beside it."""
    if parcel.content is None:
        return {"body": _body(parcel)}
    return {
        "content_sid": parcel.content.sid,
        "content_variables": json.dumps(parcel.content.variables, ensure_ascii=False),
    }


def _understood(
    error: TwilioRestException, *, in_content: bool
) -> RetryLater | Refused | Uncertain:
    """By status and code only: Twilio may change its message texts."""
    code = str(error.code or error.status)
    if error.status == 429:
        return RetryLater(code, after_s=5.0)  # 20429: never processed, always safe to retry
    if error.status >= 500:
        return Uncertain(code)
    if in_content and (code in CONTENT_CODES or code.startswith("92")):
        return ContentRefused(code, f"HTTP {error.status}")
    return Refused(code, f"HTTP {error.status}")


def _unsent(error: requests.exceptions.RequestException) -> RetryLater | None:
    """A connection that was never made cannot have carried the message."""
    cause = error.args[0] if error.args else None
    reason = getattr(cause, "reason", cause)
    if isinstance(reason, NewConnectionError | ConnectTimeoutError):
        return RetryLater(type(error).__name__)
    return None
