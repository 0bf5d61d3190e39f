"""How a message leaves: one protocol, one sender per outside world.

Unavailable ─┬─ RetryLater   surely not sent: send again after ``after_s`` seconds
             └─ Uncertain    perhaps sent: look it up before anything else
Rejected                     refused for good, ``facts['reason_code']`` says why
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from crm_core.errors import Rejected, Unavailable

if TYPE_CHECKING:
    from datetime import datetime

    from crm_core.conversations import Choice


class RetryLater(Unavailable):
    """The provider did not take the message and may be asked again."""

    def __init__(self, reason: str, after_s: float = 5.0) -> None:
        super().__init__("provider_busy", reason=reason)
        self.reason, self.after_s = reason, after_s


class Uncertain(Unavailable):
    """Nobody knows whether the provider took the message."""

    def __init__(self, reason: str) -> None:
        super().__init__("delivery_uncertain", reason=reason)
        self.reason = reason


class Refused(Rejected):
    """The provider will never take this message."""

    def __init__(self, reason_code: str, reason: str) -> None:
        super().__init__("delivery_refused", reason_code=reason_code)
        self.reason_code, self.reason = reason_code, reason


class ContentRefused(Refused):
    """The provider takes the message, but not in the content that it was put into."""


@dataclass(frozen=True, slots=True)
class Content:
    """A form of words kept at the provider, and what to put into it."""

    sid: str
    variables: dict[str, str]


@dataclass(frozen=True, slots=True)
class Parcel:
    """One message on its way. ``address`` as stored, e.g. ``whatsapp:+62…``; at most 1,600 long."""

    message_id: int
    channel: str
    address: str
    text: str
    choices: tuple[Choice, ...]
    claimed_at: datetime
    content: Content | None = None
    """Given to the provider in place of text and choices, which say the same."""


@dataclass(frozen=True, slots=True)
class SentReceipt:
    """The provider's own id and its first status word."""

    provider_id: str
    status: str


class Sender(Protocol):
    """Hands a parcel over, once."""

    name: str

    def send(self, parcel: Parcel) -> SentReceipt:
        """Raises RetryLater, Uncertain or Refused, ContentRefused where text would do."""

    def look_up(self, parcel: Parcel) -> list[SentReceipt]:
        """Everything taken since the claim that says the same to the same address.

        Empty: ``parcel`` surely was not taken. Raises Uncertain.
        """
