"""Whether the figures of stock agree with one another (invariant I4), part by part.

What open orders should hold is checked one layer up, by ``orders.audit_stock``.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ColumnElement, Function, Select, case, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from crm_core.catalogue.models import Part, StockLevel, StockMovement
from crm_core.stock.models import Reservation

ON_SHELF = ("received", "corrected", "shipped", "returned")
"""Kinds of movements whose quantities add up to what is on hand."""
HELD = ("reserved", "released", "shipped")
"""Kinds of movements whose quantities add up to what is reserved."""


@dataclass(frozen=True, slots=True)
class StockFault:
    """One equation that does not hold: pieces that should be, and pieces that are.

    ``equation``: on_hand (= received + corrected + returned − shipped), reserved_moved,
    reserved_held, shipped, available (≥ 0), or of an order: order_holds.
    """

    part_code: str
    equation: str
    expected: int
    found: int
    order_code: str | None = None


def audit(session: Session) -> list[StockFault]:
    """Every equation between levels, movements and reservations that does not hold, by part."""
    level = func.coalesce(StockLevel.on_hand, 0), func.coalesce(StockLevel.reserved, 0)
    moved, held = _moved().subquery(), _reserved().subquery()
    query = (
        select(
            Part.part_code, *level,
            *(func.coalesce(column, 0) for column in (moved.c.shelf, moved.c.held, moved.c.gone)),
            *(func.coalesce(column, 0) for column in (held.c.held, held.c.shipped)),
        )
        .outerjoin(StockLevel, StockLevel.part_id == Part.id)
        .outerjoin(moved, moved.c.part_id == Part.id)
        .outerjoin(held, held.c.part_id == Part.id)
        .order_by(Part.id)
    )  # fmt: skip
    faults: list[StockFault] = []
    for code, *numbers in session.execute(query):
        on_hand, reserved, shelf, moved_held, gone, reservations, shipped = map(int, numbers)
        equations = (
            ("on_hand", shelf, on_hand),
            ("reserved_moved", moved_held, reserved),
            ("reserved_held", reservations, reserved),
            ("shipped", shipped, -gone),
            ("available", max(on_hand - reserved, 0), on_hand - reserved),
        )
        faults += [
            StockFault(code, name, expected, found)
            for name, expected, found in equations
            if expected != found
        ]
    return faults


def _moved() -> Select[int, int, int, int]:
    """Per part: what movements say is on the shelf, is held, and has gone (negative)."""
    kind, quantity = StockMovement.kind, StockMovement.quantity
    return select(
        StockMovement.part_id,
        _sum(kind.in_(ON_SHELF), quantity).label("shelf"),
        _sum(kind.in_(HELD), quantity).label("held"),
        _sum(kind == "shipped", quantity).label("gone"),
    ).group_by(StockMovement.part_id)


def _reserved() -> Select[int, int, int]:
    """Per part: what reservations hold, and what of them was shipped."""
    state, quantity = Reservation.state, Reservation.quantity
    return select(
        Reservation.part_id,
        _sum(state == "held", quantity).label("held"),
        _sum(state == "shipped", quantity).label("shipped"),
    ).group_by(Reservation.part_id)


def _sum(condition: ColumnElement[bool], quantity: InstrumentedAttribute[int]) -> Function[int]:
    return func.sum(case((condition, quantity), else_=0))
