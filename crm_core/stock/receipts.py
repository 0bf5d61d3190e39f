"""Goods received with the supplier's document, so that one delivery is never taken in twice."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from crm_core import timeline
from crm_core.catalogue.models import Part
from crm_core.catalogue.text import plain_code
from crm_core.db import lock_key
from crm_core.errors import Conflict, InvalidInput, NotFound
from crm_core.stock.models import GoodsLine, GoodsReceipt
from crm_core.stock.service import MOST, receive
from crm_core.timeline import Actor


@dataclass(frozen=True, slots=True)
class GoodsLineView:
    """Pieces of one part that a delivery brought."""

    part_code: str
    name: str
    quantity: int


@dataclass(frozen=True, slots=True)
class GoodsReceiptView:
    """A delivery as people read it."""

    id: int
    supplier: str
    document: str
    note: str
    by: str
    received_at: datetime
    lines: tuple[GoodsLineView, ...]

    @property
    def pieces(self) -> int:
        """All pieces together."""
        return sum(line.quantity for line in self.lines)


def receive_goods(
    session: Session,
    lines: Sequence[tuple[str, int]],
    *,
    supplier: str,
    document: str,
    actor: Actor,
    note: str = "",
) -> GoodsReceiptView:
    """Take in a delivery: lines of (part code, pieces), all of them or none.

    The same document of the same supplier with the same pieces again changes nothing and gives
    back the first. Raises InvalidInput ("receipt_incomplete" with ``missing``, "quantity_invalid"),
    NotFound ("part_not_found"), Conflict ("document_used", supplier, document) for other pieces.
    """
    who, name = _plain(supplier), _plain(document).upper()
    missing = [key for key, value in (("supplier", who), ("document", name)) if not value]
    if missing or not lines:
        raise InvalidInput("receipt_incomplete", missing=missing or ["lines"])
    with session.begin_nested():
        parts, wanted = _merged(session, lines)
        lock_key(session, f"goods:{who.casefold()}:{name}")
        known = _known(session, who, name)
        if known is not None:
            if {line.part_id: line.quantity for line in known.lines} != wanted:
                raise Conflict("document_used", supplier=known.supplier, document=name)
            return _view(session, known)
        made = GoodsReceipt(
            supplier=who,
            document=name,
            note=note.strip()[:500],
            actor_kind=actor.kind,
            actor_id=actor.id,
            actor_name=actor.name,
            lines=[GoodsLine(part_id=part, quantity=count) for part, count in wanted.items()],
        )
        session.add(made)
        session.flush()
        for part_id in sorted(wanted):
            code = parts[part_id].part_code
            receive(session, code, wanted[part_id], actor, f"{who} {name}")
        timeline.record(
            session,
            subject="goods_receipt",
            subject_id=made.id,
            action="received",
            actor=actor,
            facts={"document": name, "pieces": sum(wanted.values())},
        )
        return _view(session, made)


def receipts(session: Session, query: str = "", limit: int = 50) -> list[GoodsReceiptView]:
    """The latest deliveries first; ``query`` looks in supplier and document."""
    found = select(GoodsReceipt).options(selectinload(GoodsReceipt.lines))
    if query.strip():
        columns = (GoodsReceipt.supplier, GoodsReceipt.document)
        wanted = query.strip()
        conditions = [column.icontains(wanted, autoescape=True) for column in columns]
        found = found.where(conditions[0] | conditions[1])
    rows = session.scalars(found.order_by(GoodsReceipt.id.desc()).limit(limit)).all()
    return [_view(session, row) for row in rows]


def _plain(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()[:80]


def _known(session: Session, supplier: str, document: str) -> GoodsReceipt | None:
    """The receipt of this document; a supplier's capitals do not matter."""
    query = select(GoodsReceipt).where(GoodsReceipt.document == document)
    same = (one for one in session.scalars(query) if one.supplier.casefold() == supplier.casefold())
    return next(same, None)


def _merged(
    session: Session, lines: Sequence[tuple[str, int]]
) -> tuple[dict[int, Part], dict[int, int]]:
    """The parts by id, and the pieces of each."""
    pieces: dict[str, int] = {}
    for code, quantity in lines:
        if isinstance(quantity, bool) or not 1 <= quantity <= MOST:
            raise InvalidInput("quantity_invalid")
        pieces[plain_code(code)] = pieces.get(plain_code(code), 0) + quantity
    found = session.scalars(select(Part).where(Part.part_code.in_(pieces))).all()
    parts = {part.id: part for part in found}
    unknown = sorted(set(pieces) - {part.part_code for part in found})
    if unknown:
        raise NotFound("part_not_found", part_code=unknown[0][:32])
    return parts, {part_id: pieces[part.part_code] for part_id, part in parts.items()}


def _view(session: Session, receipt: GoodsReceipt) -> GoodsReceiptView:
    ids = [line.part_id for line in receipt.lines]
    parts = {part.id: part for part in session.scalars(select(Part).where(Part.id.in_(ids)))}
    return GoodsReceiptView(
        id=receipt.id,
        supplier=receipt.supplier,
        document=receipt.document,
        note=receipt.note,
        by=receipt.actor_name,
        received_at=receipt.received_at,
        lines=tuple(
            GoodsLineView(parts[line.part_id].part_code, parts[line.part_id].name, line.quantity)
            for line in receipt.lines
        ),
    )
