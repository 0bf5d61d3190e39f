"""The typed view of what Rasa sends with a call: who speaks, what was said, what is open."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from rasa_sdk.interfaces import Tracker

from actions import noting
from actions.reply import Option, Reply, command
from actions.wishes import SURE_ORDER, Wish, as_read, divide
from actions.words import Words
from crm_core import conversations
from crm_core.timeline import Actor

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from crm_core.conversations import Conversation
    from crm_core.customers import Customer

LANGUAGES = ("id", "en")
_WORD = re.compile(r"[^\W\d_]{2}")
"""A row of question marks alone is impatience at most: anger takes a word."""


@dataclass(frozen=True, slots=True)
class Turn:
    """One message of one customer, as an action sees it.

    ``text`` is what the customer wrote; ``tapped`` says that it stands for a choice of ours, whose
    values are in ``entities``. ``sentiment`` (negative, neutral, positive) and ``angry`` are how
    the assistant hears the message. Values of entities and slots are wishes, never authority:
    actions check them against the database and the owner.

    ``also`` are further wishes in the same message, served after the first; ``aside`` says that
    this turn stands for one of them. ``over`` and ``done`` are as in
    ``conversations.TurnSeen``.
    """

    conversation: Conversation
    customer: Customer
    words: Words
    turn_id: int | None
    text: str
    tapped: bool
    intent: str
    confidence: float
    ranking: tuple[tuple[str, float], ...]
    entities: Mapping[str, tuple[Any, ...]]
    slots: Mapping[str, Any]
    active_form: str | None
    media_ids: tuple[int, ...] = ()
    message_ids: tuple[int, ...] = ()
    last_said: tuple[tuple[str, tuple[Option, ...]], ...] = field(default=())
    sentiment: str = "neutral"
    angry: bool = False
    file: Mapping[str, Any] | None = None
    """What was read of a sheet that came along: its ``lines``, or the ``error`` and its facts."""
    clauses: tuple[Mapping[str, Any], ...] = ()
    also: tuple[Wish, ...] = ()
    orders: bool = False
    aside: bool = False
    over: bool = False
    done: tuple[str, ...] = ()

    @classmethod
    def read(cls, session: Session, tracker: Tracker, responses: Mapping[str, Any]) -> Turn:
        """The turn in ``tracker``, with which is kept what its typed words were read as.

        Raises NotFound when its conversation is not ours.
        """
        message = tracker.latest_message or {}
        metadata = message.get("metadata") or {}
        turn_id = metadata.get("turn_id")
        raw = str(message.get("text") or "")
        text, tapped = str(metadata.get("text", raw) or "").strip(), raw.startswith("/")
        intent = str((message.get("intent") or {}).get("name") or "")
        confidence = float((message.get("intent") or {}).get("confidence") or 0.0)
        ranking = _ranking(message)
        read_as = noting.reading("" if tapped else text, intent, confidence, ranking)
        seen = conversations.turn_seen(session, tracker.sender_id, turn_id, read_as)
        conversation, customer = seen.conversation, seen.customer
        language = tracker.slots.get("language") or customer.language
        return cls(
            conversation=conversation,
            customer=customer,
            words=Words(responses, language if language in LANGUAGES else "id", customer.honorific),
            turn_id=turn_id,
            text=text,
            tapped=tapped,
            intent=intent,
            confidence=confidence,
            ranking=ranking,
            entities=_entities(message),
            slots=dict(tracker.slots),
            active_form=(tracker.active_loop or {}).get("name"),
            media_ids=tuple(metadata.get("media_ids") or ()),
            message_ids=tuple(metadata.get("message_ids") or ()),
            last_said=_last_said(tracker),
            sentiment=str((message.get("sentiment") or {}).get("label") or "neutral"),
            angry=bool((message.get("sentiment") or {}).get("angry")) and bool(_WORD.search(raw)),
            file=metadata.get("file"),
            clauses=tuple(message.get("clauses") or ()),
            over=seen.over,
            done=seen.done,
        )

    @property
    def language(self) -> str:
        """``id`` or ``en``."""
        return self.words.language

    @property
    def actor(self) -> Actor:
        """The customer, as the one who wanted the change."""
        return Actor.customer(self.customer)

    @property
    def awaiting(self) -> str | None:
        """The question that the last reply asked."""
        value = self.slots.get("awaiting")
        return str(value) if value else None

    @property
    def typed(self) -> str:
        """The customer's words; empty for a tapped choice, whose label says nothing new."""
        return "" if self.tapped else self.text

    def spoken_to(self, honorific: str | None) -> Turn:
        """The same turn, answered with this form of address."""
        return replace(self, words=self.words.addressing(honorific))

    def as_typed(self) -> Turn:
        """The same turn read by its words instead of the choice that was picked for them."""
        return replace(self, tapped=False, entities={})

    def divided(
        self,
        names_part: Callable[[str], bool],
        moves_address: Callable[[str], bool],
        *,
        in_form: bool,
    ) -> Turn:
        """The same turn with its own words only; further wishes are in ``also``.

        ``names_part`` and ``moves_address`` say so of words. In a form the turn becomes the answer
        to the form's question.
        """
        if self.tapped or not self.clauses:
            return self
        clauses = as_read(self.clauses, names_part, moves_address)
        own, also = divide(self.text, self.intent, clauses, in_form=in_form)
        left = [wish for wish in clauses if wish not in also]
        if not also or not in_form or not left:
            orders = any(w.intent == "order_part" and w.confidence >= SURE_ORDER for w in left)
            return replace(self, text=own, also=also, orders=orders)
        first = left[0]
        return replace(self, text=own, also=also, intent=first.intent, confidence=first.confidence)

    def after(self, reply: Reply, wish: Wish) -> Turn:
        """The turn in which ``wish`` is served, after ``reply`` to the first one."""
        slots = {**self.slots, **reply.slots, "awaiting": reply.awaiting}
        return replace(
            self,
            text=wish.text,
            intent=wish.intent,
            confidence=wish.confidence,
            tapped=False,
            entities={},
            slots=slots,
            also=(),
            aside=True,
        )

    def entity(self, name: str) -> Any:
        """The first value of the entity ``name`` in this message, or None."""
        values = self.entities.get(name) or ()
        return values[0] if values else None

    def value(self, name: str) -> Any:
        """The entity ``name`` of this message, else what the slot remembers."""
        found = self.entity(name)
        return self.slots.get(name) if found is None else found

    def number(self, name: str) -> int | None:
        """Like :meth:`value`, as a whole number; None when it is not one."""
        value = self.value(name)
        if isinstance(value, bool) or value is None:
            return None
        try:
            return int(str(value))
        except ValueError:
            return None

    def option(
        self, label: str, intent: str, *, description: str | None = None, **entities: str | int
    ) -> Option:
        """A choice labelled by the domain's ``utter_label_<label>``."""
        return Option(self.words.label(label), command(intent, **entities), description)


def heard(tracker: Tracker, most: int = 40) -> tuple[str, ...]:
    """What the assistant said lately in this talk, the latest last."""
    said = [
        str(event["text"])
        for event in tracker.events or []
        if event.get("event") == "bot" and event.get("text")
    ]
    return tuple(said[-most:])


def acted(tracker: Tracker) -> frozenset[str]:
    """The actions that the assistant has run since the customer's latest message."""
    names: set[str] = set()
    for event in tracker.events or []:
        if event.get("event") == "user":
            names.clear()
        elif event.get("event") == "action" and event.get("name"):
            names.add(str(event["name"]))
    return frozenset(names)


def _entities(message: Mapping[str, Any]) -> dict[str, tuple[Any, ...]]:
    found: dict[str, tuple[Any, ...]] = {}
    for entity in message.get("entities") or ():
        name = str(entity.get("entity"))
        found[name] = (*found.get(name, ()), entity.get("value"))
    return found


def _ranking(message: Mapping[str, Any]) -> tuple[tuple[str, float], ...]:
    return tuple(
        (str(guess.get("name")), float(guess.get("confidence") or 0.0))
        for guess in message.get("intent_ranking") or ()
    )


def _last_said(tracker: Tracker) -> tuple[tuple[str, tuple[Option, ...]], ...]:
    """What the assistant said in its last answered turn, in order, with the choices."""
    said: list[tuple[str, tuple[Option, ...]]] = []
    for event in reversed(tracker.events or []):
        if event.get("event") == "user" and said:
            break
        if event.get("event") == "bot" and event.get("text"):
            buttons = (event.get("data") or {}).get("buttons") or ()
            options = tuple(
                Option(str(b.get("title")), str(b.get("payload")), b.get("description"))
                for b in buttons
            )
            said.append((str(event["text"]), options))
    return tuple(reversed(said))
