"""The way of an order as its customer sees it. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Literal

from crm_core.orders import OrderState
from crm_core.shipping import PICKUP

if TYPE_CHECKING:
    from crm_core.orders import OrderView
    from crm_core.payments import PaymentRow

ENDED = frozenset({OrderState.CANCELLED, OrderState.EXPIRED, OrderState.RETURNED})


@dataclass(frozen=True, slots=True)
class Step:
    """One stage; ``name`` is a word of ``orderpage.step``, ``at`` when it was reached."""

    name: str
    at: datetime | None
    mark: Literal["done", "here", "next"]


def way(order: OrderView, payment: PaymentRow | None) -> list[Step]:
    """From placing to arriving; of an order that has ended only what happened, and the end."""
    reached = _stages(order, payment.reported_at if payment else None)
    if order.state in ENDED:
        past = [Step(name, at, "done") for name, at in reached if at is not None]
        return [*past, Step(str(order.state), order.ended_at, "here")]
    last = max(place for place, (_, at) in enumerate(reached) if at is not None)
    return [
        Step(name, at, "done" if place <= last else "here" if place == last + 1 else "next")
        for place, (name, at) in enumerate(reached)
    ]


def _stages(order: OrderView, reported: datetime | None) -> list[tuple[str, datetime | None]]:
    placed, paid, packed = order.created_at, order.paid_at, order.packed_at
    if order.shipping_method == PICKUP:
        way: list[tuple[str, datetime | None]] = [("picked_up", order.delivered_at)]
    else:
        way = [("shipped", order.shipped_at), ("delivered", order.delivered_at)]
    if order.pay_on_delivery:
        return [("placed", placed), ("packed", packed), *way, ("paid", paid)]
    waits = order.state == OrderState.AWAITING_PAYMENT
    said = [("reported", reported)] if reported or waits else []
    return [("placed", placed), *said, ("paid", paid), ("packed", packed), *way]
