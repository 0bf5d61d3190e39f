"""From the bot to people and back, so that one speaks at a time and nothing is asked twice."""

from crm_core.handoffs.models import Handoff
from crm_core.handoffs.queries import (
    HandoffView,
    counts,
    listing,
    of_conversation,
    open_of,
    position,
    view,
    waiting,
)
from crm_core.handoffs.rules import STATES, HandoffState
from crm_core.handoffs.service import carry_over, claim, hand_back, release, reply, request
from crm_core.handoffs.watching import look_after, tell_place

__all__ = [
    "STATES",
    "Handoff",
    "HandoffState",
    "HandoffView",
    "carry_over",
    "claim",
    "counts",
    "hand_back",
    "listing",
    "look_after",
    "of_conversation",
    "open_of",
    "position",
    "release",
    "reply",
    "request",
    "tell_place",
    "view",
    "waiting",
]
