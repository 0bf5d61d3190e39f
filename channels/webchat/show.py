"""A conversation as the web chat and the phone simulator show it, and as it changes."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from channels import context, live, render, sms
from crm_core import catalogue, conversations

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.orm import Session

    from crm_core.conversations import Conversation, MediaView, MessageView
    from crm_core.db import Event

HISTORY = 100
"""Messages shown when a chat is opened again."""
RECENT = 30
"""Messages whose status is compared at each change."""


def message_json(message: MessageView, channel: str, provider: str) -> dict[str, Any]:
    """One message as ``channel`` shows it; ``author`` customer, bot, agent or system."""
    ability = render.ability_of(channel, provider)
    markup = channel != "sms"
    shown = render.render(message.text, message.choices, ability, markup=markup)
    as_sent = sms.plain(shown.body) if channel == "sms" else shown.body
    return {
        "id": message.id,
        "author": message.author,
        "name": message.author_name,
        "text": as_sent,
        "style": shown.style,
        "buttons": [asdict(button) for button in shown.buttons],
        "media": [media_json(media) for media in message.media],
        "status": message.status,
        "at": message.at.isoformat(),
    }


def media_json(media: MediaView) -> dict[str, Any]:
    """A picture or a list of a message; ``kind`` says how it is shown."""
    kind = "file" if catalogue.is_list_type(media.content_type) else "picture"
    return {"id": media.id, "state": media.state, "kind": kind}


def state_json(conversation: Conversation) -> dict[str, Any]:
    """Who speaks for the shop, and in which language."""
    agent = conversation.agent
    return {
        "handler": conversation.handler,
        "agent": agent.name if agent is not None else None,
        "language": conversation.customer.language,
    }


class Watch:
    """What one screen has been told of one conversation; ``look`` says what is new."""

    def __init__(self, address: str, after_id: int) -> None:
        self.address, self.after_id = address, after_id
        self.public_id: str | None = None
        self._statuses: dict[int, str] = {}
        self._media: dict[int, list[str]] = {}
        self._state: dict[str, Any] = {}

    def look(self, session: Session) -> Iterator[tuple[str, dict[str, Any], int | None]]:
        """New messages (with their id), changed statuses and pictures, changed speaker."""
        conversation = conversations.of_address(session, self.address)
        if conversation is None:
            return
        self.public_id = conversation.public_id
        where = conversation.channel, conversation.provider
        for message in conversations.latest(session, conversation.id, limit=RECENT):
            if message.id <= self.after_id:
                yield from self._changed(message)
        fresh = conversations.transcript(session, conversation.id, self.after_id)
        for message in fresh:
            self.after_id = message.id
            self._remember(message)
            yield "message", message_json(message, *where), message.id
        state = state_json(conversation)
        if state != self._state:
            self._state = state
            yield "state", state, None

    def _remember(self, message: MessageView) -> bool:
        """Whether something about a message differs from what was told last."""
        media = [item.state for item in message.media]
        same = self._statuses.get(message.id) == message.status
        same = same and self._media.get(message.id, []) == media
        self._statuses[message.id], self._media[message.id] = message.status, media
        return not same

    def _changed(self, message: MessageView) -> Iterator[tuple[str, dict[str, Any], None]]:
        if self._remember(message):
            media = [media_json(item) for item in message.media]
            yield "status", {"id": message.id, "status": message.status, "media": media}, None


def frames(watches: list[Watch], *, named: bool = False) -> Iterator[str]:
    """Server-sent events of several conversations; ``named`` puts the address into each."""

    def wanted(event: Event) -> bool:
        return any(_concerns(watch, event) for watch in watches)

    for event in live.stream(wanted):
        if event is None:
            yield live.HEARTBEAT
            continue
        with context.current().unit_of_work() as session:
            # A list: nothing may wait for a slow reader while a connection is held.
            told = [
                (watch.address, kind, data, number)
                for watch in watches
                if event.kind == live.POLL.kind or _concerns(watch, event)
                for kind, data, number in watch.look(session)
            ]
        for address, kind, data, number in told:
            facts = {"address": address, **data} if named else data
            yield live.frame(kind, facts, event_id=number)


def _concerns(watch: Watch, event: Event) -> bool:
    if watch.public_id is None:  # not known before the first message at that address
        return event.kind == "message_received"
    return bool(watch.public_id == event.data.get("conversation_id"))
