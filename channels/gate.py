"""May this message leave now, and as what? The only way to a sender. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Literal

from crm_core import notices
from crm_core.conversations import WHATSAPP_WINDOW

if TYPE_CHECKING:
    from crm_core.conversations import Delivery
    from crm_core.shop import QuietHours

AWAKE = timedelta(minutes=15)
"""Who wrote this shortly before is not disturbed by an answer or a word more."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """``leave`` as text, leave as ``template``, ``hold`` until ``until``; ``refuse`` is final and
    carries the code that the provider would have given."""

    decision: Literal["leave", "template", "hold", "refuse"]
    code: str = ""
    reason: str = ""
    until: datetime | None = None


LEAVE = Verdict("leave")


def may_leave(
    delivery: Delivery,
    now: datetime,
    *,
    quiet: QuietHours | None = None,
    approved: bool = False,
) -> Verdict:
    """Whether ``delivery`` may go to its address at ``now``.

    ``quiet``: the shop's quiet hours on the customer's clock. ``approved``: WhatsApp has approved
    this notice as a template, the only thing that it takes more than 24 hours after the customer
    wrote.
    """
    if delivery.channel == "web":
        return LEAVE
    if delivery.stopped_at is not None:
        return Verdict("refuse", "21610", "the customer has stopped messages to this address")
    last = delivery.last_inbound_at
    awake = last is not None and now - last <= AWAKE
    disturbs = quiet is not None and quiet.hold(now) and not awake
    if quiet is not None and disturbs and notices.is_unasked(delivery.notice):
        return Verdict("hold", "quiet_hours", "said in the morning", quiet.over(now))
    if delivery.channel == "whatsapp" and (last is None or now - last > WHATSAPP_WINDOW):
        if approved:
            return Verdict("template")
        return Verdict("refuse", "63016", "the customer last wrote more than 24 hours ago")
    return LEAVE
