"""What crosses the border of conversations: messages coming in, drafts, deliveries, work."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class InboundMedia:
    """A picture or file that came in: at a provider's ``url``, or stored already (``path``)."""

    url: str | None
    content_type: str
    path: str | None = None
    sha256: str | None = None
    size: int | None = None
    phash: int | None = None
    """What the picture looks like, in 64 bits: alike pictures differ in few of them."""


@dataclass(frozen=True, slots=True)
class Inbound:
    """A message as a channel read it from its provider.

    ``opt_out`` is what the provider itself concluded ("stop", "start"); ``raw`` is kept for
    questions later.
    """

    provider: str
    provider_id: str
    channel: str
    address: str
    text: str
    profile_name: str | None = None
    media: tuple[InboundMedia, ...] = ()
    tapped_payload: str | None = None
    tapped_label: str | None = None
    opt_out: Literal["stop", "start"] | None = None
    raw: dict[str, Any] = field(default_factory=dict)
    kind: str | None = None
    """One of :data:`crm_core.conversations.rules.KINDS`; None: what it holds says it."""
    quoted: str | None = None
    """The provider's id of the message that this one answers."""
    referral: str | None = None
    """The words of the advertisement that brought the customer here."""
    also_at: str | None = None
    """Another address of the same person, as the provider itself says."""


@dataclass(frozen=True, slots=True)
class Choice:
    """Something a customer may answer with a tap or a number; ``payload`` is what it means."""

    label: str
    payload: str
    description: str | None = None

    def stored(self) -> dict[str, Any]:
        """As JSON."""
        described = {} if self.description is None else {"description": self.description}
        return {"label": self.label, "payload": self.payload, **described}

    @classmethod
    def read(cls, stored: dict[str, Any]) -> Choice:
        """From JSON."""
        return cls(stored["label"], stored["payload"], stored.get("description"))


@dataclass(frozen=True, slots=True)
class Draft:
    """What the bot wants to say."""

    text: str
    choices: tuple[Choice, ...] = ()


@dataclass(frozen=True, slots=True)
class Work:
    """One turn to be answered by the bot.

    ``text`` joins the messages by line breaks; empty for photos without words and for internal
    turns, whose ``internal_payload`` ("/handed_back") says what happened. ``tapped_payload`` is set
    only if this conversation was ever offered it. ``choices`` are those on offer.
    """

    turn_id: int
    conversation_id: int
    conversation_public_id: str
    customer_public_id: str
    channel: str
    epoch: int
    text: str
    message_ids: tuple[int, ...]
    media_ids: tuple[int, ...]
    tapped_payload: str | None
    internal_payload: str | None
    choices: tuple[Choice, ...]
    attempt: int
    resumed: bool
    request_id: str
    kinds: tuple[str, ...] = ()
    """What the messages are ("text", "voice" …), in their order."""
    quoted_choices: tuple[Choice, ...] = ()
    """Those of the message that the customer answers by quoting it; may be long past."""


@dataclass(frozen=True, slots=True)
class TurnFailure:
    """A turn that failed: the ``failures`` in a row, and whether a person has taken over
    meanwhile (then nothing needs to be said)."""

    failures: int
    taken_over: bool


@dataclass(frozen=True, slots=True)
class Delivery:
    """An outgoing message that this worker alone may now hand to the provider."""

    message_id: int
    conversation_id: int
    conversation_public_id: str
    channel: str
    address: str
    provider: str
    author: str
    text: str
    choices: tuple[Choice, ...]
    in_reply_to_provider_id: str | None
    attempt: int
    last_inbound_at: datetime | None
    stopped_at: datetime | None
    claimed_at: datetime | None = None
    language: str = "id"
    carried_as: str | None = None
    """"text": this message is not to be tried as choices to tap again."""
    notice: str | None = None
    facts: dict[str, str] = field(default_factory=dict)
