"""Looking around without asking: shelves of parts, page by page, for one bike or for all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, case, func, select
from sqlalchemy.orm import Session

from crm_core.catalogue import fitting, queries
from crm_core.catalogue.models import Category, Fitment, Part, StockLevel
from crm_core.catalogue.types import BikeRef, Fit, FitAnswer, FitmentView, PartView
from crm_core.errors import InvalidInput

SORTS = ("name", "cheap", "dear", "new")
"""By name, by price from below or from above, by when the part came into the catalogue."""
MOST_PAGES = 5_000


@dataclass(frozen=True, slots=True)
class ShelfPart:
    """A part on a shelf and what is known of it for the bike looked for."""

    part: PartView
    fit: Fit | None


@dataclass(frozen=True, slots=True)
class Shelf:
    """One page of a shelf; ``total`` counts the parts of all ``pages``."""

    parts: tuple[ShelfPart, ...]
    total: int
    page: int
    pages: int


def shelf(
    session: Session,
    *,
    category: str | None = None,
    bike: BikeRef | None = None,
    sort: str = "name",
    page: int = 1,
    size: int = 24,
) -> Shelf:
    """Active parts, those in stock first; ``category`` is a slug.

    With ``bike``: only parts proven to fit it, then those that fit it depending on year or
    generation. A page beyond the last is the last. Raises InvalidInput ("sort_unknown").
    """
    if sort not in SORTS:
        raise InvalidInput("sort_unknown", sorts=list(SORTS))
    verdicts = _fitting(session, bike) if bike is not None else {}
    wanted = select(Part.id).outerjoin(StockLevel, StockLevel.part_id == Part.id).where(Part.active)
    if category:
        wanted = wanted.join(Category).where(Category.slug == category)
    if bike is not None:
        wanted = wanted.where(Part.id.in_(verdicts))
    total = session.scalar(select(func.count()).select_from(wanted.subquery())) or 0
    pages = max(1, -(-total // size))
    page = min(max(1, page), pages, MOST_PAGES)
    proven = [part_id for part_id, fit in verdicts.items() if fit == "fits"]
    ordered = _ordered(wanted, sort, proven).limit(size).offset((page - 1) * size)
    found = queries.by_ids(session, session.scalars(ordered).all())
    parts = tuple(ShelfPart(part, verdicts.get(part.id)) for part in found)
    return Shelf(parts, total, page, pages)


def bike_models() -> list[str]:
    """The models that can be chosen as one's bike, by name."""
    return sorted({row.model for row in queries.bike_table().rows}, key=str.casefold)


def chosen_bike(model: str, year: int | None) -> BikeRef:
    """A bike as it was chosen from a list, with the generation that its year leaves.

    Raises InvalidInput ("bike_model_missing", "bike_year_invalid" with the years it was built).
    """
    table = queries.bike_table()
    rows = [row for row in table.rows if row.model.casefold() == model.strip().casefold()]
    if not rows:
        raise InvalidInput("bike_model_missing")
    if year is None:
        return BikeRef(rows[0].model)
    built = [row for row in rows if row.built_in(year)]
    if not built:
        first = min(row.year_from for row in rows)
        last = max(row.year_to or 9999 for row in rows)
        shown = "" if last == 9999 else last
        raise InvalidInput("bike_year_invalid", model=rows[0].model, first=first, last=shown)
    return BikeRef(rows[0].model, built[0].generation if len(built) == 1 else None, year)


def _ordered(wanted: Select[int], sort: str, proven: Sequence[int]) -> Select[int]:
    there = case((StockLevel.on_hand - StockLevel.reserved > 0, 0), else_=1)
    first: list[ColumnElement[int]] = [case((Part.id.in_(proven), 0), else_=1)] if proven else []
    by = {
        "name": (there, func.lower(Part.name)),
        "cheap": (there, Part.price_idr.asc().nulls_last()),
        "dear": (there, Part.price_idr.desc().nulls_last()),
        "new": (Part.id.desc(),),
    }[sort]
    return wanted.order_by(*first, *by, Part.id)


def _fitting(session: Session, bike: BikeRef) -> dict[int, Fit]:
    """Part id → "fits" or "unknown", for parts that state this bike; others are left out."""
    table = queries.bike_table()
    mask = fitting.mask_of(table, bike)
    stated = session.execute(
        select(Fitment.model, Fitment.generation).group_by(Fitment.model, Fitment.generation)
    )
    models = {
        model
        for model, generation in stated
        if fitting.covered(table, FitmentView(model, generation)) & mask
    }
    by_part: dict[int, list[FitmentView]] = {}
    rows = session.scalars(select(Fitment).where(Fitment.model.in_(models)))
    for row in rows:
        one = FitmentView(row.model, row.generation, row.year_from, row.year_to, row.source)
        by_part.setdefault(row.part_id, []).append(one)
    answers = {part_id: fitting.judge(table, own, bike) for part_id, own in by_part.items()}
    return {part_id: _fit(one) for part_id, one in answers.items() if _possible(one)}


def _possible(answer: FitAnswer) -> bool:
    """Proven, or to be proven by one more fact about the bike."""
    return answer.verdict == "fits" or answer.missing in {"year", "generation"}


def _fit(answer: FitAnswer) -> Fit:
    return "fits" if answer.verdict == "fits" else "unknown"


def codes(session: Session, limit: int) -> Sequence[str]:
    """The codes of the active parts, at most ``limit`` of them."""
    query = select(Part.part_code).where(Part.active).order_by(Part.part_code).limit(limit)
    return session.scalars(query).all()
