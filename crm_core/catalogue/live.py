"""The statement that makes an answer true: hits' rows of now, and the catalogue they belong to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from crm_core.catalogue.types import FitmentView, PartView
from crm_core.money import Rupiah
from crm_core.recalling import recall

IDENTITY = (
    "(SELECT system_identifier FROM pg_control_system())::text || '/' ||"
    " (SELECT oid FROM pg_database WHERE datname = current_database())::text || '/' ||"
    " pg_relation_filenode('parts')::text"
)
"""SQL for server/database/file of the table of parts: emptied or restored, it has another file."""

# One statement, so that rows and version are of the same moment.
_SELECT = (
    "SELECT v.version, v.identity, p.id, p.part_code, p.name, c.slug, p.price_idr,"  # noqa: S608 - constants
    " coalesce(l.on_hand - l.reserved, 0) AS available, p.unit, p.weight_g, p.description,"
    " p.length_mm, p.width_mm, p.height_mm, p.warranty_days,"
    " p.original, p.updated_at,"
    " (SELECT json_agg(json_build_array(f.model, f.generation, f.year_from, f.year_to, f.source)"
    "  ORDER BY f.id) FROM fitments f WHERE f.part_id = p.id) AS fitments,"
    " EXISTS (SELECT 1 FROM substitutes s WHERE s.part_id = p.id AND s.kind = 'successor')"
    "  AS superseded"
    " FROM (SELECT coalesce((SELECT max(version) FROM catalogue_versions), 0) AS version,"
    f" {IDENTITY} AS identity) v"
    " LEFT JOIN parts p ON p.active AND "
)
_JOINS = (
    " LEFT JOIN categories c ON c.id = p.category_id LEFT JOIN stock_levels l ON l.part_id = p.id"
)
_LOOK = text(f"{_SELECT}p.id = ANY(:ids){_JOINS}")
_OF_CODE = text(f"{_SELECT}p.part_code = :code{_JOINS}")
_VERSION = text(
    "SELECT coalesce((SELECT max(version) FROM catalogue_versions), 0) AS version,"  # noqa: S608 - constants
    f" {IDENTITY} AS identity"
)
TABLES = ("catalogue_versions", "parts", "fitments", "substitutes", "categories", "stock_levels")
"""All that these statements read from."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What a session sees: the catalogue's version and table, the parts asked for by id."""

    version: int
    identity: str
    parts: dict[int, PartView]
    superseded: frozenset[int] = frozenset()


def look(session: Session, ids: Sequence[int] = ()) -> Seen:
    """The active parts of ``ids`` as they are now, in one round trip."""
    session.flush()
    rows = session.execute(_LOOK, {"ids": list(ids)}).all()
    found = [row for row in rows if row.id is not None]
    return Seen(
        rows[0].version,
        rows[0].identity,
        {row.id: _view(row) for row in found},
        frozenset(row.id for row in found if row.superseded),
    )


def version(session: Session) -> Seen:
    """The catalogue's version and table alone."""

    def read() -> Seen:
        row = session.execute(_VERSION).one()
        return Seen(row.version, row.identity, {})

    return recall(session, "catalogue", TABLES, read)


def of_code(session: Session, part_code: str) -> PartView | None:
    """The active part of a plain code as it is now, or None."""

    def read() -> PartView | None:
        row = session.execute(_OF_CODE, {"code": part_code}).one()
        return _view(row) if row.id is not None else None

    return recall(session, ("part", part_code), TABLES, read)


def _view(row: Row[Any]) -> PartView:
    return PartView(
        id=row.id,
        part_code=row.part_code,
        name=row.name,
        category=row.slug,
        price_idr=None if row.price_idr is None else Rupiah(row.price_idr),
        stock_available=row.available,
        unit=row.unit,
        weight_g=row.weight_g,
        description=row.description,
        original=row.original,
        fitments=tuple(FitmentView(*fitment) for fitment in row.fitments or ()),
        updated_at=row.updated_at.astimezone(UTC),
        length_mm=row.length_mm,
        width_mm=row.width_mm,
        height_mm=row.height_mm,
        warranty_days=row.warranty_days,
    )
