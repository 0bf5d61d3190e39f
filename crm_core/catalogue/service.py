"""Verbs that change the catalogue by hand."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from crm_core import clock, timeline
from crm_core.catalogue import bikes as bike_reference
from crm_core.catalogue import importing, queries
from crm_core.catalogue.importrows import clean_name
from crm_core.catalogue.models import BikeModel, Category, Fitment, Part, Substitute
from crm_core.catalogue.naming import Stated, models_in_name
from crm_core.catalogue.text import plain_code
from crm_core.catalogue.types import PartView
from crm_core.errors import InvalidInput, NotFound
from crm_core.money import Rupiah
from crm_core.timeline import Actor

_MEASURES = {
    "weight_g": (0, 1_000_000),
    "length_mm": (1, 5_000),
    "width_mm": (1, 5_000),
    "height_mm": (1, 5_000),
    "warranty_days": (0, 3_650),
}
"""Grams and millimetres of one, packed, and days: the least and the most that make sense."""
_CHANGEABLE = frozenset(
    {"name", "category", "price_idr", "unit", "description", "original", "active", *_MEASURES}
)
_KINDS = {
    "successor": "successor",
    "supersedes": "successor",
    "alternative": "alternative",
}


def change_part(session: Session, part_code: str, actor: Actor, **changes: Any) -> PartView:
    """Change a part's name, category (slug), price (None = on request), weight, unit, text, flags.

    Raises NotFound ("part_not_found", "category_not_found"), InvalidInput ("part_change_invalid"
    with ``field``).
    """
    part = queries.part_row(session, part_code)
    values = {field: _checked(session, field, value) for field, value in changes.items()}
    if "category" in values:
        values["category_id"] = values.pop("category")
    different = {field: v for field, v in values.items() if getattr(part, field) != v}
    if not different:
        return queries.view(part)
    for field, value in different.items():
        setattr(part, field, value)
    part.updated_at = clock.now()
    if {"name", "active"} & set(different):
        part.revision = importing.next_version(session)
    if "name" in different and all(fitment.source == "name" for fitment in part.fitments):
        _name_again(session, part)
    session.flush()
    timeline.record(
        session,
        subject="part",
        subject_id=part.id,
        action="changed",
        actor=actor,
        facts={field: _plain(value) for field, value in different.items()},
    )
    return queries.view(queries.part_row(session, part.part_code))


def _checked(session: Session, field: str, value: Any) -> Any:
    if field not in _CHANGEABLE:
        raise InvalidInput("part_change_invalid", field=field)
    if field == "category":
        return None if value is None else _category_id(session, str(value))
    if field == "price_idr":
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int) or value <= 0:
            raise InvalidInput("part_change_invalid", field=field)
        return Rupiah(value)
    if field in _MEASURES:
        return _measure(field, value)
    if field in {"original", "active"}:
        return bool(value)
    said = clean_name(str(value))
    if field in {"name", "unit"} and not said:
        raise InvalidInput("part_change_invalid", field=field)
    return said


def _measure(field: str, value: Any) -> int | None:
    least, most = _MEASURES[field]
    if value is None and least:
        return None  # a size may be unknown; no weight is 0
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise InvalidInput("part_change_invalid", field=field)
    return value


def _plain(value: Any) -> Any:
    return int(value) if isinstance(value, Rupiah) else value


def _category_id(session: Session, slug: str) -> int:
    found = session.scalar(select(Category.id).where(Category.slug == slug))
    if found is None:
        raise NotFound("category_not_found", category=slug[:64])
    return found


def _name_again(session: Session, part: Part) -> None:
    session.flush()
    session.execute(delete(Fitment).where(Fitment.part_id == part.id))
    named = models_in_name(queries.bike_table(), part.name)
    importing.add_fitments(session, [(part.id, one, "name") for one in named])
    session.expire(part, ["fitments"])


def save_category(
    session: Session,
    *,
    slug: str,
    name_id: str,
    actor: Actor,
    name_en: str | None = None,
    position: int = 0,
) -> Category:
    """Add a category, or change the one with this slug.

    Raises InvalidInput ("category_invalid") without a name, or with one that is taken.
    """
    slug, name = slug.strip().lower(), clean_name(name_id)
    taken = session.scalars(
        select(Category).where(Category.name_id.icontains(name, autoescape=True))
    ).all()
    same = any(c.slug != slug and c.name_id.casefold() == name.casefold() for c in taken)
    if not re.fullmatch(r"[a-z0-9-]{1,64}", slug) or not name or same:
        raise InvalidInput("category_invalid")
    row = session.scalars(select(Category).where(Category.slug == slug)).one_or_none()
    if row is None:
        row = Category(slug=slug)
        session.add(row)
    row.name_id, row.name_en, row.position = name, name_en or name, position
    changed = session.is_modified(row) or row in session.new
    session.flush()
    if changed:
        timeline.record(
            session,
            subject="category",
            subject_id=row.id,
            action="saved",
            actor=actor,
            facts={"slug": slug, "name": name},
        )
    return row


def load_fitments(
    session: Session, rows: Iterable[Mapping[str, Any]], *, source: str = "maker"
) -> int:
    """State what parts fit: rows of part_code, model, generation, year_from, year_to.

    A stated fitment replaces those read out of the part's name. Rows of unknown parts are left
    out. Returns the number of rows used; doing it again changes nothing.
    """
    ids = dict(session.execute(select(Part.part_code, Part.id)).all())
    stated = []
    for row in rows:
        part_id = ids.get(plain_code(str(row["part_code"])))
        if part_id is not None:
            stated.append((part_id, _stated(row), source))
    parts = sorted({part_id for part_id, _, _ in stated})
    before = _stated_of(session, parts)
    new = [entry for entry in stated if (entry[0], entry[1]) not in before]
    session.execute(delete(Fitment).where(Fitment.part_id.in_(parts), Fitment.source == "name"))
    importing.add_fitments(session, stated)
    if new or any(source_ == "name" for source_ in before.values()):
        version = importing.next_version(session)
        session.execute(update(Part).where(Part.id.in_(parts)).values(revision=version))
    session.expire_all()
    return len(stated)


def _stated_of(session: Session, parts: list[int]) -> dict[tuple[int, Stated], str]:
    rows = session.scalars(select(Fitment).where(Fitment.part_id.in_(parts)))
    return {
        (f.part_id, Stated(f.model, f.generation, f.year_from, f.year_to)): f.source for f in rows
    }


def _stated(row: Mapping[str, Any]) -> Stated:
    def year(column: str) -> int | None:
        value = row.get(column)
        return int(value) if value not in (None, "") else None

    generation = str(row.get("generation") or "").strip() or None
    return Stated(str(row["model"]).strip(), generation, year("year_from"), year("year_to"))


def save_substitute(
    session: Session, part_code: str, substitute_code: str, kind: str, *, actor: Actor
) -> None:
    """State that one part may be sold in place of another.

    Kinds: "successor" (also written "supersedes": it takes the part's place) and "alternative".
    Raises NotFound ("part_not_found"), InvalidInput ("substitute_invalid").
    """
    part, other = (queries.part_row(session, code) for code in (part_code, substitute_code))
    if kind not in _KINDS or part.id == other.id:
        raise InvalidInput("substitute_invalid", part_code=part.part_code)
    new = insert(Substitute).values(part_id=part.id, substitute_id=other.id, kind=_KINDS[kind])
    session.execute(
        new.on_conflict_do_update(
            index_elements=["part_id", "substitute_id"], set_={"kind": _KINDS[kind]}
        )
    )
    timeline.record(
        session,
        subject="part",
        subject_id=part.id,
        action="substitute_stated",
        actor=actor,
        facts={"substitute": other.part_code, "kind": _KINDS[kind]},
    )


def load_reference(session: Session) -> int:
    """Bring ``bike_models`` to the project's list of bikes; returns how many there are."""
    rows = bike_reference.reference()
    for row in rows:
        values = {
            "year_from": row.year_from,
            "year_to": row.year_to,
            "codes": list(row.codes),
            "aliases": list(row.aliases),
            "engine_cc": row.engine_cc,
        }
        new = insert(BikeModel).values(model=row.model, generation=row.generation, **values)
        session.execute(
            new.on_conflict_do_update(index_elements=["model", "generation"], set_=values)
        )
    known = {(row.model, row.generation) for row in rows}
    for old in session.scalars(select(BikeModel)):
        if (old.model, old.generation) not in known:
            session.delete(old)
    session.flush()
    return len(rows)
