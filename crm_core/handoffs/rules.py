"""Pure decisions about hand-offs: the states and who may change them."""

from __future__ import annotations

from enum import StrEnum


class HandoffState(StrEnum):
    """States of a hand-off as people and programs outside see them."""

    WAITING = "waiting"
    CLAIMED = "claimed"
    RETURNED = "returned"
