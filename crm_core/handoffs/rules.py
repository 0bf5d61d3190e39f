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
        (HandoffState.CLAIMED, HandoffState.WAITING): Transition("released", _STAFF),
    },
)
"""Every move of a hand-off."""

WORTH_TELLING = timedelta(minutes=1)


def worth_announcing(requested_at: datetime, claimed_at: datetime) -> bool:
    """Whether to tell the customer who is there now.

    Somebody who has waited a minute looks again; somebody who has just asked gets the agent's own
    first sentence anyway.
    """
    return claimed_at - requested_at >= WORTH_TELLING
