"""Pure decisions about parcels: kinds of news, states of a batch, when to expect one."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from enum import StrEnum

from crm_core import clock
from crm_core.errors import InvalidInput
from crm_core.orders.rules import OrderState
from crm_core.states import StateTable, Transition


class EventKind(StrEnum):
    """What a courier or a driver reports of a parcel."""

    PICKED_UP = "picked_up"
    IN_TRANSIT = "in_transit"
    OUT_FOR_DELIVERY = "out_for_delivery"
    DELIVERED = "delivered"
    FAILED = "failed"
    RETURNED = "returned"
    NOTE = "note"


class BatchState(StrEnum):
    """How far the parcels that leave together have come."""

    OPEN = "open"
    CLOSED = "closed"
    HANDED_OVER = "handed_over"


_STAFF = frozenset({"staff"})
BATCH_STATES = StateTable(
    "batch",
    BatchState.OPEN,
    {
        (BatchState.OPEN, BatchState.CLOSED): Transition("closed", _STAFF),
        (BatchState.CLOSED, BatchState.OPEN): Transition("reopened", _STAFF),
        (BatchState.CLOSED, BatchState.HANDED_OVER): Transition("handed_over", _STAFF),
    },
)

SENT = frozenset(
    {OrderState.SHIPPED, OrderState.DELIVERED, OrderState.COMPLETED, OrderState.RETURNED}
)
"""States of an order whose parcel has left."""

TOLD = {EventKind.OUT_FOR_DELIVERY: "parcel_out_for_delivery", EventKind.FAILED: "parcel_failed"}
"""News that a customer is told at once; the rest they read when they ask."""

FRESH = timedelta(hours=12)
"""News older than this is kept and not told: a file of last week must ring nobody."""

_AHEAD = timedelta(minutes=15)
"""How far another clock may run before ours."""


def checked_time(at: datetime, placed_at: datetime, now: datetime) -> datetime:
    """``at`` if news of this order can be from then: InvalidInput ("event_time_invalid") else."""
    if at.tzinfo is None or not placed_at <= at <= now + _AHEAD:
        raise InvalidInput("event_time_invalid")
    return at


def expected(shipped_at: datetime, days_min: int, days_max: int) -> tuple[date, date]:
    """The local dates between which a parcel should arrive."""
    left = clock.local_date(shipped_at)
    return left + timedelta(days=days_min), left + timedelta(days=days_max)
