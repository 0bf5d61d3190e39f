"""A message as screens and programs show it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from crm_core.conversations.models import Message
from crm_core.conversations.resending import may_be_sent_again
from crm_core.conversations.resting import waits
from crm_core.conversations.values import Choice

QUOTED = 90
"""Signs of a quoted message that are shown."""


@dataclass(frozen=True, slots=True)
class MediaView:
    """A picture or file: ``state`` pending, stored or refused."""

    id: int
    content_type: str
    state: str
    size: int | None


@dataclass(frozen=True, slots=True)
class MessageView:
    """A message as people see it; ``status`` shows one being sent as queued."""

    id: int
    direction: str
    author: str
    author_name: str | None
    text: str
    choices: tuple[Choice, ...]
    media: tuple[MediaView, ...]
    status: str
    error_code: str | None
    at: datetime
    sent_at: datetime | None
    delivered_at: datetime | None
    read_at: datetime | None
    carried_as: str | None = None
    """Outbound: given to the provider as "text", "taps" or "template"; None: plain text."""
    notice: str | None = None
    waits: bool = False
    """Failed as too late for WhatsApp, and said when the customer writes again."""
    kind: str = "text"
    quoted: str | None = None
    """The start of the message that this one answers by quoting it."""
    may_be_sent_again: bool = False
    """Outbound: it failed or nobody knows, and a person may say it once more."""
    sent_again: bool = False
    referral: str | None = None
    """Inbound: the words of the advertisement that the customer came from."""


def shown(message: Message) -> MessageView:
    """``message`` as people see it."""
    return MessageView(
        id=message.id,
        direction=message.direction,
        author=message.author,
        author_name=message.staff.name if message.staff is not None else None,
        text=message.text or message.tapped_label or "",
        choices=tuple(Choice.read(stored) for stored in message.choices),
        media=tuple(
            MediaView(media.id, media.content_type, media.state, media.size)
            for media in message.media
        ),
        status="queued" if message.status == "sending" else message.status,
        error_code=message.error_code,
        at=message.created_at,
        sent_at=message.sent_at,
        delivered_at=message.delivered_at,
        read_at=message.read_at,
        carried_as=message.carried_as,
        notice=message.notice,
        waits=waits(message),
        kind=message.kind,
        quoted=message.quoted.text[:QUOTED] if message.quoted is not None else None,
        may_be_sent_again=may_be_sent_again(message),
        sent_again=message.sent_again_as is not None,
        referral=message.referral,
    )
