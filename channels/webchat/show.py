"""A conversation as the web chat and the phone simulator show it, and as it changes."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from channels import context, faces, live, render, sms
from channels.webchat import cards
from crm_core import catalogue, conversations
from crm_core.conversations import Message, Turn

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.orm import Session

    from crm_core.conversations import Conversation, MediaView, MessageView
    from crm_core.db import Event

HISTORY = 100
"""Messages shown when a chat is opened again."""
RECENT = 30
"""Messages whose status is compared at each change."""
STRETCH = 200
"""Missed messages that are read at a time."""


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


def own_json(session: Session, conversation: Conversation, message: MessageView) -> dict[str, Any]:
    """One message as the web chat shows it: beside the rest its cards, and the browser's own id."""
    where = conversation.channel, conversation.provider
    told = message_json(message, *where)
    if conversation.channel != "web":
        return told
    told["card"] = cards.card(session, conversation, message)
    for button in told["buttons"]:
        picture = cards.picture_of(button["payload"]) if button["description"] else None
        if picture is not None:
            button["picture"] = picture
    row = session.get_one(Message, message.id)
    if message.direction == "inbound":
        told["client_id"] = (row.provider_id or "").rpartition(":")[2]
    if message.author == "agent":
        told["face"] = faces.url_of(context.current().settings, row.staff_id)
    return told


def read_upto(session: Session, conversation: Conversation) -> int:
    """The newest of the customer's messages that somebody has read: taken by a turn of the bot,
    answered, or seen by the person who has the conversation. 0: none."""
    inbound = select(func.max(Message.id)).where(
        Message.conversation_id == conversation.id, Message.direction == "inbound"
    )
    if conversation.handler == "agent" and not conversation.unread:
        return session.scalar(inbound) or 0
    answered = select(func.max(Message.id)).where(
        Message.conversation_id == conversation.id,
        Message.author.in_(("bot", "agent")),
        Message.status != "dropped",
    )
    taken = inbound.where(
        (Message.turn_id.is_not(None)) | (Message.id < answered.scalar_subquery())
    )
    return session.scalar(taken) or 0


def thinks(session: Session, conversation: Conversation) -> bool:
    """Whether the bot is about to answer."""
    if conversation.handler != "bot":
        return False
    if conversations.has_unanswered(session, conversation.id):
        return True
    at_it = select(Turn.id).where(
        Turn.conversation_id == conversation.id, Turn.state.in_(("pending", "running"))
    )
    return session.execute(at_it.limit(1)).first() is not None


def media_json(media: MediaView) -> dict[str, Any]:
    """A picture or a list of a message; ``kind`` says how it is shown."""
    kind = "file" if catalogue.is_list_type(media.content_type) else "picture"
    return {"id": media.id, "state": media.state, "kind": kind}


def state_json(session: Session, conversation: Conversation) -> dict[str, Any]:
    """Who speaks for the shop, whether they are about to, and in which language."""
    agent = conversation.agent
    return {
        "handler": conversation.handler,
        "agent": agent.name if agent is not None else None,
        "face": faces.url_of(context.current().settings, conversation.agent_id),
        "language": conversation.customer.language,
        "typing": thinks(session, conversation),
    }


MOVED = {"handler": "moved", "agent": None, "typing": False}
"""What a browser is told whose conversation goes on elsewhere."""


class Watch:
    """What one screen has been told of one conversation; ``look`` says what is new."""

    def __init__(self, address: str, after_id: int) -> None:
        self.address, self.after_id = address, after_id
        self.public_id: str | None = None
        self._statuses: dict[int, str] = {}
        self._media: dict[int, list[str]] = {}
        self._state: dict[str, Any] = {}
        self._read = 0

    def look(self, session: Session) -> Iterator[tuple[str, dict[str, Any], int | None]]:
        """New messages (with their id), changed statuses and pictures, changed speaker."""
        conversation = conversations.of_address(session, self.address)
        if conversation is None:
            if self.public_id is not None:
                yield from self._stands(MOVED)
            return
        self.public_id = conversation.public_id
        self._read = read_upto(session, conversation)
        for message in conversations.latest(session, conversation.id, limit=RECENT):
            if message.id <= self.after_id:
                yield from self._changed(message)
        yield from self._fresh(session, conversation)
        yield from self._stands(state_json(session, conversation))

    def _fresh(
        self, session: Session, conversation: Conversation
    ) -> Iterator[tuple[str, dict[str, Any], int | None]]:
        while True:
            said = conversations.transcript(session, conversation.id, self.after_id, STRETCH)
            for message in said:
                self.after_id = message.id
                self._remember(message)
                told = own_json(session, conversation, message)
                yield "message", {**told, "status": self._status(message)}, message.id
            if len(said) < STRETCH:
                return

    def _stands(self, state: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any], None]]:
        if state != self._state:
            self._state = state
            yield "state", state, None

    def _status(self, message: MessageView) -> str:
        return shown_status(message, self._read)

    def _remember(self, message: MessageView) -> bool:
        """Whether something about a message differs from what was told last."""
        media, status = [item.state for item in message.media], self._status(message)
        same = self._statuses.get(message.id) == status
        same = same and self._media.get(message.id, []) == media
        self._statuses[message.id], self._media[message.id] = status, media
        return not same

    def _changed(self, message: MessageView) -> Iterator[tuple[str, dict[str, Any], None]]:
        if self._remember(message):
            media, status = [media_json(item) for item in message.media], self._status(message)
            yield "status", {"id": message.id, "status": status, "media": media}, None


def shown_status(message: MessageView, read: int) -> str:
    """A message's status; one of the customer's is "read" up to the message ``read``."""
    mine = message.direction == "inbound"
    return "read" if mine and message.id <= read else message.status


def frames(watches: list[Watch], *, named: bool = False) -> Iterator[str]:
    """Server-sent events of several conversations; ``named`` puts the address into each."""

    looks = True

    def wanted(event: Event) -> bool:
        return any(_concerns(watch, event) for watch in watches)

    def perhaps(event: Event) -> bool:
        return looks or wanted(event)  # a look may be finding out which conversation it is

    yield live.HEARTBEAT  # a browser that hears nothing at all asks in another way
    for event in live.stream(wanted, perhaps):
        if event is None:
            yield live.HEARTBEAT
            continue
        looks = True
        if event.kind == live.TYPING:
            for watch in watches:
                if _concerns(watch, event):
                    yield live.frame("typing", {"address": watch.address} if named else {})
            continue
        with context.current().unit_of_work() as session:
            # A list: nothing may wait for a slow reader while a connection is held.
            told = [
                (watch.address, kind, data, number)
                for watch in watches
                if event.kind == live.POLL.kind or _concerns(watch, event)
                for kind, data, number in watch.look(session)
            ]
        looks = False
        for address, kind, data, number in told:
            facts = {"address": address, **data} if named else data
            yield live.frame(kind, facts, event_id=number)


def _concerns(watch: Watch, event: Event) -> bool:
    if watch.public_id is None:  # not known before the first message at that address
        return event.kind == "message_received"
    return bool(watch.public_id == event.data.get("conversation_id"))
