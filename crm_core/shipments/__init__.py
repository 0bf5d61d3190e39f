"""Parcels on their way: the batches of a day, tracking numbers, and what became of each parcel."""

from crm_core.shipments.batches import (
    add_orders,
    close_batch,
    hand_over_batch,
    open_batch,
    pack_order,
    reopen_batch,
    ship_order,
    take_out,
)
from crm_core.shipments.models import BatchOrder, ShipmentBatch, ShipmentEvent
from crm_core.shipments.queries import (
    BatchView,
    EventView,
    Pick,
    ShipmentView,
    batch,
    batch_of,
    batches,
    events,
    listing,
    ready,
    view,
)
from crm_core.shipments.rules import BATCH_STATES, SENT, BatchState, EventKind, expected
from crm_core.shipments.tracking import add_event, take_number

__all__ = [
    "BATCH_STATES",
    "SENT",
    "BatchOrder",
    "BatchState",
    "BatchView",
    "EventKind",
    "EventView",
    "Pick",
    "ShipmentBatch",
    "ShipmentEvent",
    "ShipmentView",
    "add_event",
    "add_orders",
    "batch",
    "batch_of",
    "batches",
    "close_batch",
    "events",
    "expected",
    "hand_over_batch",
    "listing",
    "open_batch",
    "pack_order",
    "ready",
    "reopen_batch",
    "ship_order",
    "take_number",
    "take_out",
    "view",
]
