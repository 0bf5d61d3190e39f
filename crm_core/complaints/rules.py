"""Pure decisions about complaints: states, urgency, category and mood of a text."""

from __future__ import annotations

from enum import StrEnum


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
    """What a complaint is about; the first one whose words are found, in this order of weight."""

    FRAUD = "fraud"
    WRONG_ITEM = "wrong_item"
    DAMAGED = "damaged"
    MISSING_ITEM = "missing_item"
    NOT_ARRIVED = "not_arrived"
    PAYMENT = "payment"
    SERVICE = "service"
    OTHER = "other"
