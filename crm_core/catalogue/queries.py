"""What screens and answers read of the catalogue, always from the database of now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, joinedload, selectinload

from crm_core import cursors
from crm_core.catalogue import bikes as bike_reference
from crm_core.catalogue import fitting, lexicon, live
from crm_core.catalogue.bikes import BikeTable
from crm_core.catalogue.models import Category, Part, Substitute
from crm_core.catalogue.text import plain_code
from crm_core.catalogue.types import BikeRef, FitAnswer, FitmentView, PartView
from crm_core.cursors import Place, Slice
from crm_core.errors import InvalidInput, NotFound


@dataclass(frozen=True, slots=True)
class CategoryView:
    """A category and how many active parts it has."""

    slug: str
    name_id: str
    name_en: str
    parts: int


@cache
def bike_table() -> BikeTable:
    """The project's bikes, ready for reading."""
    return BikeTable(bike_reference.reference(), lexicon.load().bike_words)


def _with_everything() -> Select[Part]:
    return select(Part).options(
        joinedload(Part.category), joinedload(Part.level), selectinload(Part.fitments)
    )


def view(part: Part) -> PartView:
    """The part as it leaves the catalogue."""
    available = part.level.on_hand - part.level.reserved if part.level else 0
    return PartView(
        id=part.id,
        part_code=part.part_code,
        name=part.name,
        category=part.category.slug if part.category else None,
        price_idr=part.price_idr,
        stock_available=available,
        unit=part.unit,
        weight_g=part.weight_g,
        description=part.description,
        original=part.original,
        fitments=tuple(
            FitmentView(f.model, f.generation, f.year_from, f.year_to, f.source)
            for f in part.fitments
        ),
        active=part.active,
        updated_at=part.updated_at,
        length_mm=part.length_mm,
        width_mm=part.width_mm,
        height_mm=part.height_mm,
        warranty_days=part.warranty_days,
    )


def part_row(session: Session, part_code: str) -> Part:
    """The row of a code in any spelling; NotFound("part_not_found") if there is none."""
    found = session.scalars(
        _with_everything()
        .where(Part.part_code == plain_code(part_code))
        .execution_options(populate_existing=True)
    ).one_or_none()
    if found is None:
        raise NotFound("part_not_found", part_code=plain_code(part_code)[:32])
    return found


def find_part(session: Session, part_code: str) -> PartView:
    """The part of this code, with or without dashes, in any case.

    Raises NotFound ("part_not_found"), also for a part that is no longer sold.
    """
    code = plain_code(part_code)
    found = live.of_code(session, code)
    if found is None:
        raise NotFound("part_not_found", part_code=code[:32])
    return found


def view_part(session: Session, part_code: str) -> PartView:
    """As :func:`find_part`, but also a part that is no longer sold; for staff."""
    return view(part_row(session, part_code))


def by_ids(session: Session, ids: Sequence[int]) -> list[PartView]:
    """The active parts of these ids, in their order, read anew."""
    if not ids:
        return []
    rows = session.scalars(
        _with_everything()
        .where(Part.id.in_(ids), Part.active)
        .execution_options(populate_existing=True)
    ).all()
    by_id = {part.id: view(part) for part in rows}
    return [by_id[part_id] for part_id in ids if part_id in by_id]


def fits(session: Session, part_code: str, bike: BikeRef) -> FitAnswer:
    """Does the part fit ``bike``? "fits" only on a stated fitment, which is the evidence."""
    return fitting.judge(bike_table(), find_part(session, part_code).fitments, bike)


def fits_part(part: PartView, bike: BikeRef) -> FitAnswer:
    """As :func:`fits`, of a part that was just read."""
    return fitting.judge(bike_table(), part.fitments, bike)


def may_fit(session: Session, part_code: str, bike: BikeRef) -> bool:
    """Whether the part can be meant for ``bike``: nothing stated speaks against it."""
    return fitting.may_fit(bike_table(), find_part(session, part_code).fitments, bike)


def read_bike(session: Session, text: str) -> BikeRef | None:  # noqa: ARG001 - a verb like others
    """The bike named in a message, with its generation and year if they are said."""
    return read_bike_text(text)


def read_bike_text(text: str) -> BikeRef | None:
    """The bike named in ``text``; of several the one that later words correct to."""
    from crm_core.catalogue.understanding import understand  # noqa: PLC0415 - heavy to import

    return understand(text).bike


def substitutes(session: Session, part_code: str) -> list[PartView]:
    """Parts that may be sold instead, successors first and through to the newest; active only."""
    return by_ids(session, _chain(session, part_row(session, part_code).id))


def successors(session: Session, part_id: int) -> list[PartView]:
    """Parts that took the place of this one, one after the other to the newest; active only."""
    return by_ids(session, _chain(session, part_id, "successor"))


def superseded(session: Session, codes: Sequence[str]) -> dict[int, str]:
    """Those of ``codes`` that another part has taken the place of, by id; also if sold no more."""
    rows = session.execute(
        select(Part.id, Part.part_code)
        .join(Substitute, Substitute.part_id == Part.id)
        .where(Part.part_code.in_(codes), Substitute.kind == "successor")
        .distinct()
    )
    return {row.id: row.part_code for row in rows}


def _chain(session: Session, part_id: int, kind: str | None = None) -> list[int]:
    """The ids that ``substitutes`` lead to, nearest first."""
    seen = {part_id}
    ordered: list[int] = []
    layer = [part_id]
    while layer:  # a chain of successors may lead back to its beginning
        wanted = select(Substitute.substitute_id).where(Substitute.part_id.in_(layer))
        if kind is not None:
            wanted = wanted.where(Substitute.kind == kind)
        rows = session.scalars(wanted.order_by(Substitute.kind.desc(), Substitute.id))
        layer = [row for row in dict.fromkeys(rows) if row not in seen]
        seen.update(layer)
        ordered.extend(layer)
    return ordered


def categories(session: Session) -> list[CategoryView]:
    """All categories in the order of the menu, each with its number of active parts."""
    rows = session.execute(
        select(Category, func.count(Part.id))
        .outerjoin(Part, (Part.category_id == Category.id) & Part.active)
        .group_by(Category.id)
        .order_by(Category.position, Category.name_id)
    )
    return [CategoryView(c.slug, c.name_id, c.name_en, count) for c, count in rows]


def listing(
    session: Session,
    *,
    category: str | None = None,
    updated_since: datetime | None = None,
    cursor: str | None = None,
    limit: int = 50,
    include_inactive: bool = False,
) -> Slice[PartView]:
    """Parts page by page: by code, or by the time of change when ``updated_since`` is given.

    ``category`` is a slug. Raises InvalidInput ("cursor_invalid", "limit_invalid").
    """
    wanted = _with_everything().limit(cursors.checked_limit(limit) + 1)
    if not include_inactive:
        wanted = wanted.where(Part.active)
    if category:
        wanted = wanted.join(Part.category).where(Category.slug == category)
    if updated_since is not None:
        wanted = wanted.where(Part.updated_at >= updated_since)
        if cursor:
            wanted = wanted.where(cursors.after(cursor, Part.updated_at, Part.id))
        rows = session.scalars(wanted.order_by(Part.updated_at, Part.id)).unique().all()
        return cursors.cut([(view(p), Place(p.updated_at, p.id)) for p in rows], limit)
    if cursor:
        wanted = wanted.where(Part.part_code > _code_cursor(cursor))
    parts = session.scalars(wanted.order_by(Part.part_code)).unique().all()
    following = parts[limit - 1].part_code if len(parts) > limit else None
    return Slice(tuple(view(part) for part in parts[:limit]), following)


def _code_cursor(cursor: str) -> str:
    if plain_code(cursor) != cursor or len(cursor) > 32:
        raise InvalidInput("cursor_invalid")
    return cursor
