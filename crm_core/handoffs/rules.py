"""Pure decisions about hand-offs: the states and who may change them."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

from crm_core.states import StateTable, Transition


class HandoffState(StrEnum):
    """States of a hand-off as people and programs outside see them."""

    WAITING = "waiting"
    CLAIMED = "claimed"
    RETURNED = "returned"


_STAFF = frozenset({"staff"})

STATES = StateTable(
    "handoff",
    HandoffState.WAITING,
    {
        (HandoffState.WAITING, HandoffState.CLAIMED): Transition("claimed", _STAFF),
        (HandoffState.CLAIMED, HandoffState.RETURNED): Transition("returned", _STAFF),
        # An agent who passes it on before answering gives it back to the others.
        # Who does not answer it is taken from (the clock does that).
        (HandoffState.CLAIMED, HandoffState.WAITING): Transition("released", _STAFF | {"system"}),
    },
)
"""Every move of a hand-off."""

IDLE = timedelta(minutes=10)
"""So long an agent may let a customer wait before the conversation goes back to the queue. Ours."""
_PATIENCE = [timedelta(minutes=minutes) for minutes in (15, 30, 60, 120, 240)]


def patience(repairs: int) -> timedelta:
    """How far ahead the next promise lies after that many have been broken: who could not answer
    in time twice should not promise the same a third time."""
    return _PATIENCE[min(repairs, len(_PATIENCE)) - 1]


WORTH_TELLING = timedelta(minutes=1)


def worth_announcing(requested_at: datetime, claimed_at: datetime) -> bool:
    """Whether to tell the customer who is there now.

    Somebody who has waited a minute looks again; somebody who has just asked gets the agent's own
    first sentence anyway.
    """
    return claimed_at - requested_at >= WORTH_TELLING
