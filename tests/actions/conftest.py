"""One turn of one action on a real database that holds the demo shop.

The shop is loaded once and committed; each test works in a transaction that is undone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import pytest
import sqlalchemy as sa
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.interfaces import Tracker
from sqlalchemy.orm import Session, sessionmaker

from actions.server import action_classes
from channels.cli import demo
from crm_core import catalogue, conversations, db
from crm_core.conversations import Choice, Conversation, Draft, Inbound
from crm_core.customers import Customer
from tests.actions.test_laws import DOMAIN

WHATSAPP = "whatsapp:+6281299900011"
_ids = count(1)


@pytest.fixture(scope="session")
def demo_engine(
    make_database: Callable[[str], str], worker_id: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[sa.Engine]:
    """The demo shop, committed once for all tests of this worker."""
    engine = db.engine_for(make_database(f"dialogue_{worker_id}"))
    with db.unit_of_work(db.sessions(engine)) as session:
        catalogue.load_reference(session)
        demo.load(session, tmp_path_factory.mktemp("demo"))
    yield engine
    engine.dispose()


@dataclass
class Said:
    """What came of one action: sentences by name with their variables, choices, slots, next."""

    messages: list[dict[str, Any]]
    events: list[dict[str, Any]]

    @property
    def names(self) -> list[str]:
        return [message["response"] for message in self.messages]

    def values(self, name: str) -> dict[str, Any]:
        return next(message for message in self.messages if message["response"] == name)

    @property
    def labels(self) -> list[str]:
        """What the choices say."""
        return [
            button["title"] for message in self.messages for button in message.get("buttons") or ()
        ]

    @property
    def payloads(self) -> list[str]:
        return [
            button["payload"]
            for message in self.messages
            for button in message.get("buttons") or ()
        ]

    @property
    def slots(self) -> dict[str, Any]:
        return {e["name"]: e["value"] for e in self.events if e["event"] == "slot"}

    @property
    def next(self) -> str | None:
        return next((e["name"] for e in self.events if e["event"] == "followup"), None)


@dataclass
class Chat:
    """A customer's conversation; slots live on between turns as in Rasa's tracker."""

    session: Session
    conversation: Conversation
    sessions: db.Sessions
    slots: dict[str, Any] = field(default_factory=dict)
    form: str | None = None
    turn_id: int = 0
    events: list[dict[str, Any]] = field(default_factory=list)
    """What was said so far, as Rasa's tracker tells it."""

    @property
    def customer(self) -> Customer:
        return self.conversation.customer

    def hear(self, text: str, media: int = 0) -> tuple[int, tuple[int, ...], tuple[int, ...]]:
        """Store a message and begin its turn, as the worker does."""
        photos = tuple(
            conversations.InboundMedia("https://media.test/1.jpg", "image/jpeg")
            for _ in range(media)
        )
        inbound = Inbound("twilio", f"SMact{next(_ids)}", "whatsapp", WHATSAPP, text, media=photos)
        conversations.receive(self.session, inbound)
        work = conversations.begin_turn(self.session, self.conversation.id)
        assert work is not None
        return work.turn_id, work.media_ids, work.message_ids

    def act(
        self,
        action: str,
        text: str = "",
        *,
        intent: str = "inform",
        confidence: float = 0.9,
        media: int = 0,
        again: bool = False,
        picked: bool = False,
        ranking: tuple[tuple[str, float], ...] = (),
        angry: bool = False,
        **entities: Any,
    ) -> Said:
        """Run ``action`` for a typed ``text``, or for a tapped choice with ``entities``.

        ``again``: the same turn once more, as after a crash. ``picked``: ``text`` was read as the
        number of a choice, so Rasa gets the choice's command. ``angry``: the assistant's model
        heard anger in it.
        """
        if not again:
            self.turn_id, media_ids, message_ids = self.hear(text or "(tap)", media)
        else:
            media_ids, message_ids = (), ()
        tapped = bool(entities) or not text or picked
        message = {
            "text": f"/{intent}" if tapped else text,
            "intent": {"name": intent, "confidence": confidence},
            "entities": [{"entity": name, "value": value} for name, value in entities.items()],
            "sentiment": {"label": "negative" if angry else "neutral", "angry": angry},
            "intent_ranking": [{"name": n, "confidence": c} for n, c in ranking],
            "metadata": {
                "turn_id": self.turn_id,
                "text": text,
                "media_ids": list(media_ids),
                "message_ids": list(message_ids),
            },
        }
        loop = {"name": self.form} if self.form else {}
        tracker = Tracker(
            self.conversation.public_id,
            dict(self.slots),
            message,
            [*self.events, {"event": "user"}],
            False,
            None,
            loop,
            None,
        )
        dispatcher = CollectingDispatcher()
        found = next(one for one in action_classes() if one.action_name == action)
        events = found(self.sessions).answer(dispatcher, tracker, DOMAIN)
        self.session.expire_all()  # the action worked in a session of its own
        said = Said(dispatcher.messages, events)
        self.slots |= said.slots
        self._follow(said)
        self.events += [
            {"event": "user"},
            *(
                {"event": "bot", "text": one["response"], "data": {"buttons": one.get("buttons")}}
                for one in said.messages
            ),
        ]
        if not again:
            conversations.finish_turn(self.session, self.turn_id, self._drafts(said))
        return said

    def _follow(self, said: Said) -> None:
        for event in said.events:
            if event["event"] == "active_loop":
                self.form = event["name"]
        if said.next in DOMAIN["forms"]:
            self.form = said.next

    @staticmethod
    def _drafts(said: Said) -> list[Draft]:
        return [
            Draft(
                message["response"],
                tuple(Choice(b["title"], b["payload"]) for b in message.get("buttons") or ()),
            )
            for message in said.messages
        ]


@pytest.fixture
def chat(demo_engine: sa.Engine) -> Iterator[Chat]:
    """A new customer's conversation on WhatsApp; everything is undone after the test."""
    with demo_engine.connect() as connection:
        transaction = connection.begin()
        sessions = sessionmaker(
            connection, expire_on_commit=False, join_transaction_mode="create_savepoint"
        )
        with sessions() as session:
            inbound = Inbound("twilio", f"SMact{next(_ids)}", "whatsapp", WHATSAPP, "halo")
            talk = conversations.receive(session, inbound).conversation
            work = conversations.begin_turn(session, talk.id)
            assert work is not None
            conversations.finish_turn(session, work.turn_id, [Draft("halo")])
            yield Chat(session, talk, sessions)
        transaction.rollback()
