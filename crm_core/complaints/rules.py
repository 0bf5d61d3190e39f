"""Pure decisions about complaints: the states, and what a text says of matter, hurry and mood."""

from __future__ import annotations

from enum import StrEnum

from crm_core.complaints import words
from crm_core.states import StateTable, Transition


class ComplaintState(StrEnum):
    """States of a complaint as people and programs outside see them."""

    OPEN = "open"
    IN_PROGRESS = "in_progress"
    WAITING_CUSTOMER = "waiting_customer"
    RESOLVED = "resolved"
    CLOSED = "closed"
    REOPENED = "reopened"


class Urgency(StrEnum):
    """How soon somebody must look at a complaint."""

    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"


class Category(StrEnum):
    """What a complaint is about."""

    FRAUD = "fraud"
    WRONG_ITEM = "wrong_item"
    DAMAGED = "damaged"
    MISSING_ITEM = "missing_item"
    NOT_ARRIVED = "not_arrived"
    PAYMENT = "payment"
    SERVICE = "service"
    OTHER = "other"


class Mood(StrEnum):
    """How somebody sounds."""

    ANGRY = "angry"
    UNHAPPY = "unhappy"
    NEUTRAL = "neutral"
    HAPPY = "happy"


_S = ComplaintState
_STAFF = frozenset({"staff"})
_CUSTOMER = frozenset({"customer", "bot", "staff"})
_TAKEN_UP = Transition("taken_up", _STAFF)
_ASKED = Transition("asked_customer", _STAFF)
_RESOLVED = Transition("resolved", _STAFF)
_REOPENED = Transition("reopened", _CUSTOMER)

STATES = StateTable(
    "complaint",
    _S.OPEN,
    {
        (_S.OPEN, _S.IN_PROGRESS): _TAKEN_UP,
        (_S.REOPENED, _S.IN_PROGRESS): _TAKEN_UP,
        (_S.OPEN, _S.WAITING_CUSTOMER): _ASKED,
        (_S.IN_PROGRESS, _S.WAITING_CUSTOMER): _ASKED,
        (_S.REOPENED, _S.WAITING_CUSTOMER): _ASKED,
        (_S.WAITING_CUSTOMER, _S.IN_PROGRESS): Transition("answered", _CUSTOMER),
        (_S.OPEN, _S.RESOLVED): _RESOLVED,
        (_S.IN_PROGRESS, _S.RESOLVED): _RESOLVED,
        (_S.WAITING_CUSTOMER, _S.RESOLVED): _RESOLVED,
        (_S.REOPENED, _S.RESOLVED): _RESOLVED,
        (_S.RESOLVED, _S.CLOSED): Transition("closed"),
        (_S.RESOLVED, _S.REOPENED): _REOPENED,
        (_S.CLOSED, _S.REOPENED): _REOPENED,
    },
)
"""Every move of a complaint."""

UNSETTLED = frozenset({_S.OPEN, _S.IN_PROGRESS, _S.WAITING_CUSTOMER, _S.REOPENED})
"""Somebody still waits for something."""


def category(text: str) -> Category:
    """What the text complains of; the gravest matter if it names several, OTHER if none."""
    plain = words.plain(text)
    for name, pattern in words.MATTERS:
        if words.says(pattern, plain):
            return Category(name)
    return Category.OTHER


def mood(text: str) -> Mood:
    """How the text sounds. Capitals or a row of exclamation marks make it one step worse."""
    plain = words.plain(text)
    shouting = words.shouts(text)
    if words.says(words.ANGRY, plain):
        return Mood.ANGRY
    if words.says(words.UNHAPPY, plain):
        return Mood.ANGRY if shouting else Mood.UNHAPPY
    if words.says(words.HAPPY, plain):
        return Mood.HAPPY
    return Mood.UNHAPPY if shouting else Mood.NEUTRAL


def urgency(text: str) -> Urgency:
    """How soon to look: high for danger, threats, deceit, anger or a week's wait; low for a mere
    remark without a known matter; normal otherwise.
    """
    plain = words.plain(text)
    grave = words.says(words.DANGER, plain) or words.says(words.THREAT, plain)
    if grave or words.days_waited(plain) >= words.LONG_WAIT_DAYS:
        return Urgency.HIGH
    if category(text) == Category.FRAUD or mood(text) == Mood.ANGRY:
        return Urgency.HIGH
    if category(text) == Category.OTHER and mood(text) in {Mood.NEUTRAL, Mood.HAPPY}:
        return Urgency.LOW
    return Urgency.NORMAL
