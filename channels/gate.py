"""May this message leave now? The only way to a sender. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Literal

from crm_core.conversations import WHATSAPP_WINDOW

if TYPE_CHECKING:
    from crm_core.conversations import Delivery


@dataclass(frozen=True, slots=True)
class Verdict:
    """``refuse`` is final and carries the code that the provider would have given."""

    decision: Literal["leave", "refuse"]
    code: str = ""
    reason: str = ""


LEAVE = Verdict("leave")


def may_leave(delivery: Delivery, now: datetime) -> Verdict:
    """Whether ``delivery`` may go to its address at ``now``."""
    if delivery.channel == "web":
        return LEAVE
    if delivery.stopped_at is not None:
        return Verdict("refuse", "21610", "the customer has stopped messages to this address")
    if delivery.channel == "whatsapp":
        last = delivery.last_inbound_at
        if last is None or now - last > WHATSAPP_WINDOW:
            return Verdict("refuse", "63016", "the customer last wrote more than 24 hours ago")
    return LEAVE
