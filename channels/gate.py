"""May this message leave now? The only way to a sender. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from crm_core.conversations import Delivery

WHATSAPP_WINDOW = timedelta(hours=24)
"""Free text reaches a WhatsApp user only this long after their last message (error 63016)."""


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
